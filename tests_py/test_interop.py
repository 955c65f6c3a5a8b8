"""Replication with real redis-server processes, in every pairing: theirs lead ours, ours lead theirs."""

import random
import re

import pytest

from differential import CHANGING_KEYS
from harness import program, run, wait_until
from harness_servers import assert_same_data, follow, link_is_up, place, write_at_random
from replserver import CommandError

MIXED = [("redis", "ours"), ("ours", "redis"), ("redis", "node"), ("node", "redis")]
CHAINS = [
    ("ours", "ours", "node"), ("redis", "ours", "redis", "ours"), ("ours", "redis", "ours", "redis"),
    ("redis", "ours", "node", "redis"),
]  # fmt: skip


def named(kinds):
    return "-".join(kinds)


def scripts(first):
    """Seeds with the family that each is about: every type, and all that changes keys."""
    return [(first + number, family) for number, family in enumerate(CHANGING_KEYS)]


def write_of_all(server, first):
    for seed, family in scripts(first):
        write_at_random(server, [seed], [family])


# ---- the same data at the same offsets


@pytest.mark.parametrize("kinds", [*MIXED, *CHAINS], ids=named)
def test_digests_are_equal_at_equal_offsets_under_random_writes(servers, kinds):
    primary, *replicas = [servers(kind) for kind in kinds]
    write_of_all(primary, 1)
    upstream = primary
    for number, replica in enumerate(replicas):
        replica.call("REPLICAOF", "127.0.0.1", upstream.port)
        write_of_all(primary, 100 * (number + 1))  # while it synchronizes
        wait_until(lambda of=replica: link_is_up(of), "the link")
        upstream = replica
    write_of_all(primary, 1000)
    assert_same_data(primary, *replicas)
    assert all(replica.info.master_repl_offset > 0 for replica in replicas)


@pytest.mark.parametrize("kinds", MIXED[:2], ids=named)
@pytest.mark.parametrize("diskless", ["yes", "no"])
@pytest.mark.parametrize("load", ["disabled", "on-empty-db", "swapdb"])
def test_a_full_sync_takes_either_form_of_payload(servers, kinds, diskless, load):
    primary = servers(kinds[0], repl_diskless_sync=diskless)
    replica = servers(kinds[1], repl_diskless_load=load)
    primary.call("DEBUG", "POPULATE", 20_000, "key", 100)
    write_of_all(primary, 1)
    replica.call("SET", "of its own", "and soon gone")
    follow(replica, primary)
    assert_same_data(primary, replica)
    form = "streamed RDB from master with EOF" if diskless == "yes" else r"\d+ bytes from master"
    where = "parser" if load == "swapdb" else "disk"  # it has data of its own
    replica.process.wait_for(f"MASTER <-> REPLICA sync: receiving {form} to {where}")


# ---- cuts


@pytest.mark.parametrize("who", ["primary", "replica"])
@pytest.mark.parametrize("kinds", MIXED, ids=named)
def test_a_cut_is_healed_by_a_partial_resync(servers, kinds, who):
    primary, replica = servers.chain(*kinds)
    before = primary.info
    for number in range(4):
        write_at_random(primary, [number], ["strings", "expiry"])
        if who == "primary":
            primary.call("CLIENT", "KILL", "TYPE", "replica")
        else:
            replica.call("CLIENT", "KILL", "TYPE", "master")
        primary.call("SET", "written", f"while apart {number}")
        wait_until(lambda: link_is_up(replica), "the link")
        assert_same_data(primary, replica)
    after = primary.info
    assert (after.sync_full, after.sync_partial_err) == (before.sync_full, before.sync_partial_err)
    assert after.sync_partial_ok == before.sync_partial_ok + 4


@pytest.mark.parametrize("kinds", MIXED[:2], ids=named)
def test_a_replica_that_missed_more_than_the_backlog_holds_takes_all_anew(servers, kinds):
    primary, replica = servers.chain(*kinds, repl_backlog_size=16384)
    replica.call("REPLICAOF", "127.0.0.1", 1)
    wait_until(lambda: primary.info.connected_slaves == 0, "the replica is gone")
    for number in range(40):
        primary.call("SET", f"k{number}", "x" * 1000)
    follow(replica, primary)
    assert_same_data(primary, replica)
    assert primary.info.sync_full == 2


# ---- roles


@pytest.mark.parametrize("kinds", [("redis", "ours", "redis"), ("ours", "redis", "ours")], ids=named)
def test_the_others_follow_the_promoted_one_without_a_full_sync(servers, kinds):
    old, promoted, last = servers.chain(*kinds)
    write_of_all(old, 1)
    old.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)  # it would go on writing, and what only it has costs a full sync
    assert_same_data(old, promoted, last)
    history, offset = place(old)
    promoted.call("REPLICAOF", "NO", "ONE")
    assert promoted.info.master_replid2 == history
    assert promoted.info.second_repl_offset == offset + 1
    promoted.call("SET", "written", "by the promoted one")
    follow(old, promoted)
    wait_until(lambda: link_is_up(last), "the link")  # it was cut: the history has another name
    write_of_all(promoted, 100)
    assert_same_data(promoted, old, last)
    # Only the replica of a replica was given everything; the two others resumed.
    assert promoted.info.sync_full == 1 and promoted.info.sync_partial_ok == 2


@pytest.mark.parametrize("kinds", MIXED[:2], ids=named)
def test_a_replica_that_was_written_to_takes_all_anew_from_its_old_primary(servers, kinds):
    primary, replica = servers.chain(*kinds)
    primary.call("SET", "k", "v")
    assert_same_data(primary, replica)
    replica.call("REPLICAOF", "NO", "ONE")
    replica.call("SET", "astray", 1)
    follow(replica, primary)
    assert_same_data(primary, replica)
    assert replica.call("EXISTS", "astray") == 0


@pytest.mark.parametrize("kinds", MIXED[:2], ids=named)
def test_a_password_is_given_and_a_wrong_one_told_in_the_log(servers, kinds):
    primary = servers(kinds[0], requirepass="secret")
    replica = servers(kinds[1], masterauth="wrong", replicaof=["127.0.0.1", primary.port])
    replica.process.wait_for("Unable to AUTH to MASTER: -WRONGPASS")
    assert not link_is_up(replica)
    replica.call("CONFIG", "SET", "masterauth", "secret")
    primary.call("SET", "k", "v")
    wait_until(lambda: link_is_up(replica), "the link")
    assert_same_data(primary, replica)


# ---- restarts


@pytest.mark.parametrize("kinds", [*MIXED[:2], ("ours", "ours")], ids=named)
def test_a_restarted_replica_resumes_from_what_it_saved(servers, kinds):
    primary = servers(kinds[0])
    replica = servers(kinds[1], replicaof=["127.0.0.1", primary.port])
    wait_until(lambda: link_is_up(replica), "the link")
    write_of_all(primary, 1)
    assert_same_data(primary, replica)
    replica.restart()
    write_of_all(primary, 100)
    wait_until(lambda: link_is_up(replica), "the link")
    assert_same_data(primary, replica)
    assert primary.info.sync_full == 1 and primary.info.sync_partial_ok == 1


@pytest.mark.parametrize("kinds", [*MIXED[:2], ("ours", "ours")], ids=named)
def test_replicas_resume_from_a_restarted_primary(servers, kinds):
    primary, replica = servers.chain(*kinds)
    for number in range(20):
        primary.call("SET", f"k{number}", number)
    assert_same_data(primary, replica)
    history = primary.info.master_replid
    primary.restart()
    assert primary.info.master_replid2 == history
    wait_until(lambda: link_is_up(replica), "the link")
    primary.call("SET", "after", "the restart")
    assert_same_data(primary, replica)
    assert (primary.info.sync_full, primary.info.sync_partial_ok) == (0, 1)


# ---- kinds of writes


@pytest.mark.parametrize("kinds", MIXED[:2], ids=named)
def test_keys_expire_where_the_primary_says_so(servers, kinds):
    primary, replica = servers.chain(*kinds)
    rng = random.Random(7)
    for number in range(200):
        primary.call("SET", f"k{number}", "v", "PX", rng.randint(1, 60))
    wait_until(lambda: primary.call("DBSIZE") == 0, "all are expired")
    assert_same_data(primary, replica)
    assert replica.call("DBSIZE") == 0


@pytest.mark.parametrize("kinds", MIXED[:2], ids=named)
def test_transactions_and_blocking_pops_arrive_as_what_they_did(servers, kinds):
    primary, replica = servers.chain(*kinds)
    with primary.client() as waiting, primary.client() as mover, primary.client() as writer:
        waiting.send_raw(b"BLPOP list 0\r\n")
        mover.send_raw(b"BLMOVE other moved LEFT RIGHT 0\r\n")
        wait_until(lambda: primary.info.blocked_clients == 2, "both wait")
        for words in ("MULTI", "RPUSH list a b", "RPUSH other c", "INCR n", "SELECT 3", "SET k v", "EXEC"):
            writer.call(*words.split())
        assert waiting.read_reply() == [b"list", b"a"]
        assert mover.read_reply() == b"c"
    assert_same_data(primary, replica)
    assert replica.call("LRANGE", "list", 0, -1) == [b"b"]
    assert replica.call("LRANGE", "moved", 0, -1) == [b"c"]


@pytest.mark.parametrize("kinds", MIXED, ids=named)
def test_wait_counts_replicas_of_either_kind(servers, kinds):
    primary, replica = servers.chain(*kinds)
    other = servers(kinds[0])
    follow(other, primary)
    with primary.client() as client:
        client.call("SET", "k", "v")
        assert client.call("WAIT", 2, 10_000) == 2
    with replica.client() as client, pytest.raises(CommandError, match="READONLY"):
        client.call("SET", "k", "w")


@pytest.mark.parametrize("kinds", MIXED[:2], ids=named)
def test_eviction_deletes_the_same_keys_on_both_sides(servers, kinds):
    primary, replica = servers.chain(*kinds)
    used = primary.info.used_memory
    primary.call("CONFIG", "SET", "maxmemory", used + 2_000_000, "maxmemory-policy", "allkeys-random")
    with primary.client() as client:
        for number in range(400):
            client.call("SET", f"k{number}", "x" * 10_000)
    assert primary.info.evicted_keys > 0
    primary.call("CONFIG", "SET", "maxmemory", 0)
    assert_same_data(primary, replica)


# ---- redis-cli as a replica


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_redis_cli_takes_an_rdb_file_that_redis_check_rdb_accepts(servers, tmp_path, diskless):
    primary = servers("ours", repl_diskless_sync=diskless)
    write_of_all(primary, 1)
    primary.call("DEBUG", "POPULATE", 1000)
    taken = tmp_path / "taken.rdb"
    run(program("redis-cli"), "-p", primary.port, "--rdb", taken)
    checked = run(program("redis-check-rdb"), taken)
    assert "RDB looks OK" in checked.stdout
    assert int(re.search(r"(\d+) keys read", checked.stdout)[1]) >= 1000


def test_redis_cli_prints_what_a_replica_is_told(servers, start):
    primary = servers("ours")
    primary.call("SET", "before", "1")
    told = start("-p", primary.port, "--replica", command=[program("redis-cli")])
    told.wait_for("SYNC done.* Logging commands from master")
    primary.call("SET", "later", "2")
    told.wait_for('"SET","later","2"')

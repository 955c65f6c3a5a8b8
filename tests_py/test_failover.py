"""FAILOVER: a primary and its replica change places and nothing is lost: ours, real redis-server, in virtual time."""

import itertools

import pytest

from harness import encoded, wait_until
from harness_servers import assert_same_data, follow, frozen, is_served, link_is_up, place
from replserver import CommandError

PAIRS = [("ours", "ours"), ("ours", "redis"), ("redis", "ours")]


def named(kinds):
    return "-".join(kinds)


def failover_state(server):
    return server.info.master_failover_state


def primary_of(server):
    info = server.info
    return info.get("master_port") if info.role == "slave" else None


def have_changed_places(old, new):
    return primary_of(old) == new.port and new.info.role == "master" and is_served(old, new)


def refused(server, *words):
    with pytest.raises(CommandError) as error:
        server.call(*words)
    return str(error.value)


# ---- with real processes


@pytest.mark.parametrize("kinds", PAIRS, ids=named)
def test_primary_and_replica_change_places_and_back(servers, kinds):
    one, other = servers.chain(*kinds)
    for number, (old, new) in enumerate([(one, other), (other, one), (one, other)]):
        old.call("SET", f"before{number}", number)
        assert old.call("FAILOVER", "TO", "127.0.0.1", new.port) == "OK"
        wait_until(lambda was=old, now=new: have_changed_places(was, now), "their places")
        new.call("SET", f"after{number}", number)
        assert_same_data(old, new)
        assert failover_state(old) == failover_state(new) == "no-failover"
    assert one.call("DBSIZE") == 6
    assert one.info.sync_full + other.info.sync_full == 1  # the very first


@pytest.mark.parametrize("kinds", PAIRS, ids=named)
def test_a_write_that_was_held_goes_to_nobody_and_one_that_was_answered_is_not_lost(servers, kinds):
    old, new = servers.chain(*kinds)
    with old.client() as client:
        writes = itertools.count()
        old.call("FAILOVER")
        reply = "OK"
        while reply == "OK":
            client.send_raw(encoded("SET", f"k{next(writes)}", "v"))
            reply = client.read_reply()
    assert str(reply).startswith("READONLY")
    wait_until(lambda: have_changed_places(old, new), "their places")
    assert_same_data(old, new)
    assert new.call("DBSIZE") == next(writes) - 1


@pytest.mark.parametrize("kinds", [("ours", "ours", "redis"), ("redis", "ours", "ours")], ids=named)
def test_the_replica_that_has_all_is_chosen_and_another_one_can_follow_it(servers, kinds):
    primary, first, second = [servers(kind) for kind in kinds]
    follow(first, primary)
    follow(second, primary)
    primary.call("SET", "k", "v")
    primary.call("FAILOVER", "TIMEOUT", 10_000)
    wait_until(lambda: primary.info.role == "slave" and link_is_up(primary), "a new primary")
    new = first if first.info.role == "master" else second
    other = second if new is first else first
    follow(other, new)
    new.call("SET", "k", "w")
    assert_same_data(new, primary, other)


def test_its_refusals_are_those_of_redis(servers):
    ours, redis = servers("ours"), servers("redis")
    alone = [
        "", "ABORT", "TO", "TO 127.0.0.1", "TO 127.0.0.1 1", "TO 127.0.0.1 x", "TO 127.0.0.1 99999999", "TIMEOUT 0",
        "TIMEOUT -1", "TIMEOUT x", "TIMEOUT", "FORCE", "TO a 1 FORCE", "TO a 1 FORCE TIMEOUT 10", "ABORT TIMEOUT 1",
        "TIMEOUT 1 ABORT", "FOO", "TO a 1 TO b 2", "ABORT ABORT", "TIMEOUT 1 TIMEOUT 2", "TO a 1 ABORT", "FORCE FORCE",
        "TO a 99999999999999999999", "TO a -1",
    ]  # fmt: skip
    for words in alone:
        assert refused(ours, "FAILOVER", *words.split()) == refused(redis, "FAILOVER", *words.split()), words
    replica_of_ours, replica_of_redis = servers("redis"), servers("redis")
    follow(replica_of_ours, ours)
    follow(replica_of_redis, redis)
    for words in ["TO a 1", "TO a 1 FORCE", "FORCE TIMEOUT 10", "TO a 99999999", "ABORT"]:
        assert refused(ours, "FAILOVER", *words.split()) == refused(redis, "FAILOVER", *words.split()), words
    follow(ours, redis)
    assert refused(ours, "FAILOVER") == refused(replica_of_redis, "FAILOVER")


@pytest.mark.parametrize("kinds", PAIRS, ids=named)
def test_a_frozen_replica_is_waited_for_until_the_time_is_over(servers, kinds):
    old, new = servers.chain(*kinds)
    assert_same_data(old, new)
    with frozen(new):
        old.call("SET", "k", "v")
        old.call("FAILOVER")
        assert failover_state(old) == "waiting-for-sync"
        assert refused(old, "FAILOVER") == "ERR FAILOVER already in progress."
        assert refused(old, "REPLICAOF", "NO", "ONE") == "ERR REPLICAOF not allowed while failing over."
        assert refused(old, "PSYNC", "?", "-1") == "NOMASTERLINK Can't SYNC while failing over"
        with old.client() as writer:
            writer.send_raw(encoded("SET", "held", "v"))
            assert old.call("EXISTS", "held") == 0
            assert old.call("FAILOVER", "ABORT") == "OK"
            assert writer.read_reply() == "OK"
        old.process.wait_for("FAILOVER to any replica aborted: Failover manually aborted")
        old.call("FAILOVER", "TO", "127.0.0.1", new.port, "TIMEOUT", 50)
        wait_until(lambda: failover_state(old) == "no-failover", "its end")
        old.process.wait_for("aborted: Replica never caught up before timeout")
        assert old.call("SET", "k", "w") == "OK"
    assert_same_data(old, new)


@pytest.mark.parametrize("kinds", PAIRS, ids=named)
def test_force_hands_over_to_whoever_does_not_answer_and_abort_takes_back(servers, kinds):
    old, new = servers.chain(*kinds)
    old.call("SET", "k", "v")
    assert_same_data(old, new)
    history, _ = place(old)
    with frozen(new):
        old.call("SET", "k", "w")
        old.call("FAILOVER", "TO", "127.0.0.1", new.port, "FORCE", "TIMEOUT", 50)
        wait_until(lambda: failover_state(old) == "failover-in-progress", "the hand-over")
        assert old.info.role == "slave"
        old.process.wait_for("time out exceeded, failing over.")
        assert old.call("FAILOVER", "ABORT") == "OK"
        assert old.info.role == "master"
        assert old.info.master_replid2 == history
        assert old.call("SET", "k", "x") == "OK"


# ---- nodes alone, live and in virtual time


def follow_within(cluster, replica, primary):
    replica.call("REPLICAOF", "127.0.0.1", primary.info.tcp_port)
    cluster.until(lambda: link_is_up(replica))


def test_nodes_change_places_and_held_writes_are_refused_then(cluster):
    old, new = cluster.start("old"), cluster.start("new")
    follow_within(cluster, new, old)
    client = old.client()
    client.call("SET", "k", "v")
    assert client.call("FAILOVER") == "OK"
    client.send_raw(encoded("SET", "k", "w"))
    cluster.until(lambda: old.info.role == "slave" and link_is_up(old))
    assert str(client.read_reply()).startswith("READONLY")
    assert (new.info.role, new.call("GET", "k")) == ("master", b"v")
    assert place(new) == place(old)
    new.call("SET", "k", "x")
    cluster.until(lambda: old.call("GET", "k") == b"x")


def test_a_target_that_rejects_it_leaves_a_primary(cluster):
    old, new = cluster.start("old"), cluster.start("new")
    follow_within(cluster, new, old)
    old.call("SET", "k", "v")
    cluster.until(lambda: place(old) == place(new))
    history, _ = place(old)
    new.call("CONFIG", "SET", "requirepass", "unknown")  # the link there is stays
    old.call("FAILOVER")
    cluster.until(lambda: failover_state(old) == "no-failover")
    assert (old.info.role, new.info.role) == ("master", "slave")
    assert old.info.master_replid2 == history  # it has been a replica
    assert old.call("SET", "k", "w") == "OK"

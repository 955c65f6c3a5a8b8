"""Replication from Python: who follows whom, what a node knows of it, and waits that events end."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import RedisServer, wait_until
from replserver import ClosedError, Node, Replication, WaitTimeout

SECONDS_MAX = 20  # no wait of a test that passes comes near it
AT_ONCE = ("--repl-diskless-sync-delay", "0")


@pytest.fixture
def trio():
    """A primary and two replicas in sync with it."""
    with (
        Node(name="m") as m,
        Node(name="r1", replicaof=m) as r1,
        Node(name="r2", replicaof=m) as r2,
    ):
        m.wait_in_sync(timeout=SECONDS_MAX)
        yield m, r1, r2


def write(node, count=10):
    for number in range(count):
        node.call("SET", f"key:{number}", "x" * number)


@contextlib.contextmanager
def redis_server(*arguments):
    server = RedisServer(*arguments)
    try:
        yield server
    finally:
        server.stop()


def equal(*nodes):
    return len({node.digest() for node in nodes}) == 1


def test_a_primary_and_two_replicas_are_made_and_in_sync_within_one_process():
    started = time.perf_counter()
    with Node() as m, Node(replicaof=m) as r1, Node(replicaof=m) as r2:
        m.wait_in_sync(timeout=SECONDS_MAX)
        print(f"in sync after {(time.perf_counter() - started) * 1e3:.1f} ms")
        write(m)
        m.wait_in_sync([r1, r2], timeout=SECONDS_MAX)
        assert m.offset == r1.offset == r2.offset > 0
        assert equal(m, r1, r2)


def test_a_node_can_follow_an_address():
    with Node() as m, Node(replicaof=("127.0.0.1", m.port)) as r:
        write(m)
        r.wait_in_sync(timeout=SECONDS_MAX)
        assert equal(m, r)
        assert r.replication.primary == ("127.0.0.1", m.port)


def test_a_primary_tells_what_it_knows_of_its_replicas(trio):
    m, r1, r2 = trio
    write(m)
    m.wait_in_sync(timeout=SECONDS_MAX)
    seen = m.wait_state(SECONDS_MAX, replicas=2, acknowledged=m.offset)
    assert isinstance(seen, Replication)
    assert (seen.role, seen.link, seen.primary) == ("primary", None, None)
    assert seen.id == m.replication_id and seen.former_id is None and seen.former_offset is None
    assert {(r.name, r.host, r.port, r.state) for r in seen.replicas} == {
        ("r1", "127.0.0.1", r1.port, "online"),
        ("r2", "127.0.0.1", r2.port, "online"),
    }
    for replica in seen.replicas:
        assert replica.lag_bytes == seen.offset - replica.acknowledged
        assert replica.acknowledged <= replica.sent <= seen.offset
        assert 0 <= replica.lag_seconds < SECONDS_MAX


def test_a_replica_tells_whom_it_follows_and_what_its_backlog_holds(trio):
    m, r1, _ = trio
    write(m)
    r1.wait_in_sync(timeout=SECONDS_MAX)
    seen = r1.replication
    assert (seen.role, seen.link) == ("replica", "connected")
    assert seen.id == m.replication_id and seen.replicas == []
    assert seen.backlog.first <= seen.backlog.end == seen.offset
    assert seen.backlog.size == int(r1.config["repl-backlog-size"])


def test_what_was_told_does_not_change(trio):
    seen = trio[0].replication
    with pytest.raises(AttributeError):
        seen.offset = 0


def test_a_promoted_replica_keeps_the_history_and_gives_it_a_name_of_its_own(trio):
    m, r1, r2 = trio
    write(m)
    m.wait_in_sync(timeout=SECONDS_MAX)
    before = r1.offset
    r1.promote()
    seen = r1.replication
    assert (seen.role, seen.former_id, seen.former_offset) == ("primary", m.replication_id, before)
    assert seen.id != m.replication_id

    r2.replicate(r1)
    m.replicate(r1)
    r1.call("SET", "after", "the switch")
    r1.wait_in_sync(timeout=SECONDS_MAX)
    assert r1.info.sync_full == 0 and equal(m, r1, r2)
    assert m.replication_id == r2.replication_id == seen.id


def test_replicating_nobody_is_being_promoted(trio):
    _, r1, _ = trio
    r1.replicate(None)
    assert r1.replication.role == "primary"
    r1.call("SET", "mine", "now")


def test_a_chain_is_waited_for_from_its_top():
    with (
        Node(name="top") as top,
        Node(replicaof=top) as second,
        Node(replicaof=second) as third,
        Node(replicaof=third) as last,
    ):
        write(top)
        last.wait_in_sync(timeout=SECONDS_MAX)
        assert equal(top, second, third, last)
        write(top, 20)
        top.wait_in_sync(last, timeout=SECONDS_MAX)
        assert last.offset >= top.offset and equal(top, last)


def test_a_password_moves_along():
    with Node(requirepass="secret") as m, Node(replicaof=m) as r, Node() as later:
        later.replicate(m)
        m.wait_in_sync([r, later], timeout=SECONDS_MAX)
        later.config["masterauth"] = "its own"
        later.replicate(m)
        assert later.config["masterauth"] == "its own"


def test_a_wait_for_an_offset_tells_what_it_saw_instead():
    with Node(name="alone") as node:
        node.wait_offset(0)
        write(node)
        node.wait_offset(node.offset, timeout=0)
        with pytest.raises(WaitTimeout, match=rf"alone: .*offset=9999: .* at offset {node.offset}"):
            node.wait_offset(9999, timeout=0.01)


def test_a_replica_without_its_primary_tells_both_offsets():
    with Node(name="m") as m, Node(name="r") as r:
        write(m)
        with pytest.raises(
            WaitTimeout, match=rf"r is not in sync with m .* m is at offset {m.offset}, r is .* 0"
        ):
            r.wait_in_sync(m, timeout=0.01)


def test_a_primary_without_replicas_says_so():
    with Node() as m, pytest.raises(WaitTimeout, match="with 0 replicas"):
        m.wait_in_sync(timeout=0.01)


def test_what_cannot_be_is_not_waited_for():
    with Node() as node:
        with pytest.raises(ValueError, match="role"):
            node.wait_state(role="master")
        with pytest.raises(ValueError, match="link"):
            node.wait_state(link="up")
        with pytest.raises(ValueError, match="nothing"):
            node.wait_state()


def test_a_wait_ends_with_the_node():
    with Node() as node:
        far = node.when(offset=10**9)
        assert not far.done()
    with pytest.raises(ClosedError):
        far.result(SECONDS_MAX)


def test_a_primary_that_closes_leaves_its_replica_waiting_and_then_says_so(trio):
    m, r1, r2 = trio
    m.close()
    r1.wait_state(SECONDS_MAX, link="connect")
    r1.promote()
    r2.replicate(r1)
    write(r1)
    r2.wait_in_sync(timeout=SECONDS_MAX)
    assert equal(r1, r2)


def test_a_replica_that_closes_is_gone_from_its_primary(trio):
    m, r1, r2 = trio
    r1.close()
    wait_until(lambda: len(m.replication.replicas) == 1)
    write(m)
    m.wait_in_sync(timeout=SECONDS_MAX)
    assert equal(m, r2)


def test_a_node_is_told_when_its_replicas_are_online():
    with Node() as m:
        two = m.when(replicas=2)
        with Node(replicaof=m), Node(replicaof=m):
            seen = two.result(SECONDS_MAX)
            assert len(seen.online) == 2


def test_a_wait_in_sync_ends_with_either_node():
    with Node() as m, Node() as far:
        threading.Timer(0.02, far.close).start()
        with pytest.raises(ClosedError):
            far.wait_in_sync(m, timeout=SECONDS_MAX)
    with Node() as far, pytest.raises(ClosedError):
        far.wait_in_sync(m, timeout=SECONDS_MAX)


def test_many_threads_wait_for_one_write(trio):
    m, r1, r2 = trio
    target = m.offset + 1
    with ThreadPoolExecutor(20) as pool:
        waits = [pool.submit(node.wait_offset, target, SECONDS_MAX) for node in (m, r1, r2) * 7]
        m.call("SET", "k", "v")
        for wait in waits:
            wait.result()


def test_a_real_redis_is_waited_for_by_what_it_acknowledges(tmp_path):
    with Node() as m, Node(replicaof=m) as ours:
        followed = m.when(replicas=2)
        with redis_server(tmp_path, "--replicaof", f"127.0.0.1 {m.port}") as redis:
            theirs = {replica.port: replica for replica in followed.result(SECONDS_MAX).replicas}
            assert theirs[redis.port].name is None and theirs[ours.port].name == ours.name
            write(m)
            m.wait_in_sync(timeout=SECONDS_MAX)
            assert equal(m, ours)
            assert redis.call("DEBUG", "DIGEST") == m.digest()


def test_a_replica_of_a_stranger_waits_for_an_offset(tmp_path):
    with redis_server(tmp_path, *AT_ONCE) as redis, Node(replicaof=("127.0.0.1", redis.port)) as r:
        r.wait_state(SECONDS_MAX, link="connected")
        redis.call("SET", "k", "v")
        with pytest.raises(ValueError, match="no node of this process"):
            r.wait_in_sync(timeout=SECONDS_MAX)
        told = redis.call("INFO", "replication").split(b"master_repl_offset:")[1].split()[0]
        r.wait_offset(int(told), timeout=SECONDS_MAX)
        assert r.call("GET", "k") == b"v"


def test_a_wait_looks_at_the_primary_anew_when_it_was_given_another_history():
    """The one in the middle changes its primary while somebody waits below it."""
    with Node(name="a") as a, Node(name="b") as b, Node(replicaof=a) as middle:
        write(a)
        write(b, 20)
        with Node(replicaof=middle) as last:
            middle.replicate(b)
            last.wait_in_sync(timeout=SECONDS_MAX)
            b.wait_in_sync(last, timeout=SECONDS_MAX)
            assert equal(b, middle, last)


def test_a_replica_follows_and_comes_back_though_time_stands_still():
    with Node(clock="manual") as m, Node(clock="manual", replicaof=m) as r:
        r.wait_in_sync(timeout=SECONDS_MAX)
        full, resumed = m.info.sync_full, m.info.sync_partial_ok
        m.call("CLIENT", "KILL", "TYPE", "replica")
        write(m)
        r.wait_in_sync(timeout=SECONDS_MAX)
        assert equal(m, r)
        assert (m.info.sync_full, m.info.sync_partial_ok) == (full, resumed + 1)
        assert m.start("WAIT", 1, 0).result(SECONDS_MAX) == 1

"""What the laboratory is for: all that can happen between a primary and its replicas, made to happen."""

import pytest
import redis

import replserver as rs

SECONDS_MAX = 20


def test_any_client_writes_to_a_cluster():
    with rs.Cluster(master="m", replicas=["r1", "r2"], seed=7) as c:
        m = redis.Redis(**c.m.connection)
        m.set("k", 1)
        c.wait_in_sync(timeout=SECONDS_MAX)
        assert c.r1.call("GET", "k") == b"1" and c.digests_equal()


def test_partial_resync_mid_command(repl_pair):
    m, r, link = repl_pair
    link.cut(at_offset=m.offset + 17)  # 17 bytes into the next command
    m.call("SET", "k", "x" * 64)
    link.wait_cut()
    link.heal()
    r.wait_offset(m.offset, timeout=SECONDS_MAX)
    assert m.info.sync_full == 1 and m.info.sync_partial_ok == 1
    assert rs.diff(m, r) == []


def test_sixty_seconds_are_instant(repl):
    with repl(replicas=1, clock="manual") as c:
        c.link("m", "r1").blackhole()  # half-open: TCP stays up, nothing flows
        c.clock.advance(61)
        assert c.m.replication.replicas == []


def test_wait_is_honest(repl):
    with repl(replicas=2, acks="manual") as c:
        c.m.call("SET", "k", "1")
        w = c.m.start("WAIT", 2, 0)
        c.r1.ack()
        assert not w.done()
        c.r2.ack()
        assert w.result(timeout=SECONDS_MAX) == 2


def test_every_byte_of_a_command_is_a_place_to_be_cut_at(repl_pair):
    m, r, link = repl_pair
    m.call("SET", "k", "before")
    r.wait_in_sync(timeout=SECONDS_MAX)
    before = m.offset
    m.call("SET", "k", "value")
    size = m.offset - before
    r.wait_in_sync(timeout=SECONDS_MAX)
    for byte in range(size):
        link.cut(at_offset=m.offset + byte)
        m.call("SET", "k", "value")
        link.wait_cut()
        r.wait_in_sync(timeout=SECONDS_MAX)
    assert rs.diff(m, r) == []
    assert (m.info.sync_full, m.info.sync_partial_ok) == (1, size)


def test_a_partition_parts_and_heals(repl_cluster):
    c = repl_cluster
    c.partition({"m"}, {"r1", "r2"})
    c.m.call("SET", "k", 1)
    with pytest.raises(rs.WaitTimeout):
        c.wait_in_sync(timeout=0.02)
    assert c.lag("r1") == c.lag("r2") > 0
    c.heal()
    c.wait_in_sync(timeout=SECONDS_MAX)
    assert c.digests_equal()


def test_a_partition_can_be_one_way_and_of_single_members(repl):
    with repl(replicas=1) as c:
        c.partition("r1", "m", one_way=True)
        c.m.call("SET", "k", 1)
        c.wait_in_sync(timeout=SECONDS_MAX)  # what the primary says arrives
        c.heal()


def test_split_brain_is_told_by_the_offset_where_histories_part(repl):
    with repl(replicas=1) as c:
        c.m.call("SET", "k", 0)
        c.wait_in_sync(timeout=SECONDS_MAX)
        parted = c.m.offset
        c.partition({"m"}, {"r1"})
        c.promote("r1")
        c.m.call("SET", "k", 1)
        c.r1.call("SET", "k", 2)
        with pytest.raises(AssertionError, match=f"histories part at offset {parted}"):
            rs.assert_consistent(c)


@pytest.mark.parametrize("place", [0, 1])
def test_a_real_redis_is_behind_the_same_links(repl, place):
    members = ["a", "b"]
    members[place] = rs.external("redis-server", name=members[place])
    with repl(members[0], [members[1]]) as c:
        link = c.link("a", "b")
        link.cut(at_offset=c.a.offset + 17)
        c.a.call("SET", "k", "x" * 64)
        link.wait_cut()
        c.b.wait_offset(c.a.offset, timeout=SECONDS_MAX)
        assert c.a.info.sync_full == 1 and c.a.info.sync_partial_ok == 1
        rs.assert_consistent(c)

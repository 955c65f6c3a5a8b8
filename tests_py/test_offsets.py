"""Offsets by hand: a history that is filled to the byte, and how far a replica is behind."""

from copy import copy

import pytest

import replserver as rs
from replserver import sim

SECONDS_MAX = 20
MESSAGE, SELECT = 29, 23  # the shortest PUBLISH, and what goes before it in another database


@pytest.fixture
def pair():
    """By hand, so that no PING comes in between."""
    with rs.Cluster(replicas=["r"], clock="manual") as c:
        yield c


def test_each_number_of_bytes_can_be_written(pair):
    m = pair.m
    m.call("SET", "k", "v")  # the database is chosen now
    for size in [*range(MESSAGE, 300), 1031, 10_000, 262_144, 262_145, 262_173, 1_000_000]:
        before = m.offset
        m.advance(bytes=size)
        assert m.offset == before + size
    pair.wait_in_sync(timeout=SECONDS_MAX)
    assert pair.r.offset == m.offset and rs.diff(m, pair.r) == []
    assert m.call("DBSIZE") == 1


def test_an_offset_can_be_named(pair):
    pair.m.advance(to=1 << 20)
    assert pair.m.offset == 1 << 20
    pair.m.advance(to=1 << 20)
    assert pair.m.offset == 1 << 20


def test_what_the_protocol_cannot_write_is_refused_before_anything_is_written(pair):
    m = pair.m
    before = m.offset
    with pytest.raises(ValueError, match=f"m: 51 bytes are too few, {MESSAGE + SELECT} the least"):
        m.advance(bytes=MESSAGE + SELECT - 1)
    assert m.offset == before
    m.advance(bytes=MESSAGE + SELECT)
    with pytest.raises(ValueError, match=f"28 bytes are too few, {MESSAGE} the least"):
        m.advance(bytes=MESSAGE - 1)
    assert m.offset == before + MESSAGE + SELECT


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({}, "one of bytes and to"),
        ({"bytes": 100, "to": 1000}, "one of bytes and to"),
        ({"to": 0}, "does not go back"),
        ({"bytes": -1}, "does not go back"),
        ({"seconds": 1, "bytes": 100}, "one of them"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(pair, wanted, told):
    pair.m.advance(bytes=100)
    with pytest.raises(ValueError, match=told):
        pair.m.advance(**wanted)


def test_a_replica_has_no_history_of_its_own_to_fill(pair):
    with pytest.raises(ValueError, match="r is a replica"):
        pair.r.advance(bytes=100)


def test_a_node_without_a_history_says_so():
    with rs.Node(repl_history_from_start=False) as node:
        with pytest.raises(rs.ReplserverError, match="writes no history"):
            node.advance(bytes=100)


def test_a_backlog_forgets_what_was_written_before_its_size():
    with rs.Cluster(replicas=1, clock="manual", repl_backlog_size="16kb") as c:
        link = c.link("m", "r1")
        for size, syncs in ((10_000, 1), (40_000, 2)):
            link.cut(refuse=True)
            c.m.advance(bytes=size)
            link.heal()
            c.clock.advance(1)
            c.wait_in_sync(timeout=SECONDS_MAX)
            assert c.m.info.sync_full == syncs


def test_a_real_redis_is_filled_as_exactly_but_not_in_as_small_steps():
    with rs.Cluster(rs.external("redis-server", repl_ping_replica_period=3600), ["r"]) as c:
        for size in (81, 82, 110, 5000):
            before = c.m.offset
            c.m.advance(bytes=size)
            assert c.m.offset == before + size
        with pytest.raises(ValueError, match="80 bytes are too few, 81 the least: it does not tell"):
            c.m.advance(bytes=80)


def test_lag_is_told_in_bytes_and_in_seconds(pair):
    m, r = pair.m, pair.r
    pair.link("m", "r").hold()
    m.advance(bytes=1000)
    lag = m.lag(r)
    assert isinstance(lag, rs.Lag)
    assert lag == lag.bytes == 1000 and lag.seconds is not None
    before = lag.seconds
    pair.clock.advance(5)
    assert pair.lag("r").seconds == before + 5
    assert copy(lag).seconds == before
    assert repr(pair.lag("r")) == f"Lag(bytes=1000, seconds={before + 5})"


def test_lag_is_of_virtual_nodes_as_well():
    with sim.World(seed=3) as world:
        m = world.start("m")
        r = world.start("r", replicaof=m)
        m.wait_state(10, replicas=1)
        r.wait_in_sync(timeout=10)
        m.advance(bytes=100)
        assert m.lag(r).bytes == 100
        r.wait_in_sync(timeout=10)
        assert m.lag(r) == 0 and m.lag(r).seconds == 0

"""Replication from Python in virtual time: waits let the world run."""

import pytest

from replserver import ClosedError, WaitTimeout, sim


@pytest.fixture
def world():
    with sim.World(seed=7, delay_min=0.001, delay_max=0.05, piece_max=11) as world:
        yield world


def write(node, count=10):
    for number in range(count):
        node.call("SET", f"key:{number}", "x" * number)


def test_nodes_find_each_other_and_are_in_sync(world):
    m = world.start("m")
    r1, r2 = (world.start(name, replicaof=m) for name in ("r1", "r2"))
    m.wait_in_sync([r1, r2])
    write(m)
    m.wait_in_sync(timeout=10)
    assert m.digest() == r1.digest() == r2.digest()
    seen = m.wait_state(replicas=2, acknowledged=m.offset)
    assert {(replica.name, replica.state, replica.lag_bytes) for replica in seen.replicas} == {
        ("r1", "online", 0),
        ("r2", "online", 0),
    }
    assert (r1.replication.role, r1.replication.link) == ("replica", "connected")


def test_a_node_can_follow_a_name_and_a_port(world):
    m = world.start("m")
    r = world.start("r", replicaof=("m", m.port))
    r.wait_in_sync()
    assert r.replication.id == m.replication.id


def test_a_chain_is_waited_for_from_its_top(world):
    top = world.start("top")
    middle = world.start("middle", replicaof=top)
    last = world.start("last", replicaof=middle)
    write(top)
    top.wait_in_sync(last)
    assert top.digest() == middle.digest() == last.digest()


def test_a_promoted_replica_is_followed_without_a_full_sync(world):
    m = world.start("m")
    r1, r2 = (world.start(name, replicaof=m) for name in ("r1", "r2"))
    write(m)
    m.wait_in_sync()
    m.crash()
    r1.promote()
    r2.replicate(r1)
    write(r1, 20)
    r2.wait_in_sync()
    assert r1.digest() == r2.digest()
    assert r1.info.sync_full == 0 and r1.info.sync_partial_ok == 1
    assert r1.replication.former_offset is not None
    with pytest.raises(ClosedError):
        m.wait_offset(1)


def test_a_timeout_is_in_virtual_seconds_and_tells_both_offsets(world):
    m, r = world.start("m"), world.start("r")
    write(m)
    begun = world.now
    told = rf"r is not in sync with m after 3600 s: m is at offset {m.offset}, r is .* at offset 0"
    with pytest.raises(WaitTimeout, match=told):
        r.wait_in_sync(m, timeout=3600)
    assert world.now == pytest.approx(begun + 3600)


def test_what_already_is_so_takes_no_time(world):
    m = world.start("m")
    begun = world.now
    m.wait_offset(m.offset, timeout=0)
    m.wait_state(role="primary")
    assert world.now == begun


def test_a_wait_without_a_limit_tells_after_how_long_it_was_in_vain():
    with sim.World(seed=1) as world:
        node = world.start("node")
        with pytest.raises(WaitTimeout, match="node: after 3600 s not yet offset=1: it is a primary"):
            node.wait_offset(1)
        with pytest.raises(WaitTimeout, match="other-node: no hold after 3600 s"):
            world.link("other", "node").wait_held(timeout=None)

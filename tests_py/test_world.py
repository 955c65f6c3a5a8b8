"""The simulator from Python: virtual time, a network with faults by seed, runs that repeat."""

import pytest

from replserver import ClosedError, CommandError, ConfigError, WaitTimeout, sim


def storm(seed):
    """Five clients that write at once, over a slow network in small pieces."""
    with sim.World(seed=seed, delay_min=0.001, delay_max=0.1, piece_max=7) as world:
        node = world.start("node", loglevel="debug")
        clients = [node.client() for _ in range(5)]
        for number, client in enumerate(clients):
            for _ in range(10):
                client.send(b"APPEND order %d\r\n" % number)
        world.run_for(10)
        node.call("DEBUG", "LOG", "done")
        replies = [client.replies() for client in clients]
        return node.call("GET", "order"), replies, node.digest(), node.offset, world.transcript


def test_the_same_seed_gives_the_same_run():
    assert storm(seed=1) == storm(seed=1)


def test_another_seed_gives_another_run():
    orders = {storm(seed)[0] for seed in range(1, 6)}
    assert len(orders) == 5 and all(len(order) == 50 for order in orders)


def test_time_passes_only_when_the_world_runs():
    world = sim.World(seed=1)
    node = world.start("node")
    start = world.now
    node.call("SET", "k", "v", "PX", 3_600_000)
    assert world.now == node.time == start
    world.run_for(3599)
    assert node.call("PTTL", "k") == 1000
    world.run_for(1.001)
    assert node.call("GET", "k") is None
    assert world.now == pytest.approx(start + 3600.001)
    with pytest.raises(ValueError):
        world.run_for(-1)


def test_nothing_arrives_before_its_delay():
    world = sim.World(seed=1, delay_min=0.5, delay_max=0.5)
    client = world.start("node").client()
    client.send(b"PING\r\n")
    world.run_for(0.99)
    assert client.replies() == []
    world.run_for(0.02)
    assert client.replies() == ["PONG"]


def test_a_call_waits_in_virtual_time_only_so_long():
    world = sim.World(seed=1)
    node = world.start("node")
    client = node.client()
    node.call("CLIENT", "PAUSE", 1_000_000)
    with pytest.raises(WaitTimeout, match="5"):
        client.call("PING", limit=5)
    node.call("CLIENT", "UNPAUSE")
    assert client.read() == "PONG"


def test_a_cut_loses_what_is_on_its_way():
    world = sim.World(seed=1, delay_min=0.5, delay_max=0.5)
    node = world.start("node")
    client = node.client()
    client.send(b"SET k v\r\n")
    client.cut()
    world.run_for(5)
    assert node.call("GET", "k") is None
    assert not client.is_open and node.info.connected_clients == 0
    with pytest.raises(ClosedError):
        client.call("PING")
    with pytest.raises(ClosedError):
        client.send(b"PING\r\n")


def test_a_close_lets_what_was_sent_arrive():
    world = sim.World(seed=1)
    node = world.start("node")
    client = node.client()
    client.send(b"SET k v\r\n")
    client.close()
    client.close()
    world.run_for(1)
    assert node.call("GET", "k") == b"v"
    assert node.info.connected_clients == 0


def test_a_stopped_node_is_closed_and_its_name_can_be_used_again():
    world = sim.World(seed=1)
    node = world.start("node")
    client = node.client()
    node.call("SET", "k", "v")
    with pytest.raises(ValueError, match="node"):
        world.start("node")
    node.stop()
    node.stop()
    assert node.closed and "stopped" in repr(node)
    with pytest.raises(ClosedError, match="node"):
        node.call("PING")
    with pytest.raises(ClosedError):
        client.call("PING")
    again = world.start("node")
    assert again.call("GET", "k") is None
    assert again.client().call("PING") == "PONG"


def test_errors_are_those_of_a_live_node():
    world = sim.World(seed=1)
    with pytest.raises(ConfigError, match="maxmemory"):
        world.start("node", maxmemory="lots")
    node = world.start("node", hz=20)
    assert node.config["hz"] == "20"
    with pytest.raises(ConfigError):
        node.config["hz"] = "fast"
    with pytest.raises(CommandError) as raised:
        node.client().call("GET")
    assert raised.value.code == "ERR"
    with pytest.raises(ValueError):
        sim.World(delay_min=2, delay_max=1)
    with pytest.raises(ValueError):
        sim.World(piece_max=0)
    with pytest.raises(ValueError):
        sim.World(socket_max=0)


def test_the_transcript_tells_when_who_said_what():
    world = sim.World(seed=1)
    node = world.start("node")
    world.run_for(2)
    node.call("DEBUG", "LOG", "hear, hear")
    microseconds, who, level, text = world.transcript[-1].split(" ", 3)
    assert (who, level, text) == ("node:M", "#", "DEBUG LOG: hear, hear")
    assert int(microseconds) >= 2_000_000


def test_a_sleeping_node_keeps_its_clients_waiting_in_virtual_time():
    world = sim.World(seed=1)
    node = world.start("node", enable_debug_command="yes")
    sleeper, other = node.client(), node.client()
    start = world.now
    sleeper.send(b"DEBUG SLEEP 3\r\n")
    world.run_for(0.01)
    assert other.call("PING") == "PONG"
    assert 3 <= world.now - start < 3.1

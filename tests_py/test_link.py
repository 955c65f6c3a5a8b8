"""Links with faults on request, between any two servers: cut, held, silenced, corrupted at the byte that is named."""

import json
import socket

import pytest

import replserver
from harness import REPLSERVER, run, wait_until
from harness_servers import assert_same_data, link_is_up
from replserver import Link, WaitTimeout, sim

# What a replica of ours and one of Redis' say alike, in their order.
STEPS = ["ping", "listening-port", "capa", "psync"]


@pytest.fixture
def pair():
    """A primary, its replica, and the link between them."""
    with (
        replserver.Node(name="m", repl_ping_replica_period=3600) as primary,
        Link(primary) as link,
        replserver.Node(name="r", replicaof=link) as replica,
    ):
        replica.wait_in_sync(timeout=10)
        yield primary, replica, link


def length_of(*words):
    command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    return len(command)


# ---- cuts


def test_a_cut_in_the_middle_of_a_command_costs_no_full_sync(pair):
    primary, replica, link = pair
    link.cut(at_offset=primary.offset + 17)
    primary.call("SET", "k", "x" * 64)
    link.wait_cut(timeout=10)
    replica.wait_offset(primary.offset, timeout=10)
    assert replica.call("GET", "k") == b"x" * 64
    assert primary.info.sync_full == 1 and primary.info.sync_partial_ok == 1


@pytest.mark.parametrize("reset", [False, True])
def test_a_set_that_is_cut_at_each_of_its_bytes_arrives(pair, reset):
    primary, replica, link = pair
    primary.call("SET", "k", "0")  # the database is chosen now
    length = length_of("SET", "k", "v")
    for byte in range(length + 1):
        seen = link.state.events
        link.cut(at_offset=primary.offset + byte, reset=reset)
        primary.call("SET", "k", byte % 10)
        # Also behind the last byte, where the replica has all before it is back.
        link.wait_event("passed", "psync reply", after=seen)
        replica.wait_offset(primary.offset, timeout=10)
        assert replica.call("GET", "k") == b"%d" % (byte % 10)
    assert primary.info.sync_full == 1
    assert primary.info.sync_partial_ok == length + 1
    assert link.state.cuts == length + 1


def test_between_two_redis_servers_a_set_that_is_cut_at_each_of_its_bytes_arrives(servers):
    primary = servers("redis", repl_ping_replica_period=3600)
    with Link(("127.0.0.1", primary.port)) as link:
        replica = servers("redis")
        replica.call("REPLICAOF", *link.address)
        wait_until(lambda: link_is_up(replica), "the link is up")
        primary.call("SET", "k", "0")
        link.wait_offset(primary.info.master_repl_offset)
        length = length_of("SET", "k", "v")
        for byte in range(1, length + 1):
            link.cut(at_offset=primary.info.master_repl_offset + byte)
            primary.call("SET", "k", byte % 10)
            link.wait_cut()
            replica.call("REPLICAOF", *link.address)  # or it would wait a second before it dials
            assert_same_data(primary, replica)
            assert replica.call("GET", "k") == b"%d" % (byte % 10)
        assert primary.info.sync_full == 1
        assert link.state.cuts == length


def test_a_payload_that_is_cut_anywhere_comes_anew(pair):
    primary, replica, link = pair
    primary.call("SET", "k", "v" * 1000)
    for byte in (0, 41):
        link.cut(at_payload=byte)
        primary.call("DEBUG", "CHANGE-REPL-ID")
        link.cut()
        link.wait_cut()
        replica.wait_in_sync(timeout=10)
        assert replica.call("STRLEN", "k") == 1000


def test_a_link_that_refuses_lets_nobody_through_until_it_is_healed(pair):
    primary, replica, link = pair
    link.cut(refuse=True)
    primary.call("SET", "k", "v")
    assert link.state.refuses
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(link.address)
    link.heal()
    socket.create_connection(link.address).close()
    replica.wait_offset(primary.offset, timeout=10)


# ---- holds


@pytest.mark.parametrize("edge", ["before", "behind"])
@pytest.mark.parametrize("step", [*STEPS, "ping reply", "psync reply", "payload"])
def test_a_conversation_stands_still_at_each_step_as_long_as_it_is_held(step, edge):
    with replserver.Node() as primary, Link(primary) as link, replserver.Node() as replica:
        link.hold(at=f"{edge} {step}")
        replica.replicate(link)
        state = link.wait_held()
        assert state.gates == ("held", "held")
        has_synced = step == "payload" and edge == "behind"
        assert (state.phase == "streaming") == has_synced
        assert link.events[-1].what == "held" and link.events[-1].detail == f"{edge} {step}"
        assert replica.replication.link != "connected" or has_synced
        link.release()
        replica.wait_in_sync(timeout=10)


def test_a_held_stream_shows_the_lag_until_it_is_released(pair):
    primary, replica, link = pair
    before = replica.offset
    link.hold(at_offset=before)
    primary.call("SET", "k", "v")
    link.wait_held()
    assert replica.offset == before
    assert replica.call("GET", "k") is None
    link.release()
    replica.wait_offset(primary.offset, timeout=10)


def test_a_blackhole_is_found_by_the_timeout_of_either_end():
    with (
        replserver.Node(clock="manual") as primary,
        Link(primary) as link,
        replserver.Node(clock="manual", replicaof=link) as replica,
    ):
        replica.advance(1)
        replica.wait_in_sync(timeout=10)
        link.blackhole()
        primary.advance(61)
        replica.advance(61)
        assert primary.replication.replicas == []
        assert replica.replication.link != "connected"
        link.heal()
        replica.advance(1)
        replica.wait_state(link="connected", timeout=10)


# ---- corruption, ACKs, pace


def test_a_payload_with_flipped_bits_is_refused_and_comes_anew(pair):
    primary, replica, link = pair
    primary.call("SET", "k", "v" * 1000)
    link.corrupt(at_payload=60, mask=0x10)
    primary.call("DEBUG", "CHANGE-REPL-ID")
    link.cut()
    link.wait_event("corrupted")
    replica.wait_in_sync(timeout=10)
    assert replica.call("GET", "k") == b"v" * 1000
    assert primary.info.sync_full >= 3


def test_wait_counts_only_acks_that_arrive(pair):
    primary, _, link = pair
    link.acks("drop")
    writer = primary.session()
    writer.call("SET", "k", "v")
    written = primary.offset
    waiting = writer.start("WAIT", 1, 0)
    link.wait_acknowledged(written)
    assert not waiting.done()
    link.ack(written)
    assert waiting.result(timeout=10) == 1


def test_acks_said_twice_count_once(pair):
    primary, _, link = pair
    link.acks("twice")
    writer = primary.session()
    writer.call("SET", "k", "v")
    assert writer.start("WAIT", 1, 0).result(timeout=10) == 1
    assert any(event.what == "duplicated" for event in link.events)


# ---- what is told


def test_a_wait_that_ends_in_vain_tells_what_was_seen(pair):
    primary, _, link = pair
    link.cut(at_offset=primary.offset + 1)
    with pytest.raises(WaitTimeout, match=r"no cut after 0.01 s: 1 open of 1, streaming at offset \d+"):
        link.wait_cut(timeout=0.01)


@pytest.mark.parametrize(
    "place",
    [
        {"at": "nowhere"},
        {"at": "behind"},
        {"at": "psync answer"},
        {"at": 5},
        {"at_offset": -1},
        {"at": "psync", "at_offset": 1},
    ],
)
def test_what_is_no_place_is_refused(place):
    with Link(("127.0.0.1", 1)) as link, pytest.raises(ValueError):
        link.cut(**place)


@pytest.mark.parametrize(
    "numbers",
    [{"at_offset": "x"}, {"at_offset": 10**30}, {"at_payload": 1.5}, {"at": "psync", "mask": 300}, {"size": 1.5}],
)
def test_what_is_no_number_is_named(numbers):
    with Link(("127.0.0.1", 1)) as link, pytest.raises(ValueError, match=r"not 'x'|1000|not 1.5|mask|size"):
        link.corrupt(**numbers)


def test_what_cannot_be_waited_for_is_named():
    with Link(("127.0.0.1", 1)) as link:
        with pytest.raises(ValueError, match="phase: 'strming' is none"):
            link.wait_phase("strming")
        with pytest.raises(ValueError, match="offset: -1 is none"):
            link.wait_offset(-1)


def test_what_happened_on_a_link_can_still_be_read_when_it_is_closed(pair):
    _, _, link = pair
    link.hold()
    seen = link.events
    link.close()
    assert link.events[: len(seen)] == seen and link.events_after(seen[-2].number)[0] == seen[-1]
    with pytest.raises(replserver.ClosedError):
        link.hold()


@pytest.mark.parametrize(
    ("to", "port", "told"),
    [
        ("127.0.0.1:1", 0, "a node, a link or .host, port., not '127.0.0.1:1'"),
        (("127.0.0.1", 65536), 0, "127.0.0.1:65536: a port is from 1 to 65535"),
        (("127.0.0.1", 1), -1, "port: from 0 to 65535, not -1"),
    ],
)
def test_what_a_link_cannot_lead_to_is_refused(to, port, told):
    with pytest.raises((TypeError, ValueError), match=told):
        Link(to, port=port)


def test_a_link_whose_server_is_away_tells_so():
    with Link(("127.0.0.1", 1)) as link:
        with socket.create_connection(link.address) as client, pytest.raises(ConnectionResetError):
            client.recv(1)
        assert "cannot be reached" in link.wait_event("closed").detail


def test_the_program_is_controlled_by_lines_of_json(tmp_path):
    requests = tmp_path / "requests"
    requests.write_text(
        '{"do": "hold", "at": "behind psync"}\n{"do": "cut", "at": "nowhere", "id": 7}\n\n[]\n'
        '{"do": "hold"}\n{"do": "wait_held"}\n{"do": "state"}\n'
    )
    with replserver.Node() as primary, requests.open() as stdin:
        done = run(*REPLSERVER, "link", "--to", f"127.0.0.1:{primary.port}", stdin=stdin)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["listening"] > 0
    answers = [line for line in lines[1:] if "event" not in line]
    assert [line.get("done") for line in answers] == ["hold", None, None, "hold", "wait_held", "state"]
    assert answers[1]["id"] == 7 and "no place" in answers[1]["error"]
    assert answers[4]["state"]["gates"] == ["held", "held"]


# ---- passwords


def started(kind, **directives):
    if kind == "redis":
        return replserver.external("redis-server", **directives)
    return replserver.Node(**directives)


@pytest.mark.parametrize("user", [{}, {"masteruser": "default"}], ids=["password", "user"])
@pytest.mark.parametrize(
    ("above", "below"), [("ours", "ours"), ("ours", "redis"), ("redis", "ours"), ("redis", "redis")]
)
def test_a_password_passes_through_a_link(above, below, user):
    with (
        started(above, requirepass="secret") as primary,
        Link(primary) as link,
        started(below, masterauth="secret", **user) as replica,
    ):
        replica.replicate(link)
        primary.call("SET", "k", "v")
        replica.wait_state(20, link="connected", offset=primary.offset)
        assert replica.call("GET", "k") == b"v"
        passed = [event.detail for event in link.events if event.what == "passed"]
        assert "auth" in passed and "auth reply" in passed
        assert "secret" not in " ".join(map(str, link.events))
        link.cut(at_offset=primary.offset + 9)
        primary.call("SET", "k", "w")
        link.wait_cut()
        replica.wait_offset(primary.offset, 20)
        assert primary.info.sync_full == 1 and replica.call("GET", "k") == b"w"


@pytest.mark.parametrize("above", ["ours", "redis"])
@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_password_that_is_wrong_gets_nobody_through(above, password):
    with (
        started(above, requirepass="secret") as primary,
        Link(primary) as link,
        replserver.Node(masterauth=password, replicaof=link, clock="manual") as replica,
    ):
        link.wait_event("closed")
        assert primary.info.sync_full == 0 and replica.replication.link != "connected"
        replica.config["masterauth"] = "secret"
        replica.advance(1)
        replica.wait_state(20, link="connected")


def test_a_handshake_can_be_held_and_cut_at_its_password():
    with (
        replserver.Node(requirepass="secret") as primary,
        Link(primary) as link,
        replserver.Node(masterauth="secret", clock="manual") as replica,
    ):
        link.hold(at="behind auth")
        replica.replicate(link)
        assert link.wait_held().phase == "handshake"
        link.cut()
        link.heal()
        replica.advance(1)
        replica.wait_in_sync(primary, timeout=20)


# ---- in virtual time


def test_a_simulated_link_does_the_same_in_virtual_time():
    with sim.World(seed=3) as world:
        primary = world.start("m")
        replica = world.start("r", replicaof=primary)
        replica.wait_in_sync(timeout=10)
        link = world.link(replica, primary)
        primary.call("SET", "k", "0")
        replica.wait_offset(primary.offset, timeout=10)
        for byte in range(length_of("SET", "k", "v") + 1):
            link.cut(at_offset=primary.offset + byte)
            primary.call("SET", "k", "v")
            link.wait_cut(timeout=10)
            replica.wait_offset(primary.offset, timeout=10)
        assert primary.info.sync_full == 1
        link.hold(at="before psync reply")
        link.cut()
        assert link.wait_held(timeout=10).phase == "handshake"
        world.run_for(5)
        assert replica.replication.link == "handshake"
        link.release()
        replica.wait_state(link="connected", timeout=10)
        link.blackhole()
        world.run_for(62)
        assert primary.replication.replicas == []
        assert "silenced" in [event.what for event in link.events]
        assert world.now - 120 < link.events[-1].time <= world.now

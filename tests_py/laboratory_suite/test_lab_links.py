"""Everything that a link can do to a replica and its primary; in the end they have the same."""

import pytest

import replserver as rs

SECONDS_MAX = 20  # of a wait on a loaded machine; none of them comes near it


pytestmark = pytest.mark.replserver(clock="manual")


def converge(m, r):
    for node in (m, r):
        node.advance(1)  # who has been refused, or was cut short in a sync, dials again by now
    m.call("SET", "last", "v")
    r.wait_in_sync(timeout=SECONDS_MAX)
    assert rs.diff(m, r) == []


@pytest.mark.parametrize("byte", [0, 1, 4, 17, 57, 93])
def test_a_cut_within_a_command_costs_a_partial_resync(repl_pair, byte):
    m, r, link = repl_pair
    link.cut(at_offset=m.offset + byte)
    m.call("SET", "k", "x" * 64)
    link.wait_cut()
    r.wait_offset(m.offset, timeout=SECONDS_MAX)
    assert (m.info.sync_full, m.info.sync_partial_ok) == (1, 1)
    converge(m, r)


def test_a_counter_that_is_cut_at_each_byte_counts_once(repl_pair):
    m, r, link = repl_pair
    m.call("INCR", "n")
    before = m.offset
    m.call("INCR", "n")
    size = m.offset - before
    for byte in range(size):
        r.wait_in_sync(timeout=SECONDS_MAX)
        link.cut(at_offset=m.offset + byte)
        m.call("INCR", "n")
        link.wait_cut()
    r.wait_in_sync(timeout=SECONDS_MAX)
    assert r.call("GET", "n") == m.call("GET", "n") == b"%d" % (2 + size)
    assert m.info.sync_full == 1


def test_a_reset_costs_no_more_than_a_good_end(repl_pair):
    m, r, link = repl_pair
    link.cut(at="command", reset=True)
    m.call("SET", "k", "x" * 64)
    link.wait_cut()
    r.wait_offset(m.offset, timeout=SECONDS_MAX)
    assert m.info.sync_full == 1
    converge(m, r)


def test_a_transaction_that_is_cut_is_there_as_a_whole_or_not_at_all(repl_pair):
    m, r, link = repl_pair
    m.call("MSET", "a", 1, "b", 1)
    r.wait_in_sync(timeout=SECONDS_MAX)
    link.cut(at_offset=m.offset + 40, refuse=True)
    with m.session() as session:
        session.call("MULTI")
        session.call("SET", "a", 2)
        session.call("SET", "b", 2)
        session.call("EXEC")
    link.wait_cut()
    assert r.call("MGET", "a", "b") == [b"1", b"1"]
    link.heal()
    converge(m, r)
    assert r.call("MGET", "a", "b") == [b"2", b"2"]


@pytest.mark.parametrize(
    "place",
    ["before ping", "behind capa", "before psync", "before psync reply", "before payload"],
)
def test_a_handshake_that_is_cut_begins_again(repl_pair, place):
    m, r, link = repl_pair
    link.cut(at=place)
    m.call("DEBUG", "CHANGE-REPL-ID")  # the next sync is a full one
    link.cut()
    link.wait_cut()
    converge(m, r)
    assert m.info.sync_full >= 2


@pytest.mark.parametrize("byte", [0, 1, 60])
def test_a_payload_that_is_cut_comes_anew(repl_pair, byte):
    m, r, link = repl_pair
    m.call("SET", "k", "v" * 100)
    m.call("DEBUG", "CHANGE-REPL-ID")
    link.cut(at_payload=byte)
    link.cut()
    link.wait_cut()
    converge(m, r)


@pytest.mark.parametrize("place", [None, "before psync", "behind psync reply", "behind payload"])
def test_what_is_held_goes_on_when_it_is_released(repl_pair, place):
    m, r, link = repl_pair
    link.hold(at=place)
    if place:
        m.call("DEBUG", "CHANGE-REPL-ID")
        link.cut()
    link.wait_held()
    m.call("SET", "k", "v")
    assert r.call("GET", "k") is None
    link.release()
    converge(m, r)


def test_who_is_refused_comes_back_when_the_link_is_healed(repl_pair):
    m, r, link = repl_pair
    link.cut(refuse=True)
    m.call("SET", "k", "v")
    assert r.call("GET", "k") is None
    link.heal()
    converge(m, r)


def test_a_backlog_that_has_forgotten_costs_a_full_sync(repl):
    with repl(replicas=1, repl_backlog_size="16kb") as c:
        link = c.link("m", "r1")
        link.cut(refuse=True)
        c.m.call("SET", "k", "x" * 100_000)
        link.heal()
        converge(c.m, c.r1)
        assert c.m.info.sync_full == 2


def test_flipped_bits_are_found_by_a_comparison(repl_pair):
    m, r, link = repl_pair
    m.call("SET", "k", "first")
    r.wait_in_sync(timeout=SECONDS_MAX)
    link.corrupt(at_offset=m.offset + 40, mask=0x01)  # within the value
    m.call("SET", "k", "x" * 64)
    r.wait_in_sync(timeout=SECONDS_MAX)
    assert [(one.kind, one.key) for one in rs.diff(m, r)] == [("value", b"k")]


def test_a_slow_link_loses_nothing(repl_pair):
    m, r, link = repl_pair
    link.delay(0.01, jitter=0.01)
    link.throttle(200_000)
    for number in range(20):
        m.call("SET", f"k{number}", "v" * 100)
    converge(m, r)


@pytest.mark.parametrize(("mode", "counted"), [("pass", 1), ("twice", 1), ("drop", 0)])
def test_wait_counts_whose_acknowledgement_arrives(repl, mode, counted):
    with repl(replicas=1) as c:
        c.link("m", "r1").acks(mode)
        with c.m.session() as writer:
            writer.call("SET", "k", "v")
            written = c.m.offset
            waiting = writer.start("WAIT", 1, 0 if counted else 50)
            if not counted:
                c.link("m", "r1").wait_acknowledged(written)
                c.clock.advance(1)
            assert waiting.result(timeout=SECONDS_MAX) == counted

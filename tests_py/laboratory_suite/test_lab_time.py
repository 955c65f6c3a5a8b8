"""Time is moved by hand: expiry, timeouts, lag, and clocks that do not agree."""

import pytest

import replserver as rs

SECONDS_MAX = 20


@pytest.fixture
def c(repl):
    with repl(replicas=2, clock="manual") as made:
        yield made


def test_a_key_expires_everywhere(c):
    c.m.call("SET", "k", 1, "EX", 100)
    c.clock.advance(99)
    assert c.r1.call("TTL", "k") == 1
    c.clock.advance(2)
    c.wait_in_sync(timeout=SECONDS_MAX)
    assert c.r1.call("GET", "k") is None and c.m.call("DBSIZE") == c.r2.call("DBSIZE") == 0


def test_a_replica_hides_what_has_expired_although_nobody_tells_it(c):
    c.m.call("SET", "k", 1, "PX", 500)
    c.wait_in_sync(timeout=SECONDS_MAX)
    c.partition({"m"}, {"r1"})
    c.clock.advance(1)
    assert c.r1.call("GET", "k") is None
    assert c.r1.call("DBSIZE") == 1  # until its primary says so


def test_a_replica_whose_clock_is_ahead_hides_keys_early(c):
    c.m.call("SET", "k", 1, "EX", 10)
    c.wait_in_sync(timeout=SECONDS_MAX)
    c.clock.skew("r1", 11)
    assert c.r1.call("GET", "k") is None and c.r2.call("GET", "k") == b"1"


def test_a_silent_replica_is_given_up_after_the_timeout(c):
    c.link("m", "r1").blackhole()
    c.clock.advance(59)
    assert len(c.m.replication.replicas) == 2
    c.clock.advance(3)
    assert [one.name for one in c.m.replication.replicas] == ["r2"]


def test_a_silent_primary_is_given_up_after_the_timeout(c):
    c.link("m", "r1").blackhole()
    c.clock.advance(62)
    assert c.r1.replication.link != "connected" and c.r2.replication.link == "connected"
    c.heal()
    c.clock.advance(1)
    c.wait_in_sync(timeout=SECONDS_MAX)


def test_too_few_good_replicas_forbid_writes(repl):
    with repl(replicas=1, clock="manual", min_replicas_to_write=1) as c:
        assert c.m.call("SET", "k", 1) == "OK"
        c.partition({"m"}, {"r1"})
        c.clock.advance(12)
        with pytest.raises(rs.CommandError, match="NOREPLICAS"):
            c.m.call("SET", "k", 2)
        c.heal()
        c.clock.advance(1)
        assert c.m.call("SET", "k", 2) == "OK"


def test_those_who_are_heard_stay_for_an_hour(c):
    c.clock.advance(600)
    assert len(c.m.replication.online) == 2 and c.m.info.sync_full == 2


def test_lag_is_counted_in_the_primarys_seconds(c):
    c.partition({"r1"}, {"m"}, one_way=True)
    c.clock.advance(7)
    lags = {one.name: one.lag_seconds for one in c.m.replication.replicas}
    assert lags["r1"] >= 6 and lags["r2"] <= 1

"""Sessions whose reads are checked: what they wrote is there, and nothing goes back."""

import pytest
import redis
import redis.asyncio

import replserver as rs

SECONDS_MAX = 20


@pytest.fixture
def c(repl):
    with repl(replicas=2, clock="manual") as made:
        made.m.call("SET", "k", 0)
        made.wait_in_sync(timeout=SECONDS_MAX)
        yield made


@pytest.fixture
def ann(c):
    return rs.CheckedSession(c, "ann")


def test_a_read_without_what_the_session_wrote_is_told_with_both_offsets(c, ann):
    c.link("m", "r1").hold()
    behind = c.r1.offset
    ann.call("m", "SET", "k", 1)
    with pytest.raises(rs.StaleRead) as failure:
        ann.call("r1", "GET", "k")
    assert str(failure.value) == (
        f"ann: GET k on r1 at offset {behind} does not have its own SET k 1 on m at offset {c.m.offset}"
    )
    told = failure.value
    assert (told.guarantee, told.session, told.key) == ("read-your-writes", "ann", b"k")
    c.link("m", "r1").release()
    c.wait_in_sync(timeout=SECONDS_MAX)
    assert ann.call("r1", "GET", "k") == b"1"


def test_only_keys_that_were_written_count(c, ann):
    c.link("m", "r1").hold()
    ann.call("m", "SET", "other", 1)
    assert ann.call("r1", "GET", "k") == b"0"
    with pytest.raises(rs.StaleRead):
        ann.call("r1", "MGET", "k", "other")
    ann.call("m", "DEL", "not there")  # which has changed nothing
    assert ann.call("r1", "EXISTS", "not there") == 0


def test_what_others_have_written_need_not_be_seen(c, ann):
    c.link("m", "r1").hold()
    rs.CheckedSession(c, "bob").call("m", "SET", "k", 1)
    assert ann.call("r1", "GET", "k") == b"0"


def test_a_read_that_goes_back_is_told_with_both_replies(c, ann):
    c.link("m", "r2").hold()
    behind = c.r2.offset
    c.m.call("SET", "k", 1)
    c.r1.wait_offset(c.m.offset, timeout=SECONDS_MAX)
    assert ann.call("r1", "GET", "k") == b"1"
    with pytest.raises(rs.StaleRead) as failure:
        ann.call("r2", "GET", "k")
    assert str(failure.value) == (
        f"ann: GET k goes back: b'0' on r2 at offset {behind}, but before b'1' on r1 at offset {c.r1.offset}"
    )
    assert failure.value.guarantee == "monotonic reads"


def test_a_read_of_the_same_value_does_not_go_back(c, ann):
    c.link("m", "r2").hold()
    c.m.call("SET", "other", 1)
    c.r1.wait_offset(c.m.offset, timeout=SECONDS_MAX)
    assert ann.call("r1", "GET", "k") == ann.call("r2", "GET", "k") == b"0"


@pytest.mark.parametrize("left_out", ["own_writes", "monotonic"])
def test_a_guarantee_can_be_left_out(c, left_out):
    session = rs.CheckedSession(c, "ann", **{left_out: False})
    c.link("m", "r2").hold()
    session.call("m", "SET", "k", 1)
    if left_out == "own_writes":
        assert session.call("r2", "GET", "k") == b"0"
    else:
        with pytest.raises(rs.StaleRead, match="its own"):
            session.call("r2", "GET", "k")


def test_what_a_failover_has_lost_is_missed(c, ann):
    c.partition({"m"}, {"r1", "r2"})
    ann.call("m", "SET", "k", 1)
    c.m.close()
    c.promote("r1", rest=True)
    with pytest.raises(rs.StaleRead, match="r1 at offset .* of another history does not have its own"):
        ann.call("r1", "GET", "k")


def test_what_has_survived_failovers_is_there(c, ann):
    ann.call("m", "SET", "k", 1)
    for name in ("r1", "r2", "m"):
        c.wait_in_sync(timeout=SECONDS_MAX)
        c.promote(name, rest=True)
        assert ann.call(name, "GET", "k") == b"1"
    c.wait_in_sync(timeout=SECONDS_MAX)
    assert ann.call("r1", "GET", "k") == b"1"


def test_who_waits_for_an_offset_reads_its_own_writes(c, ann):
    for number in range(20):
        ann.call("m", "SET", "k", number)
        replica = c[("r1", "r2")[number % 2]]
        replica.wait_offset(c.m.offset, timeout=SECONDS_MAX)
        assert ann.call(replica, "GET", "k") == b"%d" % number


def test_a_clients_commands_are_the_sessions(c, ann):
    with redis.Redis(**c.m.connection) as m, redis.Redis(**c.r1.connection) as r1:
        primary, replica = ann.wrap(m), ann.wrap(r1)
        c.link("m", "r1").hold()
        primary.incr("k")
        assert primary.get("k") == b"1" and replica.ping()
        with pytest.raises(rs.StaleRead, match="ann: GET k on r1"):
            replica.get("k")


def test_commands_of_a_pipeline_are_the_sessions(c, ann):
    with redis.Redis(**c.m.connection) as m, redis.Redis(**c.r1.connection) as r1:
        primary, replica = ann.wrap(m), ann.wrap(r1)
        c.link("m", "r1").hold()
        assert primary.pipeline().incr("k").get("k").execute() == [1, b"1"]
        assert replica.pipeline().get("other").execute() == [None]
        with pytest.raises(rs.StaleRead, match="ann: GET k on r1 .* does not have its own INCRBY k 1"):
            replica.pipeline().get("other").get("k").execute()


def test_commands_of_a_pipeline_that_watches_are_the_sessions(c, ann):
    with redis.Redis(**c.m.connection) as m, redis.Redis(**c.r1.connection) as r1:
        primary, replica = ann.wrap(m), ann.wrap(r1)
        c.link("m", "r1").hold()
        with primary.pipeline() as pipe:
            pipe.watch("other")
            pipe.incr("k")
            pipe.multi()
            assert pipe.get("k").execute() == [b"1"]
        with replica.pipeline() as pipe:
            pipe.watch("other")
            with pytest.raises(rs.StaleRead, match="ann: GET k on r1"):
                pipe.get("k")


async def test_so_are_those_of_an_asyncio_client(c, ann):
    async with redis.asyncio.Redis(**c.m.connection) as m, redis.asyncio.Redis(**c.r1.connection) as r1:
        primary, replica = ann.wrap(m), ann.wrap(r1)
        c.link("m", "r1").hold()
        await primary.hset("h", "f", "v")
        with pytest.raises(rs.StaleRead, match="ann: HGETALL h on r1"):
            await replica.hgetall("h")
        with pytest.raises(rs.StaleRead, match="ann: HGET h f on r1"):
            await replica.pipeline(transaction=False).ping().hget("h", "f").execute()
        async with replica.pipeline() as pipe:
            await pipe.watch("other")
            with pytest.raises(rs.StaleRead, match="ann: HLEN h on r1"):
                await pipe.hlen("h")


def test_a_real_redis_can_be_read_from(repl):
    with repl("m", [rs.external("redis-server", name="r")]) as c:
        ann = rs.CheckedSession(c, "ann")
        c.link("m", "r").hold()
        ann.call("m", "SET", "k", 1)
        with pytest.raises(rs.StaleRead, match="GET k on r at offset"):
            ann.call("r", "GET", "k")


def test_a_client_of_a_stranger_is_refused(c, ann):
    with rs.Node() as stranger, redis.Redis(**stranger.connection) as client:
        with pytest.raises(ValueError, match="is no member: m, r1, r2"):
            ann.wrap(client)


def test_words_count_however_they_are_spelt(c, ann):
    c.link("m", "r1").hold()
    c.link("m", "r2").hold()
    ann.call("m", b"set", b"k", b"1")
    for words in (("get", "k"), (b"GET", b"k")):
        with pytest.raises(rs.StaleRead, match="ann: GET k on r1 .* does not have its own SET k 1"):
            ann.call("r1", *words)
    bob = rs.CheckedSession(c, "bob")
    assert bob.call("m", "GET", "k") == b"1"
    with pytest.raises(rs.StaleRead, match="bob: GET k goes back"):
        bob.call("r1", b"get", b"k")


def test_a_member_that_there_is_not_is_refused(ann):
    with pytest.raises(ValueError, match="'x' is no member: m, r1, r2"):
        ann.call("x", "GET", "k")

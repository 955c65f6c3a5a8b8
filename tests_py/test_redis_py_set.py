"""redis-py's helpers for sets, in both protocols, on a live node."""

import pytest
import redis


def test_members_are_added_found_and_removed(redis_py):
    assert redis_py.sadd("s", "a", "b", 3, 3) == 3
    assert redis_py.sadd("s", "a") == 0
    assert redis_py.scard("s") == 3
    assert (redis_py.sismember("s", "a"), redis_py.sismember("s", "x")) == (1, 0)
    assert redis_py.smismember("s", ["a", "x", "3"]) == [1, 0, 1]
    assert set(redis_py.smembers("s")) == {"a", "b", "3"}
    assert redis_py.smove("s", "t", "b") == 1
    assert set(redis_py.smembers("t")) == {"b"}
    assert redis_py.srem("s", "a", "3", "x") == 2
    assert redis_py.exists("s") == 0


@pytest.mark.parametrize(
    ("members", "encoding"),
    [([str(number) for number in range(100)], "intset"),
     ([f"member:{number}" for number in range(100)], "listpack"),
     ([f"member:{number}" for number in range(3000)], "hashtable")],
    ids=["intset", "listpack", "hashtable"])
def test_members_are_scanned_and_drawn(redis_py, members, encoding):
    redis_py.sadd("s", *members)
    assert redis_py.object("encoding", "s") == encoding
    assert set(redis_py.sscan_iter("s", count=50)) == set(members)
    assert set(redis_py.sscan_iter("s", match="*7")) == {name for name in members if name[-1] == "7"}
    assert redis_py.srandmember("s") in members
    drawn = redis_py.srandmember("s", 15)
    assert len(set(drawn)) == 15 and set(drawn) <= set(members)
    assert len(redis_py.srandmember("s", -200)) == 200
    popped = {redis_py.spop("s"), *redis_py.spop("s", 20)}
    assert len(popped) == 21
    assert set(redis_py.smembers("s")) == set(members) - popped
    assert set(redis_py.spop("s", 5000)) == set(members) - popped
    assert redis_py.exists("s") == 0


def test_sets_are_combined_and_stored(redis_py):
    redis_py.sadd("a", 1, 2, 3, "x")
    redis_py.sadd("b", 2, 3, "x", "y")
    assert set(redis_py.sinter("a", "b")) == {"2", "3", "x"}
    assert set(redis_py.sunion("a", "b")) == {"1", "2", "3", "x", "y"}
    assert set(redis_py.sdiff("a", "b")) == {"1"}
    assert redis_py.sintercard(2, ["a", "b"]) == 3
    assert redis_py.sintercard(2, ["a", "b"], limit=2) == 2
    assert redis_py.sinterstore("i", "a", "b") == 3
    assert redis_py.sunionstore("a", "a", "b") == 5
    assert redis_py.sdiffstore("d", "b", "a") == 0
    assert redis_py.exists("d") == 0
    assert set(redis_py.smembers("i")) == {"2", "3", "x"}


def test_other_types_are_refused(redis_py):
    redis_py.set("text", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.sadd("text", "a")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.sunion("s", "text")

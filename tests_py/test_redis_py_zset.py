"""redis-py's helpers for sorted sets, in both protocols, on a live node."""

import pytest
import redis


def pairs(answer):
    """Members and scores: redis-py tells them as tuples or as lists."""
    return [tuple(pair) for pair in answer]


def test_members_are_added_scored_and_removed(redis_py):
    assert redis_py.zadd("z", {"a": 1, "b": 2.5, "c": "inf"}) == 3
    assert redis_py.zadd("z", {"a": 5, "d": 4}, nx=True) == 1
    assert redis_py.zadd("z", {"a": 0, "b": 3}, gt=True, ch=True) == 1
    assert redis_py.zadd("z", {"a": 0, "x": 3}, xx=True, lt=True) == 0
    assert redis_py.zadd("z", {"a": 1}, incr=True) == 1.0
    assert redis_py.zadd("z", {"a": 1}, incr=True, nx=True) is None
    assert redis_py.zincrby("z", 0.25, "a") == 1.25
    assert (redis_py.zscore("z", "c"), redis_py.zscore("z", "x")) == (float("inf"), None)
    assert redis_py.zmscore("z", ["a", "x", "b"]) == [1.25, None, 3.0]
    assert (redis_py.zcard("z"), redis_py.zcount("z", "(1.25", "+inf")) == (4, 3)
    assert (redis_py.zrank("z", "d"), redis_py.zrevrank("z", "d"), redis_py.zrank("z", "x")) == (2, 1, None)
    assert tuple(redis_py.zrank("z", "d", withscore=True)) == (2, 4.0)
    assert tuple(redis_py.zrevrank("z", "d", withscore=True)) == (1, 4.0)
    assert redis_py.zrem("z", "a", "b", "x") == 2


@pytest.mark.parametrize(("size", "encoding"), [(50, "listpack"), (3000, "skiplist")])
def test_ranges_are_read_in_both_orders(redis_py, size, encoding):
    members = [f"m{number:05}" for number in range(size)]
    redis_py.zadd("z", {member: number for number, member in enumerate(members)})
    assert redis_py.object("encoding", "z") == encoding
    assert redis_py.zrange("z", 0, -1) == members
    assert redis_py.zrange("z", 0, 1, desc=True) == redis_py.zrevrange("z", 0, 1) == [members[-1], members[-2]]
    assert pairs(redis_py.zrange("z", 0, 1, withscores=True)) == [(members[0], 0.0), (members[1], 1.0)]
    assert redis_py.zrange("z", "(3", 20, byscore=True, offset=1, num=2) == members[5:7]
    assert redis_py.zrangebyscore("z", 3, "(6") == members[3:6]
    assert pairs(redis_py.zrevrangebyscore("z", 6, 3, start=1, num=1, withscores=True)) == [(members[5], 5.0)]
    assert redis_py.zrangestore("top", "z", -3, -1) == 3
    assert redis_py.zrange("top", 0, -1) == members[-3:]
    assert redis_py.zremrangebyrank("z", 0, 3) == 4
    assert redis_py.zremrangebyscore("z", "-inf", 6) == 3
    assert dict(redis_py.zscan_iter("z", count=50)) == {f"m{at:05}": float(at) for at in range(7, size)}
    drawn = redis_py.zrandmember("z", 5)
    assert len(set(drawn)) == 5 and set(drawn) <= set(members)
    assert len(redis_py.zrandmember("z", -100)) == 100


def test_members_of_one_score_are_ranges_of_bytes(redis_py):
    redis_py.zadd("z", dict.fromkeys("abcdef", 0))
    assert redis_py.zrangebylex("z", "[b", "(e") == ["b", "c", "d"]
    assert redis_py.zrevrangebylex("z", "+", "(d") == ["f", "e"]
    assert redis_py.zrange("z", "-", "[b", bylex=True) == ["a", "b"]
    assert redis_py.zlexcount("z", "-", "+") == 6
    assert redis_py.zremrangebylex("z", "(c", "+") == 3


def test_members_are_popped_from_both_ends(redis_py):
    redis_py.zadd("z", {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6, "g": 7})
    assert pairs(redis_py.zpopmin("z", 1)) == [("a", 1.0)]
    assert pairs(redis_py.zpopmax("z", 2)) == [("g", 7.0), ("f", 6.0)]
    key, popped = redis_py.zmpop(2, ["none", "z"], min=True, count=1)
    assert (key, [(member, float(score)) for member, score in popped]) == ("z", [("b", 2.0)])
    assert tuple(redis_py.bzpopmin(["none", "z"], timeout=1)) == ("z", "c", 3.0)
    assert tuple(redis_py.bzpopmax("z", timeout=1)) == ("z", "e", 5.0)
    key, popped = redis_py.bzmpop(1, 1, ["z"], max=True)
    assert (key, [(member, float(score)) for member, score in popped]) == ("z", [("d", 4.0)])
    assert redis_py.bzpopmin("z", timeout=0.01) is None
    assert redis_py.zpopmin("z") == []


def test_sorted_sets_are_combined_and_stored(redis_py):
    redis_py.zadd("a", {"x": 1, "y": 2})
    redis_py.zadd("b", {"y": 10, "z": 20})
    assert redis_py.zunion(["a", "b"]) == ["x", "y", "z"]
    assert pairs(redis_py.zunion({"a": 2, "b": 1}, aggregate="MAX", withscores=True)) == [("x", 2.0), ("y", 10.0), ("z", 20.0)]
    assert pairs(redis_py.zinter(["a", "b"], withscores=True)) == [("y", 12.0)]
    assert redis_py.zintercard(2, ["a", "b"], limit=1) == 1
    assert redis_py.zdiff(["a", "b"]) == ["x"]
    assert redis_py.zdiff(["a", "b"], withscores=True) in (["x", "1"], [["x", 1.0]])  # told as it comes
    assert redis_py.zunionstore("u", ["a", "b"], aggregate="MIN") == 3
    assert redis_py.zinterstore("i", {"a": 1, "b": 0.5}) == 1
    assert redis_py.zscore("i", "y") == 7.0
    assert redis_py.zdiffstore("d", ["a", "u"]) == 0
    assert redis_py.exists("d") == 0


def test_other_types_are_refused(redis_py):
    redis_py.set("text", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.zadd("text", {"a": 1})
    with pytest.raises(redis.ResponseError, match="not a valid float"):
        redis_py.zadd("z", {"a": "high"})

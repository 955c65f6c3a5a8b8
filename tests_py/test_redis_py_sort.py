"""redis-py's helpers for sorting, in both protocols, on a live node."""

import pytest
import redis


def test_numbers_and_texts_are_sorted(redis_py):
    redis_py.rpush("l", 3, 10, 1, 2)
    assert redis_py.sort("l") == ["1", "2", "3", "10"]
    assert redis_py.sort("l", desc=True, start=1, num=2) == ["3", "2"]
    assert redis_py.sort("l", alpha=True) == ["1", "10", "2", "3"]
    assert redis_py.sort_ro("l", start=0, num=1) == ["1"]
    redis_py.sadd("s", "b", "a")
    assert redis_py.sort("s", alpha=True) == ["a", "b"]
    redis_py.zadd("z", {"b": 1, "a": 2})
    assert redis_py.sort("z", by="nosort", desc=True) == ["a", "b"]


def test_elements_are_sorted_by_what_other_keys_hold(redis_py):
    redis_py.rpush("users", "ann", "bob", "cid")
    redis_py.mset({"age:ann": 30, "age:bob": 20, "age:cid": 40})
    redis_py.hset("user:bob", mapping={"name": "Bob"})
    assert redis_py.sort("users", by="age:*") == ["bob", "ann", "cid"]
    assert redis_py.sort("users", by="age:*", get=["#", "age:*", "user:*->name"], groups=True, start=0, num=2) == [
        ("bob", "20", "Bob"), ("ann", "30", None),
    ]
    assert redis_py.sort("users", alpha=True, get="age:*", store="ages") == 3
    assert redis_py.lrange("ages", 0, -1) == ["30", "20", "40"]


def test_what_is_no_number_and_other_types_are_refused(redis_py):
    redis_py.rpush("l", "x")
    with pytest.raises(redis.ResponseError, match="can't be converted into double"):
        redis_py.sort("l")
    redis_py.set("text", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.sort("text")

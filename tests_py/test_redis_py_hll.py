"""redis-py's helpers for estimates of how many were different, in both protocols, on a live node."""

import pytest
import redis


def test_different_elements_are_counted(redis_py):
    assert redis_py.pfadd("a", *range(100)) == 1
    assert redis_py.pfadd("a", 5, 6) == 0
    assert 98 <= redis_py.pfcount("a") <= 102
    redis_py.pfadd("b", *range(50, 20_000))
    assert abs(redis_py.pfcount("a", "b") - 20_000) < 600
    assert redis_py.pfmerge("c", "a", "b") is True
    assert redis_py.pfcount("c") == redis_py.pfcount("a", "b")
    assert redis_py.pfcount("none") == 0


def test_other_strings_are_refused(redis_py):
    redis_py.set("text", "x")
    with pytest.raises(redis.ResponseError, match="not a valid HyperLogLog string value"):
        redis_py.pfadd("text", "a")
    redis_py.rpush("l", 1)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE Operation against"):
        redis_py.pfcount("l")

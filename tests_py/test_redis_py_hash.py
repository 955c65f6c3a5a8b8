"""redis-py's helpers for hashes, in both protocols, on a live node."""

import pytest


def test_fields_are_written_and_read(redis_py):
    assert redis_py.hset("h", mapping={"a": 1, "b": "two", "c": 2.5}) == 3
    assert redis_py.hset("h", "a", 5) == 0
    assert redis_py.hsetnx("h", "a", 6) == 0
    assert redis_py.hgetall("h") == {"a": "5", "b": "two", "c": "2.5"}
    assert redis_py.hmget("h", ["a", "x", "b"]) == ["5", None, "two"]
    assert redis_py.hget("h", "x") is None
    assert (redis_py.hexists("h", "a"), redis_py.hlen("h"), redis_py.hstrlen("h", "b")) == (True, 3, 3)
    assert redis_py.hincrby("h", "a", 3) == 8
    assert redis_py.hincrbyfloat("h", "c", 0.25) == 2.75
    assert sorted(redis_py.hkeys("h")) == ["a", "b", "c"]
    assert sorted(redis_py.hvals("h")) == ["2.75", "8", "two"]
    assert redis_py.hdel("h", "a", "b", "x") == 2


@pytest.mark.parametrize("size", [20, 3000])
def test_fields_are_scanned_and_drawn(redis_py, size):
    fields = {f"field:{number}": str(number) for number in range(size)}
    redis_py.hset("h", mapping=fields)
    assert dict(redis_py.hscan_iter("h", count=50)) == fields
    assert set(redis_py.hscan_iter("h", count=50, no_values=True)) == set(fields)
    assert set(redis_py.hscan_iter("h", match="*7")) == {item for item in fields.items() if item[0][-1] == "7"}
    assert redis_py.hrandfield("h") in fields
    drawn = redis_py.hrandfield("h", 15)
    assert len(set(drawn)) == 15 and set(drawn) <= set(fields)
    assert len(redis_py.hrandfield("h", -50)) == 50


def test_fields_expire(redis_py):
    redis_py.hset("h", mapping={"a": 1, "b": 2, "c": 3})
    assert redis_py.hexpire("h", 100, "a", "x") == [1, -2]
    assert redis_py.hpexpire("h", 200_000, "b") == [1]
    assert redis_py.hexpire("h", 50, "a", gt=True) == [0]
    assert redis_py.httl("h", "a", "c", "x") == [100, -1, -2]
    assert 199_000 < redis_py.hpttl("h", "b")[0] <= 200_000
    assert redis_py.hpersist("h", "a", "c") == [1, -1]
    assert redis_py.hexpireat("h", 4102444800, "a") == [1]
    assert redis_py.hexpiretime("h", "a") == [4102444800]
    assert redis_py.hpexpiretime("h", "a") == [4102444800_000]
    assert redis_py.hpexpireat("h", 1, "a") == [2]
    assert redis_py.hlen("h") == 2
    assert redis_py.info("keyspace")["db0"]["subexpiry"] == 1

"""redis-py's helpers for hashes, in both protocols, on a live node."""

import pytest
import redis


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def client(request, node):
    with redis.Redis(**node.connection, protocol=request.param, decode_responses=True) as client:
        yield client


def test_fields_are_written_and_read(client):
    assert client.hset("h", mapping={"a": 1, "b": "two", "c": 2.5}) == 3
    assert client.hset("h", "a", 5) == 0
    assert client.hsetnx("h", "a", 6) == 0
    assert client.hgetall("h") == {"a": "5", "b": "two", "c": "2.5"}
    assert client.hmget("h", ["a", "x", "b"]) == ["5", None, "two"]
    assert client.hget("h", "x") is None
    assert (client.hexists("h", "a"), client.hlen("h"), client.hstrlen("h", "b")) == (True, 3, 3)
    assert client.hincrby("h", "a", 3) == 8
    assert client.hincrbyfloat("h", "c", 0.25) == 2.75
    assert sorted(client.hkeys("h")) == ["a", "b", "c"]
    assert sorted(client.hvals("h")) == ["2.75", "8", "two"]
    assert client.hdel("h", "a", "b", "x") == 2


@pytest.mark.parametrize("size", [20, 3000])
def test_fields_are_scanned_and_drawn(client, size):
    fields = {f"field:{number}": str(number) for number in range(size)}
    client.hset("h", mapping=fields)
    assert dict(client.hscan_iter("h", count=50)) == fields
    assert set(client.hscan_iter("h", count=50, no_values=True)) == set(fields)
    assert set(client.hscan_iter("h", match="*7")) == {item for item in fields.items() if item[0][-1] == "7"}
    assert client.hrandfield("h") in fields
    drawn = client.hrandfield("h", 15)
    assert len(set(drawn)) == 15 and set(drawn) <= set(fields)
    assert len(client.hrandfield("h", -50)) == 50


def test_fields_expire(client):
    client.hset("h", mapping={"a": 1, "b": 2, "c": 3})
    assert client.hexpire("h", 100, "a", "x") == [1, -2]
    assert client.hpexpire("h", 200_000, "b") == [1]
    assert client.hexpire("h", 50, "a", gt=True) == [0]
    assert client.httl("h", "a", "c", "x") == [100, -1, -2]
    assert 199_000 < client.hpttl("h", "b")[0] <= 200_000
    assert client.hpersist("h", "a", "c") == [1, -1]
    assert client.hexpireat("h", 4102444800, "a") == [1]
    assert client.hexpiretime("h", "a") == [4102444800]
    assert client.hpexpiretime("h", "a") == [4102444800_000]
    assert client.hpexpireat("h", 1, "a") == [2]
    assert client.hlen("h") == 2
    assert client.info("keyspace")["db0"]["subexpiry"] == 1

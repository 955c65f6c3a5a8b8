"""redis-py's helpers for sets, in both protocols, on a live node."""

import pytest
import redis


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def client(request, node):
    with redis.Redis(**node.connection, protocol=request.param, decode_responses=True) as client:
        yield client


def test_members_are_added_found_and_removed(client):
    assert client.sadd("s", "a", "b", 3, 3) == 3
    assert client.sadd("s", "a") == 0
    assert client.scard("s") == 3
    assert (client.sismember("s", "a"), client.sismember("s", "x")) == (1, 0)
    assert client.smismember("s", ["a", "x", "3"]) == [1, 0, 1]
    assert set(client.smembers("s")) == {"a", "b", "3"}
    assert client.smove("s", "t", "b") == 1
    assert set(client.smembers("t")) == {"b"}
    assert client.srem("s", "a", "3", "x") == 2
    assert client.exists("s") == 0


@pytest.mark.parametrize(
    ("members", "encoding"),
    [([str(number) for number in range(100)], "intset"),
     ([f"member:{number}" for number in range(100)], "listpack"),
     ([f"member:{number}" for number in range(3000)], "hashtable")],
    ids=["intset", "listpack", "hashtable"])
def test_members_are_scanned_and_drawn(client, members, encoding):
    client.sadd("s", *members)
    assert client.object("encoding", "s") == encoding
    assert set(client.sscan_iter("s", count=50)) == set(members)
    assert set(client.sscan_iter("s", match="*7")) == {name for name in members if name[-1] == "7"}
    assert client.srandmember("s") in members
    drawn = client.srandmember("s", 15)
    assert len(set(drawn)) == 15 and set(drawn) <= set(members)
    assert len(client.srandmember("s", -200)) == 200
    popped = {client.spop("s"), *client.spop("s", 20)}
    assert len(popped) == 21
    assert set(client.smembers("s")) == set(members) - popped
    assert set(client.spop("s", 5000)) == set(members) - popped
    assert client.exists("s") == 0


def test_sets_are_combined_and_stored(client):
    client.sadd("a", 1, 2, 3, "x")
    client.sadd("b", 2, 3, "x", "y")
    assert set(client.sinter("a", "b")) == {"2", "3", "x"}
    assert set(client.sunion("a", "b")) == {"1", "2", "3", "x", "y"}
    assert set(client.sdiff("a", "b")) == {"1"}
    assert client.sintercard(2, ["a", "b"]) == 3
    assert client.sintercard(2, ["a", "b"], limit=2) == 2
    assert client.sinterstore("i", "a", "b") == 3
    assert client.sunionstore("a", "a", "b") == 5
    assert client.sdiffstore("d", "b", "a") == 0
    assert client.exists("d") == 0
    assert set(client.smembers("i")) == {"2", "3", "x"}


def test_other_types_are_refused(client):
    client.set("text", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        client.sadd("text", "a")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        client.sunion("s", "text")

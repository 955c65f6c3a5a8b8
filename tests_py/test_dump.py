"""DUMP and RESTORE beside a real redis-server 7.0: each restores what the other dumped, whatever the version."""

import pytest

# Lines that make a value of each kind, small and large, under the key "key".
VALUES = {
    "text": ["SET key text"],
    "empty": ["SET key ''"],
    "integer": ["SET key -123456"],
    "long integer": ["SET key 9223372036854775807"],
    "long text": [f"SET key {'ab' * 40_000}"],
    "bits": ["SETBIT key 70000 1"],
    "sketch": ["PFADD key a b c"],
    "integers": ["SADD key 1 -70000 5000000000"],
    "small set": ["SADD key a 1 -1000 " + "x" * 60],
    "large set": ["SADD key " + " ".join(f"member:{i}" for i in range(2000))],
    "small hash": ["HSET key a 1 b two c -3000000"],
    "large hash": ["HSET key " + " ".join(f"field:{i} {i}" for i in range(2000))],
    "hash of long texts": ["HSET key a " + "x" * 50_000 + " " + "y" * 30_000 + " 1"],
    # Scores that 7.0 and 7.2 print alike, as their digests take them.
    "small sorted set": ["ZADD key 1 a -2.5 b inf c -inf d 17 6"],
    "large sorted set": ["ZADD key " + " ".join(f"{i % 64 / 4} member:{i}" for i in range(2000))],
    "small list": ["RPUSH key a 1 -70000 " + "x" * 100],
    "large list": ["RPUSH key " + " ".join(f"element:{i}" for i in range(5000))],
    "list of long texts": ["RPUSH key a " + "x" * 50_000 + " b " + "y" * 9_000],
    "stream": [
        *(f"XADD key {i}-1 name {i} other value" for i in range(1, 300)),
        "XDEL key 3-1 4-1 299-1",
        "XGROUP CREATE key readers 100-1 ENTRIESREAD 98",
        "XGROUP CREATE key others 0",
        "XREADGROUP GROUP readers alice COUNT 120 STREAMS key >",
        "XREADGROUP GROUP readers bob COUNT 5 STREAMS key >",
        "XACK key readers 101-1",
    ],
    "stream without entries": ["XGROUP CREATE key readers $ MKSTREAM"],
}


@pytest.fixture
def redis(redis_server):
    redis_server.call("FLUSHALL")
    return redis_server


@pytest.mark.parametrize("compression", ["yes", "no"])
@pytest.mark.parametrize("version", [9, 10])
@pytest.mark.parametrize("kind", VALUES)
def test_redis_restores_the_same_value(node, redis, kind, version, compression):
    for line in VALUES[kind]:
        node.call(*(word.strip("'") for word in line.split(" ")))
    node.call("CONFIG", "SET", "rdb-save-version", version, "rdbcompression", compression)

    payload = node.call("DUMP", "key")
    assert payload[-10:-8] == bytes([version, 0])
    redis.call("RESTORE", "key", 0, payload)
    same(node, redis, kind)


@pytest.mark.parametrize("compression", ["yes", "no"])
@pytest.mark.parametrize("kind", VALUES)
def test_we_restore_the_same_value(node, redis, kind, compression):
    redis.call("CONFIG", "SET", "rdbcompression", compression)
    for line in VALUES[kind]:
        redis.call(*(word.strip("'") for word in line.split(" ")))
    node.call("RESTORE", "key", 0, redis.call("DUMP", "key"))
    redis.call("CONFIG", "SET", "rdbcompression", "yes")
    same(node, redis, kind)


@pytest.mark.parametrize("version", [9, 10, 11])
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_survives_its_own_dump(node, kind, version):
    node.call("CONFIG", "SET", "rdb-save-version", version, "rdbcompression", "no")
    for line in VALUES[kind]:
        node.call(*(word.strip("'") for word in line.split(" ")))
    before = facts(node, kind)
    payload = node.call("DUMP", "key")
    node.call("RESTORE", "key", 0, payload, "REPLACE")
    assert facts(node, kind) == before
    again = node.call("DUMP", "key")
    if kind in ("large set", "large hash"):  # a table's order depends on how it grew
        assert sorted(again[:-8]) == sorted(payload[:-8])
    else:
        assert again == payload


def facts(server, kind):
    digest = server.call("DEBUG", "DIGEST-VALUE", "key")
    return digest, groups(server) if kind.startswith("stream") else None


def same(one, other, kind):
    assert facts(one, kind) == facts(other, kind)


def groups(server):
    """What pends for whom; not when it was delivered, and how far behind a group is."""
    told = []
    for group in server.call("XINFO", "GROUPS", "key"):
        fields = group if isinstance(group, dict) else dict(zip(group[::2], group[1::2]))
        fields = {_text(name): value for name, value in fields.items()}
        name = _text(fields["name"])
        pending = server.call("XPENDING", "key", name, "-", "+", 1000)
        told.append((name, _text(fields["last-delivered-id"]), fields["consumers"],
                     [(_text(id), _text(owner), count) for id, owner, _, count in pending]))  # fmt: skip
    return told


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def test_a_missing_key_has_no_dump(node):
    assert node.call("DUMP", "missing") is None


@pytest.mark.parametrize("kind", ["text", "integer", "small hash", "large sorted set", "stream"])
def test_the_serialized_length_is_that_of_redis(node, redis, kind):
    for server in (node, redis):
        server.call("CONFIG", "SET", "rdbcompression", "no")
        for line in VALUES[kind]:
            server.call(*line.split(" "))
    redis_length, our_length = (
        _text(server.call("DEBUG", "OBJECT", "key")).split("serializedlength:")[1].split(" ")[0]
        for server in (redis, node)
    )
    redis.call("CONFIG", "SET", "rdbcompression", "yes")
    # Since 7.2 a consumer is told with when it was last active: eight bytes more.
    more = 16 if kind == "stream" else 0
    assert int(our_length) == int(redis_length) + more

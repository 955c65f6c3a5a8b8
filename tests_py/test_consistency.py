"""What differs between two servers, and what is said of it."""


import pytest
import redis

import replserver as rs
from harness import RedisServer
from harness_servers import write_at_random
from replserver import _core, consistency

SECONDS_MAX = 20


@pytest.fixture
def pair():
    """Two nodes that know nothing of each other."""
    with rs.Node(name="a") as a, rs.Node(name="b") as b:
        yield a, b


@pytest.fixture(params=["nodes", "addresses", "redis_py"])
def servers(request, pair):
    """The same two, as each kind of server that can be compared."""
    for node in pair:
        node.config["requirepass"] = "secret" if request.param == "redis_py" else ""
    if request.param == "nodes":
        return pair
    if request.param == "addresses":
        return tuple(("127.0.0.1", node.port) for node in pair)
    return tuple(redis.Redis(**node.connection, decode_responses=True) for node in pair)


def kinds(differences):
    return [(one.kind, one.db, one.key) for one in differences]


EVERY_TYPE = [
    ("SET", "string", "v"),
    ("RPUSH", "list", 1, 2, 3),
    ("SADD", "set", "a", "b"),
    ("HSET", "hash", "f", "v", "g", 2),
    ("ZADD", "zset", 1, "a", 2.5, "b"),
    ("XADD", "stream", "1-1", "f", "v"),
]


def test_equal_data_do_not_differ(pair, servers):
    for node in pair:
        for words in EVERY_TYPE:
            node.call(*words)
        node.call("SET", "volatile", "v", "PXAT", 4102444800000)
    assert rs.diff(*servers) == []


def test_each_way_to_differ_is_told(pair, servers):
    a, b = pair
    for node in pair:
        node.call("SET", "same", 1)
    a.call("SET", "gone", "x")
    b.call("SELECT", 3)
    b.call("SET", "more", "y")
    b.call("SELECT", 0)
    a.call("SET", "k", 1)
    b.call("RPUSH", "k", 1)
    a.call("SET", "n", 1)
    b.call("SET", "n", 2)
    a.call("SET", "t", 1, "PXAT", 4102444800000)
    b.call("SET", "t", 1)
    found = rs.diff(*servers)
    assert kinds(found) == [
        ("missing", 0, b"gone"),
        ("type", 0, b"k"),
        ("value", 0, b"n"),
        ("ttl", 0, b"t"),
        ("extra", 3, b"more"),
    ]
    assert [(one.one, one.other) for one in found] == [
        (b"x", None),
        ("string", "list"),
        (b"1", b"2"),
        (4102444800000, None),
        (None, b"y"),
    ]
    assert found.keys == 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("SET", "string", "w"), (b"v", b"w")),
        (("LSET", "list", 1, "x"), ([b"1", b"2", b"3"], [b"1", b"x", b"3"])),
        (("SREM", "set", "a"), ({b"a", b"b"}, {b"b"})),
        (("HDEL", "hash", "g"), ({b"f": b"v", b"g": b"2"}, {b"f": b"v"})),
        (("ZADD", "zset", 3, "b"), ({b"a": 1.0, b"b": 2.5}, {b"a": 1.0, b"b": 3.0})),
        (
            ("XADD", "stream", "2-1", "f", "w"),
            (
                [(b"1-1", (b"f", b"v"))],
                [(b"1-1", (b"f", b"v")), (b"2-1", (b"f", b"w"))],
            ),
        ),
    ],
    ids=["string", "list", "set", "hash", "zset", "stream"],
)
def test_a_value_of_each_type_is_told_as_python_has_it(pair, servers, words, told):
    for node in pair:
        for command in EVERY_TYPE:
            node.call(*command)
    pair[1].call(*words)
    (found,) = rs.diff(*servers)
    assert (found.kind, found.one, found.other) == ("value", *told)


def test_servers_that_refuse_debug_are_compared_by_their_values(pair):
    addresses = [("127.0.0.1", node.port) for node in pair]
    for node in pair:
        node.call("HSET", "h", "f", 1)
    assert rs.diff(*addresses) == []
    pair[1].call("HSET", "h", "f", 2)
    assert kinds(rs.diff(*addresses)) == [("value", 0, b"h")]


@pytest.mark.parametrize("holder", [0, 1])
def test_a_key_that_expires_while_it_is_compared_is_no_difference(monkeypatch, holder):
    with rs.Node(name="a", clock="manual") as a, rs.Node(name="b", clock="manual") as b:
        for node in (a, b):
            node.call("SET", "lasting", "v")
            node.call("SET", "volatile", "v", "PX", 1000)
        (a, b)[holder].call("SET", "late", "v", "PX", 5000)
        states = consistency._states

        def seen(side, by_digest):
            found = states(side, by_digest)
            for node in (a, b):
                node.advance(2)
            return found

        monkeypatch.setattr(consistency, "_states", seen)
        addresses = [("127.0.0.1", node.port) for node in (a, b)]
        assert kinds(rs.diff(*addresses)) == [("extra" if holder else "missing", 0, b"late")]


def test_a_key_that_only_one_node_has_removed_in_time_is_no_difference():
    with rs.Node(name="a", clock="manual") as a, rs.Node(name="b", clock="manual") as b:
        a.call("SET", "volatile", "v", "PX", 1000)
        a.call("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        assert kinds(rs.diff(a, b)) == [("missing", 0, b"volatile")]
        a.advance(1)
        assert (a.call("DBSIZE"), rs.diff(a, b)) == (1, [])


def test_a_text_says_where_long_values_part(pair):
    a, b = pair
    a.call("SET", "s", "x" * 1000)
    b.call("SET", "s", "x" * 700 + "y")
    a.call("SADD", "set", *range(100))
    b.call("SADD", "set", *range(1, 101))
    text = str(rs.diff(a, b))
    assert "b's': value from byte 700 on: b'xxxxxxxxxxxxxxxx' of 1000 in a, b'y' of 701 in b" in text
    assert "b'set': value: only in a b'0', only in b b'100'" in text


def test_no_more_keys_are_told_than_asked_for(pair):
    a, b = pair
    for number in range(10):
        a.call("SET", f"k{number}", "v")
    found = rs.diff(a, b, limit=3)
    assert (len(found), found.keys) == (3, 10)
    assert str(found).endswith("... and 7 more keys")


def test_a_redis_server_is_compared_with_its_replica(tmp_path):
    server = RedisServer(tmp_path, "--repl-diskless-sync-delay", "0")
    try:
        address = ("127.0.0.1", server.port)
        with rs.Node(name="r", replicaof=address) as r:
            r.wait_state(SECONDS_MAX, link="connected")  # without replicas Redis counts no offset
            write_at_random(server, range(3))
            offset = server.call("INFO", "replication").decode().split("master_repl_offset:")[1]
            r.wait_offset(int(offset.split()[0]), timeout=SECONDS_MAX)
            assert rs.diff(address, r) == []
            r.promote()
            r.call("FLUSHALL")
            r.call("SET", "new", "v")
            found = rs.diff(address, r)
            assert found.keys == server.call("DBSIZE") + 1
    finally:
        server.stop()


def test_three_keys_of_many_are_found(pair):
    a, b = pair
    for node in pair:
        node.call("DEBUG", "POPULATE", 100_000)
    a.call("DEL", "key:5")
    b.call("SET", "key:50000", "other")
    b.call("PEXPIREAT", "key:99999", 4102444800000)
    found = rs.diff(a, b)
    assert kinds(found) == [
        ("extra", 0, b"key:5"),
        ("value", 0, b"key:50000"),
        ("ttl", 0, b"key:99999"),
    ]


@pytest.mark.parametrize("closed", ["a", "b"])
def test_the_one_that_is_closed_is_the_one_that_is_named(pair, closed):
    cores = [node._core for node in pair]
    pair["ab".index(closed)].close()
    with pytest.raises(rs.ClosedError, match=f"^{closed}: "):
        _core.compare(*cores, 10)


def test_consistent_nodes_pass_and_others_are_named():
    with rs.Node(name="m") as m, rs.Node(name="r", replicaof=m) as r:
        m.call("SET", "k", "v")
        m.wait_in_sync(timeout=SECONDS_MAX)
        rs.assert_consistent(m, r)
        rs.assert_consistent([m, r])
        r.config["replica_read_only"] = False
        r.call("SET", "k", "w")
        with pytest.raises(AssertionError) as failure:
            rs.assert_consistent(m, r)
        text = str(failure.value)
        assert f"r differs from m in 1 key: although both are at offset {m.offset}" in text
        assert "b'k': value b'v' in m, b'w' in r" in text
        assert text.count(m.replication_id) == 2


def test_it_is_told_where_histories_part():
    with rs.Node(name="m") as m, rs.Node(name="r", replicaof=m) as r:
        m.call("SET", "k", "v")
        m.wait_in_sync(timeout=SECONDS_MAX)
        parted = m.offset
        r.promote()
        m.call("SET", "k", "1")
        r.call("SET", "k", "2")
        with pytest.raises(AssertionError, match=f"their histories part at offset {parted}"):
            rs.assert_consistent(m, r)


def test_a_simulated_node_is_not_asked_for_its_keys(pair):
    with rs.sim.World(seed=1) as world, pytest.raises(TypeError, match="simulated"):
        rs.diff(pair[0], world.start("x"))

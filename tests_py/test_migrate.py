"""MIGRATE, to Debian's redis-server and beside it: the same answers, the same keys."""

import socket

import pytest

import replserver
from harness import Connection, RedisServer, encoded, free_port, wait_until
from replserver import CommandError, sim


@pytest.fixture
def ours():
    with replserver.Node(enable_debug_command="yes", rdb_save_version=10) as node:
        yield node


@pytest.fixture
def target(tmp_path):
    server = RedisServer(tmp_path)
    yield server
    server.stop()


def migrate(node, server, *words):
    return node.call("MIGRATE", "127.0.0.1", server.port, *words)


def test_a_key_moves_with_its_time_to_live(ours, target):
    ours.call("SET", "k", "v", "PX", 100_000)
    assert migrate(ours, target, "k", 0, 5000) == "OK"
    assert ours.call("EXISTS", "k") == 0
    assert target.call("GET", "k") == b"v"
    assert 90_000 < target.call("PTTL", "k") <= 100_000


def test_every_type_arrives(ours, target):
    ours.call("SET", "string", 12)
    ours.call("RPUSH", "list", *range(500))
    ours.call("SADD", "set", "a", "b", 1)
    ours.call("SADD", "ints", 1, 2, 3)
    ours.call("HSET", "hash", "field", "x" * 5000)
    ours.call("ZADD", "zset", 1.5, "a", "-inf", "b")
    ours.call("XADD", "stream", "1-1", "field", "value")
    names = ["string", "list", "set", "ints", "hash", "zset", "stream"]
    before = ours.call("DEBUG", "DIGEST-VALUE", *names)
    assert migrate(ours, target, "", 9, 5000, "KEYS", *names, "missing") == "OK"
    assert ours.call("DBSIZE") == 0
    with target.client() as client:
        client.call("SELECT", 9)
        assert client.call("DEBUG", "DIGEST-VALUE", *names) == before


def test_copy_keeps_and_replace_overwrites(ours, target):
    ours.call("SET", "k", "ours")
    target.call("SET", "k", "theirs")
    busy = "^ERR Target instance replied with error: BUSYKEY Target key name already exists.$"
    with pytest.raises(CommandError, match=busy):
        migrate(ours, target, "k", 0, 5000)
    assert ours.call("GET", "k") == b"ours"
    assert migrate(ours, target, "k", 0, 5000, "COPY", "REPLACE") == "OK"
    assert ours.call("GET", "k") == target.call("GET", "k") == b"ours"
    assert migrate(ours, target, "k", 0, 5000, "REPLACE") == "OK"
    assert ours.call("EXISTS", "k") == 0


def test_what_arrived_is_gone_even_if_another_key_was_refused(ours, target):
    ours.call("MSET", "a", 1, "b", 2, "c", 3)
    target.call("SET", "b", "in the way")
    with pytest.raises(CommandError, match="BUSYKEY"):
        migrate(ours, target, "", 0, 5000, "KEYS", "a", "b", "c")
    assert ours.call("KEYS", "*") == [b"b"]
    assert target.call("MGET", "a", "b", "c") == [b"1", b"in the way", b"3"]


def test_replicas_and_subscribers_are_told_of_the_deletion(ours, target):
    ours.call("CONFIG", "SET", "notify-keyspace-events", "KEA")
    ours.call("MSET", "a", 1, "b", 2)
    with Connection(ours.port) as listener:
        listener.call("SUBSCRIBE", "__keyevent@0__:del")
        offset = ours.offset
        migrate(ours, target, "", 0, 5000, "KEYS", "a", "b")
        assert [listener.read_reply()[2] for _ in range(2)] == [b"a", b"b"]
        assert ours.offset - offset == len(b"*3\r\n$3\r\nDEL\r\n$1\r\na\r\n$1\r\nb\r\n")


@pytest.mark.parametrize("words", [("AUTH", "secret"), ("AUTH2", "default", "secret")])
def test_a_password_is_given(ours, tmp_path, words):
    target = RedisServer(tmp_path, "--requirepass", "secret")
    try:
        ours.call("SET", "k", "v")
        with pytest.raises(CommandError, match="Target instance replied with error: NOAUTH"):
            migrate(ours, target, "k", 0, 5000)
        with pytest.raises(CommandError, match="Target instance replied with error: WRONGPASS"):
            migrate(ours, target, "k", 0, 5000, "AUTH", "wrong")
        assert ours.call("EXISTS", "k") == 1
        assert migrate(ours, target, "k", 0, 5000, *words) == "OK"
        with target.client() as client:
            client.call("AUTH", "secret")
            assert client.call("GET", "k") == b"v"
    finally:
        target.stop()


def test_wrong_calls_are_answered_as_by_redis(ours, target, tmp_path):
    with target.client() as theirs, Connection(ours.port) as client:
        client.call("SET", "k", "v")
        theirs.call("SET", "k", "v")
        closed = free_port()
        for words in (
            ["127.0.0.1", closed, "missing", 0, 100],
            ["127.0.0.1", closed, "", 0, 100, "KEYS"],
            ["127.0.0.1", closed, "k", 0, 100],
            ["127.0.0.1", closed, "k", "x", 100],
            ["127.0.0.1", closed, "k", 0, "x"],
            ["127.0.0.1", closed, "k", 0, 100, "NOPE"],
            ["127.0.0.1", closed, "k", 0, 100, "AUTH"],
            ["127.0.0.1", closed, "k", 0, 100, "AUTH2", "user"],
            ["127.0.0.1", closed, "k", 0, 100, "KEYS", "k"],
            ["127.0.0.1", closed, "", 0, 100, "COPY", "KEYS", "missing"],
        ):
            answers = []
            for link in (client, theirs):
                try:
                    answers.append(link.call("MIGRATE", *words))
                except CommandError as error:
                    answers.append(str(error))
            assert answers[0] == answers[1], words
        assert client.call("EXISTS", "k") == 1


def test_a_database_that_the_target_does_not_have_is_its_error(ours, target):
    ours.call("SET", "k", "v")
    with pytest.raises(CommandError, match="replied with error: ERR DB index is out of range"):
        migrate(ours, target, "k", 99, 5000)
    assert ours.call("EXISTS", "k") == 1


def test_a_target_that_says_nothing_is_given_up_and_writes_go_on(ours):
    with socket.create_server(("127.0.0.1", 0)) as silent, Connection(ours.port) as client:
        ours.call("SET", "k", "v")
        client.send_raw(b"MIGRATE 127.0.0.1 %d k 0 500\r\n" % silent.getsockname()[1])
        with Connection(ours.port) as writer:
            wait_until(lambda: b"cmd=migrate" in writer.call("CLIENT", "LIST"))
            writer.send_raw(b"SET k2 waits\r\n")
            assert ours.call("GET", "k") == b"v"
            assert str(client.read_reply()) == "IOERR error or timeout reading to target instance"
            assert writer.read_reply() == "OK"
    assert ours.call("MGET", "k", "k2") == [b"v", b"waits"]


def test_a_client_that_leaves_does_not_stop_it(ours, target):
    ours.call("SET", "k", "v")
    with Connection(ours.port) as client:
        client.send_raw(b"MIGRATE 127.0.0.1 %d k 0 5000\r\n" % target.port)
    wait_until(lambda: ours.call("EXISTS", "k") == 0)
    assert target.call("GET", "k") == b"v"


def test_passwords_are_in_no_slow_log(ours, target):
    ours.call("CONFIG", "SET", "slowlog-log-slower-than", 0)
    ours.call("SET", "k", "v")
    with pytest.raises(CommandError):
        migrate(ours, target, "k", 0, 1000, "AUTH2", "user", "secret")
    assert b"secret" not in b" ".join(ours.call("SLOWLOG", "GET", 1)[0][3])


def test_two_nodes_in_virtual_time_hand_keys_over():
    world = sim.World(seed=5, piece_max=100)
    here, there = world.start("here"), world.start("there")
    for number in range(50):
        here.call("SET", f"key:{number}", "v" * number, "PX", 60_000)
    client = here.client()
    names = [f"key:{number}" for number in range(50)]
    assert client.call("MIGRATE", "there", 6380, "", 3, 5000, "KEYS", *names) == "OK"
    assert here.call("DBSIZE") == 0
    there.call("SELECT", 3)
    assert there.call("DBSIZE") == 50
    assert there.call("GET", "key:49") == b"v" * 49
    assert 59_000 < there.call("PTTL", "key:49") <= 60_000


def test_a_target_that_stops_in_the_middle_keeps_what_it_took():
    for seed in range(20):
        world = sim.World(seed=seed, delay_min=0.001, delay_max=0.02, piece_max=200)
        here, there = world.start("here"), world.start("there")
        names = [f"key:{number}" for number in range(30)]
        for name in names:
            here.call("SET", name, name * 20)
        client = here.client()
        client.send(encoded("MIGRATE", "there", 6380, "", 0, 1000, "KEYS", *names))
        world.run_for(0.05 + seed * 0.01)
        kept = set(there.call("KEYS", "*"))
        there.stop()
        world.run_for(5)
        left = set(here.call("KEYS", "*"))
        assert left | kept == {name.encode() for name in names}, f"seed {seed}"
        assert here.call("SET", "written", "afterwards") == "OK"

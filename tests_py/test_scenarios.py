"""Scenarios with several clients; each runs on sockets and in virtual time (harness_cluster.py)."""

import pytest

from harness import encoded
from replserver import ClosedError, CommandError


def clients_of(node):
    """CLIENT LIST as dicts."""
    lines = node.call("CLIENT", "LIST")
    text = lines.decode() if isinstance(lines, bytes) else lines
    return [dict(part.split("=", 1) for part in line.split()) for line in text.splitlines()]


def connected(node):
    return node.info.connected_clients


def test_a_pipeline_is_answered_in_order(cluster):
    client = cluster.start("node").client()
    client.send_raw(
        b"".join(encoded("SET", f"k{i}", i) + encoded("INCR", f"k{i}") for i in range(500))
    )
    for i in range(500):
        assert client.read_reply() == "OK"
        assert client.read_reply() == i + 1


def test_a_command_that_arrives_byte_by_byte_is_one_command(cluster):
    node = cluster.start("node")
    client = node.client()
    for byte in encoded("SET", "k", "value") + b"GET k\r\n":
        client.send_raw(bytes([byte]))
    assert [client.read_reply(), client.read_reply()] == ["OK", b"value"]


def test_a_key_expires_when_its_time_has_come_and_not_before(cluster):
    node = cluster.start("node")
    client = node.client()
    client.call("SET", "k", "v", "PX", 100_000)
    cluster.advance(99)
    assert client.call("GET", "k") == b"v"
    assert 0 < client.call("PTTL", "k") <= 1000
    cluster.advance(1.001)
    assert client.call("GET", "k") is None
    assert node.info.expired_keys == 1


def test_expired_keys_go_without_being_asked_for(cluster):
    node = cluster.start("node")
    client = node.client()
    for i in range(100):
        client.call("SET", f"k{i}", "v", "PX", 1000 + i)
    client.call("SET", "stays", "v")
    assert client.call("DBSIZE") == 101
    for _ in range(20):
        cluster.advance(1)
    assert client.call("DBSIZE") == 1
    assert node.info.expired_keys == 100


def test_a_transaction_fails_when_another_client_touches_what_it_watches(cluster):
    node = cluster.start("node")
    mine, other = node.client(), node.client()
    mine.call("SET", "k", "1")
    mine.call("WATCH", "k")
    other.call("SET", "k", "2")
    mine.call("MULTI")
    mine.call("SET", "k", "3")
    assert mine.call("EXEC") is None
    assert mine.call("GET", "k") == b"2"

    mine.call("WATCH", "k")
    mine.call("MULTI")
    mine.call("INCR", "k")
    assert mine.call("EXEC") == [3]


def test_nobody_sees_half_of_a_transaction(cluster):
    node = cluster.start("node")
    mine, other = node.client(), node.client()
    mine.call("MULTI")
    assert mine.call("SET", "a", "1") == "QUEUED"
    assert other.call("MGET", "a", "b") == [None, None]
    assert mine.call("SET", "b", "1") == "QUEUED"
    assert mine.call("EXEC") == ["OK", "OK"]
    assert other.call("MGET", "a", "b") == [b"1", b"1"]


def test_a_transaction_with_a_wrong_command_is_refused_as_a_whole(cluster):
    client = cluster.start("node").client()
    client.call("MULTI")
    client.call("SET", "a", "1")
    with pytest.raises(CommandError, match="unknown command"):
        client.call("NOSUCHCOMMAND")
    with pytest.raises(CommandError) as raised:
        client.call("EXEC")
    assert raised.value.code == "EXECABORT"
    assert client.call("GET", "a") is None


def test_watching_a_key_that_expires_ends_the_transaction(cluster):
    client = cluster.start("node").client()
    client.call("SET", "k", "v", "PX", 1000)
    client.call("WATCH", "k")
    cluster.advance(2)
    client.call("MULTI")
    client.call("SET", "k", "new")
    assert client.call("EXEC") is None


def test_messages_reach_those_who_subscribed_and_nobody_else(cluster):
    node = cluster.start("node")
    one, two, publisher = node.client(), node.client(), node.client()
    assert one.call("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
    assert two.call("PSUBSCRIBE", "n?ws", "x*") == [b"psubscribe", b"n?ws", 1]
    assert two.read_reply() == [b"psubscribe", b"x*", 2]
    assert publisher.call("PUBLISH", "news", "hello") == 2
    assert publisher.call("PUBLISH", "other", "hello") == 0
    assert one.read_reply() == [b"message", b"news", b"hello"]
    assert two.read_reply() == [b"pmessage", b"n?ws", b"news", b"hello"]
    with pytest.raises(CommandError, match="only .* allowed in this context"):
        one.call("GET", "k")
    assert one.call("UNSUBSCRIBE") == [b"unsubscribe", b"news", 0]
    assert one.call("GET", "k") is None
    assert publisher.call("PUBLISH", "news", "again") == 1


def test_a_client_that_speaks_resp3_gets_messages_between_replies(cluster):
    node = cluster.start("node")
    client, publisher = node.client(), node.client()
    assert client.call("HELLO", 3)[b"proto"] == 3
    assert client.call("SUBSCRIBE", "news") == [b"subscribe", b"news", 1]
    assert publisher.call("PUBLISH", "news", "hello") == 1
    assert client.read_reply() == [b"message", b"news", b"hello"]
    assert client.call("GET", "k") is None
    assert client.call("CONFIG", "GET", "hz") == {b"hz": b"10"}


def test_keyspace_events_tell_what_happened(cluster):
    node = cluster.start("node", notify_keyspace_events="KEA")
    client, watcher = node.client(), node.client()
    watcher.call("PSUBSCRIBE", "__key*__:*")
    client.call("SET", "k", "v", "PX", 1000)
    for channel, text in (
        ("keyspace", b"set"),
        ("keyevent", b"k"),
        ("keyspace", b"expire"),
        ("keyevent", b"k"),
    ):
        kind, _, where, message = watcher.read_reply()
        assert kind == b"pmessage" and channel in where.decode() and message == text
    cluster.advance(5)
    assert watcher.read_reply()[3] == b"expired"


def test_a_paused_server_keeps_commands_until_the_pause_is_over(cluster):
    node = cluster.start("node")
    client, other = node.client(), node.client()
    assert other.call("CLIENT", "PAUSE", 5000, "WRITE") == "OK"
    client.send_raw(encoded("SET", "k", "v"))
    cluster.until(lambda: node.info.blocked_clients == 1)
    assert other.call("GET", "k") is None
    cluster.advance(4)
    assert other.call("GET", "k") is None
    cluster.advance(2)
    assert client.read_reply() == "OK"
    assert other.call("GET", "k") == b"v"


def test_unpause_ends_a_pause_at_once(cluster):
    node = cluster.start("node")
    client = node.client()
    node.call("CLIENT", "PAUSE", 1_000_000)
    client.send_raw(encoded("SET", "k", "v") + encoded("GET", "k"))
    cluster.until(lambda: node.info.blocked_clients == 1)
    node.call("CLIENT", "UNPAUSE")
    assert [client.read_reply(), client.read_reply()] == ["OK", b"v"]


def test_a_killed_client_is_hung_up_and_others_are_not(cluster):
    node = cluster.start("node")
    victim, killer = node.client(), node.client()
    number = victim.call("CLIENT", "ID")
    victim.call("CLIENT", "SETNAME", "victim")
    assert {c.get("name") for c in clients_of(killer)} == {"victim", ""}
    assert killer.call("CLIENT", "KILL", "ID", number) == 1
    assert victim.is_closed()
    assert [c.get("name") for c in clients_of(killer)] == [""]
    assert killer.call("CLIENT", "KILL", "ID", number) == 0


def test_a_link_that_breaks_in_the_middle_of_a_command_leaves_no_trace_of_it(cluster):
    node = cluster.start("node")
    client, other = node.client(), node.client()
    other.call("PING")
    command = encoded("SET", "k", "half of it")
    client.send_raw(command[: len(command) // 2])
    cluster.until(lambda: any(c["qbuf"] != "0" for c in clients_of(node)))
    cluster.cut(client)
    cluster.until(lambda: connected(node) == 1)
    assert other.call("GET", "k") is None


def test_a_link_that_breaks_ends_its_transaction(cluster):
    node = cluster.start("node")
    client, other = node.client(), node.client()
    other.call("PING")
    client.call("MULTI")
    client.call("SET", "k", "v")
    cluster.cut(client)
    cluster.until(lambda: connected(node) == 1)
    assert other.call("GET", "k") is None
    assert node.offset == 0


def test_a_big_value_comes_back_as_it_went(cluster):
    node = cluster.start("node")
    client = node.client()
    value = bytes(range(256)) * 8192  # 2 MB with every byte in it
    assert client.call("SET", "k", value) == "OK"
    assert client.call("STRLEN", "k") == len(value)
    assert client.call("GET", "k") == value
    assert client.call("GETRANGE", "k", -3, -1) == value[-3:]


@pytest.mark.parametrize(
    "data, text",
    [
        (b"*2147483648\r\n", "ERR Protocol error: invalid multibulk length"),
        (b"*2\r\n$3\r\nGET\r\n$-5\r\n", "ERR Protocol error: invalid bulk length"),
        (b"*1\r\n:5\r\n", "ERR Protocol error: expected '$', got ':'"),
        (b'SET "k\r\n', "ERR Protocol error: unbalanced quotes in request"),
        (b"x" * 70_000, "ERR Protocol error: too big inline request"),
    ],
)
def test_who_breaks_the_protocol_is_told_and_hung_up(cluster, data, text):
    node = cluster.start("node")
    client, other = node.client(), node.client()
    client.send_raw(encoded("SET", "k", "v") + data)
    assert client.read_reply() == "OK"
    error = client.read_reply()
    assert isinstance(error, CommandError) and str(error) == text
    assert client.is_closed()
    assert other.call("GET", "k") == b"v"


def test_who_does_not_log_in_may_not_send_much(cluster):
    node = cluster.start("node", requirepass="secret")
    client = node.client()
    client.send_raw(b"*11\r\n")
    assert "unauthenticated multibulk length" in str(client.read_reply())
    assert client.is_closed()
    client = node.client()
    with pytest.raises(CommandError) as raised:
        client.call("GET", "k")
    assert raised.value.code == "NOAUTH"
    with pytest.raises(CommandError) as raised:
        client.call("AUTH", "wrong")
    assert raised.value.code == "WRONGPASS"
    assert client.call("AUTH", "secret") == "OK"
    assert client.call("GET", "k") is None


def test_a_client_that_never_reads_loses_its_link_and_nobody_else_notices(cluster):
    node = cluster.start("node", client_output_buffer_limit=["normal", "1mb", 0, 0])
    lazy, other = node.client(), node.client()
    other.call("SET", "k", b"x" * 1_000_000)
    # More than what kernels keep for a link, which the node cannot see.
    lazy.send_raw(encoded("GET", "k") * 64)
    cluster.until(lambda: node.info.client_output_buffer_limit_disconnections == 1)
    assert other.call("PING") == "PONG"
    assert connected(node) == 1


@pytest.mark.parametrize(
    "cluster", ["live"], indirect=True
)  # the simulated network takes everything
def test_a_subscriber_over_its_soft_limit_has_some_time(cluster):
    node = cluster.start("node", client_output_buffer_limit=["pubsub", 0, "100kb", 10])
    subscriber, publisher = node.client(), node.client()
    subscriber.call("SUBSCRIBE", "news")
    for _ in range(20):
        publisher.call("PUBLISH", "news", b"x" * 1_000_000)
    assert connected(node) == 2
    assert any(int(c["omem"]) > 100_000 for c in clients_of(node)), "kernels keep less than 20 MB"
    cluster.advance(5)
    assert connected(node) == 2
    for _ in range(10):
        cluster.advance(1)
    assert connected(node) == 1


def test_an_idle_client_is_hung_up_after_the_timeout(cluster):
    node = cluster.start("node", timeout=60)
    idle, busy = node.client(), node.client()
    idle.call("PING")
    for _ in range(7):
        busy.call("PING")
        cluster.advance(10)
    assert idle.is_closed()
    assert busy.call("PING") == "PONG"


def test_a_server_that_shuts_down_hangs_up_on_everybody(cluster):
    node = cluster.start("node")
    client, other = node.client(), node.client()
    other.call("PING")
    client.send_raw(encoded("SHUTDOWN", "NOSAVE"))
    assert client.is_closed() and other.is_closed()
    cluster.until(lambda: node.closed)
    with pytest.raises(ClosedError):
        node.call("PING")


def test_every_written_byte_counts_in_the_offset(cluster):
    node = cluster.start("node")
    client = node.client()
    commands = [encoded("SELECT", 0), encoded("SET", "k", "v"), encoded("INCRBY", "n", 5)]
    client.call("SET", "k", "v")
    client.call("GET", "k")
    client.call("INCRBY", "n", 5)
    assert node.offset == sum(map(len, commands))


def test_the_same_commands_give_the_same_digest(cluster):
    one, other = cluster.start("one"), cluster.start("other")
    mine, theirs = one.client(), other.client()
    for i in range(50):
        mine.call("SET", f"k{i}", i)
        theirs.call("SET", f"k{49 - i}", 49 - i)
    assert one.digest() == other.digest()
    theirs.call("DEL", "k7")
    assert one.digest() != other.digest()

"""Blocking commands: live beside redis-server, and in virtual time."""

import pytest

from harness import Connection, encoded, wait_until

CONVERSATIONS = {
    "a value serves the first who waits": [(0, "BLPOP k 0"), (1, "BLPOP k 0"), (2, "RPUSH k a"), (2, "RPUSH k b c")],
    "several keys": [(0, "BLPOP a b c 0"), (1, "BRPOP c b 0"), (2, "RPUSH b 1 2 3"), (2, "RPUSH c 4"), (2, "LRANGE b 0 -1")],
    "a chain": [(0, "BLMOVE a b LEFT RIGHT 0"), (1, "BRPOPLPUSH b c 0"), (2, "LPUSH a v"), (2, "LRANGE c 0 -1")],
    "a circle": [(0, "BLMOVE a b LEFT RIGHT 0"), (1, "BLMOVE b a LEFT RIGHT 0"), (2, "LPUSH a v"), (2, "LRANGE a 0 -1")],
    "many at once": [(0, "BLMPOP 0 2 a b LEFT COUNT 2"), (1, "BLPOP a 0"), (2, "RPUSH a 1 2 3 4"), (2, "LLEN a")],
    "a wrong target is told when there is something": [
        (2, "SET s x"), (0, "BLMOVE a s LEFT LEFT 0"), (1, "BLPOP a 0"), (2, "RPUSH a 1"), (2, "LLEN a"),
    ],
    "in a transaction": [(0, "BLPOP k 0"), (2, "MULTI"), (2, "LPUSH k 1"), (2, "LPUSH k 2"), (2, "BLPOP none 0"), (2, "EXEC")],
    "another type": [(0, "BLPOP k 0"), (2, "SADD k x"), (2, "DEL k"), (2, "RPUSH k x")],
    "what comes behind waits": [(0, "BLPOP k 0"), (0, "SET seen 1"), (2, "EXISTS seen"), (2, "LPUSH k v"), (2, "GET seen")],
    "sorted sets": [
        (0, "BZPOPMIN k l 0"), (1, "BZMPOP 0 2 l k MAX COUNT 2"), (2, "ZADD k 1 a 2 b 3.5 c"), (2, "ZADD l 1 x"), (2, "ZRANGE k 0 -1"),
    ],
    "streams from now on": [
        (2, "XADD s 1-1 a b"), (0, "XREAD BLOCK 0 STREAMS s $"), (1, "XREAD COUNT 1 BLOCK 0 STREAMS other s 0 9"),
        (2, "XADD s 2-1 c d"), (2, "XADD s 9-1 e f"),
    ],
    "a group": [
        (2, "XGROUP CREATE s g $ MKSTREAM"), (0, "XREADGROUP GROUP g one BLOCK 0 STREAMS s >"),
        (1, "XREADGROUP GROUP g two BLOCK 0 STREAMS s >"), (2, "XADD s 1-1 a b"), (2, "XADD s 1-2 a b"), (2, "XPENDING s g"),
    ],
    "renamed": [(0, "BLPOP k 0"), (2, "RPUSH other x"), (2, "RENAME other k"), (2, "EXISTS k")],
}  # fmt: skip


def heard(port, conversation, blocked):
    """What each client was answered in the end; the last one never waits, so what it says comes in order."""
    clients = [Connection(port) for _ in range(3)]
    control = Connection(port)
    control.call("FLUSHALL")
    told = {0: [], 1: [], 2: []}
    said = {0: 0, 1: 0}
    for who, line in conversation:
        if who == 2:
            told[2].append(repr(clients[2].call(*line.split())))
        else:
            clients[who].send_raw(encoded(*line.split()))
            said[who] += 1
            if said[who] == 1:
                wait_until(lambda: blocked(control) >= sum(map(bool, said.values())), "the client waits")
    for who in (0, 1):
        clients[who].send_raw(encoded("ECHO", "end"))
    wait_until(lambda: control.call("PING") == "PONG", "all is served")
    for who in (0, 1):
        waiting = b"flags=b" in control.call("CLIENT", "LIST")
        if waiting:
            ids = [line.split()[0][3:] for line in control.call("CLIENT", "LIST").splitlines() if b"flags=b" in line]
            for client in ids:
                control.call("CLIENT", "UNBLOCK", client)
    for who in (0, 1):
        while (reply := clients[who].read_reply()) != b"end":
            told[who].append(repr(reply))
    for client in (*clients, control):
        client.close()
    return told


def blocked_clients(control):
    info = control.call("INFO", "clients").decode()
    return int(info.split("blocked_clients:")[1].split()[0])


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_who_waits_is_answered_as_by_redis(redis_server, node, name):
    assert heard(node.port, CONVERSATIONS[name], blocked_clients) == heard(redis_server.port, CONVERSATIONS[name], blocked_clients)


def test_a_timeout_comes_at_its_time(cluster):
    node = cluster.start("node")
    client = node.client()
    client.send_raw(encoded("BLPOP", "k", "60") + encoded("BZPOPMIN", "k", "0.5") + encoded("XREAD", "BLOCK", "10", "STREAMS", "k", "$"))
    for seconds in (60, 0.5, 0.01):
        cluster.until(lambda: node.info.blocked_clients == 1)
        cluster.advance(seconds)
        assert client.read_reply() is None
    assert node.info.blocked_clients == 0


def test_who_reads_for_a_group_is_told_when_the_stream_goes(cluster):  # in 7.0 as -UNBLOCKED
    node = cluster.start("node")
    client, other = node.client(), node.client()
    other.call("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM")
    client.send_raw(encoded("XREADGROUP", "GROUP", "g", "me", "BLOCK", "0", "STREAMS", "s", ">"))
    cluster.until(lambda: node.info.blocked_clients == 1)
    other.call("DEL", "s")
    assert str(client.read_reply()).startswith("NOGROUP No such key 's'")


def test_a_client_that_goes_takes_nothing_along(cluster):
    node = cluster.start("node")
    waiting, other = node.client(), node.client()
    waiting.send_raw(encoded("BLPOP", "k", "0"))
    cluster.until(lambda: node.info.blocked_clients == 1)
    waiting.close()
    cluster.until(lambda: node.info.blocked_clients == 0)
    assert other.call("RPUSH", "k", "v") == 1
    assert other.call("LLEN", "k") == 1


def test_an_in_process_call_never_waits(node):
    assert node.call("BLPOP", "k", "0") is None

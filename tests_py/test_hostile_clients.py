"""Clients that break the rules, or the link, harm nobody but themselves; and nothing is left of them."""

import contextlib
import random
import resource
import socket

import pytest

from harness import Connection, descriptors_of, encoded, resident_bytes, wait_until
from harness_cluster import LiveCluster
from replserver import ClosedError

MEGABYTE = 1 << 20
DESCRIPTORS = 4096  # for a thousand connections, both ends in this process


class Scene:
    """A node, a bystander who must notice nothing, and others."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.is_live = isinstance(cluster, LiveCluster)
        self._others = []
        self.node = None

    def start(self, **config):
        self.node = self.cluster.start("node", enable_debug_command="yes", **config)
        self.bystander = self.node.client()
        self.bystander.call("CLIENT", "SETNAME", "bystander")
        self.bystander.call("SET", "bystander", "was here")
        self._descriptors = descriptors_of()
        return self.node

    def other(self):
        client = Connection(self.node.port) if self.is_live else self.node.client()
        self._others.append(client)
        return client

    def others(self, count):
        return [self.other() for _ in range(count)]

    def is_served(self):
        """The bystander is answered."""
        assert self.bystander.call("PING") == "PONG"
        assert self.bystander.call("GET", "bystander") == b"was here"
        return True

    def connected(self):
        lines = self.bystander.call("CLIENT", "LIST")
        return len(lines.splitlines())

    def leave(self):
        for client in self._others:
            client.close()

    def check(self):
        """In the end: no link, no descriptor, no data but the bystander's own."""
        self.leave()
        self.is_served()
        self.cluster.until(lambda: self.connected() == 1)
        info = self.node.info
        assert info.connected_clients == 1 and info.blocked_clients == 0
        assert info.pubsub_channels == 0 and info.pubsub_patterns == 0
        if self.is_live:
            wait_until(lambda: descriptors_of() == self._descriptors, "no descriptor is left")


@pytest.fixture
def scene(cluster):
    made = Scene(cluster)
    yield made
    made.check()


def told_until_closed(client):
    """All replies that still come before the link is closed."""
    told = []
    with contextlib.suppress(ClosedError):
        while True:
            told.append(client.read_reply())
    return [reply if isinstance(reply, (int, str, bytes)) else str(reply) for reply in told]


def try_to_send(client, data):
    with contextlib.suppress(ClosedError):  # the other end may have had enough
        client.send_raw(data)


# ---- Breaking the protocol


BROKEN = [
    (b"*-5x\r\n", "invalid multibulk length"),
    (b"*1048577000000\r\n", "invalid multibulk length"),
    (b"*99999999999999999999\r\n", "invalid multibulk length"),
    (b"*1\r\n$-1\r\n", "invalid bulk length"),
    (b"*1\r\n$536870913\r\n", "invalid bulk length"),
    (b"*1\r\n$99999999999999999999\r\n", "invalid bulk length"),
    (b"*1\r\n$4x\r\nPING\r\n", "invalid bulk length"),
    (b"*1\r\nPING\r\n", "expected '$', got 'P'"),
    (b"*2\r\n$4\r\nPING\r\n:1\r\n", "expected '$', got ':'"),
    (b"*1\r\n\r\n", "expected '$', got '\\r'"),
    (b'SET k "v\r\n', "unbalanced quotes in request"),
    (b"SET k 'v'x\r\n", "unbalanced quotes in request"),
    (b"*" + b"1" * 66_000, "too big mbulk count string"),
    (b"*1\r\n$" + b"1" * 66_000, "too big bulk count string"),
    (b"SET k " + b"v" * 66_000, "too big inline request"),
]


@pytest.mark.parametrize("data, why", BROKEN, ids=lambda part: part[:20])
def test_broken_protocol_is_told_as_by_redis_and_ends_the_link(scene, redis_server, data, why):
    scene.start()
    client = scene.other()
    client.send_raw(encoded("SET", "before", "1") + data)
    try_to_send(client, b"\r\n" + encoded("SET", "behind", "1"))
    expected = ["OK", f"ERR Protocol error: {why}".replace("'\\r'", "' '")]
    assert told_until_closed(client) == expected
    assert scene.bystander.call("EXISTS", "before", "behind") == 1
    assert scene.node.info.total_error_replies == 1

    with redis_server.client() as theirs:
        theirs.send_raw(encoded("PING") + data)
        assert told_until_closed(theirs)[1:] == expected[1:]


def test_garbage_ends_links_or_is_refused(scene):
    scene.start()
    rng = random.Random(17)
    for client in scene.others(60):
        for _ in range(rng.randint(1, 5)):
            try_to_send(client, rng.randbytes(rng.choice([1, 7, 300, 20_000])))
        if rng.random() < 0.3:
            scene.is_served()
    scene.is_served()
    assert scene.bystander.call("DBSIZE") == 1


def test_a_browser_is_hung_up_before_its_body_is_read(scene):
    scene.start()
    for line in (b"POST / HTTP/1.1\r\n", b"Host: 127.0.0.1\r\n", b"host: x\r\n"):
        client = scene.other()
        client.send_raw(line + encoded("SET", "smuggled", "1") + b"SET smuggled 1\r\n")
        assert told_until_closed(client) == []
    assert scene.bystander.call("EXISTS", "smuggled") == 0


def test_unknown_commands_and_wrong_arities_are_counted_and_keep_the_link(scene):
    scene.start()
    client = scene.other()
    before = scene.node.info
    for _ in range(50):
        client.send_raw(encoded("NOSUCH", "a" * 1000) + encoded("GET") + encoded("SET", "k") + b"\r\n")
    for _ in range(50):
        told = [str(client.read_reply()) for _ in range(3)]
        assert told == [
            "ERR unknown command 'NOSUCH', with args beginning with: '" + "a" * 128 + "' ",
            "ERR wrong number of arguments for 'get' command",
            "ERR wrong number of arguments for 'set' command",
        ]
    info = scene.node.info
    assert info.total_error_replies - before.total_error_replies == 150
    assert info.errorstat_ERR["count"] == 150
    assert info.section("commandstats")["cmdstat_set"]["rejected_calls"] == 50
    assert client.call("PING") == "PONG"


def test_empty_commands_and_lines_are_nothing(scene):
    scene.start()
    client = scene.other()
    client.send_raw(b"\r\n\n  \r\n*0\r\n*-1\r\n*-100\r\n" * 1000 + b"PING\r\n")
    assert client.read_reply() == "PONG"


def test_a_great_many_words_are_one_command(scene):
    scene.start()
    client = scene.other()
    client.send_raw(encoded("EXISTS", *["bystander"] * 100_000))
    assert client.read_reply() == 100_000
    client.send_raw(encoded("PING", *["x"] * 100_000))
    assert "wrong number" in str(client.read_reply())


# ---- Sending strangely


def test_many_clients_that_send_byte_by_byte_are_understood(scene):
    scene.start()
    clients = scene.others(20)
    commands = [encoded("SET", f"k{i}", "v" * (i % 3)) + b"GET k%d\r\n" % i for i in range(20)]
    for at in range(max(map(len, commands))):
        for client, command in zip(clients, commands):
            if at < len(command):
                client.send_raw(command[at : at + 1])
    for i, client in enumerate(clients):
        assert [client.read_reply(), client.read_reply()] == ["OK", b"v" * (i % 3)]


def test_a_pipeline_of_ten_thousand_commands_does_not_keep_others_waiting(scene):
    scene.start()
    client = scene.other()
    client.send_raw(encoded("INCR", "n") * 10_000)
    scene.is_served()
    assert [client.read_reply() for _ in range(10_000)] == list(range(1, 10_001))


def test_a_value_of_many_megabytes_arrives_in_small_pieces(scene):
    node = scene.start()
    client = scene.other()
    size = 64 * MEGABYTE if scene.is_live else 8 * MEGABYTE
    value = random.Random(1).randbytes(MEGABYTE) * (size // MEGABYTE)
    command = memoryview(encoded("SET", "big", value))
    empty = node.info.used_memory
    for at in range(0, len(command), 10_000):
        client.send_raw(bytes(command[at : at + 10_000]))
        if at % (4 * MEGABYTE) < 10_000:
            scene.is_served()
    assert client.read_reply() == "OK"
    assert scene.bystander.call("STRLEN", "big") == size
    assert scene.bystander.call("GETRANGE", "big", -3, -1) == value[-3:]
    held = node.info.used_memory - empty
    assert size <= held < size * 1.3
    scene.bystander.call("DEL", "big")
    scene.cluster.until(lambda: node.info.used_memory - empty < 2 * MEGABYTE)  # the backlog keeps one


def test_announced_lengths_take_no_memory_before_the_bytes_come(scene):
    scene.start()
    before = resident_bytes()
    for client in scene.others(50):
        client.send_raw(b"*2\r\n$4\r\nECHO\r\n$536870912\r\nonly the beginning")
    scene.is_served()
    assert resident_bytes() - before < 64 * MEGABYTE


def test_who_closes_its_sending_side_still_gets_its_replies(scene):
    scene.start()
    if not scene.is_live:
        return  # a simulated connection closes both ways at once
    client = scene.other()
    client.send_raw(encoded("INCR", "n") * 1000)
    client.socket.shutdown(socket.SHUT_WR)
    assert told_until_closed(client) == list(range(1, 1001))


# ---- Links that break


CONVERSATION = [("MULTI",), ("SET", "a", "1" * 50), ("SET", "b", "2"), ("EXEC",), ("SUBSCRIBE", "c", "d")]


@pytest.mark.parametrize("breaks", ["closed", "cut"])
def test_a_link_that_breaks_anywhere_leaves_all_of_a_transaction_or_nothing(scene, breaks):
    scene.start()
    data = b"".join(encoded(*words) for words in CONVERSATION)
    commits = data.index(b"EXEC") + len(b"EXEC\r\n")
    for at in range(0, len(data), 3 if scene.is_live else 1):
        client = scene.other()
        client.send_raw(data[:at])
        if breaks == "cut":
            scene.cluster.cut(client)
        else:
            client.close()
        scene.cluster.until(lambda: scene.connected() == 1)
        found = scene.bystander.call("EXISTS", "a", "b")
        assert found in ((0, 2) if at >= commits and breaks == "cut" else (2 * (at >= commits),)), at
        scene.bystander.call("DEL", "a", "b")
    assert scene.bystander.call("PUBLISH", "c", "m") == 0


def test_links_that_break_at_once_are_no_trouble(scene):
    scene.start()
    for _ in range(200):
        client = scene.other()
        scene.cluster.cut(client)
    scene.is_served()


def test_what_a_client_held_is_given_back_when_its_link_breaks(scene):
    node = scene.start()
    node.call("CONFIG", "SET", "notify-keyspace-events", "KEA")
    before = node.info.used_memory
    queueing, subscribed, watching, monitoring = scene.others(4)
    queueing.send_raw(encoded("MULTI") + encoded("SET", "k", "v" * 100) * 20_000)
    for _ in range(20_001):
        queueing.read_reply()
    subscribed.send_raw(encoded("SUBSCRIBE", *range(10_000)) + encoded("PSUBSCRIBE", *range(1000)))
    for _ in range(11_000):
        subscribed.read_reply()
    assert watching.call("WATCH", *range(10_000)) == "OK"
    assert monitoring.call("MONITOR") == "OK"
    assert node.info.pubsub_channels == 10_000
    for client in (queueing, subscribed, watching, monitoring):
        scene.cluster.cut(client)
    scene.cluster.until(lambda: scene.connected() == 1)
    assert scene.bystander.call("PUBLISH", "1", "m") == 0
    scene.bystander.call("SET", "5", "nobody watches")
    assert node.info.used_memory - before < 100_000


# ---- Many of them


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, DESCRIPTORS)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_clients_at_once_are_all_served(many_descriptors, scene):
    node = scene.start()
    received = node.info.total_connections_received
    clients = scene.others(1000)
    for number, client in enumerate(clients):
        client.send_raw(encoded("INCR", "n") + encoded("ECHO", number))
    told = [(client.read_reply(), client.read_reply()) for client in clients]
    assert sorted(count for count, _ in told) == list(range(1, 1001))
    assert [said for _, said in told] == [b"%d" % number for number in range(1000)]
    info = node.info
    assert info.connected_clients == scene.connected() == 1001
    assert info.total_connections_received - received == 1000
    for client in clients:
        scene.cluster.cut(client)


def test_one_client_too_many_is_refused_until_another_leaves(scene):
    node = scene.start(maxclients=10)
    inside = scene.others(9)
    for client in inside:
        assert client.call("PING") == "PONG"
    for _ in range(3):
        assert told_until_closed(scene.other()) == ["ERR max number of clients reached"]
    assert node.info.rejected_connections == 3
    inside[0].close()
    scene.cluster.until(lambda: scene.connected() == 9)
    assert scene.other().call("PING") == "PONG"


# ---- Not reading


def test_who_sends_and_never_reads_loses_its_link_at_the_output_limit(scene):
    if not scene.is_live:
        scene.start()
        return  # a simulated client takes all that comes
    node = scene.start(client_output_buffer_limit=[["normal", "4mb", "0", "0"]])
    scene.bystander.call("SET", "big", "v" * MEGABYTE)
    client = scene.other()
    with contextlib.suppress(ClosedError):
        for _ in range(100):
            client.send_raw(encoded("GET", "big"))
            scene.is_served()
    scene.cluster.until(lambda: scene.connected() == 1)
    assert node.info.client_output_buffer_limit_disconnections == 1
    assert any("overcoming of output buffer limits" in line.text for line in node.logs)


def test_who_reads_late_gets_everything_and_others_do_not_wait_for_it(scene):
    node = scene.start()
    scene.bystander.call("SET", "big", "v" * MEGABYTE)
    client = scene.other()
    client.send_raw(encoded("GET", "big") * 64 + encoded("PING"))
    for _ in range(20):
        scene.is_served()
    assert all(client.read_reply() == b"v" * MEGABYTE for _ in range(64))
    assert client.read_reply() == "PONG"
    assert node.info.used_memory < 8 * MEGABYTE


def test_a_monitor_that_never_reads_is_hung_up_and_the_watched_go_on(scene):
    if not scene.is_live:
        scene.start()
        return
    node = scene.start(client_output_buffer_limit=[["normal", "1mb", "0", "0"]])
    monitor = scene.other()
    assert monitor.call("MONITOR") == "OK"
    for _ in range(400):
        scene.bystander.call("SET", "k", "v" * 100_000)
    scene.cluster.until(lambda: scene.connected() == 1)
    assert node.info.client_output_buffer_limit_disconnections == 1


# ---- Limits of input


def test_who_sends_more_than_the_query_buffer_may_hold_is_hung_up(scene):
    node = scene.start(client_query_buffer_limit="1mb")
    client = scene.other()
    try_to_send(client, b"*2\r\n$4\r\nECHO\r\n$3000000\r\n")
    for _ in range(40):
        try_to_send(client, b"x" * 50_000)
    assert told_until_closed(client) == []
    assert node.info.client_query_buffer_limit_disconnections == 1
    fitting = scene.other()
    assert fitting.call("ECHO", "x" * 900_000) == b"x" * 900_000


def test_strangers_may_send_little_and_who_gives_the_password_more(scene):
    node = scene.start()
    node.call("CONFIG", "SET", "requirepass", "secret")
    for data, why in (
        (b"*11\r\n", "unauthenticated multibulk length"),
        (b"*1\r\n$16385\r\n", "unauthenticated bulk length"),
    ):
        client = scene.other()
        client.send_raw(encoded("GET", "bystander") + data)
        assert told_until_closed(client) == ["NOAUTH Authentication required.", f"ERR Protocol error: {why}"]
    client = scene.other()
    client.send_raw(encoded("AUTH", "wrong") + encoded("AUTH", "secret") + encoded("ECHO", "x" * 20_000))
    assert "WRONGPASS" in str(client.read_reply())
    assert [client.read_reply(), client.read_reply()] == ["OK", b"x" * 20_000]
    client.send_raw(encoded("EXISTS", *["bystander"] * 11))
    assert client.read_reply() == 11


def test_a_client_is_killed_in_the_middle_of_what_it_sends(scene):
    scene.start()
    client = scene.other()
    mine = client.call("CLIENT", "ID")
    client.send_raw(encoded("SET", "half", "v" * 100_000)[:50_000])
    assert scene.bystander.call("CLIENT", "KILL", "ID", mine) == 1
    assert told_until_closed(client) == []
    assert scene.bystander.call("EXISTS", "half") == 0

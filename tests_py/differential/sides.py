"""Those who take part in a conversation: a server behind a socket, a node in virtual time.

A reply is a pair: its value, and its shape, which is its kind and the shapes of its parts. A simulated
client does not tell shapes: None. An error's value is ("-", text), that of a map ("map", pairs).
"""

import select
import socket

from harness import SECONDS_MAX, encoded
from replserver import ClosedError, CommandError, WaitTimeout

from .judge import OBSERVER

LAPSE_MS = 3
DEFAULTS = {  # of the directives that conversations change
    "notify-keyspace-events": "",
    "requirepass": "",
    "maxmemory": "0",
    "maxmemory-policy": "noeviction",
    "hash-max-listpack-entries": "512",
    "hash-max-listpack-value": "64",
    "set-max-intset-entries": "512",
    "lazyfree-lazy-expire": "no",
    "list-max-listpack-size": "-2",
    "hll-sparse-max-bytes": "3000",
    "zset-max-listpack-entries": "128",
    "zset-max-listpack-value": "64",
    "stream-node-max-entries": "100",
    "stream-node-max-bytes": "4096",
}


class Incomplete(Exception):
    pass


def parsed(data, at):
    """The reply at this place, and where the next one begins."""
    end = data.find(b"\r\n", at)
    if end < 0:
        raise Incomplete
    kind, body, at = chr(data[at]), bytes(data[at + 1 : end]), end + 2
    if kind in "+-":
        text = body.decode(errors="backslashreplace")
        return (text if kind == "+" else ("-", text), (kind, ())), at
    if kind in ":(":
        return (int(body), (kind, ())), at
    if kind in ",#_":
        value = {",": float, "#": lambda word: word == b"t", "_": lambda _: None}[kind](body)
        return (value, (kind, ())), at
    size = int(body)
    if size < 0:
        return (None, (kind + "-1", ())), at
    if kind in "$=":
        if len(data) < at + size + 2:
            raise Incomplete
        value = bytes(data[at : at + size])
        if kind == "=":
            value = value[4:].decode(errors="backslashreplace")
        return (value, (kind, ())), at + size + 2
    parts = []
    for _ in range(size * 2 if kind in "%|" else size):
        part, at = parsed(data, at)
        parts.append(part)
    value = _aggregate(kind, [value for value, _ in parts])
    return (value, (kind, tuple(shape for _, shape in parts))), at


def _aggregate(kind, values):
    if kind in "%|":
        return sorted_pairs(zip(values[::2], values[1::2]))
    return sorted(values, key=repr) if kind == "~" else values


def sorted_pairs(pairs):
    """A map, in an order that does not depend on who tells it."""
    return ("map", sorted(([key, value] for key, value in pairs), key=repr))


class SocketClient:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.data = bytearray()
        self.closed = False
        self.id = 0

    def send(self, data):
        while data and not self.closed:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                select.select([], [self.socket], [], SECONDS_MAX)
            except ConnectionError:
                self.closed = True

    def arrived(self):
        """The replies that are there now."""
        while not self.closed:
            try:
                more = self.socket.recv(1 << 20)
            except BlockingIOError:
                break
            except ConnectionError:
                more = b""
            self.data += more
            self.closed = not more
        replies, at = [], 0
        try:
            while at < len(self.data):
                reply, at = parsed(self.data, at)
                replies.append(reply)
        except Incomplete:
            pass
        del self.data[:at]
        return replies

    def replies(self, count):
        """So many, as soon as they have come; fewer if none comes for long, or the link is closed."""
        found = []
        while len(found) < count and not self.closed:
            if not select.select([self.socket], [], [], SECONDS_MAX / 4)[0]:
                break
            found += self.arrived()
        return found

    def close(self):
        self.socket.close()


class SocketSide:
    """A server at a port. `advance(seconds)` moves its clock; without it time passes by itself."""

    tells_shapes = True

    def __init__(self, port, advance=None):
        self.port = port
        self.observer = SocketClient(port)
        self._advance = advance
        self._clients = {}
        self.feed = None  # what its replicas are told, if that is heard

    def call(self, *words):
        self.observer.send(encoded(*words))
        replies = self.observer.replies(1)
        assert len(replies) == 1, f"{words}: {replies}"
        return replies[0][0]

    def begin(self):
        """Nothing is left of an earlier conversation. What expires goes when it is looked at, not before."""
        self.restore()
        self.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        self.call("CLIENT", "SETNAME", OBSERVER)

    def restore(self):
        """A server that others use is left as it was found."""
        self.forget_clients()
        self.call("FLUSHALL")
        self.call("CONFIG", "SET", *(word for pair in DEFAULTS.items() for word in pair))
        self.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")

    def close(self):
        if self.feed:
            self.feed.close()
        self.restore()
        self.observer.close()

    def now_ms(self):
        seconds, microseconds = self.call("TIME")
        return int(seconds) * 1000 + int(microseconds) // 1000

    def pass_time(self):
        if self._advance:
            return self._advance(LAPSE_MS / 1000)
        end = self.now_ms() + LAPSE_MS
        while self.now_ms() < end:
            pass

    def client(self, number):
        if number not in self._clients or self._clients[number].closed:
            self._clients[number] = self._connected(SocketClient(self.port))
        return self._clients[number]

    @staticmethod
    def _connected(client):
        """Known to the server: what it says from now on is read before what others say later."""
        client.send(encoded("PING"))
        client.replies(1)
        return client

    def ask_ids(self, numbers):
        for number in numbers:
            client = self.client(number)
            client.send(encoded("CLIENT", "ID"))
            ((client.id, _),) = client.replies(1)

    def id_of(self, number):
        """Its CLIENT ID, if that was asked and it is still the same link."""
        client = self._clients.get(number)
        return client.id if client else 0

    def forget_clients(self):
        """Nobody but the observer is connected."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        for kind in ("normal", "pubsub"):  # the server may not have noticed yet; replicas stay
            self.call("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")

    def settle(self):
        """All that was sent is executed, and all that this makes the server say has come."""
        self.call("PING")  # it is read with the commands before it, or after them
        self.call("PING")  # and this one when they are answered

    def messages(self):
        """What has come for whom: number -> replies, of those who were told anything."""
        return {number: told for number in sorted(self._clients) if (told := self._clients[number].arrived())}

    def closed(self):
        return [number for number in sorted(self._clients) if self._clients[number].closed]


class SimulatedClient:
    def __init__(self, client):
        self.client = client
        self.id = 0

    @property
    def closed(self):
        return not self.client.is_open

    def send(self, data):
        if self.client.is_open:
            self.client.send(data)

    def arrived(self):
        return [(plain(value), None) for value in self.client.replies()]

    def replies(self, count):
        found = []
        try:
            while len(found) < count:
                found.append((plain(self.client.read(limit=5)), None))
        except (ClosedError, WaitTimeout):
            pass
        return found

    def close(self):
        self.client.close()


class SimulatedSide(SocketSide):
    """A node in a world."""

    tells_shapes = False

    def __init__(self, node):
        self.node = node
        self._clients = {}
        self.feed = None

    def call(self, *words):
        return plain(self.node.call(*words))

    def now_ms(self):
        return int(self.node.time * 1000)

    def pass_time(self):
        self.node.world.run_for(LAPSE_MS / 1000)

    def client(self, number):
        if number not in self._clients or self._clients[number].closed:
            self._clients[number] = self._connected(SimulatedClient(self.node.client().client))
        return self._clients[number]

    def forget_clients(self):
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self.settle()

    def settle(self):
        self.node.world.run_for(0.002)


def plain(value):
    """A value of the package's own, as `parsed` gives it."""
    if isinstance(value, CommandError):
        return ("-", str(value))
    if isinstance(value, dict):
        return sorted_pairs((plain(key), plain(part)) for key, part in value.items())
    if isinstance(value, (set, frozenset)):
        return sorted((plain(part) for part in value), key=repr)
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value

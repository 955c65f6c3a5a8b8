"""Servers that replicate: real redis-server processes, processes of ours, and nodes in this process, all alike.

server = servers("redis" | "ours" | "node", **directives)
server.port .call(*words) .info .restart() .stop()

Each wait is for what the servers themselves tell, at the offsets that they tell.
"""

import contextlib
import itertools
import signal
from pathlib import Path

import replserver
from differential.script import script_of
from harness import REPLSERVER, Connection, Process, at_free_port, program, wait_until
from replserver import ClosedError, Info

COMMON = {"enable_debug_command": "yes", "save": "", "repl_diskless_sync_delay": 0}


class ServerProcess:
    """A process with a port and a folder that outlive it."""

    COMMANDS = {"redis": lambda: [program("redis-server")], "ours": lambda: REPLSERVER}

    def __init__(self, kind, folder, **directives):
        self.kind = kind
        self.folder = folder
        self._directives = {**COMMON, **directives}
        self.port = at_free_port(self._start_at)

    def start(self):
        self._start_at(self.port)

    def _start_at(self, port):
        options = [self.COMMANDS[self.kind](), ["--port", port, "--dir", self.folder]]
        options += [["--" + name.replace("_", "-"), *_words(value)] for name, value in self._directives.items()]
        self.process = Process(itertools.chain(*options), self.folder)
        self.process.wait_for("Ready to accept connections")
        return port

    def call(self, *words):
        with Connection(self.port) as client:
            if password := self._directives.get("requirepass"):
                client.call("AUTH", password)
            return client.call(*words)

    def client(self):
        return Connection(self.port)

    @property
    def info(self):
        return Info(self.call("INFO", "everything").decode())

    @property
    def text(self):
        return self.process.text

    def restart(self):
        """Ends it as an operator does, and starts it with what it has saved."""
        with contextlib.suppress(ClosedError):
            self.call("SHUTDOWN", "SAVE")
        self.process.wait()
        self.start()

    def stop(self):
        self.process.stop()


class NodeServer:
    """A node in this process, as one of those."""

    kind = "node"

    def __init__(self, _folder, **directives):
        self._node = replserver.Node(**{**COMMON, **directives})
        self.port, self.call, self.stop = self._node.port, self._node.call, self._node.close

    def client(self):
        return Connection(self.port)

    @property
    def info(self):
        return self._node.info


class Servers:
    """Starts servers, and ends them after the test."""

    def __init__(self, folder):
        self._folder = folder
        self._all = []

    def __call__(self, kind, **directives):
        folder = self._folder / f"{kind}{len(self._all)}"
        folder.mkdir()
        start = NodeServer if kind == "node" else lambda *args, **more: ServerProcess(kind, *args, **more)
        self._all.append(start(folder, **directives))
        return self._all[-1]

    def chain(self, *kinds, **directives):
        """The first is the primary of the second, that of the third, and so on."""
        chain = [self(kind, **directives) for kind in kinds]
        for primary, replica in itertools.pairwise(chain):
            follow(replica, primary)
        return chain

    def close(self):
        for server in self._all:
            server.stop()


def _words(value):
    return value if isinstance(value, (list, tuple)) else [value]


def follow(replica, primary):
    """Tells it, and waits until it does, and its primary knows."""
    replica.call("REPLICAOF", "127.0.0.1", primary.port)
    wait_until(lambda: is_served(replica, primary), f"port {replica.port} follows {primary.port}")


def link_is_up(replica):
    return replica.info.get("master_link_status") == "up"


def is_served(replica, primary):
    """Both say so: Redis is the last to know, by the first acknowledgement."""
    info = primary.info
    known = [info[f"slave{number}"] for number in range(info.connected_slaves)]
    is_known = any(one["port"] == replica.port and one["state"] == "online" for one in known)
    return is_known and link_is_up(replica)


@contextlib.contextmanager
def frozen(server):
    """Its process stands still: no thread of it runs, and its links stay open."""
    server.process.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: _threads_stand(server.process.pid), "a frozen process")
        yield
    finally:
        server.process.signal(signal.SIGCONT)


def _threads_stand(pid):
    stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


def place(server):
    """Where it is in which history."""
    info = server.info
    return info.master_replid, info.master_repl_offset


def assert_same_data(*servers):
    """The digests are equal where the offsets are, once all have come to one place."""

    def digests():
        before = {place(server) for server in servers}
        seen = [server.call("DEBUG", "DIGEST") for server in servers]
        after = {place(server) for server in servers}
        return seen if before == after and len(before) == 1 else None

    seen = wait_until(digests, f"one place of {[server.port for server in servers]}")
    assert len(set(seen)) == 1, {server.port: digest for server, digest in zip(servers, seen)}


def _is_left_out(step):
    """Data are to gather. The encoding of an estimate, which is its value, hangs on what each side is configured to;
    and Redis forgets to tell of a BITFIELD that only made a string longer."""
    if step.name == b"BITFIELD":
        return b"FAIL" in (word.upper() for word in step.words)
    return step.name in (b"FLUSHALL", b"FLUSHDB", b"DEBUG", b"CONFIG", b"PFDEBUG")


def write_at_random(server, seeds, families=None):
    """What several clients say, made from seeds as for the differential tests: writes of all types, deadlines,
    transactions, blocking pops whose clients go away. Whatever is answered."""
    for seed in seeds:
        clients = {}
        for step in script_of(seed, families):
            if _is_left_out(step):
                continue
            if step.client not in clients:
                clients[step.client] = server.client()
            clients[step.client].send_raw(step.bytes(lambda _: 0))
        for client in clients.values():
            client.send_raw(b"*1\r\n$4\r\nQUIT\r\n")
        server.call("PING")
        for client in clients.values():
            client.close()

"""A node on a thread of its own, listening on TCP."""

from __future__ import annotations

import itertools
import sys
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Optional
from weakref import finalize

from . import logs
from ._core import Journal, LiveNode
from .closing import ClosingInLoop
from .commands import Commands
from .config import Value, Word, directives_of
from .exceptions import ClosedError
from .journal import JOURNAL_BYTES_MAX
from .link import behind_links
from .logs import LogLine
from .pending import Pending
from .registry import Registry
from .replication import (
    Address,
    Link,
    Primary,
    Replicating,
    Replication,
    Role,
    Wish,
    address_of,
    replication_of,
    wish_of,
)
from .session import Session

if TYPE_CHECKING:
    from .aio import Waits

DEFAULTS: dict[str, Value] = {"bind": "127.0.0.1", "save": "", "repl_history_from_start": True}

_numbers = itertools.count(1)
_nodes: Registry[Node] = Registry()
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Node(ClosingInLoop, Replicating):
    """A server in this process, up when the constructor returns.

        with replserver.Node(maxmemory="100mb") as node:
            node.call("SET", "k", "v")
            client = redis.Redis(**node.connection)

    Keywords are directives of redis.conf with '_' for '-': `appendonly=True`, `bind=["127.0.0.1",
    "::1"]`, `rename_command=[["KEYS", ""], ["FLUSHALL", ""]]`. Unless told otherwise a node listens
    on 127.0.0.1, at a port of the kernel's choice (`node.port`), and writes nothing to disk unless
    it is asked to. With `dir` or `dbfilename` it begins with the data of the file that is there. It
    keeps its history from the start, not from the first replica on: `node.offset` counts every
    written byte.

    name   In its log lines and in `logging`: `replserver.<name>`. Else node1, node2, ...
    clock  "manual": time stands still but for `advance(seconds)`.
    seed   What the node decides at random (eviction samples, ids, RANDOMKEY) follows from it.
    replicaof   The node that it follows, or (host, port).
    history     So many of the things that happen to it are kept, for `rs.History`.
    """

    def __init__(
        self,
        *,
        name: Optional[str] = None,
        port: int = 0,
        clock: Literal["real", "manual"] = "real",
        seed: Optional[int] = None,
        replicaof: Optional[Primary] = None,
        history: int = 0,
        **config: Value,
    ) -> None:
        if clock not in ("real", "manual"):
            raise ValueError(f"clock: 'real' or 'manual', not {clock!r}")
        if name == "":
            raise ValueError("name: at least one letter")
        if seed is not None and not 0 < seed < 2**64:
            raise ValueError("seed: from 1 to 2**64 - 1")
        self.name = name or f"node{next(_numbers)}"
        self.clock = clock
        if replicaof is not None:
            config = {
                "replicaof": address_of(replicaof),
                "masterauth": _password_of(replicaof),
                **config,
            }
        directives = directives_of({**DEFAULTS, "port": port, **config})
        # Whatever dump.rdb happens to lie in the current directory is not meant.
        loads = not {"dir", "dbfilename"}.isdisjoint(config)
        self._journal = Journal(history, JOURNAL_BYTES_MAX) if history > 0 else None
        pump = logs.attach()
        try:
            self._core = LiveNode(
                self.name,
                directives,
                seed or 0,
                clock == "manual",
                loads,
                pump.ring,
                self._journal,
            )
        except BaseException:
            logs.detach(pump)
            raise
        # Also closes a node that nobody refers to any more, and what is open at the very end.
        self._closing = finalize(self, _close, self._core, pump)
        self._host = _reachable(self._core.config(["bind"])["bind"])
        _nodes.add(self)

    # ---- commands and data

    def call(self, *words: Word) -> Any:
        return self._core.call(*words)

    call.__doc__ = Commands.call.__doc__

    def start(self, *words: Word) -> Pending[Any]:
        """Begins a command that may block, as a client of its own, and returns at once.

            waiting = node.start("WAIT", 2, 0)
            waiting.done(), waiting.result(timeout=1), await waiting

        An error reply is raised by `result`, as a CommandError.
        """
        pending = self._core.start(None, *words)
        return Pending(self._core, pending, str(words[0]).upper(), lambda reply: reply, False)

    def session(self) -> Session:
        """A client of its own, without a socket: its MULTI and SELECT are nobody else's."""
        return Session(self.name, self._core)

    @property
    def offset(self) -> int:
        """How many bytes of history this node has written."""
        return self._core.offset()

    @property
    def replication_id(self) -> str:
        """The name of its history."""
        return self._core.replication_id()

    @property
    def used_memory(self) -> int:
        """Bytes that this node holds, whatever else lives in the process."""
        return self._core.used_memory()

    @property
    def run_id(self) -> str:
        return self._core.run_id

    def _read_config(self, patterns: list[str]) -> dict[str, str]:
        return self._core.config(patterns)

    # ---- replication

    def replicate(self, primary: Primary | None) -> None:
        password = _password_of(primary)
        if password and not self.config["masterauth"]:
            self.config["masterauth"] = password
        super().replicate(primary)

    replicate.__doc__ = Replicating.replicate.__doc__

    def when(
        self,
        *,
        offset: Optional[int] = None,
        id: Optional[str] = None,
        role: Optional[Role] = None,
        link: Optional[Link] = None,
        replicas: Optional[int] = None,
        acknowledged: Optional[int] = None,
    ) -> Pending[Replication]:
        """What `wait_state` waits for, as a value to come: `await node.when(link="connected")`."""
        return self._when(wish_of(offset, id, role, link, replicas, acknowledged))

    def _when(self, wish: Wish) -> Pending[Replication]:
        told = ", ".join(f"{name}={value!r}" for name, value in wish.items())
        pending = self._core.when(wish)
        return Pending(self._core, pending, told, lambda raw: replication_of(raw, self), True)

    @property
    def aio(self) -> Waits:
        """The waits as coroutines: `await node.aio.wait_in_sync(timeout=1)`."""
        from .aio import Waits

        return Waits(self)

    def _replication(self) -> dict[str, Any]:
        return self._core.replication()

    def _address(self) -> Address:
        return self._host, self.port

    def _peer(self, address: Address) -> Optional[Replicating]:
        return peer_at(address)

    def _peers(self) -> list[Node]:
        return open_nodes()

    def _order(self, *words: Word) -> Any:
        return self._core.call_apart(*words)

    def _seconds(self) -> float:
        return monotonic()

    def _wait(self, wish: Wish, timeout: Optional[float]) -> Optional[dict[str, Any]]:
        pending = self._core.when(wish)
        try:
            if not pending.wait(-1 if timeout is None else timeout):
                return None
            if pending.state == "closed":
                raise ClosedError(f"{self.name}: it was closed while it was waited for")
            held: dict[str, Any] = pending.outcome()
            return held
        finally:
            if pending.state == "open":
                self._core.cancel(pending)

    # ---- where it is

    @property
    def port(self) -> int:
        return self._core.port

    @property
    def connection(self) -> dict[str, Any]:
        """Keywords for `redis.Redis` and `redis.asyncio.Redis`."""
        config = self._core.config(["bind", "requirepass"])
        words: dict[str, Any] = {"host": _reachable(config["bind"]), "port": self.port}
        if config["requirepass"]:
            words["password"] = config["requirepass"]
        return words

    # ---- time

    @property
    def time(self) -> float:
        """Seconds since 1970, by the node's clock."""
        return self._core.now_ms() / 1000

    def advance(
        self,
        seconds: Optional[float] = None,
        *,
        bytes: Optional[int] = None,
        to: Optional[int] = None,
    ) -> None:
        """Moves a manual clock, and returns when all that was due on the way is done.

        Or writes bytes of history, exactly so many, or exactly up to an offset: the data stay as
        they are. Fewer than the shortest message that a history can hold are a ValueError.
        """
        if seconds is None:
            super().advance(bytes=bytes, to=to)
            return
        if bytes is not None or to is not None:
            raise ValueError("advance: seconds, bytes or to: one of them")
        if self.clock != "manual":
            raise ValueError(
                f"{self.name} goes by the real clock: Node(clock='manual') can be moved"
            )
        if seconds < 0:
            raise ValueError("time does not go back")
        self._core.advance(seconds)

    # ---- its life

    @property
    def logs(self) -> list[LogLine]:
        """The last thousand lines that it has logged."""
        return [logs.line_of(raw) for raw in self._core.logs]

    @property
    def closed(self) -> bool:
        """It was closed, shut down by a command, or belongs to the process we were forked from."""
        return self._core.ended or self._core.defunct

    def wait_closed(self, timeout: Optional[float] = None) -> None:
        """Waits until it has been shut down, by SHUTDOWN or by `close`.

        A WaitTimeout after so many seconds; without a timeout it waits as long as it takes.
        """
        self._core.wait_ended(-1 if timeout is None else timeout)

    def close(self) -> None:
        """Ends it: connections, thread and memory are gone then. Saying it again does no harm."""
        self._closing()

    def _state(self) -> str:
        if not hasattr(self, "_core"):
            return "that did not start"
        if self._core.defunct:
            return "of the parent process"
        return "closed" if self._core.ended else f"port={self.port}"

    def __repr__(self) -> str:
        return f"<replserver.Node {self.name} {self._state()}>"

    def _repr_html_(self) -> str:
        from . import html
        from .picture import around, picture

        title = f"replserver.Node {self.name}"
        try:
            info, replication = self.info, self.replication
        except ClosedError:
            return html.table(title, {"state": self._state()})
        drawn = picture(title, around(self)).inline() if _has_company(replication) else ""
        keys = sum(database["keys"] for database in info.section("keyspace").values())
        rows = {
            "role": info.role,
            **_company(replication),
            "port": self.port,
            "offset": replication.offset,
            "keys": keys,
            "memory": html.bytes_text(info.used_memory),
            "clients": info.connected_clients,
        }
        return drawn + html.table(title, rows)


def open_nodes() -> list[Node]:
    """Those of this process."""
    return _nodes.open()


def peer_at(address: Address) -> Optional[Replicating]:
    """The node, or the external server, that can be reached there."""
    host, port = address = behind_links(address)
    for node in open_nodes():
        if node.port == port and host in (*_LOOPBACK, node._host):
            return node
    if "replserver.external_server" not in sys.modules:
        return None
    from .external_server import external_at

    return external_at(address)


def _has_company(replication: Replication) -> bool:
    return replication.primary is not None or bool(replication.replicas)


def _company(replication: Replication) -> dict[str, object]:
    """Whom it follows, or how many follow it."""
    company: dict[str, object] = {}
    if replication.primary is not None:
        host, port = replication.primary
        company["primary"] = f"{host}:{port} ({replication.link})"
    if replication.replicas or not company:
        company["replicas"] = f"{len(replication.online)} online"
    return company


def _password_of(primary: Primary | None) -> Optional[str]:
    """That whoever follows it needs, as far as we know."""
    return primary.config["requirepass"] or None if isinstance(primary, Node) else None


def _close(core: LiveNode, pump: logs.Pump) -> None:
    try:
        core.close()
    finally:
        logs.detach(pump)


def _reachable(bind: str) -> str:
    """An address at which a server with this `bind` can be reached from here."""
    for word in bind.split():
        address = word.lstrip("-")
        if address in ("*", "0.0.0.0"):
            return "127.0.0.1"
        if address in ("::*", "::"):
            return "::1"
        return address
    return "127.0.0.1"

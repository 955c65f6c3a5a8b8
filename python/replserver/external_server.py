"""Servers that are not ours, with a node's face as far as a server can be asked.

    rs.external("127.0.0.1", 6379)              one that runs already
    rs.external("redis-server", maxmemory=0)    a process of its own, in a folder that goes with it

What a node of ours tells by itself, these are asked for again and again: every few milliseconds.
"""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import RLock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Optional, Union
from weakref import finalize

from .client import Client
from .closing import Closing
from .config import Value, Word, directives_of
from .exceptions import ClosedError, CommandError, StartError
from .info import Info
from .registry import Registry
from .replication import Address, Replicating, Wish, address_of

if TYPE_CHECKING:
    from .aio import Waits

_SECONDS_TO_START = 10.0
_PORTS_TRIED = 3  # of which another process may have been faster to take one
_DEFAULTS: dict[str, Value] = {
    "bind": "127.0.0.1",
    "save": "",
    "repl_diskless_sync_delay": 0,
    "enable_debug_command": "yes",
}
_servers: Registry[External] = Registry()
_processes: Registry[ExternalProcess] = Registry()  # those of them that were started for us


class _PortTaken(StartError):
    """Between the moment at which it was found free and the server's start."""


class External(Closing, Replicating):
    """A server that is reached by its address."""

    def __init__(
        self, address: Address, *, name: str = "", password: Optional[str] = None
    ) -> None:
        self.name = name or f"{address[0]}:{address[1]}"
        self._where = address
        self._password = password
        self._client: Optional[Client] = None
        self._lock = RLock()  # its connection is everybody's
        self._closed = False
        _servers.add(self)

    @property
    def port(self) -> int:
        return self._where[1]

    @property
    def connection(self) -> dict[str, Any]:
        """Keywords for `redis.Redis` and `redis.asyncio.Redis`."""
        words: dict[str, Any] = {"host": self._where[0], "port": self.port}
        if self._password is not None:
            words["password"] = self._password
        return words

    def call(self, *words: Word) -> Any:
        """Sends a command and returns its reply, in RESP2's terms: a map is a list of words.

        All calls are one connection. A command that blocks, blocks all that call.
        """
        with self._lock:
            if self._closed:
                raise ClosedError(f"{self.name} is closed")
            if self._client is None:
                self._client = Client(self._where, self._password)
            try:
                return self._client.call(*words)
            except CommandError:
                raise
            except BaseException:  # whose reply may still come: the next call connects anew
                self._hang_up()
                raise

    @property
    def info(self) -> Info:
        return Info(self.call("INFO", "everything").decode())

    @property
    def replication_id(self) -> str:
        """The name of its history."""
        return str(self._replication()["id"])

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Lets go of it: the server runs on. Saying it again does no harm."""
        with self._lock:
            self._closed = True
            self._hang_up()

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self._where[0]}:{self.port}"
        return f"<replserver.External {self.name} {state}>"

    @property
    def aio(self) -> Waits:
        """The waits as coroutines: `await server.aio.wait_offset(n, timeout=1)`."""
        from .aio import Waits

        return Waits(self)

    # ---- what Replicating asks for

    def _read_config(self, patterns: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for pattern in patterns:
            words = [word.decode() for word in self.call("CONFIG", "GET", pattern)]
            found.update(zip(words[::2], words[1::2]))
        return found

    def _replication(self) -> dict[str, Any]:
        with self._lock:
            info = Info(self.call("INFO", "replication").decode())
            role = self.call("ROLE")
        is_replica = role[0] == b"slave"
        offset = int(info.master_repl_offset)
        backlog = None
        if info.repl_backlog_active:
            first = info.repl_backlog_first_byte_offset - 1  # the wire's numbers begin with 1
            backlog = first, offset, info.repl_backlog_size
        former = None
        if info.second_repl_offset >= 0:
            former = str(info.master_replid2), info.second_repl_offset - 1
        return {
            "id": str(info.master_replid),
            "offset": offset,
            "former": former,
            "primary": (role[1].decode(), role[2]) if is_replica else None,
            "link": _link_of(role[3].decode()) if is_replica else None,
            "backlog": backlog,
            "replicas": [
                (one["ip"], one["port"], one["state"], one["offset"], offset, one["lag"])
                for name, one in info.items()
                if name.startswith("slave") and isinstance(one, dict)
            ],
        }

    def _address(self) -> Address:
        return self._where

    def _peer(self, address: Address) -> Optional[Replicating]:
        from .node import peer_at

        return peer_at(address)

    def _peers(self) -> Iterable[Replicating]:
        from .node import open_nodes

        return [*open_nodes(), *_servers.open()]

    def _seconds(self) -> float:
        return monotonic()

    def _wait(self, wish: Wish, timeout: Optional[float]) -> Optional[dict[str, Any]]:
        end = None if timeout is None else monotonic() + timeout
        pause = 0.0005
        while True:
            held = self._replication()
            if _holds(wish, held):
                return held
            if end is not None and monotonic() > end:
                return None
            sleep(pause)
            pause = min(pause * 2, 0.01)


class ExternalProcess(External):
    """A server that was started for us, and ends with us."""

    def __init__(
        self, command: Sequence[str], *, name: str = "", **directives: Value
    ) -> None:
        if shutil.which(command[0]) is None:
            raise StartError(f"{command[0]}: there is no such program")
        password = directives.get("requirepass")
        self.folder = Path(tempfile.mkdtemp(prefix="replserver-"))
        words = [
            word
            for directive in directives_of({**_DEFAULTS, **directives, "dir": str(self.folder)})
            for word in ("--" + str(directive[0]), *map(str, directive[1:]))
        ]
        port = _free_port()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [*command, "--port", str(port), *words],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        # Also ends one that nobody refers to any more, and what runs at the very end.
        self._ending = finalize(self, _end, self._process, self.folder)
        super().__init__(
            ("127.0.0.1", port), name=name, password=None if password is None else str(password)
        )
        _processes.add(self)
        self._wait_ready(command[0])

    @property
    def _output(self) -> Path:
        return self.folder / "output"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has printed."""
        return "" if self.closed else self._output.read_text(errors="replace")

    def close(self) -> None:
        """Ends the process, at once and without saving, and removes its folder."""
        super().close()
        self._ending()

    def _is_ours(self) -> bool:
        """Not a server of another process that has taken the port meanwhile: it has our folder."""
        told = self._read_config(["dir"]).get("dir")
        return told is None or Path(told).resolve() == self.folder.resolve()

    def _wait_ready(self, program: str) -> None:
        end = monotonic() + _SECONDS_TO_START
        why = ""
        while monotonic() < end and self._process.poll() is None:
            try:
                if self.call("PING") == "PONG" and self._is_ours():
                    return
                self._hang_up()
                why = f"somebody else answers at port {self.port}"
            except (ClosedError, CommandError) as error:
                why = str(error)
            sleep(0.002)
        why = why if self._process.poll() is None else "\n".join(self.log.splitlines()[-3:])
        self.close()
        taken = "Address already in use" in why or "somebody else" in why
        raise (_PortTaken if taken else StartError)(f"{program} did not start: {why}")


def external_at(address: Address) -> Optional[External]:
    return next((server for server in _servers.open() if server._where == address), None)


def external(
    command: Union[str, Sequence[str]],
    port: Optional[int] = None,
    *,
    name: str = "",
    password: Optional[str] = None,
    **directives: Value,
) -> External:
    """A server that is not ours: (host, port), or a command to start one, with its directives.

        rs.external("127.0.0.1", 6379)
        rs.external("redis-server", repl_backlog_size="1mb")
        rs.external(["valgrind", "redis-server"])

    A command gets what a test wants as arguments: a free port of 127.0.0.1, a folder of its own,
    nothing saved, DEBUG allowed. A directive that is None is left out.
    """
    if port is not None:
        if directives or not isinstance(command, str):
            raise TypeError("external(host, port): what runs already takes no directives")
        return External(address_of((command, port)), name=name, password=password)
    words = shlex.split(command) if isinstance(command, str) else list(command)
    if not words:
        raise ValueError("external: no command")
    if password is not None:
        directives = {"requirepass": password, "masterauth": password, **directives}
    for _ in range(_PORTS_TRIED - 1):
        with suppress(_PortTaken):
            return ExternalProcess(words, name=name, **directives)
    return ExternalProcess(words, name=name, **directives)


def _link_of(state: str) -> str:
    """ROLE's word, as ours has it: Redis may say more about its greeting."""
    return state if state in ("connect", "connecting", "sync", "connected") else "handshake"


def _holds(wish: Wish, held: dict[str, Any]) -> bool:
    if "unless" in wish and held["id"] != wish["unless"]:
        return True
    online = [replica for replica in held["replicas"] if replica[2] == "online"]
    acknowledged = sum(replica[3] >= wish.get("acknowledged", 0) for replica in online)
    return (
        held["offset"] >= wish.get("offset", 0)
        and held["id"] == wish.get("history", held["id"])
        and (held["primary"] is not None) == wish.get("is_replica", held["primary"] is not None)
        and held["link"] == wish.get("link", held["link"])
        and len(online) >= wish.get("replicas", 0)
        and ("acknowledged" not in wish or acknowledged >= wish.get("replicas", len(online)))
    )


def _free_port() -> int:
    """One that nobody listened at a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)

"""Nodes and clients in virtual time: the same seed gives the same run, byte for byte.

from replserver import sim

with sim.World(seed=7) as world:
    node = world.start("node", maxmemory="10mb")
    client = node.client()
    client.call("SET", "k", "v", "PX", 100)
    world.run_for(0.2)                      # costs what happens in it, not 0.2 seconds
    assert client.call("GET", "k") is None
    print(*world.transcript, sep="\\n")
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any, Optional

from . import _core
from .closing import Closing
from .commands import Commands
from .config import Value, Word, directives_of
from .exceptions import ClosedError
from .journal import JOURNAL_BYTES_MAX
from .link import Faults
from .replication import Address, Primary, Replicating, Wish, address_of

if TYPE_CHECKING:
    from .history import History

DEFAULTS: dict[str, Value] = {"save": "", "repl_history_from_start": True}
WAIT_SECONDS_MAX = 3600.0  # virtual ones, of a wait without a timeout


class World(Closing):
    """A network with nodes and clients, on this thread, under a clock of its own.

    Bytes arrive after delay_min to delay_max seconds, in pieces of at most piece_max bytes. A connection
    holds socket_max bytes in each direction: a node keeps the rest until some were read.

    history   So many of the things that happen to each node are kept, for `world.history`.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        delay_min: float = 50e-6,
        delay_max: float = 500e-6,
        piece_max: int = 4096,
        socket_max: Optional[int] = None,
        history: int = 0,
    ) -> None:
        self._hold(_core.World(seed, delay_min, delay_max, piece_max, socket_max), history)

    def _hold(self, core: _core.World, history: int) -> None:
        self._core = core
        self._nodes: dict[str, SimNode] = {}
        self._links: dict[tuple[str, str], SimLink] = {}
        self._events_max = history
        self._journals: dict[str, _core.Journal] = {}

    @classmethod
    def _around(cls, core: _core.World, names: Sequence[str], history: int) -> World:
        """A world in which somebody else starts nodes of these names."""
        world = cls.__new__(cls)
        world._hold(core, history)
        world._nodes.update((name, SimNode(world, name)) for name in names)
        if history > 0:
            for name in names:
                world._keep_journal(name)
            for dialer, listener in permutations(names, 2):
                world.link(dialer, listener)
        return world

    def _keep_journal(self, name: str) -> None:
        if self._events_max > 0 and name not in self._journals:
            self._journals[name] = _core.Journal(self._events_max, JOURNAL_BYTES_MAX)
            self._core.keep_journals(self._journals)

    def start(self, name: str, *, replicaof: Optional[Primary] = None, **config: Value) -> SimNode:
        """A node of this name, with directives as keywords. Its files are those it had before.

        replicaof   The node of this world that it follows, or (its name, its port).
        """
        if replicaof is not None:
            config = {"replicaof": address_of(replicaof), **config}
        self._keep_journal(name)
        self._core.start(name, directives_of({**DEFAULTS, **config}))
        node = self._nodes[name] = SimNode(self, name)
        return node

    def link(self, dialer: SimNode | str, listener: SimNode | str) -> SimLink:
        """The links that one node dials to another one, as a replica to its primary."""
        names = (_name_of(dialer), _name_of(listener))
        if names not in self._links:
            self._links[names] = SimLink(self, *names)
        return self._links[names]

    def slow_disks(self, delay_max: float) -> None:
        """From now on each operation on a file takes up to so many seconds; 0: none at all."""
        self._core.slow_disks(delay_max)

    def disk(self, name: str) -> SimDisk:
        """The files of a node of this name, whether it runs or not."""
        return SimDisk(self, name)

    def run_for(self, seconds: float) -> None:
        """Lets so much virtual time pass."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._core.run_for(seconds)

    def step(self) -> bool:
        """The next event. False: nothing will ever happen."""
        return self._core.step()

    @property
    def now(self) -> float:
        """Seconds since 1970, in the world."""
        return self._core.now_ms() / 1000

    @property
    def transcript(self) -> list[str]:
        """All that the nodes have logged: microseconds, node and role, level, text."""
        return self._core.transcript

    @property
    def history(self) -> History:
        """What nodes and links have been through until now. Needs `World(history=...)`."""
        from .history import History

        if self._events_max <= 0:
            raise ValueError("this world keeps no history: World(history=10_000) does")
        return History(self._nodes.values(), self._links.values(), limit=self._events_max)

    def close(self) -> None:
        """Nothing to do: it has no thread and no descriptor. For symmetry with Node."""

    def _repr_html_(self) -> str:
        from .picture import among, picture

        return picture(repr(self).strip("<>"), among(self._nodes.values())).inline()

    def __repr__(self) -> str:
        return f"<replserver.sim.World now={self.now:.3f}>"


def _name_of(node: SimNode | str) -> str:
    return node if isinstance(node, str) else node.name


class SimNode(Replicating):
    """A node in a World. Its waits let the world run, and their timeouts are virtual seconds."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name

    def call(self, *words: Word) -> Any:
        return self.world._core.call(self.name, *words)

    call.__doc__ = Commands.call.__doc__

    def client(self) -> SimClient:
        """A new connection to it, through the network."""
        return SimClient(self.world, self.world._core.connect(self.name))

    @property
    def port(self) -> int:
        """Where other nodes find it, by its name or by this port."""
        return self.world._core.port(self.name)

    @property
    def _journal(self) -> Optional[_core.Journal]:
        return self.world._journals.get(self.name)

    def _replication(self) -> dict[str, Any]:
        return self.world._core.replication(self.name)

    def _address(self) -> Address:
        return self.name, self.port

    def _peer(self, address: Address) -> Optional[SimNode]:
        host, port = address
        for node in self._peers():
            if node.name == host or node.port == port:
                return node
        return None

    def _peers(self) -> list[SimNode]:
        return [node for node in self.world._nodes.values() if not node.closed]

    def _seconds(self) -> float:
        return self.world.now

    def _wait(self, wish: Wish, timeout: Optional[float]) -> Optional[dict[str, Any]]:
        limit = WAIT_SECONDS_MAX if timeout is None else timeout
        return self._replication() if self.world._core.wait(self.name, wish, limit) else None

    @property
    def time(self) -> float:
        return self.world.now

    @property
    def closed(self) -> bool:
        return not self.world._core.is_running(self.name)

    def skew(self, seconds: float) -> None:
        """Its clock is ahead of the world's by so much from now on, or behind. Timeouts stay as they are."""
        self.world._core.skew(self.name, seconds)

    def stop(self) -> None:
        """Ends it. Its files stay, for a node that is started under its name."""
        if not self.closed:
            self.world._core.stop(self.name)

    def crash(self) -> None:
        """As by a loss of power: what was not synced to its disk may be lost, or torn."""
        self.world._core.crash(self.name)

    @property
    def disk(self) -> SimDisk:
        return self.world.disk(self.name)

    def _read_config(self, patterns: list[str]) -> dict[str, str]:
        return self.world._core.config(self.name, patterns)

    def __repr__(self) -> str:
        return f"<replserver.sim.SimNode {self.name}{' stopped' if self.closed else ''}>"


class SimLink(Faults):
    """The links that one node of a World dials to another one, those there are and those to come.

    Its waits let the world run, and their timeouts are virtual seconds.
    """

    def __init__(self, world: World, dialer: str, listener: str) -> None:
        self.world = world
        self.name = f"{dialer}-{listener}"
        self._core = _core.SimLink(world._core, dialer, listener)

    def _seconds(self) -> float:
        return self.world.now

    def __repr__(self) -> str:
        return f"<replserver.sim.SimLink {self.name}: {self.state}>"


class SimDisk:
    """A node's disk, with faults on request. It outlives the node."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name

    @property
    def files(self) -> dict[str, bytes]:
        """What a reader would see now, by path."""
        return self.world._core.files(self.name)

    def put(self, path: str, content: bytes) -> None:
        """A file that is safe from crashes."""
        self.world._core.put_file(self.name, path, content)

    @property
    def operations(self) -> int:
        """How many it was asked for: the number of the next one."""
        return self.world._core.disk_operations(self.name)

    def crash_at(self, operation: int) -> None:
        """The node crashes just before the operation of this number."""
        self.world._core.crash_at(self.name, operation)

    def fail_at(self, operation: int) -> None:
        """The operation of this number fails: Input/output error."""
        self.world._core.fail_disk_at(self.name, operation)

    def fail_by_chance(self, probability: float) -> None:
        """Each operation fails with this probability, drawn from the world's seed."""
        self.world._core.fail_disk_by_chance(self.name, probability)

    def limit(self, size: Optional[int]) -> None:
        """So many bytes fit on it, and then: No space left on device. None: any number."""
        self.world._core.limit_disk(self.name, size)

    def __repr__(self) -> str:
        return f"<replserver.sim.SimDisk {self.name}>"


class SimClient:
    """A client's connection through the simulated network."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self._number = number

    def call(self, *words: Word, limit: float = 60.0) -> Any:
        """Sends a command and lets the world run until its reply is there.

        A ClosedError if the connection ends before, a WaitTimeout after `limit` virtual seconds.
        """
        return self.world._core.client_call(self._number, limit, *words)

    def send(self, data: bytes) -> None:
        """Bytes on their way; nothing happens before the world runs."""
        if not self.is_open:
            raise ClosedError("the connection is closed")
        self.world._core.client_send(self._number, data)

    def replies(self) -> list[Any]:
        """Those that have arrived and were not taken yet; an error reply as a CommandError."""
        found: list[Any] = []
        while reply := self.world._core.client_reply(self._number):
            found += reply
        return found

    def read(self, limit: float = 60.0) -> Any:
        """The next reply, as soon as it has arrived. An error reply is returned, not raised."""
        return self.world._core.client_read(self._number, limit)

    @property
    def is_open(self) -> bool:
        return self.world._core.client_open(self._number)

    def close(self) -> None:
        """What was sent before still arrives."""
        if self.is_open:
            self.world._core.client_close(self._number)

    def cut(self) -> None:
        """The connection breaks: what is on its way, in either direction, is lost."""
        if self.is_open:
            self.world._core.client_cut(self._number)

    def __repr__(self) -> str:
        return f"<replserver.sim.SimClient {self._number} {'open' if self.is_open else 'closed'}>"

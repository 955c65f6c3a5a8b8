"""One run of a storm: its commands, its faults at their places, and all that is checked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING, Any, Optional

from .commands import Commands
from .config import Value, Word
from .exceptions import CommandError
from .invariants import Violation, Watch
from .nemesis import PRIMARY, Fault
from .sim import SimClient, SimLink, SimNode, World

if TYPE_CHECKING:
    from .simulation import Storm

# What must not take long in virtual time, so that a run need not wait for it.
DIRECTIVES: dict[str, Value] = {
    "repl_diskless_sync_delay": 0,
    "repl_timeout": 5,
    "repl_ping_replica_period": 2,
    "enable_debug_command": "yes",  # DEBUG SLEEP is a fault
    "hz": 1,
}
PORT = 6379  # of the first node that is started; each has one more than the last
SETTLE_SECONDS = 120.0
LOOK_EVERY = 8  # bursts; and before each fault


class Run:
    """The nodes of a storm while it goes over them. A check gets it, to look at what it wants."""

    def __init__(self, storm: Storm, seed: int, faults: Sequence[Fault]) -> None:
        self.storm = storm
        self.seed = seed
        self.faults = faults
        random = self._random = Random(seed)
        self.world = World(
            seed=seed,
            delay_max=random.choice((500e-6, 500e-6, 0.03)),
            piece_max=random.choice((4096, 4096, 40)),
            history=storm.history,
        )
        self.names = storm.names
        self.nodes: dict[str, SimNode] = {}
        self.primary = self.names[0]  # whom the failover rule has chosen last
        self.healed = False  # all is well again, and the nodes are in sync
        self._directives: dict[str, Value] = {
            **DIRECTIVES,
            "repl_backlog_size": random.choice(("16kb", "1mb")),
            **storm.config,
        }
        self._watch = Watch(self.world._core)
        self._history = ""  # the primary's, at the last look
        self._links: dict[tuple[str, str], SimLink] = {}
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []  # what ends, and when
        self._told: list[tuple[int, str]] = []  # behind which line of the transcript
        self._client: Optional[SimClient] = None
        self._waiting: list[str] = []  # keys whose WAIT has not answered
        self._waits = 0
        self._promises: dict[str, set[tuple[str, int]]] = {}  # who has a key, and in which life

    # ---- what a check may ask

    @property
    def running(self) -> list[SimNode]:
        return [self.nodes[name] for name in self.names if not self.nodes[name].closed]

    @property
    def transcript(self) -> list[str]:
        """What the nodes said, and between it what was done to them."""
        lines: list[str] = []
        said, done = self.world.transcript, 0
        for at, text in self._told:
            lines += [*said[done:at], text]
            done = at
        return lines + said[done:]

    # ---- the run

    def carry_out(self) -> None:
        """A Violation, or whatever a check raises, ends it."""
        self._start_all()
        faults, random = list(self.faults), self._random
        index = bursts = 0
        while index < self.storm.commands:
            while faults and faults[0].at <= index:
                self._befall(faults.pop(0))
            self._end_what_is_over(index)
            burst = 1 + int(random.random() * 8)
            burst = min(burst, self.storm.commands - index)
            self._write(burst)
            index += burst
            self.world._core.run_for(self._some_time())
            bursts += 1
            if bursts % LOOK_EVERY == 0:
                self._look()
        for fault in faults:
            self._befall(fault)
        self._heal()

    def _some_time(self) -> float:
        """Mostly less than a handshake takes, so that things happen in its midst."""
        kind, part = self._random.random(), self._random.random()
        if kind < 0.6:
            return part * 0.002
        if kind < 0.85:
            return part * 0.02
        return part * (0.3 if kind < 0.98 else 3)

    def _start_all(self) -> None:
        above = self.storm.followed
        for name in self.names:
            self._start(name, above.get(name))
        self.world._core.run_for(self._random.choice((0.0, 1.0)))

    def _start(self, name: str, primary: Optional[str]) -> None:
        followed = None if primary is None else (primary, self._port(primary))
        self._watch.started(name)
        self.nodes[name] = self.world.start(name, replicaof=followed, **self._directives)
        self._tell(f"{name} starts")

    def _port(self, name: str) -> int:
        return PORT + self.names.index(name)

    def _write(self, count: int) -> None:
        core, primary = self.world._core, self.primary
        if not core.is_running(primary):
            return
        database = int(self._random.random() * 12)
        if database in (1, 2):
            core.call(primary, "SELECT", database)
        for _ in range(count):
            if self.storm.wait and self._random.random() < 0.05:
                self._begin_wait()
                continue
            try:
                core.call(primary, *self.storm.workload(self._random))
            except CommandError:
                pass  # as an application's commands fail now and then
        if database in (1, 2):
            core.call(primary, "SELECT", 0)

    def _tell(self, text: str) -> None:
        world = self.world
        self._told.append((len(world._core.transcript), f"        ! {text}"))

    # ---- WAIT: what it has promised

    def _begin_wait(self) -> None:
        if self._client is None or not self._client.is_open:
            self._waiting.clear()
            self._client = self.nodes[self.primary].client()
        key = f"waited:{self._waits}"
        self._waits += 1
        self._waiting.append(key)
        self._client.send(b"SET %b 1\r\nWAIT %d 500\r\n" % (key.encode(), self.storm.wait))

    def _hear_promises(self) -> None:
        """What WAIT has answered by now. Asked before anything befalls a node: the holders live."""
        if self._client is None:
            return
        for reply in self._client.replies():
            if not isinstance(reply, int) or not self._waiting:
                continue  # SET's OK; or its error, which WAIT's number follows all the same
            key = self._waiting.pop(0)
            if reply >= self.storm.wait:
                self._promises[key] = self._holders(key)

    def _holders(self, key: str) -> set[tuple[str, int]]:
        lives = self._watch.lives
        return {(name, lives[name]) for name in self.names if self._has(name, key)}

    def _has(self, name: str, key: str) -> bool:
        core = self.world._core
        try:
            return core.is_running(name) and core.call(name, "EXISTS", key) == 1
        except CommandError:
            return False

    def _check_promises(self, able: set[str], chosen: str) -> None:
        """A key that somebody still has who could have been chosen must be where we go on."""
        kept: dict[str, set[tuple[str, int]]] = {}
        for key, holders in self._promises.items():
            if not any(name in able and self._watch.lives[name] == life for name, life in holders):
                continue  # all who acknowledged it have lost their data: nobody promised more
            if not self._has(chosen, key):
                told = f"{chosen} is promoted without {key}, which WAIT {self.storm.wait} confirmed"
                raise Violation("what WAIT confirmed is kept", told)
            kept[key] = self._holders(key)
        self._promises = kept

    # ---- looking

    def _look(self) -> dict[str, dict[str, Any]]:
        self._hear_promises()
        positions = self._watch.look(self.names)
        if self.primary in positions:
            self._history = positions[self.primary]["id"]
        for check in self.storm.checks:
            check(self)
        return positions

    # ---- what befalls the nodes

    def _befall(self, fault: Fault) -> None:
        self._look()
        name = self.primary if fault.node == PRIMARY else fault.node
        self._tell(f"{fault} befalls {name}")
        if not self.world._core.is_running(name):
            return
        if fault.kind == "promote":
            return self._fail_over()
        if fault.kind in ("crash", "restart"):
            return self._take_down(name, fault)
        if fault.kind == "sleep":
            return self.nodes[name].client().send(b"DEBUG SLEEP %d.5\r\n" % (fault.lasts % 7))
        links = self._all_links(name) if fault.kind == "partition" else self._up_links(name)
        for link in links:
            if fault.kind == "cut":
                link.cut(after_bytes=fault.bytes, direction=fault.way)
            elif fault.kind == "stall":
                link.hold()
            elif fault.kind == "one-way":
                link.blackhole(fault.way)
            elif fault.kind == "slow":
                link.throttle(fault.bytes)
            else:
                link.blackhole()
        if fault.kind != "cut":
            self._later(fault, lambda: _heal_all(links))

    def _later(self, fault: Fault, what: Callable[[], None]) -> None:
        def end() -> None:
            self._tell(f"{fault} is over")
            what()

        self._agenda.append((fault.at + fault.lasts, len(self._told), end))
        self._agenda.sort(key=lambda entry: entry[:2])

    def _end_what_is_over(self, index: float) -> None:
        while self._agenda and self._agenda[0][0] <= index:
            self._agenda.pop(0)[2]()

    def _link(self, dialer: str, listener: str) -> SimLink:
        pair = dialer, listener
        if pair not in self._links:
            self._links[pair] = self.world.link(*pair)
        return self._links[pair]

    def _up_links(self, name: str) -> list[SimLink]:
        """To its primary; of a primary: its replicas' ones."""
        primary = self.world._core.replication(name)["primary"]
        if primary is not None:
            return [self._link(name, primary[0])]
        return [self._link(other, name) for other in self.names if other != name]

    def _all_links(self, name: str) -> list[SimLink]:
        others = [other for other in self.names if other != name]
        return [self._link(*pair) for other in others for pair in ((name, other), (other, name))]

    def _take_down(self, name: str, fault: Fault) -> None:
        node = self.nodes[name]
        if fault.kind == "crash":
            if self._random.random() < 0.5:
                self._ask(node, "BGSAVE")
                self.world._core.run_for(self._random.random() * 0.01)
            node.crash()
        else:
            node.stop()
        self._later(fault, lambda: self._bring_up(name))
        if name == self.primary:
            self._fail_over()
            if name == self.primary:
                self._promises.clear()  # there is nobody who could keep them

    def _bring_up(self, name: str) -> None:
        if not self.nodes[name].closed:
            return
        self._start(name, None if name == self.primary else self.primary)

    def _ask(self, node: Commands, *words: Word) -> None:
        try:
            node.call(*words)
        except CommandError:
            pass  # it does so already, or is busy

    # ---- failover

    def _fail_over(self) -> None:
        """The rule chooses among the replicas that live and share the primary's history."""
        core, old = self.world._core, self.primary
        offsets: dict[str, int] = {}
        for name in self.names:
            if name == old or not core.is_running(name):
                continue
            stands = core.replication(name)
            if stands["id"] == self._history and stands["link"] != "sync":
                offsets[name] = stands["offset"]
        chosen = self.storm.failover(offsets)
        if chosen is None:
            return
        self._tell(f"{chosen} is promoted")
        if offsets[chosen] == max(offsets.values()):
            self._check_promises(set(offsets), chosen)
        else:
            self._promises.clear()
        self.primary = chosen
        self._client = None
        self._waiting.clear()
        self.nodes[chosen].promote()
        self._history = core.replication(chosen)["id"]
        for node in self.running:
            if node.name != chosen:
                self._follow(node)

    def _follow(self, node: SimNode) -> None:
        self._ask(node, "REPLICAOF", self.primary, self._port(self.primary))

    # ---- the end

    def _heal(self) -> None:
        self._tell("all is healed")
        self._look()
        self._end_what_is_over(float("inf"))
        _heal_all(self._links.values())
        if self.nodes[self.primary].closed:
            self._bring_up(self.primary)
        for node in self.running:
            if node.name != self.primary:
                self._follow(node)
        self._settle()
        # Before any check: what reads an expired key on the primary makes it write.
        digests = {name: self.nodes[name].digest() for name in self.names}
        if len(set(digests.values())) > 1:
            raise Violation("all are the same in the end", f"their digests: {digests}")
        self.healed = True
        self._look()
        for key in self._promises:
            if not self._has(self.primary, key):
                told = f"{key} is gone, which WAIT {self.storm.wait} confirmed"
                raise Violation("what WAIT confirmed is kept", told)

    def _settle(self) -> None:
        core, step = self.world._core, 0.05
        end = self.world.now + SETTLE_SECONDS
        while not self._is_settled():
            if self.world.now > end:
                seen = "; ".join(f"{node.name} is {node.replication}" for node in self.running)
                told = f"not in sync {SETTLE_SECONDS:g} s after all was healed: {seen}"
                raise Violation("all are the same in the end", told)
            core.run_for(step)
            step = min(step * 1.5, 1)

    def _is_settled(self) -> bool:
        core = self.world._core
        goal = core.replication(self.primary)
        for name in self.names:
            now = core.replication(name)
            if (now["id"], now["offset"]) != (goal["id"], goal["offset"]):
                return False
            if name != self.primary and now["link"] != "connected":
                return False
        return True


def _heal_all(links: Iterable[SimLink]) -> None:
    for link in links:
        link.heal()

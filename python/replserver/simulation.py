"""Many seeded runs of nodes to which anything happens, and what must hold all the same.

    @replserver.simulate(seeds=500, nodes=3)
    def test_stock_is_never_negative(run):               # a check: asked all through each run
        for node in run.running:
            assert int(node.call("GET", "stock") or 0) >= 0

A failure tells its seed, the faults that it takes, and a script that replays it.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Optional, Union

from . import _core
from .config import Value, Word, directives_of
from .invariants import Violation
from .nemesis import Fault, draw
from .sim import DEFAULTS
from .storm_run import Run
from .workload import some_write

# What must not take long in virtual time, so that a run need not wait for it.
DIRECTIVES: dict[str, Value] = {
    "repl_diskless_sync_delay": 0,
    "repl_timeout": 5,
    "repl_ping_replica_period": 2,
    "enable_debug_command": "yes",  # DEBUG SLEEP is a fault
    "hz": 1,
}

Check = Callable[[Run], object]
Workload = Callable[[Random], Sequence[Word]]
Failover = Callable[[Mapping[str, int]], Optional[str]]  # who is able, at which offset -> who it is


def most_advanced(able: Mapping[str, int]) -> Optional[str]:
    """The failover rule that loses least: the replica with the greatest offset."""
    return max(able, key=lambda name: able[name], default=None)


def nobody(able: Mapping[str, int]) -> Optional[str]:
    """No failover: the primary comes back."""
    return None


@dataclass(frozen=True)
class Storm:
    """Nodes, what they are asked to do, and what befalls them: all but the seed.

    nodes      How many: n1 is the primary at first.
    topology   "star": all others follow n1; "chain": each the one before it; or {replica: primary}.
    workload   Gives a command for the primary, drawn from a Random; in database 0, without MULTI.
    faults     How many in a run, or exactly which.
    failover   Whom to promote of those that are able: their names and offsets.
    wait       Some writes are followed by a WAIT for so many replicas; 0: none.
    config     Directives of all the nodes.
    history    So many events are kept of each node, for `run.world.history`.
    checks     Of your own: each is given the Run, often, and raises if something is wrong.
    """

    nodes: int = 3
    commands: int = 200
    faults: Union[int, Sequence[Fault]] = 5
    topology: Union[str, Mapping[str, str]] = "star"
    workload: Workload = some_write
    failover: Failover = most_advanced
    wait: int = 1
    config: Mapping[str, Value] = field(default_factory=dict)
    checks: Sequence[Check] = ()
    history: int = 0
    source: str = ""  # how a script gets at it; "": it can be said in full

    def __post_init__(self) -> None:
        if self.nodes < 1 or self.commands < 0:
            raise ValueError("a storm has at least one node and no less than 0 commands")
        if isinstance(self.faults, int) and self.faults < 0:
            raise ValueError(f"faults: no less than 0, not {self.faults}")
        if not 0 <= self.wait < self.nodes:
            raise ValueError(f"wait: {self.nodes} nodes are {self.nodes - 1} replicas at most")
        followed = self.followed
        for replica, primary in followed.items():
            if not {replica, primary} <= set(self.names) or replica == self.names[0]:
                raise ValueError(f"topology: {replica!r} cannot follow {primary!r}")
        for replica in followed:
            above = replica
            for _ in followed:
                above = followed.get(above, above)
            if above in followed:
                raise ValueError(f"topology: {replica!r} follows no primary, but a circle")

    @functools.cached_property
    def _plan(self) -> _core.StormPlan:
        return _core.StormPlan(
            self.names,
            self.followed,
            self.commands,
            self.wait,
            directives_of({**DEFAULTS, **DIRECTIVES, **self.config}),
            "repl_backlog_size" not in self.config,
        )

    @property
    def _workload(self) -> Optional[Workload]:
        return None if self.workload is some_write else self.workload

    @property
    def _failover(self) -> Optional[Failover]:
        return None if self.failover is most_advanced else self.failover

    @property
    def names(self) -> list[str]:
        return [f"n{number}" for number in range(1, self.nodes + 1)]

    @property
    def followed(self) -> dict[str, str]:
        """Whom each replica follows at first."""
        names = self.names
        if self.topology == "star":
            return {name: names[0] for name in names[1:]}
        if self.topology == "chain":
            return dict(zip(names[1:], names))
        if isinstance(self.topology, str):
            raise ValueError(f"topology: 'star', 'chain' or a mapping, not {self.topology!r}")
        return {name: self.topology.get(name, names[0]) for name in names[1:]} | dict(self.topology)

    def faults_of(self, seed: int) -> list[Fault]:
        if isinstance(self.faults, int):
            return draw(Random(~seed), self.names, self.commands, self.faults)
        return sorted(self.faults, key=lambda fault: fault.at)

    def replay(self, seed: int, faults: Optional[Sequence[Fault]] = None) -> Run:
        """The run of this seed, to its end; with these faults instead of its own.

        What is wrong is raised as it is: an AssertionError of a check, a Violation.
        """
        run = self.run(seed, faults)
        run.carry_out()
        return run

    def run(self, seed: int, faults: Optional[Sequence[Fault]] = None) -> Run:
        """A run that has not begun."""
        return Run(self, seed, self.faults_of(seed) if faults is None else faults)

    def failure_of(self, seed: int) -> Optional[StormFailure]:
        """What goes wrong with this seed, with no more faults than it takes. None: nothing."""
        run = self.run(seed)
        error = _error_of(run)
        if error is None:
            return None
        kind = _kind_of(error)

        def fails(faults: Sequence[Fault]) -> bool:
            other = _error_of(self.run(seed, faults))
            return other is not None and _kind_of(other) == kind

        all_faults = self.faults_of(seed)
        faults = shortened(all_faults, fails)
        run = self.run(seed, faults)
        error = _error_of(run) or error
        return StormFailure(self, seed, faults, len(all_faults), error, run.transcript)

    def check(self, seeds: Iterable[int]) -> int:
        """A StormFailure at the first seed that goes wrong. Gives how many there were."""
        count = 0
        for count, seed in enumerate(seeds, 1):
            if failure := self.failure_of(seed):
                raise failure from failure.error
        return count


class StormFailure(AssertionError):
    """Something was wrong in a run."""

    def __init__(
        self,
        storm: Storm,
        seed: int,
        faults: Sequence[Fault],
        faults_before: int,
        error: Exception,
        transcript: list[str],
    ) -> None:
        self.storm = storm
        self.seed = seed
        self.faults = faults
        self.error = error
        self.transcript = transcript
        told = str(error)
        if not told or not isinstance(error, AssertionError):
            told = f"{type(error).__name__} in {_place_of(error)}{': ' if told else ''}{told}"
        super().__init__(
            f"seed {seed}: {told}\n\n"
            f"{len(faults)} of {faults_before} faults are needed. To replay it:\n\n{self.script}"
        )

    @property
    def script(self) -> str:
        """A Python program that does the same again."""
        faults = "".join(f"    {fault!r},\n" for fault in self.faults)
        faults = f"[\n{faults}]" if faults else "[]"
        return (
            f"{_source_of(self.storm)}\n"
            f"faults = {faults}\n"
            f"storm.replay({self.seed}, faults)\n"
        )


def shortened(
    faults: Sequence[Fault], fails: Callable[[Sequence[Fault]], bool]
) -> Sequence[Fault]:
    """Faults of which none can be left out, nor any half, quarter, ... that was tried: it fails still."""
    size = len(faults)
    while size and faults:
        begin = 0
        while begin < len(faults):
            fewer = [*faults[:begin], *faults[begin + size :]]
            if fails(fewer):
                faults = fewer
            else:
                begin += size
        size //= 2
    return faults


def simulate(
    *, seeds: Union[int, Iterable[int]] = 500, **storm: Any
) -> Callable[[Callable[[Run], object]], Callable[[], None]]:
    """Makes a test of a check: it passes if all the seeds do. The keywords are Storm's.

    seeds   How many, from 0; or which: a range, a list.

    The test's `storm` replays a run: `test_it.storm.replay(seed)`.
    """
    chosen = range(seeds) if isinstance(seeds, int) else seeds
    chosen = chosen if isinstance(chosen, Sequence) else list(chosen)
    if not chosen:
        raise ValueError(f"seeds: at least one, not {seeds!r}")

    def decorate(check: Callable[[Run], object]) -> Callable[[], None]:
        checks = (*storm.get("checks", ()), check)
        made = Storm(**{**storm, "checks": checks, "source": _source_text(check)})

        # Without __wrapped__, or pytest would look for a fixture of the check's argument's name.
        @functools.wraps(check, updated=())
        def test() -> None:
            made.check(chosen)

        del test.__wrapped__
        test.storm = made  # type: ignore[attr-defined]
        return test

    return decorate


# ---- what went wrong, and how to get there again


def _error_of(run: Run) -> Optional[Exception]:
    try:
        run.carry_out()
    except Exception as error:
        return error
    return None


def _kind_of(error: Exception) -> tuple[str, str]:
    """Two runs fail for one reason: the same invariant, or the same line of the same check."""
    if isinstance(error, Violation):
        return error.check, ""
    return type(error).__name__, _place_of(error)


def _place_of(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "?"
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"


def _source_text(check: Callable[[Run], object]) -> str:
    path = os.path.abspath(inspect.getsourcefile(check) or "")
    if not os.path.isfile(path):  # as of a notebook: what is there runs the script
        return f"from replserver import Fault\n\nstorm = {check.__name__}.storm"
    return (
        "import runpy\nimport sys\n\nfrom replserver import Fault\n\n"
        f"sys.path.insert(0, {os.path.dirname(path)!r})\n"
        f"storm = runpy.run_path({path!r})[{check.__name__!r}].storm"
    )


def _source_of(storm: Storm) -> str:
    if storm.source:
        return storm.source
    words = [f"nodes={storm.nodes}", f"commands={storm.commands}", f"wait={storm.wait}"]
    words.append(f"topology={storm.topology!r}")
    if storm.config:
        words.append(f"config={dict(storm.config)!r}")
    if storm.failover is nobody:
        words.append("failover=nobody")
    for name in ("workload", "failover", "checks"):
        value = getattr(storm, name)
        if value not in (some_write, most_advanced, nobody, ()):
            words.append(f"{name}=...")  # which we cannot know how to say
    head = "from replserver import Fault, Storm\n"
    if storm.failover is nobody:
        head += "from replserver.simulation import nobody\n"
    return f"{head}\nstorm = Storm({', '.join(words)})"

"""One run of a storm: its commands, its faults at their places, and all that is checked meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Callable, Optional

from . import _core
from .config import Word
from .invariants import Violation
from .nemesis import PRIMARY, Fault
from .sim import SimNode, World

if TYPE_CHECKING:
    from .simulation import Storm

_SEED_MAX = 2**64 - 1


class Run:
    """The nodes of a storm while it goes over them. A check gets it, to look at what it wants."""

    def __init__(self, storm: Storm, seed: int, faults: Sequence[Fault]) -> None:
        self.storm = storm
        self.seed = seed
        self.faults = faults
        rows = [
            (
                fault.at,
                fault.kind,
                "" if fault.node == PRIMARY else fault.node,
                fault.lasts,
                fault.bytes,
                fault.way,
                fault.ahead,
                repr(fault),
            )
            for fault in faults
        ]
        self._core = _core.Storm(storm._plan, seed & _SEED_MAX, rows)
        self.names = storm.names
        self.world = World._around(self._core.world, self.names, storm.history)
        self.nodes = self.world._nodes

    # ---- what a check may ask

    @property
    def primary(self) -> str:
        """Whom the failover rule has chosen last."""
        return self._core.primary

    @property
    def healed(self) -> bool:
        """All is well again, and the nodes are in sync."""
        return self._core.healed

    @property
    def running(self) -> list[SimNode]:
        return [self.nodes[name] for name in self.names if not self.nodes[name].closed]

    @property
    def transcript(self) -> list[str]:
        """What the nodes said, and between it what was done to them."""
        return self.world.transcript

    # ---- the run

    def carry_out(self) -> None:
        """A Violation, or whatever a check raises, ends it."""
        storm = self.storm
        violation = self._core.run(self._workload(), storm._failover, self._check())
        if violation is not None:
            raise Violation(*violation)

    def _workload(self) -> Optional[Callable[[], Sequence[Word]]]:
        workload, random = self.storm._workload, Random(self.seed)
        return None if workload is None else lambda: workload(random)

    def _check(self) -> Optional[Callable[[], None]]:
        if not self.storm.checks:
            return None

        def check() -> None:
            for one in self.storm.checks:
                one(self)

        return check

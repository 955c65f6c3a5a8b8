"""What may befall nodes that replicate, drawn from a seed: the faults of a storm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from random import Random
from typing import Literal, get_args

from .link import Direction

Kind = Literal[
    "cut",  # the node's link to its primary, after so many bytes more
    "stall",  # that link is frozen: neither side is told
    "one-way",  # what goes that way on it is lost: half-open
    "slow",  # it carries no more than `bytes` in a second
    "partition",  # nothing arrives at the node from others, nor the other way round
    "crash",  # without a word, while it saves its data: the file may be lost, or torn
    "restart",  # with a word to its clients; its data are lost, for nothing is saved
    "sleep",  # the node does nothing for a while
    "promote",  # the failover rule is asked for another primary, though there is one
    "skew",  # its clock is `ahead` of the others' by so many seconds, or behind
]
KINDS: tuple[Kind, ...] = (
    "cut",
    "cut",  # at any byte: there are many more of them than of others
    "stall",
    "one-way",
    "slow",
    "partition",
    "crash",
    "restart",
    "sleep",
    "promote",
    "skew",
)
PRIMARY = "primary"  # as a fault's node: whoever it is then


@dataclass(frozen=True)
class Fault:
    """Something that befalls a node. On a primary, a link's fault befalls the links of all its replicas."""

    at: int  # before the workload's command of this number
    kind: Kind
    node: str = PRIMARY
    lasts: int = 0  # commands until it is over
    bytes: int = 0
    way: Direction = "down"
    ahead: float = 0.0

    def __post_init__(self) -> None:
        for name, known in (("kind", get_args(Kind)), ("way", get_args(Direction))):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: one of {', '.join(known)}, not {getattr(self, name)!r}")
        for name in ("at", "lasts", "bytes"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: no less than 0, not {getattr(self, name)}")
        if self.kind == "slow" and self.bytes < 1:
            raise ValueError("a slow link carries at least one of its `bytes` in a second")

    def __repr__(self) -> str:
        words = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"Fault({', '.join(words)})"


def draw(random: Random, names: Sequence[str], commands: int, count: int) -> list[Fault]:
    """So many faults, in order, each somewhere among so many commands."""
    faults = [_some_fault(random, names, commands) for _ in range(count)]
    return sorted(faults, key=lambda fault: fault.at)


def _some_fault(random: Random, names: Sequence[str], commands: int) -> Fault:
    kind = random.choice(KINDS)
    node = random.choice((*names, PRIMARY))
    at = random.randrange(max(commands, 1))
    if kind == "promote":
        return Fault(at, kind)
    if kind == "cut":
        most = random.choice((0, 300, 3000))  # at once, in a command, in whatever comes
        way: Direction = "up" if random.random() < 0.3 else "down"
        return Fault(at, kind, node, bytes=random.randint(0, most), way=way)
    lasts = random.randint(1, max(commands // 4, 1))
    if kind == "one-way":
        return Fault(at, kind, node, lasts, way=random.choice(("up", "down")))
    if kind == "skew":
        return Fault(at, kind, node, lasts, ahead=round(random.uniform(-3, 3), 3))
    return Fault(at, kind, node, lasts, bytes=random.randint(50, 5000) if kind == "slow" else 0)

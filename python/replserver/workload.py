"""Commands as an application might send them, of all types: a storm's workload unless it has another."""

from __future__ import annotations

from random import Random

from . import _core
from .config import Word


def some_write(random: Random) -> list[Word]:
    """One of them, on one of a dozen keys of its type."""
    return [*_core.some_write(random.getrandbits(64))]

"""Commands as an application might send them, of all types: a storm's workload unless it has another."""

from __future__ import annotations

from random import Random
from typing import Callable

from .config import Word

_WRITES: tuple[Callable[[int, int], tuple[Word, ...]], ...] = (
    lambda key, n: ("SET", f"s{key}", n),
    lambda key, n: ("SET", f"s{key}", n, "PX", 1 + n * 3),
    lambda key, n: ("APPEND", f"s{key}", "x" * (n % 40)),
    lambda key, n: ("INCRBY", f"n{key}", n),
    lambda key, n: ("INCRBYFLOAT", f"n{key}", "0.5"),
    lambda key, n: ("RPUSH", f"l{key}", "a", "b", n),
    lambda key, n: ("LPOP", f"l{key}"),
    lambda key, n: ("LMOVE", f"l{key}", f"l{n % 12}", "LEFT", "RIGHT"),
    lambda key, n: ("SADD", f"t{key}", n % 50, f"m{n % 50}"),
    lambda key, n: ("SPOP", f"t{key}"),
    lambda key, n: ("ZADD", f"z{key}", n, f"m{n % 20}"),
    lambda key, n: ("ZPOPMIN", f"z{key}"),
    lambda key, n: ("HSET", f"h{key}", f"f{n % 20}", n),
    lambda key, n: ("HINCRBYFLOAT", f"h{key}", f"f{n % 20}", "1.5"),
    lambda key, n: ("XADD", f"x{key}", "MAXLEN", "~", 50, "*", "f", n),
    lambda key, n: ("PEXPIRE", f"{'snltzhx'[n % 7]}{key}", 1 + n * 4),
    lambda key, n: ("DEL", f"{'snltzhx'[n % 7]}{key}"),
    lambda key, n: ("PFADD", f"p{key}", n),
    lambda key, n: ("RENAME", f"s{key}", f"s{n % 12}"),
    lambda key, n: ("COPY", f"s{key}", f"s{n % 12}", "DB", n % 3, "REPLACE"),
    lambda key, n: ("SET", f"big{key}", "y" * (n * 5)),
)


def some_write(random: Random) -> tuple[Word, ...]:
    """One of them, on one of a dozen keys of its type."""
    draw = random.random
    return _WRITES[int(draw() * len(_WRITES))](int(draw() * 12), int(draw() * 1000))

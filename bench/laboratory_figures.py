#!/usr/bin/env python3
"""What tests of replication cost: a failover, a cut at every byte, a timeout, a comparison, a suite.

    .venv/bin/python bench/laboratory_figures.py [--rounds N] [--only NAME] [--json FILE]

Run by the interpreter that has replserver installed, and pytest with pytest-xdist for the suite. See
README.md beside this file.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from table import Figure, as_data, machine, markdown

import replserver as rs

ROOT = Path(__file__).resolve().parent.parent
SECONDS_MAX = 60
KEYS = 1_000_000
PEER = "ours"
SUITE = ("-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "tests_py/laboratory_suite")


class Stopwatch:
    """Of one figure: milliseconds, a sample for each time that is taken."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure

    @contextmanager
    def taking(self) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self._figure.add(PEER, (time.perf_counter() - begun) * 1e3)


def require(holds: bool, what: str) -> None:
    if not holds:
        raise RuntimeError(f"it is not so that {what}")


def failover(watch: Stopwatch, rounds: int) -> None:
    for _ in range(rounds):
        with watch.taking(), rs.Cluster(replicas=1) as c:
            c.m.call("SET", "k", 1)
            c.wait_in_sync(SECONDS_MAX)
            c.link("m", "r1").cut(refuse=True)
            c.promote("r1")
            c.follow("m", "r1")
            c.r1.call("SET", "k", 2)
            c.wait_in_sync(SECONDS_MAX)
            require(c.m.call("GET", "k") == b"2", "the former primary follows")


def every_byte(watch: Stopwatch, rounds: int) -> None:
    for _ in range(rounds):
        with rs.Cluster(replicas=["r"], repl_ping_replica_period=3600) as c:
            link = c.link("m", "r")
            c.m.call("SET", "k", "value")
            c.wait_in_sync(SECONDS_MAX)
            cuts = 31  # bytes of that SET
            with watch.taking():
                for byte in range(cuts):
                    link.cut(at_offset=c.m.offset + byte)
                    c.m.call("SET", "k", "value")
                    link.wait_cut(SECONDS_MAX)
                    c.wait_in_sync(SECONDS_MAX)
            info = c.m.info
            require((info.sync_full, info.sync_partial_ok) == (1, cuts), "each cut is resumed from")


def timeout(watch: Stopwatch, rounds: int) -> None:
    for _ in range(rounds):
        with rs.Cluster(replicas=1, clock="manual", repl_timeout=60) as c:
            with watch.taking():
                c.link("m", "r1").blackhole()
                c.clock.advance(61)
                require(c.m.replication.replicas == [], "the silent replica is given up")


def comparison(watch: Stopwatch, rounds: int) -> None:
    with rs.Node(name="a") as a, rs.Node(name="b") as b:
        for node in (a, b):
            node.call("DEBUG", "POPULATE", KEYS)
        a.call("DEL", "key:5")
        b.call("SET", f"key:{KEYS // 2}", "other")
        b.call("PEXPIREAT", f"key:{KEYS - 1}", 4102444800000)
        for _ in range(rounds):
            with watch.taking():
                require(len(rs.diff(a, b)) == 3, "three keys differ")


def suite(watch: Stopwatch, rounds: int) -> None:
    for _ in range(rounds):
        with watch.taking():
            done = subprocess.run(
                [sys.executable, *SUITE], cwd=ROOT, capture_output=True, text=True, timeout=600
            )
        require(done.returncode == 0, f"the suite passes:\n{done.stdout[-2000:]}{done.stderr[-500:]}")


MEASURED: list[tuple[str, str, str, Callable[[Stopwatch, int], None]]] = [
    ("failover", "a failover of two nodes, from nothing to stopped", "< 30, aim 10", failover),
    ("every-byte", "a SET cut at each of its 31 bytes, and resumed", "< 200, aim 50", every_byte),
    ("timeout", "a repl-timeout of 60 s on a manual clock", "< 20, aim 2", timeout),
    ("diff", f"diff of two nodes, 3 of {KEYS:,} keys different", "< 1 000, aim 200", comparison),
    ("suite", "the laboratory's suite under pytest -n 2", "< 10 000, aim 3 000", suite),
]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ", ".join(name for name, *_ in MEASURED)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", metavar="NAME", help=f"one of {names}")
    parser.add_argument("--json", metavar="FILE", help="all samples, too")
    arguments = parser.parse_args()
    measured = [row for row in MEASURED if arguments.only in (None, row[0])]
    if not measured or arguments.rounds < 1:
        parser.error(f"--only: one of {names}; --rounds: at least 1")
    figures = []
    for name, title, goal, measure in measured:
        figures.append(Figure(name, title, "ms", goal))
        measure(Stopwatch(figures[-1]), arguments.rounds)
    about = machine()
    print(f"{about['cpus']} CPUs, {about['cpu']}; load average {about['load_average'][0]:.1f}\n")
    print(markdown(figures, [PEER]))
    if arguments.json:
        data = {"machine": about, "figures": as_data(figures, [PEER])}
        Path(arguments.json).write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        raise SystemExit(f"laboratory_figures.py: {error}")

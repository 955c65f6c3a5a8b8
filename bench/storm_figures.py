#!/usr/bin/env python3
"""How many simulated schedules a core runs in a second: 3 nodes, 200 commands, 5 faults, all checks.

    .venv/bin/python bench/storm_figures.py [--rounds N] [--seeds N]

By the process's CPU time, so that other programs on the machine hardly count; each round runs other
seeds. See README.md beside this file.
"""
from __future__ import annotations

import argparse
import time

from table import Figure, machine, markdown

from replserver import Storm

PEER = "ours"


def look(run) -> None:
    for node in run.running:
        node.call("GET", "n1")


def of_my_own(random):
    return "INCRBY", f"n{int(random.random() * 12)}", 1


STORMS = (
    ("the built-in workload", Storm(), "≥ 300, aim 2000"),
    ("a check in Python", Storm(checks=[look]), ""),
    ("a workload in Python", Storm(workload=of_my_own), ""),
)


def rate_of(storm: Storm, seeds: range) -> float:
    started = time.process_time()
    storm.check(seeds)
    return len(seeds) / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=300, help="schedules in a round")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.seeds < 1:
        parser.error("at least one round and one seed")
    figures = []
    for title, storm, goal in STORMS:
        figures.append(Figure("storm", title, "schedules/s/core", goal))
        for begin in range(0, arguments.rounds * arguments.seeds, arguments.seeds):
            figures[-1].add(PEER, rate_of(storm, range(begin, begin + arguments.seeds)))
    print(f"{machine()['cpu']}\n\n{markdown(figures, [PEER])}")


if __name__ == "__main__":
    main()

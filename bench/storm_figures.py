#!/usr/bin/env python3
"""How many simulated schedules a core runs in a second: 3 nodes, 200 commands, 5 faults, all checks.

    .venv/bin/python bench/storm_figures.py [--rounds N] [--seeds N]

By the process's CPU time, so that other programs on the machine hardly count; each round runs other
seeds. See README.md beside this file.
"""
from __future__ import annotations

import argparse
import statistics
import time

from table import machine, spelled


def rate_of(storm, seeds: range) -> float:
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
    from replserver import Storm

    def look(run) -> None:
        for node in run.running:
            node.call("GET", "n1")

    def of_my_own(random):
        return "INCRBY", f"n{int(random.random() * 12)}", 1

    print(f"{machine()['cpu']}\n\n| storm | schedules/s/core, median | min..max | goal |\n|---|---|---|---|")
    for title, storm, goal in (
        ("the built-in workload", Storm(), "≥ 300, aim 2000"),
        ("a check in Python", Storm(checks=[look]), ""),
        ("a workload in Python", Storm(workload=of_my_own), ""),
    ):
        rates = [rate_of(storm, range(number * arguments.seeds, (number + 1) * arguments.seeds))
                 for number in range(arguments.rounds)]
        print(f"| {title} | {spelled(statistics.median(rates))} | "
              f"{spelled(min(rates))}..{spelled(max(rates))} | {goal} |")


if __name__ == "__main__":
    main()

"""SAVE, the load at start and BGSAVE, beside redis-server, on files in memory: no disk is measured.

.venv/bin/python bench/persistence_figures.py --keys 5000000 --rounds 3
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from dataclasses import dataclass

from connection import Connection, Writer
from servers import Server, encoded, newest_build, raise_on_termination
from table import Figure, spelled

OURS, THEIRS = "replserver", "redis-server"
VALUE = "v" * 32


@dataclass
class Options:
    keys: int
    memory: str  # a folder whose files lie in memory


def fill(link: Connection, keys: int) -> None:
    batch = 2000
    for first in range(0, keys, batch):
        numbers = range(first, min(first + batch, keys))
        link.ask_all([encoded("SET", f"key:{number:012d}", VALUE) for number in numbers])


def measure_save(server: Server, link: Connection, add) -> None:
    started = time.perf_counter()
    link.ask("SAVE")
    add("save", time.perf_counter() - started)


def measure_background(server: Server, link: Connection, options: Options, add) -> None:
    times, peak = [], 0
    spread = [f"key:{i * 7919 % options.keys:012d}" for i in range(100_000)]
    with Connection(server) as probe, Writer(server, spread, VALUE):
        time.sleep(0.5)
        before = server.unshared_bytes()
        link.ask("BGSAVE")
        next_look = 0.0
        while True:
            began = time.perf_counter()
            probe.ask("GET", "key:000000000007")
            ended = time.perf_counter()
            times.append((ended - began) * 1e6)
            if ended < next_look:
                continue
            next_look = ended + 0.02
            peak = max(peak, server.unshared_bytes() - before)
            if link.info("persistence")["rdb_bgsave_in_progress"] == "0":
                break
    times.sort()
    add("bgsave.memory", peak / 2**20)
    add("bgsave.p99", times[int(len(times) * 0.99)])
    add("bgsave.max", times[-1])


def measure_load(name: str, command: str, folder: str, add) -> None:
    started = time.perf_counter()
    with Server(name, command.replace("{data}", folder)) as server:
        while True:
            with Connection(server) as link:
                if link.info("persistence")["loading"] == "0":
                    break
            time.sleep(0.002)
        add("load", time.perf_counter() - started)


def measure(name: str, command: str, options: Options, figures: dict[str, Figure]) -> None:
    folder = tempfile.mkdtemp(prefix="replserver-bench-", dir=options.memory)

    def add(figure: str, value: float) -> None:
        figures[figure].add(name, value)
        print(f"  {name} {figure}: {spelled(value)}", flush=True)

    try:
        with Server(name, command.replace("{data}", folder)) as server:
            with Connection(server) as link:
                fill(link, options.keys)
                measure_save(server, link, add)
                measure_background(server, link, options, add)
        measure_load(name, command, folder, add)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_figures(keys: int) -> dict[str, Figure]:
    million = f"{keys / 1e6:g} M strings of 32 bytes"
    return {
        figure.name: figure
        for figure in (
            Figure("save", f"SAVE of {million}", "s", "≤ 0.35×, aim 0.15×"),
            Figure("load", "start on that file", "s", "≤ 0.35×, aim 0.15×"),
            Figure("bgsave.memory", "BGSAVE with 20 k writes/s: extra memory", "MiB", "≤ 24 MiB"),
            Figure("bgsave.p99", "GET meanwhile, p99", "µs", "≤ 1.0×, aim 0.5×"),
            Figure("bgsave.max", "GET meanwhile, max", "µs", "≤ 0.15×, aim 0.05×"),
        )
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", default=None, help="our executable; default: the newest build")
    parser.add_argument("--memory", default="/dev/shm", help="a folder whose files lie in memory")
    given = parser.parse_args()
    raise_on_termination()
    ours = given.server or newest_build("replserver-server")
    if ours is None:
        parser.error("there is no build of replserver-server")
    options = Options(given.keys, given.memory)
    tail = " --port {port} --dir {data} --save '' --rdb-key-save-delay 0 --rdbcompression yes"
    commands = {THEIRS: "redis-server" + tail, OURS: os.path.abspath(ours) + tail}
    figures = make_figures(options.keys)
    for _ in range(given.rounds):
        for name, command in commands.items():
            measure(name, command, options, figures)
    for figure in figures.values():
        ratio = figure.ratio(OURS, THEIRS)
        print(
            f"{figure.title} [{figure.unit}]: {spelled(figure.median(OURS))} beside "
            f"{spelled(figure.median(THEIRS))}, {ratio:.2f}× (goal {figure.goal})"
        )


if __name__ == "__main__":
    main()

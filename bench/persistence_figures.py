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

from connection import Clients, Connection
from servers import LoadGenerator, Server, newest_build, raise_on_termination
from table import Figure, spelled

OURS, THEIRS = "replserver", "redis-server"
PROBES = ("GET", "SET")
FILL = "--value-size 32 --connections 2 --pipeline 64"


@dataclass
class Options:
    keys: int
    memory: str  # a folder whose files lie in memory
    loadgen: LoadGenerator


def measure_save(server: Server, link: Connection, add) -> None:
    started, cpu = time.perf_counter(), server.cpu_seconds()
    link.ask("SAVE")
    add("save", time.perf_counter() - started)
    add("save.cpu", server.cpu_seconds() - cpu)


def measure_background(server: Server, link: Connection, options: Options, add, probe) -> None:
    peak = 0
    clients = Clients(options.loadgen, server, options.keys, probe)
    time.sleep(0.2)
    before = server.resident_bytes()
    started = time.perf_counter()
    link.ask("BGSAVE")
    while link.info("persistence")["rdb_bgsave_in_progress"] == "1":
        peak = max(peak, server.resident_bytes() - before)
        time.sleep(0.02)
    took = time.perf_counter() - started
    seen = clients.stop()
    for figure in ("p99", "max"):
        add(f"bgsave.{probe}.{figure}", seen["latency_us"][figure])
        add(f"bgsave.{probe}.{figure}_net", seen["latency_without_wait_us"][figure])
    if probe != PROBES[0]:
        return
    add("bgsave", took)
    # What a child's writes have copied is told by the server that forks.
    add("bgsave.memory", max(peak, int(link.info("persistence")["rdb_last_cow_size"])) / 2**20)


def measure_load(name: str, command: str, folder: str, add) -> None:
    started = time.perf_counter()
    with Server(name, command.replace("{data}", folder)) as server:
        while True:
            with Connection(server) as link:
                if link.info("persistence")["loading"] == "0":
                    break
            time.sleep(0.002)
        add("load", time.perf_counter() - started)
        add("load.cpu", server.cpu_seconds())


def measure(name: str, command: str, options: Options, figures: dict[str, Figure]) -> None:
    folder = tempfile.mkdtemp(prefix="replserver-bench-", dir=options.memory)

    def add(figure: str, value: float) -> None:
        figures[figure].add(name, value)
        print(f"  {name} {figure}: {spelled(value)}", flush=True)

    try:
        with Server(name, command.replace("{data}", folder)) as server:
            options.loadgen.run(server, "--fill", str(options.keys), *FILL.split())
            with Connection(server) as link:
                measure_save(server, link, add)
                for probe in PROBES:
                    measure_background(server, link, options, add, probe)
        measure_load(name, command, folder, add)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def probe_figures(probe: str) -> tuple[Figure, ...]:
    name = f"bgsave.{probe}"
    return (
        Figure(f"{name}.p99", f"{probe} meanwhile, p99", "µs", "≤ 1.0×, aim 0.5×"),
        Figure(f"{name}.max", f"{probe} meanwhile, max", "µs", "≤ 0.15×, aim 0.05×"),
        Figure(f"{name}.p99_net", f"{probe}, p99 without waits for a CPU", "µs", ""),
        Figure(f"{name}.max_net", f"{probe}, max without waits for a CPU", "µs", ""),
    )


def make_figures(keys: int) -> dict[str, Figure]:
    million = f"{keys / 1e6:g} M strings of 32 bytes"
    return {
        figure.name: figure
        for figure in (
            Figure("save", f"SAVE of {million}", "s", "≤ 0.35×, aim 0.15×"),
            Figure("save.cpu", "the same, CPU of all threads", "s", "≤ 0.35×, aim 0.15×"),
            Figure("load", "start on that file", "s", "≤ 0.35×, aim 0.15×"),
            Figure("load.cpu", "the same, CPU of all threads", "s", "≤ 0.35×, aim 0.15×"),
            Figure("bgsave", "BGSAVE with 20 k writes/s", "s", ""),
            Figure("bgsave.memory", "BGSAVE with 20 k writes/s: extra memory", "MiB", "≤ 24 MiB"),
            *(figure for probe in PROBES for figure in probe_figures(probe)),
        )
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", default=None, help="our executable; default: the newest build")
    parser.add_argument("--memory", default="/dev/shm", help="a folder whose files lie in memory")
    parser.add_argument("--loadgen", default=None, help="replserver-loadgen; default: the newest")
    parser.add_argument("--only", default=THEIRS + "," + OURS, help="one of the two")
    given = parser.parse_args()
    raise_on_termination()
    ours = given.server or newest_build("replserver-server")
    if ours is None:
        parser.error("there is no build of replserver-server")
    tail = " --port {port} --dir {data} --save '' --rdb-key-save-delay 0 --rdbcompression yes"
    commands = {THEIRS: "redis-server" + tail, OURS: os.path.abspath(ours) + tail}
    figures = make_figures(given.keys)
    with LoadGenerator(given.loadgen) as loadgen:
        options = Options(given.keys, given.memory, loadgen)
        for _ in range(given.rounds):
            for name in given.only.split(","):
                measure(name, commands[name], options, figures)
    if given.only != THEIRS + "," + OURS:
        return
    for figure in figures.values():
        ratio = figure.ratio(OURS, THEIRS)
        print(
            f"{figure.title} [{figure.unit}]: {spelled(figure.median(OURS))} beside "
            f"{spelled(figure.median(THEIRS))}, {ratio:.2f}×"
            + (f" (goal {figure.goal})" if figure.goal else "")
        )


if __name__ == "__main__":
    main()

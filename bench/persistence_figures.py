"""SAVE, the load at start and BGSAVE, beside redis-server, on files in memory: no disk is measured.

.venv/bin/python bench/persistence_figures.py --keys 5000000 --rounds 3
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import tempfile
import time
from dataclasses import dataclass

from connection import Connection
from servers import LoadGenerator, Server, newest_build, raise_on_termination
from table import Figure, spelled

OURS, THEIRS = "replserver", "redis-server"
WRITES_PER_SECOND = 20_000
FILL = "--value-size 32 --connections 2 --pipeline 64"


@dataclass
class Options:
    keys: int
    memory: str  # a folder whose files lie in memory
    loadgen: LoadGenerator


def resident_bytes(pid: int) -> int:
    """Asked for often: a process whose pages are looked at one by one would stand still."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def cpu_seconds(pid: int) -> float:
    """Of all threads, user and system time."""
    with open(f"/proc/{pid}/stat") as file:
        ticks = file.read().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


class Clients:
    """Writes at a steady rate and a probe, in a process of their own, until told to stop."""

    def __init__(self, loadgen: LoadGenerator, server: Server, keys: int):
        words = "--connections 1 --pipeline 20 --warmup 0 --seconds 600 --value-size 32 --probe SET"
        self.process = loadgen.start(
            server, "--keys", str(keys), "--rate", str(WRITES_PER_SECOND), *words.split()
        )

    def stop(self) -> dict:
        self.process.terminate()
        output, _ = self.process.communicate(timeout=30)
        return json.loads(output)["probe"]


def measure_save(server: Server, link: Connection, add) -> None:
    started, cpu = time.perf_counter(), cpu_seconds(server.process.pid)
    link.ask("SAVE")
    add("save", time.perf_counter() - started)
    add("save.cpu", cpu_seconds(server.process.pid) - cpu)


def measure_background(server: Server, link: Connection, options: Options, add) -> None:
    pid, peak = server.process.pid, 0
    clients = Clients(options.loadgen, server, options.keys)
    time.sleep(0.2)
    before = resident_bytes(pid)
    started = time.perf_counter()
    link.ask("BGSAVE")
    while link.info("persistence")["rdb_bgsave_in_progress"] == "1":
        peak = max(peak, resident_bytes(pid) - before)
        time.sleep(0.02)
    took = time.perf_counter() - started
    probe = clients.stop()
    add("bgsave", took)
    # What a child's writes have copied is told by the server that forks.
    add("bgsave.memory", max(peak, int(link.info("persistence")["rdb_last_cow_size"])) / 2**20)
    for figure in ("p99", "max"):
        add(f"bgsave.{figure}", probe["latency_us"][figure])
        add(f"bgsave.{figure}_net", probe["latency_without_wait_us"][figure])


def measure_load(name: str, command: str, folder: str, add) -> None:
    started = time.perf_counter()
    with Server(name, command.replace("{data}", folder)) as server:
        while True:
            with Connection(server) as link:
                if link.info("persistence")["loading"] == "0":
                    break
            time.sleep(0.002)
        add("load", time.perf_counter() - started)
        add("load.cpu", cpu_seconds(server.process.pid))


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
            Figure("save.cpu", "the same, CPU of all threads", "s", "≤ 0.35×, aim 0.15×"),
            Figure("load", "start on that file", "s", "≤ 0.35×, aim 0.15×"),
            Figure("load.cpu", "the same, CPU of all threads", "s", "≤ 0.35×, aim 0.15×"),
            Figure("bgsave", "BGSAVE with 20 k writes/s", "s", ""),
            Figure("bgsave.memory", "BGSAVE with 20 k writes/s: extra memory", "MiB", "≤ 24 MiB"),
            Figure("bgsave.p99", "GET meanwhile, p99", "µs", "≤ 1.0×, aim 0.5×"),
            Figure("bgsave.max", "GET meanwhile, max", "µs", "≤ 0.15×, aim 0.05×"),
            Figure("bgsave.p99_net", "p99 without waits for a CPU", "µs", ""),
            Figure("bgsave.max_net", "max without waits for a CPU", "µs", ""),
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

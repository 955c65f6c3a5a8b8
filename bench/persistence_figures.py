"""SAVE, the load at start and BGSAVE, beside redis-server, on files in memory: no disk is measured.

.venv/bin/python bench/persistence_figures.py --keys 5000000 --rounds 3
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass

from servers import Server, encoded, newest_build, raise_on_termination, read_reply
from table import Figure, spelled

OURS, THEIRS = "replserver", "redis-server"
PROBE_WRITES_PER_SECOND = 20_000
VALUE = "v" * 32


@dataclass
class Options:
    keys: int
    memory: str  # a folder whose files lie in memory


class Link:
    """One connection that waits for each reply, or for none until the end."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=600)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def ask(self, *words: str):
        self.socket.sendall(encoded(*words))
        return read_reply(self.stream)

    def ask_all(self, commands: list[bytes]) -> None:
        self.socket.sendall(b"".join(commands))
        for _ in commands:
            read_reply(self.stream)

    def close(self) -> None:
        self.stream.close()
        self.socket.close()


def fill(link: Link, keys: int) -> None:
    batch = 2000
    for first in range(0, keys, batch):
        numbers = range(first, min(first + batch, keys))
        link.ask_all([encoded("SET", f"key:{number:012d}", VALUE) for number in numbers])


def field(link: Link, name: str) -> str:
    for line in link.ask("INFO", "persistence").decode().splitlines():
        if line.startswith(name + ":"):
            return line.split(":", 1)[1]
    raise KeyError(name)


def descendants_bytes(pid: int) -> int:
    """Of a process and its children: what a fork has copied counts, what it shares does not."""
    total = 0
    for entry in [str(pid), *children(pid)]:
        with open(f"/proc/{entry}/smaps_rollup") as file:
            for line in file:
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def children(pid: int) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


class Writer(threading.Thread):
    """SETs of keys that are there, so many per second, until told to stop."""

    def __init__(self, port: int, keys: int):
        super().__init__(daemon=True)
        self.link, self.keys, self.running = Link(port), keys, True

    def run(self) -> None:
        step, number = 0.005, 0
        per_step = int(PROBE_WRITES_PER_SECOND * step)
        due = time.perf_counter()
        while self.running:
            self.link.ask_all(
                [
                    encoded("SET", f"key:{(number + i) * 7919 % self.keys:012d}", VALUE)
                    for i in range(per_step)
                ]
            )
            number += per_step
            due += step
            time.sleep(max(0.0, due - time.perf_counter()))

    def stop(self) -> None:
        self.running = False
        self.join()
        self.link.close()


def measure_save(server: Server, link: Link, add) -> None:
    started = time.perf_counter()
    link.ask("SAVE")
    add("save", time.perf_counter() - started)


def measure_background(server: Server, link: Link, options: Options, add) -> None:
    writer = Writer(server.port, options.keys)
    writer.start()
    probe, times, peak = Link(server.port), [], 0
    time.sleep(0.5)
    before = descendants_bytes(server.process.pid)
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
        peak = max(peak, descendants_bytes(server.process.pid) - before)
        if field(link, "rdb_bgsave_in_progress") == "0":
            break
    writer.stop()
    probe.close()
    times.sort()
    add("bgsave.memory", peak / 2**20)
    add("bgsave.p99", times[int(len(times) * 0.99)])
    add("bgsave.max", times[-1])


def measure_load(name: str, command: str, folder: str, add) -> None:
    started = time.perf_counter()
    with Server(name, command.replace("{data}", folder)) as server:
        while True:
            link = Link(server.port)
            loading = field(link, "loading")
            link.close()
            if loading == "0":
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
            link = Link(server.port)
            fill(link, options.keys)
            measure_save(server, link, add)
            measure_background(server, link, options, add)
            link.close()
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

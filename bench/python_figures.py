#!/usr/bin/env python3
"""What replserver costs inside a Python process: import, a node's start, a call, replicas in sync.

    .venv/bin/python bench/python_figures.py [--rounds N] [--json FILE]

Run by the interpreter that has replserver installed. With redis-server and redis-py at hand their
figures stand beside ours. See README.md beside this file.
"""
from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

from servers import Server, encoded, raise_on_termination, read_reply
from table import Figure, as_data, machine, spelled

REDIS = "redis-server --port {port} --save '' --appendonly no"
SUBPROCESS_SECONDS_MAX = 60
PEER = "here"  # the one column of this table


class Figures:
    def __init__(self) -> None:
        self.by_title: dict[str, Figure] = {}

    def add(self, title: str, unit: str, value: float, goal: str = "") -> None:
        self.by_title.setdefault(title, Figure(title, title, unit, goal)).add(PEER, value)


def run_python(*words: str) -> tuple[float, str]:
    """Seconds of one interpreter from start to end, and what it wrote to stderr."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True,
                          timeout=SUBPROCESS_SECONDS_MAX)
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise RuntimeError(f"python {' '.join(words)}: {done.stderr.strip()}")
    return seconds, done.stderr


def measure_import(figures: Figures, rounds: int) -> None:
    """By the clock, beside a bare interpreter's run just before it; and as Python itself counts."""
    run_python("-c", "import replserver")  # its .pyc files are there, and in the page cache
    for _ in range(rounds):
        bare, _ = run_python("-c", "pass")
        with_import, _ = run_python("-c", "import replserver")
        figures.add("import replserver, beyond a bare interpreter", "ms",
                    (with_import - bare) * 1e3, "< 50, aim 25")
        _, listing = run_python("-X", "importtime", "-c", "import replserver")
        total = re.search(r"\|\s*(\d+) \| replserver\s*$", listing, re.MULTILINE)
        if total:
            figures.add("import replserver, by -X importtime", "ms", int(total.group(1)) / 1e3)
        figures.add("a bare interpreter", "ms", bare * 1e3)


def connect(port: int) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port), timeout=10)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return link


def measure_start(figures: Figures, rounds: int) -> None:
    import replserver

    for _ in range(rounds):
        started = time.perf_counter()
        with replserver.Node() as node:
            with connect(node.port) as link:
                link.sendall(b"PING\r\n")
                answer = link.recv(64)
                seconds = time.perf_counter() - started
            closing = time.perf_counter()
        if answer != b"+PONG\r\n":
            raise RuntimeError(f"PING was answered {answer!r}")
        figures.add("Node() until PONG over TCP", "ms", seconds * 1e3, "< 2, aim 0.5")
        figures.add("Node.close()", "ms", (time.perf_counter() - closing) * 1e3)
    if shutil.which("redis-server"):
        for _ in range(max(5, rounds // 10)):
            with Server("redis", REDIS) as server:
                figures.add("a redis-server process until PONG", "ms", server.start_seconds * 1e3)


def measure_replication(figures: Figures, rounds: int) -> None:
    """Three empty nodes, from nothing to the moment when both replicas follow."""
    import replserver

    for _ in range(rounds):
        started = time.perf_counter()
        with (replserver.Node() as primary, replserver.Node(replicaof=primary) as one,
              replserver.Node(replicaof=primary) as other):
            primary.wait_in_sync([one, other], timeout=SUBPROCESS_SECONDS_MAX)
            seconds = time.perf_counter() - started
            if one.replication_id != other.replication_id:
                raise RuntimeError("the replicas do not follow the same history")
        figures.add("a master and two replicas made and in sync, empty", "ms", seconds * 1e3,
                    "< 10, aim 3")


def time_calls(figures: Figures, title: str, call, rounds: int, goal: str = "",
               calls: int = 1000) -> None:
    """The mean of a batch of calls is one sample."""
    for _ in range(calls // 10):
        call()
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(calls):
            call()
        figures.add(title, "µs", (time.perf_counter() - started) / calls * 1e6, goal)


def socket_get(port: int, stack: contextlib.ExitStack):
    """GET k by the barest client Python can have: the same bytes sent, one receive."""
    link = stack.enter_context(connect(port))
    stream = stack.enter_context(link.makefile("rb"))
    link.sendall(encoded("SET", "k", "v"))
    if read_reply(stream) != b"OK":
        raise RuntimeError("SET was not answered OK")
    question, answer = encoded("GET", "k"), b"$1\r\nv\r\n"

    def get() -> None:
        link.sendall(question)
        if link.recv(64) != answer:
            raise RuntimeError("GET was answered wrongly")

    return get


def measure_calls(figures: Figures, rounds: int) -> None:
    import replserver

    with contextlib.ExitStack() as stack:
        node = stack.enter_context(replserver.Node())
        node.call("SET", "k", "v")
        if node.call("GET", "k") not in (b"v", "v"):
            raise RuntimeError("GET was answered wrongly")
        time_calls(figures, 'node.call("GET", k)', lambda: node.call("GET", "k"), rounds,
                   "< 15, aim 5")
        time_calls(figures, "GET k over a bare socket, to our node",
                   socket_get(node.port, stack), rounds)
        if importlib.util.find_spec("redis"):
            import redis

            client = stack.enter_context(contextlib.closing(redis.Redis(port=node.port)))
            time_calls(figures, "GET k by redis-py, to our node", lambda: client.get("k"), rounds)
        if shutil.which("redis-server"):
            server = stack.enter_context(Server("redis", REDIS))
            time_calls(figures, "GET k over a bare socket, to redis-server",
                       socket_get(server.port, stack), rounds)


def print_table(figures: Figures) -> None:
    about = machine()
    print(f"Python {about['python']}, {about['cpus']} CPUs, {about['cpu']}; load average "
          f"{about['load_average'][0]:.1f}\n")
    print("| figure | unit | median | min..max | goal |\n|---|---|---|---|---|")
    for figure in figures.by_title.values():
        samples = figure.samples[PEER]
        print(f"| {figure.title} | {figure.unit} | {spelled(statistics.median(samples))} | "
              f"{spelled(min(samples))}..{spelled(max(samples))} | {figure.goal} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", metavar="FILE", help="all samples, too; - instead of the table")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    if importlib.util.find_spec("replserver") is None:
        raise SystemExit(f"python_figures.py: {sys.executable} has no replserver: "
                         "pip install . first, or use the .venv that scripts/setup makes")
    raise_on_termination()
    figures = Figures()
    measure_import(figures, arguments.rounds)
    measure_start(figures, arguments.rounds * 10)
    measure_replication(figures, arguments.rounds * 5)
    measure_calls(figures, arguments.rounds)

    if arguments.json != "-":
        print_table(figures)
    if arguments.json:
        data = {"machine": machine(), "figures": as_data(list(figures.by_title.values()), [PEER])}
        with (contextlib.nullcontext(sys.stdout) if arguments.json == "-"
              else open(arguments.json, "w")) as file:
            json.dump(data, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        raise SystemExit(f"python_figures.py: {error}")

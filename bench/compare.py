#!/usr/bin/env python3
"""Puts servers side by side in one run, alternating, and prints medians and ratios.

    bench/compare.py                          Debian's redis-server beside the newest build of ours
    bench/compare.py --only p64 --only memory
    bench/compare.py --peer redis='redis-server --port {port} --save ""' \\
                     --peer other='/opt/other-server --port {port}'

See README.md beside this file for what each figure means and what it does not.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import shlex
import sys
import time
from dataclasses import dataclass, field
from typing import Callable, Iterator

from collection_figures import measure_collections
from servers import LoadGenerator, Server, newest_build, raise_on_termination
from table import Figure, as_data, machine, markdown

NO_PERSISTENCE = "--port {port} --save '' --appendonly no"
KEYS = 1_000_000  # of the throughput figures


@dataclass(frozen=True)
class Plan:
    rounds: int
    seconds: float
    memory_keys: tuple[int, ...]
    stall_keys: int
    starts_per_round: int = 4


@dataclass
class Comparison:
    """The peers, the plan, and what has been measured so far."""

    peers: dict[str, str]
    plan: Plan
    only: list[str]
    loadgen: LoadGenerator
    server_cpu: int | None
    figures: dict[str, Figure] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    disturbed: dict[str, float] = field(default_factory=dict)  # share of a run without a CPU
    short_of_load: set[str] = field(default_factory=set)

    def wants(self, name: str) -> bool:
        """--only p1 wants p1.set.rps, and also the scene p1 itself; --only p1.set.rps wants p1."""
        return not self.only or any(
            f"{name}.".startswith(f"{part}.") or f"{part}.".startswith(f"{name}.")
            for part in self.only)

    def figure(self, name: str, title: str, unit: str, goal: str = "") -> Figure:
        return self.figures.setdefault(name, Figure(name, title, unit, goal))

    def server(self, peer: str) -> Server:
        return Server(peer, self.peers[peer], self.server_cpu)

    def order(self, round_: int) -> list[str]:
        """Every other round the other way round, so that no peer always comes second."""
        names = list(self.peers)
        return names if round_ % 2 == 0 else names[::-1]

    def note(self, name: str, peer: str, report: dict) -> None:
        """Remembers what makes a figure doubtful."""
        server, client = report["server"], report["client"]
        waited = server["waited_for_cpu_ms"] / 1e3 / report["seconds"]
        if waited > 0.05:
            key = f"{name} {peer}"
            self.disturbed[key] = max(waited, self.disturbed.get(key, 0))
        if server["busy"] + waited < 0.9 and client["busy"] > 0.85:
            self.short_of_load.add(f"{name} {peer}")


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    words: tuple[str, ...]
    rps_goal: str = ""
    cpu_goal: str = ""


WORKLOADS = (
    Workload("p1.set", "SET, 50 clients, P=1", ("SET", "-P", "1"), "≥ 1.0×, aim 1.2×"),
    Workload("p1.get", "GET, 50 clients, P=1", ("GET", "-P", "1"), "≥ 1.0×, aim 1.2×"),
    Workload("p16.set", "SET, 64 bytes, P=16", ("SET", "-P", "16"), "", "≤ 0.5×, aim 0.35×"),
    Workload("p16.get", "GET, 64 bytes, P=16", ("GET", "-P", "16"), "", "≤ 0.5×, aim 0.35×"),
    Workload("p64.set", "SET, 64 bytes, P=64", ("SET", "-P", "64"), "≥ 1.8×, aim 3×"),
    Workload("p64.get", "GET, 64 bytes, P=64", ("GET", "-P", "64"), "≥ 1.8×, aim 3×"),
    Workload("p64.incr", "INCR, P=64", ("INCR", "-P", "64"), "≥ 1.8×, aim 3×"),
)


def measure_throughput(comparison: Comparison) -> None:
    """One server of each peer, filled once; round after round every workload on each of them."""
    workloads = [work for work in WORKLOADS if comparison.wants(work.name)]
    with contextlib.ExitStack() as stack:
        servers = {peer: stack.enter_context(comparison.server(peer)) for peer in comparison.peers}
        for server in servers.values():
            comparison.versions[server.name] = server.version()
            comparison.loadgen.run(server, "--fill", str(KEYS), "-P", "64")
            if any(work.name == "p64.incr" for work in workloads):
                comparison.loadgen.run(server, "INCR cnt:__seq__", "-n", str(KEYS), "-P", "64",
                                       "--warmup", "0")
        for round_ in range(comparison.plan.rounds):
            for work in workloads:
                for peer in comparison.order(round_):
                    record_throughput(comparison, work, round_, servers[peer])


def record_throughput(comparison: Comparison, work: Workload, round_: int,
                      server: Server) -> None:
    report = comparison.loadgen.run(
        server, *work.words, "--keys", str(KEYS), "--value-size", "64",
        "--seconds", str(comparison.plan.seconds), "--seed", str(round_ + 1))
    if report["misses"]:
        raise RuntimeError(f"{server.name}: {work.name}: {report['misses']} keys were not there")
    comparison.note(work.name, server.name, report)
    measured = (
        (".rps", "requests/s", work.rps_goal, report["requests_per_second"]),
        (".cpu", "server CPU, ns/request", work.cpu_goal, report["server"]["cpu_ns_per_request"]),
        (".p99", "p99 latency, µs", "", report["latency_us"]["p99"]),
    )
    for suffix, unit, goal, value in measured:
        if comparison.wants(work.name + suffix):
            comparison.figure(work.name + suffix, work.title, unit, goal).add(server.name, value)


def measure_memory(comparison: Comparison) -> None:
    """A fresh server each time: resident bytes before, and after each number of keys."""
    sizes = [keys for keys in comparison.plan.memory_keys
             if comparison.wants(f"memory.{keys / 1e6:g}m")]
    for round_ in range(comparison.plan.rounds):
        for peer in comparison.order(round_):
            with comparison.server(peer) as server:
                comparison.versions[peer] = server.version()
                empty, loaded = server.settled_resident_bytes(), 0
                for keys in sizes:
                    comparison.loadgen.run(server, "--fill", str(keys - loaded), "--fill-from",
                                           str(loaded), "--value-size", "32", "-P", "64")
                    loaded = keys
                    per_key = (server.settled_resident_bytes() - empty) / keys
                    million = keys / 1e6
                    comparison.figure(f"memory.{million:g}m",
                                      f"resident bytes per key, {million:g} M keys, 16 + 32 bytes",
                                      "bytes", "≤ 0.6×, aim 0.5×").add(peer, per_key)


def measure_stall(comparison: Comparison) -> None:
    """A fresh server each time, two connections filling it, a third asking for one key at a time.

    The load is light (at most 32 commands wait before the probe's), so that what the probe waits
    for is the server's own pauses and not its queue.
    """
    keys = comparison.plan.stall_keys
    title = f"GET probe while 0 → {keys / 1e6:g} M keys"
    for round_ in range(comparison.plan.rounds):
        for peer in comparison.order(round_):
            with comparison.server(peer) as server:
                comparison.versions[peer] = server.version()
                report = comparison.loadgen.run(
                    server, "--fill", str(keys), "--value-size", "32", "-c", "2", "-P", "16",
                    "--probe", "--seed", str(round_ + 1))
            comparison.note("stall", peer, report)
            probe = report["probe"]
            plain, net = probe["latency_us"], probe["latency_without_wait_us"]
            for name, unit, goal, value in (
                    ("max", "longest, ms", "", plain["max"] / 1e3),
                    ("max_net", "longest without waits for a CPU, ms",
                     "≤ 1 ms and ≤ 1.0×, aim 0.2 ms", net["max"] / 1e3),
                    ("p99.99_net", "p99.99 without waits for a CPU, ms", "", net["p99.99"] / 1e3),
                    ("p50", "p50, µs", "", plain["p50"]),
                    ("rps", "keys/s filled meanwhile", "", report["requests_per_second"])):
                if comparison.wants(f"stall.{name}"):
                    comparison.figure(f"stall.{name}", title, unit, goal).add(peer, value)


def measure_start(comparison: Comparison) -> None:
    for round_ in range(comparison.plan.rounds * comparison.plan.starts_per_round):
        for peer in comparison.order(round_):
            with comparison.server(peer) as server:
                comparison.versions[peer] = server.version()
                comparison.figure("start", "process start until PONG", "ms", "≤ 1.0×").add(
                    peer, server.start_seconds * 1e3)


def scenes(comparison: Comparison) -> Iterator[tuple[str, Callable[[Comparison], None]]]:
    if any(comparison.wants(scene) for scene in ("p1", "p16", "p64")):
        yield "throughput", measure_throughput
    for name, measure in (("memory", measure_memory), ("stall", measure_stall),
                          ("start", measure_start), ("collections", measure_collections)):
        if comparison.wants(name):
            yield name, measure


def default_peers() -> dict[str, str]:
    ours = newest_build("replserver-server")
    if ours is None:
        raise SystemExit("compare.py: no replserver-server below build/: build it, or use --peer")
    return {"redis": f"redis-server {NO_PERSISTENCE}",
            "ours": f"{shlex.quote(str(ours))} {NO_PERSISTENCE}"}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND",
                        help="a server's command line with {port} in it; the first is the base of "
                             "the ratios")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="a figure or a group of them: p1 p16 p64 memory stall start "
                             "collections, p64.incr, p1.get.rps, collections.small.set ...")
    parser.add_argument("--rounds", type=int, help="5, with --quick 3")
    parser.add_argument("--seconds", type=float, help="of one throughput run; 2, with --quick 1")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and keys, a rough look")
    parser.add_argument("--pin", action="store_true",
                        help="servers on the first CPU, the load generator on the last")
    parser.add_argument("--loadgen", metavar="PATH", help="else the newest build, else built now")
    parser.add_argument("--json", metavar="FILE", help="all samples, too; - instead of the table")
    arguments = parser.parse_args()
    if arguments.rounds is not None and arguments.rounds < 1:
        parser.error("--rounds: at least 1")
    peers = dict(peer.partition("=")[::2] for peer in arguments.peer)
    if len(peers) < len(arguments.peer) or not all(peers.values()):
        parser.error("--peer: NAME=COMMAND, each name once")
    arguments.peers = peers or default_peers()
    return arguments


def plan_of(arguments: argparse.Namespace) -> Plan:
    if arguments.quick:
        return Plan(arguments.rounds or 3, arguments.seconds or 1, (1_000_000,), 1_000_000, 2)
    return Plan(arguments.rounds or 5, arguments.seconds or 2, (1_000_000, 5_000_000), 10_000_000)


def print_report(comparison: Comparison) -> None:
    about = machine()
    peers = ", ".join(f"{peer} {comparison.versions.get(peer, '')}".strip()
                      for peer in comparison.peers)
    print(f"{peers}; {about['cpus']} CPUs, {about['cpu']}, Linux {about['kernel']}; "
          f"medians (min..max) of {comparison.plan.rounds} alternating rounds\n")
    print(markdown(list(comparison.figures.values()), list(comparison.peers)))
    if comparison.disturbed:
        waits = ", ".join(f"{name} {share:.0%}" for name, share in comparison.disturbed.items())
        print("\nServers that were ready to run but had no CPU for more than 5 % of a run, in "
              f"their worst run: {waits}. Other work was on the machine, or the generator on the "
              "same CPU (--pin keeps it away); CPU per request suffers least from it.")
    if comparison.short_of_load:
        print("\nThe load generator, not the server, was the limit of: "
              f"{', '.join(sorted(comparison.short_of_load))}.")


def main() -> None:
    arguments = parse_arguments()
    raise_on_termination()
    cpus = sorted(os.sched_getaffinity(0))
    server_cpu, client_cpu = (cpus[0], cpus[-1]) if arguments.pin else (None, None)
    started = time.monotonic()
    with LoadGenerator(arguments.loadgen, client_cpu) as loadgen:
        comparison = Comparison(arguments.peers, plan_of(arguments), arguments.only, loadgen,
                                server_cpu)
        chosen = list(scenes(comparison))
        if not chosen:
            raise SystemExit(f"compare.py: nothing is called {', '.join(arguments.only)}")
        try:
            for name, measure in chosen:
                print(f"{name} ...", file=sys.stderr, flush=True)
                measure(comparison)
        finally:  # a server that fails late does not take the others' figures with it
            if comparison.figures:
                publish(comparison, arguments.json)
    print(f"took {time.monotonic() - started:.0f} s", file=sys.stderr)


def publish(comparison: Comparison, json_path: str | None) -> None:
    if json_path != "-":
        print_report(comparison)
    if json_path:
        data = {"machine": machine(), "peers": comparison.peers, "versions": comparison.versions,
                "disturbed": comparison.disturbed,
                "short_of_load": sorted(comparison.short_of_load),
                "figures": as_data(list(comparison.figures.values()), list(comparison.peers))}
        with (contextlib.nullcontext(sys.stdout) if json_path == "-"
              else open(json_path, "w")) as file:
            json.dump(data, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        raise SystemExit(f"compare.py: {error}")

#!/usr/bin/env python3
"""Replication side by side: a primary and its replicas of each peer, alternating, medians and ratios.

    bench/replication_figures.py                       all figures, five rounds
    bench/replication_figures.py --only full --rounds 3 --keys 1000000

Each figure is taken with primary and replicas of the same kind. `redis` is Debian's redis-server
without its waits (repl-diskless-sync-delay 0); `redis-best` at its fastest settings.
"""
from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from collection_figures import KINDS
from connection import Clients, Connection
from servers import LoadGenerator, Server, newest_build, raise_on_termination
from table import Figure, machine, markdown

QUIET = "--save '' --appendonly no"
PATIENCE = 60  # seconds for anything to happen
BEHIND = 100_000_000  # bytes, for the partial resynchronization
APPLIED = 1_000_000  # SETs of the stream figures
WRITES = 2000  # one at a time


def until(done: Callable[[], bool], what: str, pause: float = 0.0005) -> float:
    """Seconds until it holds."""
    started = time.perf_counter()
    while not done():
        if time.perf_counter() - started > PATIENCE:
            raise RuntimeError(f"not within {PATIENCE} s: {what}")
        time.sleep(pause)
    return time.perf_counter() - started


def in_sync(primary: Connection, replica: Connection) -> bool:
    ours = replica.info("replication")
    if ours.get("master_link_status") != "up":
        return False
    return ours["slave_repl_offset"] == primary.info("replication")["master_repl_offset"]


@dataclass
class Rounds:
    peers: dict[str, str]
    loadgen: LoadGenerator
    rounds: int
    keys: int
    only: list[str]
    figures: dict[str, Figure] = field(default_factory=dict)

    def wants(self, name: str) -> bool:
        return not self.only or any(
            name.startswith(part) or part.startswith(name) for part in self.only
        )

    def add(self, name: str, title: str, unit: str, goal: str, peer: str, value: float) -> None:
        self.figures.setdefault(name, Figure(name, title, unit, goal)).add(peer, value)
        print(f"{name} {peer}: {value:.4g} {unit}", file=sys.stderr, flush=True)

    def runs(self) -> Iterator[str]:
        for round_ in range(self.rounds):
            names = list(self.peers)
            yield from names if round_ % 2 == 0 else names[::-1]

    @contextlib.contextmanager
    def servers(self, peer: str, count: int) -> Iterator[list[Server]]:
        with contextlib.ExitStack() as stack:
            yield [stack.enter_context(Server(peer, self.peers[peer])) for _ in range(count)]


def full_sync(rounds: Rounds, name: str, what: str, goal: str, fill: Callable[[Server], None]) -> None:
    """REPLICAOF until the replica has the data; once alone, and once more with clients beside it."""
    for peer in rounds.runs():
        with rounds.servers(peer, 2) as (primary, replica):
            fill(primary)
            with Connection(primary) as at_primary, Connection(replica) as at_replica:
                took = synced(at_primary, at_replica, primary)
                at_replica.ask("REPLICAOF", "NO", "ONE")
                at_replica.ask("FLUSHALL", "SYNC")
                before = most = primary.settled_resident_bytes()
                clients = Clients(rounds.loadgen, primary, rounds.keys)
                time.sleep(0.2)
                at_replica.ask("REPLICAOF", "127.0.0.1", str(primary.port))
                while not is_up(at_replica):
                    most = max(most, primary.resident_bytes())
                    time.sleep(0.002)
                probe = clients.stop()
                # What a child's writes have copied is told by the server that forks.
                copied = int(at_primary.info("persistence")["rdb_last_cow_size"])
        rounds.add(f"{name}.seconds", f"full sync of {what}", "s", goal, peer, took)
        for figure, limit in (("p99", "≤ 1.0×, aim 0.5×"), ("max", "≤ 0.4×, aim 0.2×")):
            rounds.add(f"{name}.{figure}", f"  with 20 k writes/s: primary's GET, {figure}", "µs", limit, peer,
                       probe["latency_us"][figure])
            rounds.add(f"{name}.{figure}_net", f"  the same, {figure} without waits for a CPU", "µs", limit,
                       peer, probe["latency_without_wait_us"][figure])
        rounds.add(f"{name}.memory", "  primary's extra memory", "MiB", "≤ 24", peer,
                   max(copied, most - before) / 2**20)


def synced(at_primary: Connection, at_replica: Connection, primary: Server) -> float:
    """Seconds from REPLICAOF until the offsets are equal."""
    started = time.perf_counter()
    at_replica.ask("REPLICAOF", "127.0.0.1", str(primary.port))
    until(lambda: in_sync(at_primary, at_replica), "a full sync", 0.002)
    return time.perf_counter() - started


def is_up(replica: Connection) -> bool:
    return replica.info("replication").get("master_link_status") == "up"


def full_syncs(rounds: Rounds) -> None:
    def strings(server: Server) -> None:
        rounds.loadgen.run(server, "--fill", str(rounds.keys), "-P", "64", "--value-size", "32")

    def collections(server: Server) -> None:
        for kind in KINDS[:2]:
            rounds.loadgen.run(server, kind.small_line, "-n", "100000", "-P", "64", "--warmup", "0")

    count = f"{rounds.keys / 1e6:g} M strings of 32 bytes"
    if rounds.wants("full.strings"):
        full_sync(rounds, "full.strings", count, "≤ 0.4 s of 1 M, ≤ 1.6 s of 5 M", strings)
    if rounds.wants("full.collections"):
        full_sync(rounds, "full.collections", "100 k hashes and 100 k sorted sets of 20", "≤ 0.3 s",
                  collections)


def follow(primary: Server, *replicas: Server) -> None:
    with Connection(primary) as at_primary:
        for replica in replicas:
            with Connection(replica) as link:
                link.ask("REPLICAOF", "127.0.0.1", str(primary.port))
                until(lambda: in_sync(at_primary, link), "a first sync")


def partial_sync(rounds: Rounds) -> None:
    """The replica stands still (SIGSTOP would hold its socket), so its link is cut and held."""
    for peer in rounds.runs():
        with rounds.servers(peer, 2) as (primary, replica):
            with Connection(primary) as at_primary, Connection(replica) as at_replica:
                at_primary.ask("CONFIG", "SET", "repl-backlog-size", "300mb")
                follow(primary, replica)
                at_replica.ask("REPLICAOF", "127.0.0.1", "1")  # nobody is there; the position stays
                start = int(at_primary.info("replication")["master_repl_offset"])
                rounds.loadgen.run(primary, "SET", "-n", str(BEHIND // 120), "-P", "64",
                                   "--value-size", "64", "--warmup", "0")
                behind = int(at_primary.info("replication")["master_repl_offset"]) - start
                fulls = at_primary.info("stats")["sync_full"]
                cpu = replica.cpu_seconds()
                at_replica.ask("REPLICAOF", "127.0.0.1", str(primary.port))
                took = until(lambda: in_sync(at_primary, at_replica), "a partial sync")
                if at_primary.info("stats")["sync_full"] != fulls:
                    raise RuntimeError(f"{peer}: that was a full sync")
                cpu = replica.cpu_seconds() - cpu
        rounds.add("partial.rate", f"partial resync, {BEHIND // 10**6} MB behind", "MB/s",
                   "≥ 3×, aim 6×", peer, behind / took / 1e6)
        rounds.add("partial.cpu", "  replica's CPU", "ns/byte", "", peer, 1e9 * cpu / behind)


def stream(rounds: Rounds, replicas: int) -> None:
    """Pipelined SETs until all replicas have them."""
    for peer in rounds.runs():
        with rounds.servers(peer, 1 + replicas) as (primary, *followers):
            follow(primary, *followers)
            cpu = followers[0].cpu_seconds()
            started = time.perf_counter()
            rounds.loadgen.run(primary, "SET", "-n", str(APPLIED), "-P", "64", "--value-size", "32",
                               "--warmup", "0")
            with Connection(primary) as at_primary:
                for follower in followers:
                    with Connection(follower) as link:
                        until(lambda: in_sync(at_primary, link), "the stream's end")
            took = time.perf_counter() - started
            cpu = followers[0].cpu_seconds() - cpu
        rounds.add(f"stream.{replicas}", f"SET load until {replicas} replicas have it", "SET/s",
                   "≥ 1.8×, aim 3×", peer, APPLIED / took)
        if replicas == 1:
            rounds.add("stream.cpu", "  replica's CPU per applied SET", "µs", "≤ 0.4×, aim 0.25×",
                       peer, 1e6 * cpu / APPLIED)


def one_by_one(rounds: Rounds) -> None:
    """From a write's start until a client of the replica reads it; and the same after a cut."""
    for peer in rounds.runs():
        with rounds.servers(peer, 2) as (primary, replica):
            follow(primary, replica)
            with Connection(primary) as writer, Connection(replica) as reader:
                waits = [visible_after(writer, reader, number) for number in range(WRITES)]
                cuts = []
                for number in range(20):
                    writer.ask("CLIENT", "KILL", "TYPE", "replica")
                    cuts.append(visible_after(writer, reader, -number - 1))
        rounds.add("write.p50", "write until visible on the replica, p50", "µs",
                   "≤ 1.0×, aim 0.7×", peer, 1e6 * statistics.median(waits))
        rounds.add("cut.p50", "cut, then a write until visible", "ms", "≤ 1.0×, aim 0.5×", peer,
                   1e3 * statistics.median(cuts))


def visible_after(writer: Connection, reader: Connection, number: int) -> float:
    wanted = str(number).encode()
    started = time.perf_counter()
    writer.ask("SET", "seen", str(number))
    while reader.ask("GET", "seen") != wanted:
        if time.perf_counter() - started > PATIENCE:
            raise RuntimeError("a write was never seen")
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keys", type=int, default=1_000_000, help="of the full sync")
    parser.add_argument("--only", action="append", default=[],
                        help="full, partial, stream, write: the beginning of a figure's name")
    parser.add_argument("--server", default=newest_build("replserver-server"))
    options = parser.parse_args()
    if options.server is None:
        parser.error("no replserver-server in build/: scripts/test builds one, or give --server")
    raise_on_termination()
    redis = f"redis-server --port {{port}} {QUIET} --repl-diskless-sync-delay 0"
    best = " --repl-diskless-load swapdb --rdbcompression no --rdbchecksum no"
    peers = {"redis": redis, "redis-best": redis + best,
             "replserver": f"{options.server} --port {{port}} {QUIET}"}
    with LoadGenerator() as loadgen:
        rounds = Rounds(peers, loadgen, options.rounds, options.keys, options.only)
        if rounds.wants("full"):
            full_syncs(rounds)
        if rounds.wants("partial"):
            partial_sync(rounds)
        for replicas in (1, 3):
            if rounds.wants("stream"):
                stream(rounds, replicas)
        if rounds.wants("write"):
            one_by_one(rounds)
    print(markdown(list(rounds.figures.values()), list(peers)))
    print(machine())


if __name__ == "__main__":
    main()

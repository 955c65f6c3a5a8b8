"""The figures of hashes, lists, sets, sorted sets and streams: `compare.py --only collections`.

A command that a server does not know leaves its figure empty for that server.
"""
from __future__ import annotations

import contextlib
import random
import threading
import time
from dataclasses import dataclass

from servers import LoadGenerator, Server

MEMBERS = 1_000_000  # of one large value
COMBINED = 100_000  # members of each of two sets that are combined; half of them are in both
SMALL_VALUES, SMALL_ELEMENTS = 100_000, 20
RANGE = 100
PROBED_KEYS = 1000
PROBE_SECONDS = 1.5
CHANGE_AFTER_SECONDS = 0.5  # longer than a plain start of the load generator takes

FAST = "≥ 1.5×, aim 2.5×"
READ = "≥ 1.2×, aim 2×"
LARGE = "≤ 0.8×, aim 0.6×"


@dataclass(frozen=True)
class Filling:
    """A command that adds one element per request, the numbers of which go up from `first`."""

    line: str
    count: int
    first: int = 0

    def into(self, server: Server, loadgen: LoadGenerator) -> None:
        loadgen.run(server, self.line, "-n", str(self.count), "--fill-from", str(self.first),
                    "-P", "64", "-c", "8", "--warmup", "0", "--value-size", "16")


@dataclass(frozen=True)
class Work:
    name: str
    title: str
    lines: tuple[str, ...]
    options: tuple[str, ...]
    goal: str
    fillings: tuple[Filling, ...] = ()
    grows: str = ""  # the key that each run begins without


@dataclass(frozen=True)
class Kind:
    """A type of value: how 20 elements are written at once, and how a million one by one."""

    name: str
    small_line: str
    large_line: str
    small_goal: str

    @property
    def command(self) -> str:
        return self.large_line.split()[0]


def elements(pattern: str) -> str:
    return " ".join(pattern.format(number) for number in range(SMALL_ELEMENTS))


KINDS = (
    Kind("hash", "HSET hash:__seq__ " + elements("field:{0:010} value:{0:016}"),
         "HSET big field:__seq__ __data__", "≤ 0.9×"),
    Kind("zset", "ZADD zset:__seq__ " + elements("{0} member:{0:09}"),
         "ZADD big __seq__ member:__seq__", "≤ 0.9×"),
    Kind("list", "RPUSH list:__seq__ " + elements("element:{0:08}"),
         "RPUSH big __data__", "≤ 0.75×"),
    Kind("set", "SADD set:__seq__ " + elements("member:{0:09}"),
         "SADD big member:__seq__", "≤ 0.25×"),
    Kind("stream", "XADD stream:__seq__ * " + elements("field:{0:010} value:{0:016}"),
         "XADD big * field __data__", ""),
)


def ranges(command: str) -> tuple[str, ...]:
    draw = random.Random(1)
    firsts = [draw.randrange(MEMBERS - RANGE) for _ in range(64)]
    return tuple(f"{command} {first} {first + RANGE - 1}" for first in firsts)


def two_of(line: str) -> tuple[Filling, ...]:
    """The same line for both keys, its numbers overlapping by half: each __seq__ takes one."""
    numbers = COMBINED * line.count("__seq__")
    return (Filling(line.format("one"), COMBINED),
            Filling(line.format("other"), COMBINED, numbers // 2))


P64, P16, ALONE = ("-P", "64"), ("-P", "16"), ("-P", "1", "-c", "1")
PLENTY = ("--keys", str(MEMBERS))

WORKS = (
    Work("hset", "HSET, one hash of up to 1 M fields, P=64",
         ("HSET hash field:__rand__ __data__",), (*P64, *PLENTY, "--value-size", "16"), FAST,
         grows="hash"),
    Work("lpush", "LPUSH, one list, P=64", ("LPUSH list __data__",),
         (*P64, "--value-size", "16"), FAST, grows="list"),
    Work("sadd", "SADD, one set of up to 1 M, P=64", ("SADD set member:__rand__",),
         (*P64, *PLENTY), FAST, grows="set"),
    Work("zadd", "ZADD, one sorted set of 1 M, P=16", ("ZADD zset __rand__ member:__rand__",),
         (*P16, *PLENTY), FAST,
         # Each request takes two numbers: only every second one is a member yet.
         (Filling("ZADD zset __seq__ member:__seq__", MEMBERS),)),
    Work("zrange", f"ZRANGE of {RANGE} anywhere in 1 M, P=16", ranges("ZRANGE ranked"), P16, READ,
         (Filling("ZADD ranked __seq__ member:__seq__", MEMBERS),)),
    Work("lrange", f"LRANGE of {RANGE} anywhere in 1 M, P=16", ranges("LRANGE long"), P16, READ,
         (Filling("RPUSH long __data__", MEMBERS),)),
    Work("sinter", "SINTER of two sets of 100 k", ("SINTER set:one set:other",), ALONE, READ,
         two_of("SADD set:{} member:__seq__")),
    Work("zunionstore", "ZUNIONSTORE of two sorted sets of 100 k",
         ("ZUNIONSTORE union 2 zset:one zset:other",), ALONE, READ,
         two_of("ZADD zset:{} __seq__ member:__seq__")),
)


def knows(server: Server, command: str) -> bool:
    return server.ask("COMMAND", "INFO", command.lower()) not in (None, [None], [])


def measure_collections(comparison) -> None:
    for part in (measure_works, measure_small, measure_large, measure_stalls):
        part(comparison)


def measure_works(comparison) -> None:
    """One server of each peer; round after round every workload on each of them."""
    works = [work for work in WORKS if comparison.wants(f"collections.{work.name}")]
    if not works:
        return
    with contextlib.ExitStack() as stack:
        servers = {peer: stack.enter_context(comparison.server(peer)) for peer in comparison.peers}
        known: set[tuple[str, str]] = set()
        for peer, server in servers.items():
            comparison.versions[peer] = server.version()
            for work in works:
                if not knows(server, work.lines[0].split()[0]):
                    continue
                known.add((work.name, peer))
                for filling in work.fillings:
                    filling.into(server, comparison.loadgen)
        for round_ in range(comparison.plan.rounds):
            for work in works:
                for peer in comparison.order(round_):
                    if (work.name, peer) in known:
                        record_work(comparison, work, round_, servers[peer])


def record_work(comparison, work: Work, round_: int, server: Server) -> None:
    if work.grows:
        server.ask("UNLINK", work.grows)
    report = comparison.loadgen.run(server, *work.lines, *work.options, "--seconds",
                                    str(comparison.plan.seconds), "--seed", str(round_ + 1))
    name = f"collections.{work.name}"
    comparison.note(name, server.name, report)
    for suffix, unit, goal, value in (
            (".rps", "requests/s", work.goal, report["requests_per_second"]),
            (".cpu", "server CPU, µs/request", "", report["server"]["cpu_ns_per_request"] / 1e3)):
        if comparison.wants(name + suffix):
            comparison.figure(name + suffix, work.title, unit, goal).add(server.name, value)


def measure_small(comparison) -> None:
    """A fresh server each time, filled with 100 k values of 20 elements."""
    measure_growth(comparison, "small", lambda kind: (
        Filling(kind.small_line, SMALL_VALUES), SMALL_VALUES, kind.small_goal,
        f"resident bytes per {kind.name} of {SMALL_ELEMENTS}, {SMALL_VALUES // 1000} k of them"))


def measure_large(comparison) -> None:
    """A fresh server each time, filled with one value of a million elements."""
    measure_growth(comparison, "large", lambda kind: (
        Filling(kind.large_line, MEMBERS), MEMBERS, LARGE,
        f"resident bytes per element of a {kind.name} of 1 M"))


def measure_growth(comparison, group: str, described) -> None:
    for round_ in range(comparison.plan.rounds):
        for kind in KINDS:
            name = f"collections.{group}.{kind.name}"
            if not comparison.wants(name):
                continue
            filling, divisor, goal, title = described(kind)
            for peer in comparison.order(round_):
                with comparison.server(peer) as server:
                    comparison.versions[peer] = server.version()
                    if not knows(server, kind.command):
                        continue
                    empty = server.settled_resident_bytes()
                    filling.into(server, comparison.loadgen)
                    grown = server.settled_resident_bytes() - empty
                    comparison.figure(name, title, "bytes", goal).add(peer, grown / divisor)


# How a value of a million elements goes, and what is said of it then.
ENDINGS = {
    "deleted": ("is deleted", ("DEL", "big")),
    "expires": ("expires", ("PEXPIRE", "big", "1")),
    "overwritten": ("is overwritten", ("SET", "big", "small")),
}


def measure_stalls(comparison) -> None:
    for round_ in range(comparison.plan.rounds):
        for kind in KINDS:
            endings = [ending for ending in ENDINGS
                       if comparison.wants(f"collections.stall.{ending}.{kind.name}")]
            if not endings:
                continue
            for peer in comparison.order(round_):
                with comparison.server(peer) as server:
                    comparison.versions[peer] = server.version()
                    comparison.loadgen.run(server, "--fill", str(PROBED_KEYS), "-P", "16")
                    if knows(server, kind.command):
                        for ending in endings:
                            record_stall(comparison, server, kind, ending)


def record_stall(comparison, server: Server, kind: Kind, ending: str) -> None:
    """The probe goes on for a second: a server that puts work off does it in that time."""
    Filling(kind.large_line, MEMBERS).into(server, comparison.loadgen)
    said, command = ENDINGS[ending]

    def end_it() -> None:
        time.sleep(CHANGE_AFTER_SECONDS)
        server.ask(*command)

    ender = threading.Thread(target=end_it)
    ender.start()
    try:
        report = comparison.loadgen.run(server, "--probe", "--keys", str(PROBED_KEYS),
                                        "--seconds", str(PROBE_SECONDS), "--warmup", "0.2")
    finally:
        ender.join()
    if server.ask("TYPE", "big") not in (b"none", b"string"):
        raise RuntimeError(f"{server.name}: the {kind.name} is still there")
    server.ask("DEL", "big")
    net = report["probe"]["latency_without_wait_us"]["max"] / 1e3
    comparison.figure(f"collections.stall.{ending}.{kind.name}",
                      f"longest wait of a GET while a {kind.name} of 1 M {said}",
                      "ms without waits for a CPU", "≤ 1 ms, aim 0.3 ms").add(server.name, net)

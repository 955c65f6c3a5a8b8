"""`python -m replserver simulate --seeds 0:1000 --jobs 2`: storms over many seeds, on several cores.

Without a FILE:TEST, nodes under the built-in workload and faults; with it, a test that
`replserver.simulate` has made. Failures are printed with the script that replays them; --failures
keeps script and transcript of each.
"""

from __future__ import annotations

import argparse
import os
import runpy
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice, takewhile
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType
from typing import Optional

from .exceptions import ReplserverError
from .simulation import Storm, most_advanced, nobody

PIECE = 20  # seeds that a job takes at a time
Outcome = tuple[int, str, str, str]  # seed, what is wrong, the script, the transcript


def main(arguments: Sequence[str], program: str) -> int:
    parser = _parser(program)
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error("argument --jobs: at least 1")
    stopped = Event()

    def stop(_number: int, _frame: Optional[FrameType]) -> None:
        """What is under way comes to its end. A second Ctrl-C does not wait for it."""
        stopped.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, stop)
    try:
        storm = _storm(options)
        if options.failures:  # that it cannot be made is told now, not with the first failure
            Path(options.failures).mkdir(parents=True, exist_ok=True)
    except (ReplserverError, ValueError, OSError) as error:
        parser.error(str(error))
    failures, done, begun = 0, 0, monotonic()
    for count, outcomes in _outcomes(options, storm, stopped):
        done += count
        for outcome in outcomes:
            failures += 1
            _clear_progress()
            print(outcome[1], flush=True)
            if options.failures:
                _keep(Path(options.failures), outcome)
        _show_progress(done, len(options.seeds), failures, monotonic() - begun)
    _clear_progress()
    rate = done / max(monotonic() - begun, 1e-9)
    print(f"{done} seeds, {failures} failures, {rate:.0f} schedules per second")
    return 130 if stopped.is_set() else min(failures, 1)


def _outcomes(
    options: argparse.Namespace, storm: Storm, stopped: Event
) -> Iterator[tuple[int, list[Outcome]]]:
    seeds, jobs = options.seeds, options.jobs
    begins = takewhile(lambda _: not stopped.is_set(), range(0, len(seeds), PIECE))
    pieces = (seeds[begin : begin + PIECE] for begin in begins)
    if jobs == 1:
        yield from ((len(piece), _try(storm, piece)) for piece in pieces)
        return
    # A terminal's Ctrl-C is for all of its processes.
    ignoring = signal.SIGINT, signal.SIG_IGN
    with ProcessPoolExecutor(jobs, initializer=signal.signal, initargs=ignoring) as pool:
        asked: deque[tuple[int, Future[list[Outcome]]]] = deque()
        while True:
            for piece in islice(pieces, 2 * jobs - len(asked)):
                asked.append((len(piece), pool.submit(_try_elsewhere, options, piece)))
            if not asked:
                return
            count, tried = asked.popleft()
            yield count, tried.result()


def _try_elsewhere(options: argparse.Namespace, seeds: range) -> list[Outcome]:
    """A test's functions need not be picklable: each process reads the file itself."""
    return _try(_storm(options), seeds)


def _try(storm: Storm, seeds: range) -> list[Outcome]:
    found = []
    for seed in seeds:
        if failure := storm.failure_of(seed):
            found.append((seed, str(failure), failure.script, "\n".join(failure.transcript)))
    return found


def _keep(folder: Path, outcome: Outcome) -> None:
    seed, text, script, transcript = outcome
    (folder / f"seed-{seed}.py").write_text(script)
    (folder / f"seed-{seed}.txt").write_text(f"{text}\n{transcript}\n")


def _storm(options: argparse.Namespace) -> Storm:
    if options.test:
        path, colon, name = options.test.rpartition(":")
        if not colon:
            raise ValueError(f"FILE:TEST, not {options.test!r}")
        sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
        made = getattr(runpy.run_path(path).get(name), "storm", None)
        if not isinstance(made, Storm):
            raise ValueError(f"{path}: {name} is no test that replserver.simulate has made")
        return made
    return Storm(
        nodes=options.nodes,
        commands=options.commands,
        faults=options.faults,
        topology=options.topology,
        wait=min(options.wait, options.nodes - 1),
        failover=nobody if options.no_failover else most_advanced,
    )


def _seeds(text: str) -> range:
    first, colon, end = text.partition(":")
    try:
        seeds = range(int(first), int(end) if colon else int(first) + 1)
        count = len(seeds)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"FIRST:END, or one seed, not {text!r}") from None
    if count == 0:
        raise argparse.ArgumentTypeError(f"there is none in {text!r}")
    return seeds


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=(__doc__ or "").partition("\n")[2])
    parser.add_argument("test", nargs="?", metavar="FILE:TEST", help="of a storm of your own")
    parser.add_argument(
        "--seeds", type=_seeds, default=range(1000), metavar="FIRST:END", help="or one (0:1000)"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (%(default)s)")
    parser.add_argument("--failures", metavar="DIR", help="where scripts and transcripts go")
    ours = parser.add_argument_group("without a FILE:TEST")
    for name, default, told in (
        ("--nodes", 3, "n1 is the primary at first"),
        ("--commands", 200, "in a run"),
        ("--faults", 5, "in a run"),
        ("--wait", 1, "replicas that WAIT asks for"),
    ):
        ours.add_argument(
            name, type=int, default=default, metavar="N", help=f"{told} (%(default)s)"
        )
    ours.add_argument("--topology", choices=("star", "chain"), default="star")
    ours.add_argument("--no-failover", action="store_true", help="a primary comes back as one")
    return parser


def _show_progress(done: int, of: int, failures: int, seconds: float) -> None:
    if sys.stderr.isatty():
        bar = "#" * (30 * done // of)
        rate = done / max(seconds, 1e-9)
        told = f"\r[{bar:30}] {done}/{of}, {failures} failures, {rate:.0f}/s "
        print(told, end="", file=sys.stderr, flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)

"""`python -m replserver simulate --seeds 0:1000 --jobs 2`: storms over many seeds, on several cores.

Without a FILE:TEST, nodes under the built-in workload and faults; with it, a test that
`replserver.simulate` has made. Failures are printed with the script that replays them; --failures
keeps script and transcript of each.
"""

from __future__ import annotations

import argparse
import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic

from .exceptions import ReplserverError
from .simulation import Storm, most_advanced, nobody

PIECE = 20  # seeds that a job takes at a time
Outcome = tuple[int, str, str, str]  # seed, what is wrong, the script, the transcript


def main(arguments: Sequence[str], program: str) -> int:
    options = _options(arguments, program)
    try:
        storm = _storm(options)
    except (ReplserverError, ValueError, OSError, KeyError, AttributeError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    failures, done, begun = 0, 0, monotonic()
    try:
        for count, outcomes in _outcomes(options, storm):
            done += count
            for outcome in outcomes:
                failures += 1
                _clear_progress()
                print(outcome[1], flush=True)
                if options.failures:
                    _keep(Path(options.failures), outcome)
            _show_progress(done, len(options.seeds), failures, monotonic() - begun)
    except KeyboardInterrupt:
        failures = failures or 130
    _clear_progress()
    rate = done / max(monotonic() - begun, 1e-9)
    print(f"{done} seeds, {failures} failures, {rate:.0f} schedules per second")
    return min(failures, 1) if failures != 130 else 130


def _outcomes(
    options: argparse.Namespace, storm: Storm
) -> Iterator[tuple[int, list[Outcome]]]:
    pieces = [options.seeds[at : at + PIECE] for at in range(0, len(options.seeds), PIECE)]
    if options.jobs == 1:
        yield from ((len(piece), _try(storm, piece)) for piece in pieces)
        return
    # A test's functions need not be picklable: each process reads the file itself.
    with ProcessPoolExecutor(options.jobs) as pool:
        tried = pool.map(partial(_try_elsewhere, options), pieces)
        yield from zip(map(len, pieces), tried)


def _try_elsewhere(options: argparse.Namespace, seeds: range) -> list[Outcome]:
    return _try(_storm(options), seeds)


def _try(storm: Storm, seeds: range) -> list[Outcome]:
    found = []
    for seed in seeds:
        if failure := storm.failure_of(seed):
            found.append((seed, str(failure), failure.script, "\n".join(failure.transcript)))
    return found


def _keep(folder: Path, outcome: Outcome) -> None:
    seed, text, script, transcript = outcome
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{seed}.py").write_text(script)
    (folder / f"seed-{seed}.txt").write_text(f"{text}\n{transcript}\n")


def _storm(options: argparse.Namespace) -> Storm:
    if options.test:
        path, _, name = options.test.rpartition(":")
        sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
        made = runpy.run_path(path)[name].storm
        assert isinstance(made, Storm)
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
    seeds = range(int(first), int(end)) if colon else range(int(first), int(first) + 1)
    if not seeds:
        raise ValueError("no seeds")
    return seeds


def _jobs(text: str) -> int:
    if int(text) < 1:
        raise ValueError("at least one job")
    return int(text)


def _options(arguments: Sequence[str], program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description=(__doc__ or "").partition("\n")[2])
    parser.add_argument("test", nargs="?", metavar="FILE:TEST", help="of a storm of your own")
    parser.add_argument("--seeds", type=_seeds, default=range(1000), metavar="FIRST:END")
    parser.add_argument("--jobs", type=_jobs, default=1, metavar="N", help="processes")
    parser.add_argument("--failures", metavar="DIR", help="where scripts and transcripts go")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--commands", type=int, default=200)
    parser.add_argument("--faults", type=int, default=5)
    parser.add_argument("--topology", choices=("star", "chain"), default="star")
    parser.add_argument("--wait", type=int, default=1, help="replicas that WAIT asks for")
    parser.add_argument("--no-failover", action="store_true", help="a primary comes back as one")
    return parser.parse_args(arguments)


def _show_progress(done: int, of: int, failures: int, seconds: float) -> None:
    if sys.stderr.isatty():
        bar = "#" * (30 * done // of)
        rate = done / max(seconds, 1e-9)
        told = f"\r[{bar:30}] {done}/{of}, {failures} failures, {rate:.0f}/s "
        print(told, end="", file=sys.stderr, flush=True)


def _clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)

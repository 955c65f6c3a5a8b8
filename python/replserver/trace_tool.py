"""`python -m replserver record HOST:PORT FILE` and `replay FILE HOST:PORT`: streams in files."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Optional

from .recording import BYTES_MAX, record
from .replaying import replay
from .replication import address_at
from .trace import Trace


def main_record(arguments: Sequence[str], program: str) -> int:
    """Until the source hangs up, the time is over, or SIGINT or SIGTERM comes."""
    parser = argparse.ArgumentParser(
        prog=program, description="Records what a server tells its replicas: data, then stream."
    )
    parser.add_argument("source", metavar="HOST:PORT", help="a primary, or a replica")
    parser.add_argument("file", metavar="FILE", help="the trace to write")
    parser.add_argument(
        "--seconds", type=float, metavar="N", help="end after so long; else by Ctrl-C"
    )
    parser.add_argument("--user", help="whose password it is, where there are several")
    parser.add_argument(
        "--bytes-max",
        type=int,
        default=BYTES_MAX,
        metavar="N",
        help="a larger trace ends with an error (%(default)s)",
    )
    _add_shared(parser, "for the data")
    options = parser.parse_args(arguments)

    def stop(_number: int, _frame: Optional[FrameType]) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    with record(
        address_at(options.source),
        options.file,
        password=options.password,
        username=options.user,
        timeout=options.timeout,
        bytes_max=options.bytes_max,
    ) as recording:
        with suppress(KeyboardInterrupt):
            print(f"recording {options.source} from offset {recording.offset}", flush=True)
            recording.wait_ended(options.seconds)
    print(recording.trace)
    return 0


def main_replay(arguments: Sequence[str], program: str) -> int:
    parser = argparse.ArgumentParser(
        prog=program, description="Sends a recorded stream to a server, or shows what is in it."
    )
    parser.add_argument("file", metavar="FILE", help="a trace")
    parser.add_argument("target", metavar="HOST:PORT", nargs="?", help="without it: show the trace")
    parser.add_argument(
        "--how",
        choices=("primary", "client"),
        default="primary",
        help="primary: data and stream, the server follows us for a while; client: the commands",
    )
    parser.add_argument(
        "--pace", choices=("fast", "recorded"), default="fast", help="%(default)s, or as it was"
    )
    parser.add_argument(
        "--speed", type=float, default=1.0, metavar="N", help="2: in half the recorded time"
    )
    _add_shared(parser, "to follow us, and to have got all")
    options = parser.parse_args(arguments)
    trace = Trace(options.file)
    if options.target is None:
        show(trace)
        return 0
    done = replay(
        trace,
        address_at(options.target),
        how=options.how,
        pace=options.pace,
        speed=options.speed,
        password=options.password,
        timeout=options.timeout,
    )
    print(f"{done.commands} commands, {done.bytes} bytes, offset {done.offset}")
    for error_reply in done.errors:
        print(f"was answered: {error_reply}", file=sys.stderr)
    return 1 if done.error_count else 0


def _add_shared(parser: argparse.ArgumentParser, why: str) -> None:
    parser.add_argument("--password", help="of the server")
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="N", help=f"seconds {why} (%(default)g)"
    )


def show(trace: Trace) -> None:
    """Seconds since the recording began, offset, database, command."""
    print(trace)
    for command in trace:
        db = "-" if command.db is None else command.db
        print(f"{command.time - trace.begun:.6f}\t{command.begin}\t{db}\t{command}")

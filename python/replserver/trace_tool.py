"""`python -m replserver record HOST:PORT FILE` and `replay FILE HOST:PORT`: streams in files."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Optional

from .exceptions import ReplserverError
from .recording import record
from .replaying import replay
from .replication import address_at
from .trace import Trace


def main_record(arguments: Sequence[str], program: str) -> int:
    """Until the source hangs up, the time is over, or SIGINT or SIGTERM comes."""
    parser = argparse.ArgumentParser(
        prog=program, description="Records what a server tells its replicas: data, then stream."
    )
    parser.add_argument("source", metavar="HOST:PORT")
    parser.add_argument("file", help="the trace to write")
    parser.add_argument("--seconds", type=float, help="end after so long; else by Ctrl-C")
    parser.add_argument("--password")
    parser.add_argument("--user")
    parser.add_argument("--timeout", type=float, default=60.0, help="for the data (%(default)s s)")
    options = parser.parse_args(arguments)

    def stop(_number: int, _frame: Optional[FrameType]) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        with record(
            address_at(options.source),
            options.file,
            password=options.password,
            username=options.user,
            timeout=options.timeout,
        ) as recording:
            try:
                print(f"recording {options.source} from offset {recording.offset}", flush=True)
                recording.wait_ended(options.seconds)
            except KeyboardInterrupt:
                pass
        print(repr(Trace(options.file)))
    except (ReplserverError, OSError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    return 0


def main_replay(arguments: Sequence[str], program: str) -> int:
    parser = argparse.ArgumentParser(
        prog=program, description="Sends a recorded stream to a server, or shows what is in it."
    )
    parser.add_argument("file", help="a trace")
    parser.add_argument("target", metavar="HOST:PORT", nargs="?", help="without it: show the trace")
    parser.add_argument(
        "--how",
        choices=("primary", "client"),
        default="primary",
        help="primary: data and stream, the server follows us for a while; client: the commands",
    )
    parser.add_argument("--pace", choices=("fast", "recorded"), default="fast")
    parser.add_argument("--speed", type=float, default=1.0, help="2: in half the recorded time")
    parser.add_argument("--password")
    parser.add_argument("--timeout", type=float, default=60.0)
    options = parser.parse_args(arguments)
    try:
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
    except (ReplserverError, OSError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    print(f"{done.commands} commands, {done.bytes} bytes, offset {done.offset}")
    for error_reply in done.errors:
        print(f"was answered: {error_reply}", file=sys.stderr)
    return 1 if done.error_count else 0


def show(trace: Trace) -> None:
    """Seconds since the recording began, offset, database, command."""
    print(repr(trace))
    for command in trace:
        db = "-" if command.db is None else command.db
        print(f"{command.time - trace.begun:.6f}\t{command.begin}\t{db}\t{command}")

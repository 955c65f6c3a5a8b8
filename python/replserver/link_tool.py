"""`python -m replserver link --to HOST:PORT`: a link between any two servers, controlled by lines of JSON.

    {"do": "cut", "at_offset": 117}      ->  {"done": "cut"}
    {"do": "wait_cut", "timeout": 5}     ->  {"done": "wait_cut", "state": {...}}
    {"do": "cut", "at": "nowhere"}       ->  {"error": "at: 'nowhere' is no place; ..."}

A request names a method of replserver.Link and its keywords; with an "id" the answer has it, too.
What happens on the link is told as {"event": {...}}. It ends with its input.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from threading import Lock, Thread
from typing import Any, TextIO

from .exceptions import ClosedError, ReplserverError
from .link import Link
from .replication import address_at

VERBS = (
    "cut",
    "hold",
    "release",
    "blackhole",
    "corrupt",
    "refuse",
    "heal",
    "delay",
    "throttle",
    "acks",
    "ack",
    "wait_cut",
    "wait_held",
    "wait_offset",
    "wait_acknowledged",
    "wait_phase",
    "wait_conversations",
    "wait_event",
)


def main(arguments: Sequence[str], program: str) -> int:
    options = _options(arguments, program)
    try:
        link = Link(address_at(options.to), port=options.listen, seed=options.seed)
    except (ReplserverError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    with link:
        serve(link, sys.stdin, _Lines(sys.stdout))
    return 0


def _options(arguments: Sequence[str], program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=program,
        description="A link between two servers, with faults by JSON lines on standard input.",
        epilog='For example {"do": "cut", "at_offset": 117}; {"do": "state"} tells how it stands.',
    )
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="the server behind it")
    parser.add_argument("--listen", type=int, default=0, metavar="PORT", help="0: any free one")
    parser.add_argument("--seed", type=int, default=1, help="of jitter (%(default)s)")
    return parser.parse_args(arguments)


class _Lines:
    """JSON lines of several threads."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._lock = Lock()

    def say(self, line: dict[str, Any]) -> None:
        with self._lock:
            print(json.dumps(line), file=self._to, flush=True)


def serve(link: Link, requests: TextIO, answers: _Lines) -> None:
    answers.say({"listening": link.port})
    Thread(target=_tell_events, args=(link, answers), daemon=True).start()
    for line in requests:
        if line.strip():
            answers.say(answer(link, line))


def answer(link: Link, line: str) -> dict[str, Any]:
    """What a request is answered, once it is done."""
    told: dict[str, Any] = {}
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise ValueError('a request is an object: {"do": "cut"}')
        if "id" in request:
            told["id"] = request.pop("id")
        verb = request.pop("do", None)
        if verb == "state":
            return {**told, "done": verb, "state": asdict(link.state)}
        if verb not in VERBS:
            raise ValueError(f"do: one of {', '.join((*VERBS, 'state'))}, not {verb!r}")
        result = getattr(link, verb)(**request)
        told["done"] = verb
        if is_dataclass(result):
            name = "state" if hasattr(result, "gates") else "event"
            told[name] = asdict(result)  # type: ignore[arg-type]
        return told
    except (ReplserverError, ValueError, TypeError) as error:
        return {**told, "error": str(error)}


def _tell_events(link: Link, answers: _Lines) -> None:
    seen = 0
    try:
        while True:
            link._wait({"events": seen}, None, "event")
            for event in link.events_after(seen):
                seen = event.number
                answers.say({"event": asdict(event)})
    except (ClosedError, OSError, ValueError):
        return  # the link is closed, or nobody listens any more

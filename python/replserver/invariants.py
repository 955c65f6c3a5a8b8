"""What holds at every moment of a run, whatever happens; and who notices when it does not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Optional

from . import _core
from .exceptions import CommandError

# What no node has a reason to say, as long as no link flips bits.
NEVER = re.compile(
    "CRITICAL|Failed trying to load|wrong \\+FULLRESYNC|Bad protocol|corruption|acknowledged offset"
    "|Protocol error from|Replica generated a reply|Unexpected reply"
)
MISMATCH = re.compile(r"Replication ID mismatch .*asked for '(\w*)'.* are '(\w*)' and '(\w*)'")
PAST_FORMER = re.compile(r"Requested offset for second ID was (\d+), but I can reply up to (\d+)")
NO_BACKLOG = re.compile(r"for lack of backlog \(Replica request was: (\d+)\)")
TOLD = re.compile(
    f"sync: Finished with success|Full resync from master|Flushing old data|no cached master"
    f"|partial res|mismatch|second ID|lack of backlog|backlog created|{NEVER.pattern}"
)


class Violation(AssertionError):
    """Something that always holds did not. `check` names it."""

    def __init__(self, check: str, text: str) -> None:
        super().__init__(f"{check}: {text}")
        self.check = check


@dataclass
class Seen:
    """A node at the last look."""

    id: str
    offset: int
    full_syncs: int
    backlog: Optional[tuple[int, int, int]]


class Watch:
    """Looks at the nodes of a world, and reads what they say.

    equal position, equal data | offsets go back only by a full sync | no full sync while the backlog
    had the bytes | nobody says what nobody has a reason to say
    """

    def __init__(self, world: _core.World) -> None:
        self._world = world
        self._seen: dict[str, Seen] = {}
        self._digests: dict[tuple[str, int], str] = {}
        self._full_syncs: Counter[str] = Counter()
        self._may_ask_for_all: set[str] = set()
        self._lines_read = 0
        self.lives: Counter[str] = Counter()  # of a node's data: ends when they are thrown away

    def started(self, name: str) -> None:
        """It has no memory of what was before."""
        self._seen.pop(name, None)
        self._may_ask_for_all.add(name)
        self.lives[name] += 1

    def look(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Checks all that can be seen now. Gives where each of the running nodes stands."""
        world = self._world
        positions = {name: world.replication(name) for name in names if world.is_running(name)}
        self._read(positions)
        for name, now in positions.items():
            self._check_offset(name, now)
            self._check_data(name, now)
            self._seen[name] = Seen(
                now["id"], now["offset"], self._full_syncs[name], now["backlog"]
            )
        return positions

    def _check_offset(self, name: str, now: dict[str, Any]) -> None:
        before = self._seen.get(name)
        if before is None or before.id != now["id"] or before.offset <= now["offset"]:
            return
        if before.full_syncs == self._full_syncs[name]:
            told = f"{name} went from {before.offset} to {now['offset']} without a full sync"
            raise Violation("offsets only grow", told)

    def _check_data(self, name: str, now: dict[str, Any]) -> None:
        if now["backlog"] is None:
            return  # without one offsets stand still while data change
        try:
            digest = str(self._world.call(name, "DEBUG", "DIGEST"))
        except CommandError:
            return  # it is loading its data
        place = now["id"], now["offset"]
        if self._digests.setdefault(place, digest) != digest:
            told = f"{name} has other data than were seen at its offset {now['offset']}"
            raise Violation("equal position, equal data", told)

    # ---- what the nodes say

    def _read(self, positions: dict[str, dict[str, Any]]) -> None:
        lines = self._world.transcript
        news, self._lines_read = lines[self._lines_read :], len(lines)
        for line in news:
            if TOLD.search(line):
                _, who, _, text = line.split(" ", 3)
                self._hear(who.partition(":")[0], text, positions, news)

    def _hear(
        self, name: str, text: str, positions: dict[str, dict[str, Any]], news: list[str]
    ) -> None:
        if NEVER.search(text):
            raise Violation("nobody says that", f"{name} said: {text}")
        if "Finished with success" in text:
            self._full_syncs[name] += 1
            self._may_ask_for_all.discard(name)
        elif "Full resync from master" in text:
            self._may_ask_for_all.add(name)  # until it has the data: the link may break before
        elif "Flushing old data" in text:
            self.lives[name] += 1
        elif "Successful partial" in text:
            self._may_ask_for_all.discard(name)
        elif "no cached master" in text and name not in self._may_ask_for_all:
            raise Violation("no needless full sync", f"{name} had a position, and asked for all")
        elif match := MISMATCH.search(text):
            if match[1] in match.groups()[1:]:
                raise Violation("no needless full sync", f"{name} refused its own history")
        elif match := PAST_FORMER.search(text):
            if int(match[1]) <= int(match[2]):
                raise Violation("no needless full sync", f"{name} refused what it shares: {text}")
        elif match := NO_BACKLOG.search(text):
            self._check_refusal(name, int(match[1]) - 1, positions, news)

    def _check_refusal(
        self, name: str, offset: int, positions: dict[str, dict[str, Any]], news: list[str]
    ) -> None:
        """The window was, at its narrowest, what both this look and the last one have seen."""
        before, now = self._seen.get(name), positions.get(name)
        if before is None or now is None or before.id != now["id"]:
            return
        if before.backlog is None or now["backlog"] is None:
            return
        if any(f" {name}:" in line and "backlog created" in line for line in news):
            return
        if now["backlog"][0] <= offset <= before.backlog[1]:
            told = f"{name} refused offset {offset}, which its backlog held"
            raise Violation("no needless full sync", told)

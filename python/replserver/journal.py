"""What a node's journal tells, as events: the commands that it wrote or got, and where it stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Optional

from ._core import Journal
from .exceptions import StreamError
from .replication import Address
from .stream import StreamCommand, StreamReader, line_of, resume

JOURNAL_BYTES_MAX = 4 * 1024 * 1024  # of its history, that a node's journal keeps

Kind = Literal["command", "state", "link"]
NameOf = Callable[[Address], str]


@dataclass(frozen=True)
class HistoryEvent:
    """Something that happened to a node or on a link."""

    number: int  # in its history, counted from 1
    time: float  # seconds since 1970, by the node's clock
    where: str  # the node's name, or the link's
    kind: Kind
    # command: wrote, got, or unknown: its bytes are not kept
    # state: opened, closed, role, follows, link, full sync, partial sync, history, replicas
    # link: what a LinkEvent tells: opened, passed, cut, held, released, ...
    what: str
    detail: str = ""
    begin: Optional[int] = None  # the node's offset before, or the link's
    end: Optional[int] = None  # and afterwards
    words: tuple[bytes, ...] = ()  # of a command
    db: Optional[int] = None  # None: not known
    backlog_first: Optional[int] = None  # from where one could resume then

    @property
    def text(self) -> str:
        """What happened, without where."""
        place = ""
        if self.end is not None:
            place = f" at {self.end}" if self.begin == self.end else f" at {self.begin}-{self.end}"
        told = line_of(self.words) if self.words else self.detail
        return f"{self.what}{' ' if told else ''}{told}{place}"

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


class Noted(NamedTuple):
    """An event that has no number yet. There may be many more of them than are wanted."""

    order: float  # the machine's time
    time: float
    where: str
    kind: Kind
    what: str = ""
    detail: str = ""
    begin: Optional[int] = None
    end: Optional[int] = None
    words: tuple[bytes, ...] = ()
    db: Optional[int] = None
    backlog_first: Optional[int] = None

    def numbered(self, number: int) -> HistoryEvent:
        return HistoryEvent(number, *self[1:])


def events_of(name: str, journal: Journal, name_of: NameOf) -> Iterator[Noted]:
    """In their order."""
    reader = _Reader(name_of)
    for _, at, machine, begin, end, data, first, standing, ended in journal.entries():
        base = Noted(machine, at, name, "state", begin=end, end=end, backlog_first=first)
        if ended:
            yield base._replace(what="closed")
            reader = _Reader(name_of)
            continue
        if standing is None:
            yield from reader.moved(base, begin, data)
        else:
            yield from reader.stood(base, begin, data, _Standing(*standing))
        reader.offset = end


@dataclass(frozen=True)
class _Standing:
    history: str
    former: str
    primary: Optional[Address]
    link: str
    replicas: int


class _Reader:
    """Where a node stood last, while its journal is read."""

    def __init__(self, name_of: NameOf) -> None:
        self._name_of = name_of
        self._last: Optional[_Standing] = None
        self._stream: Optional[StreamReader] = None
        self._was_syncing = False
        self.offset = 0  # before the entry that is read

    # ---- offsets: the commands between them

    def moved(self, base: Noted, begin: int, data: bytes) -> Iterator[Noted]:
        end = base.end or 0
        if begin == end:
            return
        what = "got" if self._last is not None and self._last.primary else "wrote"
        first = end - len(data)
        if self._stream is None or self._stream.offset != first:
            self._stream = StreamReader(first, self._stream.db if self._stream else None)
        known = self._commands(data, is_whole=first == begin)
        commands = [command for command in known if command.end <= end]
        at = commands[0].begin if commands else end
        if at > begin:
            yield base._replace(kind="command", what="unknown", begin=begin, end=at)
        for one in commands:
            yield Noted(
                base.order,
                base.time,
                base.where,
                "command",
                what,
                "",
                one.begin,
                one.end,
                one.words,
                one.db,
                base.backlog_first,
            )

    def _commands(self, data: bytes, is_whole: bool) -> list[StreamCommand]:
        assert self._stream is not None
        if not is_whole:
            return list(resume(self._stream, data))
        try:
            return list(self._stream.feed(data))
        except StreamError:  # as a link that corrupts may make them
            return []

    # ---- role, primary, link and history

    def stood(
        self, base: Noted, begin: int, data: bytes, now: _Standing
    ) -> Iterator[Noted]:
        was, self._last = self._last, now
        if was is None:
            yield base._replace(what="opened", detail=self._role(now))
            return
        if (was.primary is None) != (now.primary is None):
            yield base._replace(what="role", detail=self._role(now))
        elif was.primary != now.primary:
            yield base._replace(what="follows", detail=self._primary(now))
        is_other = was.history != now.history and now.former != was.history
        if now.link == "sync":
            self._was_syncing = True
        is_new = now.link == "connected" != was.link
        # Too quick for the state in between to be seen: what lies between came as a payload.
        jumped = is_new and self.offset + len(data) != base.end
        if now.primary is not None and now.link != was.link:
            yield from self._linked(base, now, is_other or jumped)
        if was.history != now.history:
            yield base._replace(what="history", detail=now.history)
        if now.replicas != was.replicas:
            yield base._replace(what="replicas", detail=f"{now.replicas} online")
        if is_other or is_new:
            begin = (base.end or 0) - len(data)
        yield from self.moved(base, begin, data)

    def _linked(self, base: Noted, now: _Standing, is_full: bool) -> Iterator[Noted]:
        yield base._replace(what="link", detail=now.link)
        if now.link != "connected":
            return
        how = "full sync" if is_full or self._was_syncing else "partial sync"
        yield base._replace(what=how, detail=f"from {self._primary(now)}")
        self._was_syncing = False

    def _role(self, standing: _Standing) -> str:
        return f"replica of {self._primary(standing)}" if standing.primary else "primary"

    def _primary(self, standing: _Standing) -> str:
        return "" if standing.primary is None else self._name_of(standing.primary)

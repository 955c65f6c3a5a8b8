"""What a session of an application relies on, checked at each of its reads.

    read-your-writes   it sees what it has written itself
    monotonic reads    it does not see, a second time, what was before what it saw the first time
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, NamedTuple, Protocol, TypeVar, Union

from .client import encoded
from .config import Word
from .exceptions import CommandError
from .replication import Replicating, Replication

_WRITES = {"RW", "OW", "RM"}
_READS = {"RO", "ACCESS"}


class Executing(Protocol):
    """A `redis.Redis` or `redis.asyncio.Redis`."""

    execute_command: Any
    pipeline: Any
    connection_pool: Any


Client = TypeVar("Client", bound=Executing)
_Finish = Callable[[Any], Any]  # is told the reply, and gives it back


class StaleRead(AssertionError):
    """A read that a guarantee forbids."""

    def __init__(self, text: str, guarantee: str, session: str, key: bytes) -> None:
        super().__init__(text)
        self.guarantee = guarantee  # read-your-writes, monotonic reads
        self.session = session
        self.key = key


class _Known(NamedTuple):
    """What the session has written or seen, and where."""

    node: str
    history: str
    least: int  # who has less of the history, does not have it
    offset: int
    text: str
    reply: Any


@dataclass
class _Call:
    node: Replicating
    words: tuple[Word, ...]
    reads: list[bytes]
    writes: list[bytes]
    before: Replication


class CheckedSession:
    """One user of an application, whose reads fail when they are older than they may be.

        ann = rs.CheckedSession(c, "ann")
        shop = Shop(
            ann.wrap(redis.Redis(**c.m.connection)), ann.wrap(redis.Redis(**c.r1.connection))
        )
        shop.buy("lamp", "ann")
        shop.left("lamp")           # StaleRead, if r1 does not have it yet

    The StaleRead, an AssertionError, names the session, the key and both offsets. Either guarantee
    can be left out: not every application needs both.

    Which keys a command reads and writes the server says. That a read went back is noticed when
    the same command has another reply. With writers in other threads a read is blamed only if it
    is too old whatever came first.
    """

    def __init__(
        self,
        members: Iterable[Replicating],
        name: str = "session",
        *,
        own_writes: bool = True,
        monotonic: bool = True,
    ) -> None:
        self.name = name
        self._members = {one.name: one for one in members}
        self._own_writes = own_writes
        self._monotonic = monotonic
        self._written: dict[bytes, _Known] = {}
        self._read: dict[bytes, _Known] = {}  # by commands, as they go over the wire
        self._former: dict[str, tuple[str, int]] = {}  # of histories, as they were seen

    def wrap(self, client: Client) -> Client:
        """The same client of a member; from now on what it does is the session's."""
        where = client.connection_pool.connection_kwargs
        node = self._at(str(where.get("host", "localhost")), int(where.get("port", 6379)))
        execute, pipeline = client.execute_command, client.pipeline

        def single(words: tuple[Any, ...]) -> _Finish:
            call = self._begin(node, words)
            return lambda reply: self._end(call, reply)

        def pipe(*words: Any, **options: Any) -> Any:
            made = pipeline(*words, **options)
            made.execute = _between(made.execute, lambda _: self._begin_all(node, made))
            # While it watches keys, it gathers nothing.
            made.immediate_execute_command = _between(made.immediate_execute_command, single)
            return made

        client.execute_command = _between(execute, single)
        client.pipeline = pipe
        return client

    def call(self, member: Union[str, Replicating], *words: Word) -> Any:
        """A command of the session, without a client: as the member's own `call`."""
        node = self._member(member) if isinstance(member, str) else member
        call = self._begin(node, words)
        return self._end(call, node.call(*words))

    def _member(self, name: str) -> Replicating:
        if name not in self._members:
            raise ValueError(f"{name!r} is no member: {', '.join(self._members)}")
        return self._members[name]

    # ---- a call

    def _begin_all(self, node: Replicating, pipe: Any) -> _Finish:
        """Of a pipeline: the commands that it has gathered."""
        calls = [self._begin(node, words) for words, *_ in pipe.command_stack]

        def finish(replies: Any) -> Any:
            for call, reply in zip(calls, replies):
                self._end(call, reply)
            return replies

        return finish

    def _begin(self, node: Replicating, words: tuple[Any, ...]) -> _Call:
        words = (*_text(words[0]).upper().split(), *words[1:])
        reads, writes = [], []
        for key, flags in _keys(node, words):
            if flags & _WRITES:
                writes.append(key)
            if flags & _READS:
                reads.append(key)
        return _Call(node, words, reads, writes, node.replication)

    def _end(self, call: _Call, reply: Any) -> Any:
        after = call.node.replication
        self._look_at_histories()
        for key in call.reads:
            if self._own_writes and key in self._written:
                self._check_own(call, after, key)
        if self._monotonic and call.reads and not call.writes:
            self._check_order(call, after, reply)
        if call.before.id == after.id and after.offset > call.before.offset:
            known = self._known(call, call.before.offset + 1, after, reply)
            self._written.update((key, known) for key in call.writes)
        return reply

    def _check_own(self, call: _Call, after: Replication, key: bytes) -> None:
        own = self._written[key]
        if self._lacks(after, own):
            raise StaleRead(
                f"{self.name}: {_told(call.words)} on {call.node.name} at offset {after.offset}"
                f"{self._other(after, own)} does not have its own {own.text} "
                f"on {own.node} at offset {own.offset}",
                "read-your-writes",
                self.name,
                key,
            )

    def _check_order(self, call: _Call, after: Replication, reply: Any) -> None:
        command = encoded(call.words)
        seen = self._read.get(command)
        if seen is not None and reply != seen.reply and self._lacks(after, seen):
            raise StaleRead(
                f"{self.name}: {_told(call.words)} goes back: {reply!r} on {call.node.name} "
                f"at offset {after.offset}{self._other(after, seen)}, but before {seen.reply!r} "
                f"on {seen.node} at offset {seen.offset}",
                "monotonic reads",
                self.name,
                call.reads[0],
            )
        if seen is None or not self._lacks(after, seen):
            self._read[command] = self._known(call, call.before.offset, call.before, reply)

    def _known(self, call: _Call, least: int, at: Replication, reply: Any) -> _Known:
        return _Known(call.node.name, at.id, least, at.offset, _told(call.words), reply)

    # ---- histories

    def _look_at_histories(self) -> None:
        for one in self._members.values():
            seen = one._seen()
            if seen and seen.former_id is not None and seen.former_offset is not None:
                self._former[seen.id] = (seen.former_id, seen.former_offset)

    def _lacks(self, place: Replication, known: _Known) -> bool:
        """What is of another history counts as without it, unless that began with it."""
        history, offset = place.id, place.offset
        visited = set()
        while history != known.history:
            if history not in self._former or history in visited:
                return True
            visited.add(history)
            history, parted = self._former[history]
            offset = min(offset, parted)
        return offset < known.least

    def _other(self, place: Replication, known: _Known) -> str:
        return "" if place.id == known.history else " of another history"

    def _at(self, host: str, port: int) -> Replicating:
        from .node import peer_at

        node = peer_at((host, port))
        if node is None or node not in self._members.values():
            raise ValueError(f"{host}:{port} is no member: {', '.join(self._members)}")
        return node

    def __repr__(self) -> str:
        return f"<replserver.CheckedSession {self.name} of {', '.join(self._members)}>"


def _between(
    execute: Callable[..., Any], begin: Callable[[tuple[Any, ...]], _Finish]
) -> Callable[..., Any]:
    """A client's method, with what comes before and behind it."""

    def checked(*words: Any, **options: Any) -> Any:
        finish = begin(words)
        return finish(execute(*words, **options))

    async def checked_later(*words: Any, **options: Any) -> Any:
        finish = begin(words)
        return finish(await execute(*words, **options))

    return checked_later if iscoroutinefunction(execute) else checked


def _keys(node: Replicating, words: tuple[Any, ...]) -> list[tuple[bytes, set[str]]]:
    try:
        told = node._order("COMMAND", "GETKEYSANDFLAGS", *words)
    except CommandError:  # it has none
        return []
    return [(key, {_text(flag).upper() for flag in flags}) for key, flags in told]


def _told(words: tuple[Any, ...]) -> str:
    return " ".join(_short(word) for word in words)


def _short(word: Any) -> str:
    text = _text(word)
    return text if len(text) <= 48 else f"{text[:48]}..."


def _text(word: Any) -> str:
    return word.decode(errors="backslashreplace") if isinstance(word, bytes) else str(word)

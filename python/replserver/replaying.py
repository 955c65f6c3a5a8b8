"""Sends a recorded replication stream to a server: as its primary, or as a client.

    rs.replay(trace, against=node)                       # the data and the stream, byte for byte
    rs.replay(trace, against=("127.0.0.1", 6379), pace="recorded")
    rs.replay(trace, against=node, how="client")         # the commands alone

As its primary: the server is told to follow us, gets the data by a full sync and the stream
behind it, and stands then where the recorded one stood, in the same history. Then it is promoted.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal, Optional, Union

from .client import dialled
from .consistency import client_of
from .exceptions import ClosedError, CommandError, WaitTimeout
from .external_server import External
from .replication import Primary, Replicating, address_of
from .stream import StreamCommand, StreamReader
from .trace import Path, Trace

Pace = Literal["fast", "recorded", "clock"]
How = Literal["primary", "client"]
_BATCH = 256  # commands that a client sends in one go
_ERRORS_KEPT = 10
_LINE_MAX = 64 * 1024


@dataclass(frozen=True)
class Replayed:
    """What a replay has done."""

    commands: int  # that were sent, upkeep of the stream included
    bytes: int  # of the stream
    offset: int  # where the server stands in the recorded history; of a client's: where it ended
    seconds: float
    errors: tuple[str, ...]  # the first replies that were errors, to a client's commands
    error_count: int


class _Pacer:
    """Waits between what was recorded at different times."""

    def __init__(self, pace: Pace, speed: float, clock: Any, begun: float) -> None:
        self._pace = pace
        self._speed = speed
        self._clock = clock
        self._last = begun
        self._started = time.monotonic()
        self._due = 0.0

    @property
    def is_fast(self) -> bool:
        return self._pace == "fast"

    def wait_for(self, at: float, before: Callable[[], None] = lambda: None) -> None:
        """Until it is that time of the recording; `before` a clock is moved."""
        passed, self._last = max(0.0, at - self._last), max(at, self._last)
        if self._pace == "clock" and passed > 0:
            before()
            self._clock.advance(passed)
        elif self._pace == "recorded":
            self._due += passed / self._speed
            left = self._started + self._due - time.monotonic()
            if left > 0:
                time.sleep(left)


def replay(
    trace: Union[Trace, Path],
    against: Primary,
    *,
    how: How = "primary",
    pace: Pace = "fast",
    speed: float = 1.0,
    clock: Any = None,
    promote: bool = True,
    password: Optional[str] = None,
    timeout: float = 30.0,
) -> Replayed:
    """Sends what was recorded to a server, and returns when it has all of it.

    against  A node, rs.external's, or (host, port), whose password may be given.
    how      "primary": it follows us for a while: its data are replaced, offsets are the recorded
             ones. "client": the stream's commands are sent to it as they are; its data stay, and
             those that the recording began with are not sent.
    pace     "fast"; "recorded", with `speed` 2.0 in half the time; or "clock": the manual `clock`
             (the node's, if none is given) is advanced by the time between the recorded pieces.
    promote  False: it goes on as a replica of a primary that is no longer there.
    timeout  Seconds that it may take to follow us, and to have got all that was sent.
    """
    trace = trace if isinstance(trace, Trace) else Trace(trace)
    if how not in ("primary", "client") or pace not in ("fast", "recorded", "clock"):
        told = "how: 'primary' or 'client'; pace: 'fast', 'recorded' or 'clock'"
        raise ValueError(f"{told}; not {how!r} and {pace!r}")
    if how == "primary" and hasattr(against, "world"):
        raise ValueError(f"{against!r} has no sockets to follow us through: how='client'")
    if speed <= 0:
        raise ValueError("speed: more than 0")
    own: Optional[External] = None
    if isinstance(against, Replicating):
        target: Replicating = against
    else:
        target = own = External(address_of(against), password=password)
    mover = clock if clock is not None else target
    if pace == "clock" and not hasattr(mover, "advance"):
        raise ValueError(f"pace='clock': {target.name} has no clock that can be moved")
    pacer = _Pacer(pace, speed, mover, trace.begun)
    try:
        if how == "client":
            return _as_client(trace, target, pacer)
        return _as_primary(trace, target, pacer, promote, timeout)
    finally:
        if own is not None:
            own.close()


# ---- as a client


def _as_client(trace: Trace, target: Replicating, pacer: _Pacer) -> Replayed:
    begun, sent, size, offset = time.monotonic(), 0, 0, trace.offset
    errors: list[str] = []
    count = 0
    with _sender(target) as send:
        for batch in _batches(trace, pacer):
            offset = batch[-1].end
            told = [command for command in batch if command.name not in ("PING", "REPLCONF")]
            for reply in send([command.words for command in told]):
                for one in reply if isinstance(reply, list) else [reply]:  # as EXEC's
                    if isinstance(one, CommandError):
                        count += 1
                        errors += [str(one)] if len(errors) < _ERRORS_KEPT else []
            sent, size = sent + len(told), size + sum(command.size for command in told)
    return Replayed(sent, size, offset, time.monotonic() - begun, tuple(errors), count)


def _batches(trace: Trace, pacer: _Pacer) -> Iterator[list[StreamCommand]]:
    """The commands that go in one go: many, or only one where there are waits between them."""
    batch: list[StreamCommand] = []
    for command in trace:
        if batch and (not pacer.is_fast or len(batch) >= _BATCH):
            yield batch
            batch = []
        pacer.wait_for(command.time)
        batch.append(command)
    if batch:
        yield batch


@contextmanager
def _sender(target: Replicating) -> Iterator[Callable[[list[tuple[bytes, ...]]], list[Any]]]:
    """Sends commands, and gives replies and errors."""

    def reply_of(words: tuple[bytes, ...]) -> Any:
        try:
            return target.call(*words)
        except CommandError as error:
            return error

    if hasattr(target, "world"):  # it has no sockets
        yield lambda batch: [reply_of(words) for words in batch]
    else:
        with client_of(target) as client:
            yield client.calls


# ---- as its primary


def _as_primary(
    trace: Trace, target: Replicating, pacer: _Pacer, promote: bool, timeout: float
) -> Replayed:
    if not trace.has_data:
        raise ValueError(f"{trace!r} has no data to begin with: how='client' sends its commands")
    if trace._last().kind == "D":  # what is behind them shows that none are missing
        raise ValueError(f"{trace!r} was cut short within its data")
    begun = time.monotonic()
    with _listener_for(target, timeout) as listener:
        feed = _Feed(listener, trace, timeout)
        target.replicate(listener.getsockname()[:2])
        try:
            feed.begin()
            counter, count, size = StreamReader(trace.offset), 0, 0
            offset = trace.offset
            for piece in trace.pieces():
                if piece.kind == "D":
                    continue
                pacer.wait_for(piece.time, lambda: target.wait_offset(offset, timeout))
                if piece.data:
                    feed.send(piece.data)
                    offset, size = offset + len(piece.data), size + len(piece.data)
                    count += sum(1 for _ in counter.feed(piece.data))
            whole = counter.offset  # half a command is of no use to anybody
            target.wait_state(timeout, id=trace.history, offset=whole, link="connected")
        finally:
            feed.close()
            if promote:  # also after an error: somebody else may get our port
                target.promote()
    return Replayed(count, size, whole, time.monotonic() - begun, (), 0)


def _listener_for(target: Replicating, timeout: float) -> socket.socket:
    """Where the target can reach us: it may be on another machine."""
    with dialled(target._address(), timeout) as probe:
        return socket.create_server((probe.getsockname()[0], 0), family=probe.family)


class _Feed:
    """A primary's side of one conversation: greeting, data, stream. ACKs are read away."""

    def __init__(self, listener: socket.socket, trace: Trace, timeout: float) -> None:
        self._listener = listener
        self._trace = trace
        self._timeout = timeout
        self._socket: Optional[socket.socket] = None
        self._reader: Optional[threading.Thread] = None

    def begin(self) -> None:
        """Until the data are sent."""
        self._listener.settimeout(self._timeout)
        end = time.monotonic() + self._timeout
        while True:
            try:
                self._socket, _ = self._listener.accept()
            except socket.timeout:
                raise WaitTimeout(f"replay: nobody came in {self._timeout:g} s") from None
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._greet():
                break
            self._socket.close()  # it has looked whether somebody is there, and will be back
            if time.monotonic() > end:
                raise WaitTimeout(f"replay: nobody asked for data in {self._timeout:g} s")
        data = self._trace.payload
        start = f"+FULLRESYNC {self._trace.history} {self._trace.offset}\r\n${len(data)}\r\n"
        self.send(start.encode() + data)
        name = "replserver-replay"
        self._reader = threading.Thread(target=self._read_away, name=name, daemon=True)
        self._reader.start()

    def _greet(self) -> bool:
        """True: it wants to follow."""
        assert self._socket is not None
        self._socket.settimeout(self._timeout)
        requests = StreamReader()
        while True:
            try:
                data = self._socket.recv(_LINE_MAX)
            except OSError:
                return False
            if not data:
                return False
            for request in requests.feed(data):
                if request.name in ("PSYNC", "SYNC"):
                    return True
                self.send(b"+PONG\r\n" if request.name == "PING" else b"+OK\r\n")

    def send(self, data: bytes) -> None:
        assert self._socket is not None
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ClosedError(f"replay: the server has hung up: {error}") from None

    def _read_away(self) -> None:
        assert self._socket is not None
        with suppress(OSError):
            self._socket.settimeout(None)
            while self._socket.recv(_LINE_MAX):
                pass

    def close(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            if self._reader is not None:
                self._reader.join()
            self._socket.close()

"""Records what a primary tells its replicas, as one of them, with offsets and times.

    with rs.record(primary) as recording:
        primary.call("SET", "k", "v")
        recording.wait_offset(primary.offset)
    for command in recording.trace: ...

    primary ──(PSYNC, data, stream)──> thread ──> trace: a file, or memory
            <──(REPLCONF ACK)─────────
"""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Optional

from .client import dialled, encoded
from .closing import Closing
from .exceptions import ClosedError, ReplserverError, WaitTimeout
from .replication import Address, Primary, address_of
from .stream import text_of
from .trace import Path, Trace, TraceWriter

_ACK_SECONDS = 1.0
_LINE_MAX = 64 * 1024
_PIECE = 256 * 1024
_MARK_SIZE = 40  # bytes, behind $EOF:, that end the data
BYTES_MAX = 1 << 30


class Recording(Closing):
    """Records a replication stream: of a node, of rs.external's, or of what is at (host, port).

        with rs.record(("127.0.0.1", 6379), "run.trace") as recording:
            recording.wait_ended(timeout=60)

    When `rs.record` returns, the data are recorded, and what is written from then on will be. It
    follows as a replica does, and acknowledges: WAIT counts it. It ends with its block, with its
    source, or with `close`.

    path       The file to write; without one the trace is in memory.
    position   (history, offset) from which the stream is wanted, without the data, if its source
               still has that; else with them.
    timeout    Seconds until the data are there.
    bytes_max  A larger recording is ended with an error.
    """

    def __init__(
        self,
        source: Primary,
        path: Optional[Path] = None,
        *,
        position: Optional[tuple[str, int]] = None,
        password: Optional[str] = None,
        username: Optional[str] = None,
        timeout: float = 10.0,
        bytes_max: int = BYTES_MAX,
    ) -> None:
        if hasattr(source, "world"):
            raise TypeError(f"{source!r} has no socket: world.history tells what it writes")
        self.address = address_of(source)
        self.name = getattr(source, "name", f"{self.address[0]}:{self.address[1]}")
        self._seconds = _clock_of(source)
        self._bytes_max = bytes_max
        self._changed = threading.Condition()
        self._offset: Optional[int] = None  # None: it has no data yet
        self._error: Optional[ReplserverError] = None
        self._ended = self._closing = False
        self._path = path
        self._memory = io.BytesIO()  # without a path
        self._wire = _Wire(self.address, timeout)
        try:
            if password is None:
                password = _password_of(source)
            begin = self._greet(password, username, position or ("?", -1))
            # Not before: a file of that name may be an earlier recording.
            self._file = self._memory if path is None else open(path, "wb")
        except BaseException:
            self._wire.close()
            raise
        self._history, self._at, self._has_payload = begin
        self._writer = TraceWriter(self._file)
        name = f"replserver-record {self.name}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        try:
            self._wait(lambda: self._offset is not None, timeout, "data")
        except BaseException:
            with suppress(ReplserverError):
                self.close()
            raise

    # ---- what it has

    @property
    def offset(self) -> int:
        """As far as it has recorded."""
        return self._offset if self._offset is not None else 0

    @property
    def ended(self) -> bool:
        """Its source has hung up, or it was closed."""
        return self._ended

    @property
    def trace(self) -> Trace:
        """What was recorded. Ends the recording."""
        self.close()
        return Trace(self._memory.getvalue() if self._path is None else self._path)

    def wait_offset(self, offset: int, timeout: Optional[float] = 10.0) -> None:
        """Until it has recorded so much of the history. A WaitTimeout after so many seconds."""
        self._wait(lambda: (self._offset or 0) >= offset, timeout, f"offset {offset}")

    def wait_ended(self, timeout: Optional[float] = None) -> bool:
        """Until its source has hung up; False: it has not, after so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._ended, timeout)

    def close(self) -> None:
        """Ends it; the trace is whole then. An error that ended it before is raised, once."""
        self._closing = True
        self._wire.hang_up()
        self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _wait(self, done: Callable[[], bool], timeout: Optional[float], told: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ended or done(), timeout)
            if done():
                return
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            if self._ended:
                raise ClosedError(f"{self.name}: it has hung up at offset {self.offset}: no {told}")
        raise WaitTimeout(
            f"{self.name}: no {told} after {timeout or 0:g} s: recorded up to {self.offset}"
        )

    # ---- the conversation

    def _greet(
        self, password: Optional[str], username: Optional[str], position: tuple[str, int]
    ) -> tuple[str, int, bool]:
        """History and offset at which the stream begins, and whether the data come before it."""
        wire = self._wire
        if password is not None:
            wire.ask("AUTH", *([username] if username else []), password)
        wire.ask("PING")
        wire.ask("REPLCONF", "capa", "eof", "capa", "psync2")
        history, offset = position
        # On the wire an offset is that of the byte that is wanted.
        answer = wire.ask("PSYNC", history, str(offset + 1 if offset >= 0 else -1)).split()
        if answer[:1] == ["FULLRESYNC"] and len(answer) == 3 and answer[2].isdigit():
            return answer[1], int(answer[2]), True
        if answer[:1] == ["CONTINUE"] and offset >= 0:
            return answer[1] if len(answer) > 1 else history, offset, False
        raise ReplserverError(f"{self.name}: PSYNC was answered {' '.join(answer)[:80]!r}")

    def _run(self) -> None:
        error: Optional[ReplserverError] = None
        try:
            with self._file if self._path is not None else nullcontext():
                self._take_all()
        except ReplserverError as caught:
            error = caught
        except OSError as caught:
            error = ReplserverError(f"{self._path}: {caught.strerror}")
        finally:
            self._wire.close()
            with self._changed:
                self._error, self._ended = error, True
                self._changed.notify_all()

    def _take_all(self) -> None:
        self._writer.begin(self._history, self._at, self.name, self._seconds())
        try:
            if self._has_payload:
                self._take_payload()
            self._advance(self._at)
            self._take_stream()
        except ClosedError:
            if self._offset is not None:
                self._writer.end(self._seconds(), self._offset)
            elif not self._closing:
                raise

    def _take_payload(self) -> None:
        header = self._wire.line()
        while not header:  # a sign of life from a primary that is busy with it
            header = self._wire.line()
        if header.startswith(b"$EOF:") and len(header) == 5 + _MARK_SIZE:
            return self._take_marked(header[5:])
        if not header.startswith(b"$") or not header[1:].isdigit():
            raise ReplserverError(f"{self.name}: {text_of(header[:40])!r} begins no data")
        left = int(header[1:])
        while left > 0:
            data = self._wire.some(left)
            left -= len(data)
            self._keep_data(data)

    def _take_marked(self, mark: bytes) -> None:
        """The mark ends the data, and the stream follows it at once."""
        held = b""
        while True:
            held += self._wire.some()
            end = held.find(mark)
            if end >= 0:
                self._keep_data(held[:end])
                self._wire.give_back(held[end + len(mark) :])
                return
            sure = max(0, len(held) - len(mark) + 1)
            if sure:
                self._keep_data(held[:sure])
                held = held[sure:]

    def _keep_data(self, data: bytes) -> None:
        if data:
            self._writer.data(self._seconds(), data)
        self._check_size()

    def _take_stream(self) -> None:
        acknowledged_at, is_asked = 0.0, True
        while True:
            now = time.monotonic()
            if is_asked or now - acknowledged_at >= _ACK_SECONDS:
                self._wire.send(encoded(["REPLCONF", "ACK", self._at]))
                acknowledged_at = now
            data = self._wire.some(wait=_ACK_SECONDS)
            is_asked = b"GETACK" in data  # by a WAIT
            if data:
                self._writer.stream(self._seconds(), self._at, data)
                self._advance(self._at + len(data))
                self._check_size()

    def _check_size(self) -> None:
        if self._writer.size > self._bytes_max:
            raise ReplserverError(f"{self.name}: there are more than {self._bytes_max} bytes")

    def _advance(self, offset: int) -> None:
        with self._changed:
            self._at = self._offset = offset
            self._changed.notify_all()

    def __repr__(self) -> str:
        state = "ended" if self._ended else "runs"
        return f"<replserver.Recording of {self.name}: {state}, at offset {self.offset}>"


class _Wire:
    """A replica's connection to its primary."""

    def __init__(self, address: Address, timeout: float) -> None:
        self._name = f"{address[0]}:{address[1]}"
        self._timeout = timeout
        self._socket = dialled(address, timeout)
        self._held = b""

    def ask(self, *words: str) -> str:
        """What a simple reply says; an error is raised."""
        self.send(encoded(words))
        line = self.line()
        while not line:
            line = self.line()
        if not line.startswith(b"+"):
            raise ReplserverError(f"{self._name}: {words[0]} was answered {text_of(line[:200])!r}")
        return text_of(line[1:])

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ClosedError(f"{self._name}: {error}") from None

    def line(self) -> bytes:
        while b"\n" not in self._held:
            if len(self._held) > _LINE_MAX:
                raise ReplserverError(f"{self._name}: a line does not end")
            self._receive(self._timeout)
        line, _, self._held = self._held.partition(b"\n")
        return line.rstrip(b"\r")

    def some(self, most: int = _PIECE, wait: Optional[float] = None) -> bytes:
        """What is there, or comes next; with `wait`, nothing if nothing comes in time."""
        if not self._held:
            try:
                self._receive(self._timeout if wait is None else wait)
            except WaitTimeout:
                if wait is None:
                    raise
                return b""
        data, self._held = self._held[:most], self._held[most:]
        return data

    def give_back(self, data: bytes) -> None:
        self._held = data + self._held

    def _receive(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        try:
            data = self._socket.recv(_PIECE)
        except socket.timeout:
            raise WaitTimeout(f"{self._name}: nothing came in {seconds:g} s") from None
        except OSError as error:
            raise ClosedError(f"{self._name}: {error}") from None
        if not data:
            raise ClosedError(f"{self._name}: it has hung up")
        self._held += data

    def hang_up(self) -> None:
        """Wakes whoever waits for it."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


def _clock_of(source: Primary) -> Callable[[], float]:
    """The node's clock, if it has one that we can read."""
    if getattr(source, "clock", "real") == "manual":
        return lambda: source.time  # type: ignore[union-attr]
    return time.time


def _password_of(source: Primary) -> Optional[str]:
    connection = getattr(source, "connection", None)
    return connection.get("password") if isinstance(connection, dict) else None


record = Recording

"""The commands of a replication stream, out of its bytes, with the offsets that they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Optional

from .exceptions import StreamError


@dataclass(frozen=True)
class StreamCommand:
    """A command as a primary tells it to its replicas."""

    begin: int  # the offset of its first byte
    end: int  # and behind its last one
    words: tuple[bytes, ...]
    db: Optional[int]  # None: no SELECT has been seen yet
    time: float = 0.0  # seconds since 1970, when it was whole; of a recording

    @property
    def name(self) -> str:
        return text_of(self.words[0]).upper()

    @property
    def size(self) -> int:
        return self.end - self.begin

    @property
    def is_write(self) -> bool:
        """It changes data: no PING, SELECT or MULTI, and no question to replicas."""
        return self.name not in _UPKEEP

    def __str__(self) -> str:
        return line_of(self.words)


_UPKEEP = ("PING", "SELECT", "REPLCONF", "MULTI", "EXEC", "PUBLISH", "SPUBLISH")
_WORDS_MAX = 1024 * 1024
_LINE_MAX = 64 * 1024
_SHOWN = 40  # bytes of a word, in a line for people


class StreamReader:
    """Commands as they become whole, from pieces of the stream of any size."""

    def __init__(self, offset: int = 0, db: Optional[int] = None) -> None:
        self.offset = offset
        """Behind the last whole command."""
        self.db = db
        self._bytes = bytearray()
        self._begin = 0  # of the command that is read

    @property
    def left(self) -> int:
        """Bytes of a command that is not whole yet."""
        return len(self._bytes)

    def feed(self, piece: bytes) -> Iterator[StreamCommand]:
        self._bytes += piece
        at = 0
        try:
            while at < len(self._bytes):
                words, end = self._command(at)
                if end is None:
                    return
                begin = self.offset
                self.offset += end - at
                at = end
                if words:
                    yield self._named(begin, words)
        finally:
            del self._bytes[:at]

    def _named(self, begin: int, words: tuple[bytes, ...]) -> StreamCommand:
        if len(words) == 2 and words[0].upper() == b"SELECT" and words[1].isdigit():
            self.db = int(words[1])
        return StreamCommand(begin, self.offset, words, self.db)

    def _command(self, at: int) -> tuple[tuple[bytes, ...], Optional[int]]:
        """Its words, and where it ends: None as long as it is not whole."""
        self._begin = at
        if self._bytes[at : at + 1] == b"\n":  # from a primary that is busy: a sign of life
            return (), at + 1
        count, next_ = self._number(at, b"*", _WORDS_MAX)
        words = []
        for _ in range(count):
            if next_ is None:
                break
            size, begin = self._number(next_, b"$", 2**32)
            if begin is None or begin + size + 2 > len(self._bytes):
                return (), None
            if self._bytes[begin + size : begin + size + 2] != b"\r\n":
                raise self._error(begin + size, "a word ends elsewhere than it says")
            words.append(bytes(self._bytes[begin : begin + size]))
            next_ = begin + size + 2
        return tuple(words), next_

    def _number(self, at: int, mark: bytes, most: int) -> tuple[int, Optional[int]]:
        if at >= len(self._bytes):
            return 0, None
        end = self._bytes.find(b"\r\n", at, at + _LINE_MAX)
        if self._bytes[at : at + 1] != mark:
            found = bytes(self._bytes[at : at + 1])
            raise self._error(at, f"{mark.decode()} is expected, not {found!r}")
        if end < 0:
            if len(self._bytes) - at > 32:
                raise self._error(at, "a number does not end")
            return 0, None
        digits = bytes(self._bytes[at + 1 : end])
        if not digits.isdigit() or int(digits) > most:
            raise self._error(at, f"{text_of(digits[:20])!r} is no number of words or bytes")
        return int(digits), end + 2

    def _error(self, at: int, why: str) -> StreamError:
        return StreamError(f"stream: {why} at offset {self.offset + at - self._begin}")


def resume(reader: StreamReader, piece: bytes) -> Iterator[StreamCommand]:
    """From bytes that begin anywhere and end with a command: those behind the first border."""
    at = piece.find(b"*")
    while at >= 0:
        tried = StreamReader(reader.offset + at, reader.db)
        try:
            commands = list(tried.feed(piece[at:]))
        except StreamError:
            commands = []
        if commands and tried.left == 0:
            reader.offset, reader.db = tried.offset, tried.db
            yield from commands
            return
        at = piece.find(b"\r\n*", at)
        at = at + 2 if at >= 0 else at
    reader.offset += len(piece)


def text_of(data: bytes) -> str:
    """As UTF-8; what is none is shown as \\xNN."""
    return data.decode("utf-8", "backslashreplace")


def line_of(words: tuple[bytes, ...]) -> str:
    """A command for people, with long words cut."""
    return " ".join(_shown(word) for word in words)


def _shown(word: bytes) -> str:
    text = text_of(word[:_SHOWN]).replace("\n", "\\n").replace("\r", "\\r")
    if len(word) > _SHOWN:
        text = f"{text}...({len(word)} bytes)"
    return text if text and " " not in text else f'"{text}"'

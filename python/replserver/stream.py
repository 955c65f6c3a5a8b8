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
_WORD_MAX = 2**32
_NUMBER_MAX = 32  # bytes, with its mark and its line's end
_SHOWN = 40  # bytes of a word, in a line for people


class StreamReader:
    """Commands as they become whole, from pieces of the stream of any size."""

    def __init__(self, offset: int = 0, db: Optional[int] = None) -> None:
        self.offset = offset
        """Behind the last whole command."""
        self.db = db
        self._bytes = bytearray()
        self._needed = 0  # bytes that there have to be before it is worth another look
        # Of the command that is read:
        self._words: list[bytes] = []
        self._missing = 0  # words
        self._size = 0  # of what was read of it

    @property
    def left(self) -> int:
        """Bytes of a command that is not whole yet."""
        return self._size + len(self._bytes)

    def feed(self, piece: bytes) -> Iterator[StreamCommand]:
        self._bytes += piece
        if len(self._bytes) < self._needed:
            return
        data, at = bytes(self._bytes), 0
        try:
            while (end := self._part(data, at)) is not None:
                self._size += end - at
                at = end
                if self._missing == 0:
                    begin, words = self.offset, tuple(self._words)
                    self.offset += self._size
                    self._size, self._words = 0, []
                    if words:
                        yield self._named(begin, words)
        finally:
            del self._bytes[:at]
            self._needed = max(0, self._needed - at)

    def _named(self, begin: int, words: tuple[bytes, ...]) -> StreamCommand:
        if len(words) == 2 and words[0].upper() == b"SELECT" and words[1].isdigit():
            self.db = int(words[1])
        return StreamCommand(begin, self.offset, words, self.db)

    def _part(self, data: bytes, at: int) -> Optional[int]:
        """Reads how many words a command has, or one of them. Gives its end; None: it is not whole."""
        if at == len(data):
            return None
        if self._missing == 0:
            if data[at] == 10:  # a line's end, from a primary that is busy: a sign of life
                return at + 1
            self._missing, end = self._number(data, at, 42, _WORDS_MAX)
            return end
        size, begin = self._number(data, at, 36, _WORD_MAX)
        if begin is None:
            return None
        end = begin + size + 2
        if end > len(data):
            self._needed = end
            return None
        if data[end - 2 : end] != b"\r\n":
            raise self._error(end - 2 - at, "a word ends elsewhere than it says")
        self._words.append(data[begin : begin + size])
        self._missing -= 1
        return end

    def _number(self, data: bytes, at: int, mark: int, most: int) -> tuple[int, Optional[int]]:
        if data[at] != mark:
            found = data[at : at + 1]
            raise self._error(0, f"{chr(mark)} is expected, not {found!r}")
        end = data.find(b"\r\n", at, at + _NUMBER_MAX)
        if end < 0:
            if len(data) - at >= _NUMBER_MAX:
                raise self._error(0, "a number does not end")
            return 0, None
        digits = data[at + 1 : end]
        if not digits.isdigit() or int(digits) > most:
            raise self._error(0, f"{text_of(digits)!r} is no number of words or bytes")
        return int(digits), end + 2

    def _error(self, beyond: int, why: str) -> StreamError:
        return StreamError(f"stream: {why} at offset {self.offset + self._size + beyond}")


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
    letters = text_of(word[:_SHOWN])
    # A terminal would obey what else is in it.
    text = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in letters)
    text = text if text and " " not in text else f'"{text}"'
    return text if len(word) <= _SHOWN else f"{text}...({len(word)} bytes)"

"""A recorded replication stream: the data that it began with, and what came, when, at which offset.

    trace = rs.Trace("run.trace")
    for command in trace:
        print(command.time, command.begin, command.words)

The file begins with a line of JSON. Lines follow, each with its bytes behind it:

    {"replserver-trace": 1, "history": "8371...", "offset": 117, "source": "127.0.0.1:6379", ...}
    D <seconds since 1970> <size>               a part of the data, as RDB
    S <seconds since 1970> <offset> <size>      the stream's bytes from that offset on
    E <seconds since 1970> <offset>             the end: nothing is missing
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import IO, Any, Optional, Union

from . import rdb
from .exceptions import TraceError
from .stream import StreamCommand, StreamReader

Path = Union[str, "os.PathLike[str]"]
_VERSION = 1
_LINE_MAX = 64 * 1024
_TIME_MAX = 1e12
_FRAME = re.compile(rb"([DSE]) (\d{1,12}(?:\.\d{1,9})?)((?: \d{1,19}){1,2})\n")


@dataclass(frozen=True)
class Piece:
    """What came at once."""

    kind: str  # D: of the data, S: of the stream, E: the end
    time: float
    offset: int  # of its first byte; of the data: the offset that they stand for
    data: bytes

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + (len(self.data) if self.kind == "S" else 0)


class Trace:
    """A recording, in a file or in memory. Iterated, it gives the stream's commands."""

    def __init__(self, source: Union[Path, bytes, bytearray]) -> None:
        self._source: Union[Path, bytes] = (
            bytes(source) if isinstance(source, (bytes, bytearray)) else source
        )
        with self._open() as file:
            header = _header_of(file, self._name)
        self.history: str = header["history"]
        """The name of the history."""
        self.offset: int = header["offset"]
        """Where the data stand, and the stream begins."""
        self.source = str(header.get("source", ""))
        """Who was recorded."""
        self.begun = float(header.get("begun", 0))
        """Seconds since 1970."""

    @classmethod
    def load(cls, path: Path) -> Trace:
        return cls(path)

    def save(self, path: Path) -> None:
        """As a file; one of that name is replaced only by one that is whole."""
        unfinished = f"{os.fspath(path)}.{os.getpid()}.tmp"
        try:
            with self._open() as file, open(unfinished, "wb") as copy:
                shutil.copyfileobj(file, copy)
            os.replace(unfinished, path)
        except BaseException:
            if os.path.exists(unfinished):
                os.unlink(unfinished)
            raise

    # ---- what it holds

    @property
    def has_data(self) -> bool:
        """It begins with a full sync; else with the stream alone."""
        return any(piece.kind == "D" for piece in islice(self.pieces(), 1))

    @property
    def payload(self) -> bytes:
        """The data that it begins with, as an RDB file has them."""
        return b"".join(piece.data for piece in self.pieces() if piece.kind == "D")

    @property
    def records(self) -> rdb.File:
        """These data as records."""
        return rdb.read(self.payload)

    @property
    def is_whole(self) -> bool:
        """It was ended, not cut short."""
        return self._last().kind == "E"

    @property
    def end(self) -> int:
        """The offset at which it ends."""
        return self._last().end

    @property
    def seconds(self) -> float:
        """How long it took from its beginning to its last byte, or its end."""
        return max(0.0, self._last().time - self.begun)

    def _last(self) -> Piece:
        last = Piece("", self.begun, self.offset, b"")
        for last in self.pieces():
            pass
        return last

    def __iter__(self) -> Iterator[StreamCommand]:
        """The commands, each with the time at which it was whole."""
        reader = StreamReader(self.offset)
        for piece in self.pieces():
            if piece.kind == "S":
                for command in reader.feed(piece.data):
                    yield replace(command, time=piece.time)

    def pieces(self) -> Iterator[Piece]:
        """As they came. A last one that is not whole is left out."""
        with self._open() as file:
            size_of_all = file.seek(0, os.SEEK_END)
            file.seek(0)
            file.readline(_LINE_MAX)  # the header
            end, kind = self.offset, ""
            while kind != "E":
                place = file.tell()
                line = file.readline(_LINE_MAX)
                if not line.endswith(b"\n") and len(line) < _LINE_MAX:
                    return
                kind, time, begin, size = self._frame(line, place)
                if size > size_of_all - file.tell():
                    return
                if begin != end:
                    told = f"the stream jumps from offset {end} to {begin}"
                    raise TraceError(f"{self._name}: at byte {place}: {told}")
                piece = Piece(kind, time, begin, file.read(size))
                yield piece
                end = piece.end

    def _frame(self, line: bytes, place: int) -> tuple[str, float, int, int]:
        found = _FRAME.fullmatch(line)
        if found is not None:
            kind, numbers = found[1].decode(), [int(number) for number in found[3].split()]
            if len(numbers) == (2 if kind == "S" else 1):
                begin = self.offset if kind == "D" else numbers[0]
                return kind, float(found[2]), begin, 0 if kind == "E" else numbers[-1]
        raise TraceError(f"{self._name}: at byte {place}: {line[:40]!r} begins no piece of a trace")

    def _open(self) -> IO[bytes]:
        if isinstance(self._source, bytes):
            return io.BytesIO(self._source)
        return open(self._source, "rb")

    @property
    def _name(self) -> str:
        return "trace" if isinstance(self._source, bytes) else os.fspath(self._source)

    def __repr__(self) -> str:
        last = self._last()
        cut = "" if last.kind == "E" else ", cut short"
        return (
            f"<replserver.Trace of {self.source}: offsets {self.offset} to {last.end}, "
            f"{max(0.0, last.time - self.begun):.3f} s{cut}>"
        )

    def _repr_html_(self) -> str:
        from . import html

        rows: dict[str, object] = {
            "source": self.source,
            "history": self.history,
            "offsets": f"{self.offset} to {self.end}",
            "seconds": f"{self.seconds:.3f}",
            "data": html.bytes_text(len(self.payload)),
            "commands": sum(1 for _ in self),
            "whole": "yes" if self.is_whole else "no: cut short",
        }
        return html.table("replserver.Trace", rows)


class TraceWriter:
    """Appends to a trace. What was written is whole up to its last piece, whatever happens then."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0

    def begin(self, history: str, offset: int, source: str, time: float) -> None:
        header = {"replserver-trace": _VERSION, "history": history, "offset": offset}
        self._write(json.dumps({**header, "source": source, "begun": time}).encode() + b"\n")

    def data(self, time: float, data: bytes) -> None:
        self._write(b"D %.6f %d\n" % (time, len(data)) + data)

    def stream(self, time: float, offset: int, data: bytes) -> None:
        self._write(b"S %.6f %d %d\n" % (time, offset, len(data)) + data)

    def end(self, time: float, offset: int) -> None:
        self._write(b"E %.6f %d\n" % (time, offset))

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._file.flush()
        self.size += len(data)


def _header_of(file: IO[bytes], name: str) -> dict[str, Any]:
    line = file.readline(_LINE_MAX)
    try:
        header = json.loads(line)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or "replserver-trace" not in header:
        raise TraceError(f"{name}: at byte 0: no trace")
    version = header["replserver-trace"]
    if version != _VERSION:
        raise TraceError(f"{name}: a trace of version {version}; {_VERSION} is known")
    history, offset, begun = header.get("history"), header.get("offset"), header.get("begun", 0)
    if not isinstance(history, str) or type(offset) is not int:  # a bool is an int, too
        raise TraceError(f"{name}: at byte 0: its history or its offset is missing")
    is_time = isinstance(begun, (int, float)) and 0 <= begun < _TIME_MAX
    if not history.isalnum() or offset < 0 or not is_time:
        told = f"history {history[:40]!r}, offset {offset}, begun {begun!r}"
        raise TraceError(f"{name}: at byte 0: no trace begins with {told}")
    return header

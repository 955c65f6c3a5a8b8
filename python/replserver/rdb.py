"""RDB files: read any, of any version up to 12; write one for any server since 5.0.

    from replserver import rdb

    for record in rdb.read("dump.rdb"):
        print(record.db, record.key, record.type, record.value, record.expiry)

    rdb.write("new.rdb", [rdb.record("greeting", "hello"), rdb.record("scores", {"a": 1.5}, type="zset")])

`python -m replserver rdb dump.rdb` shows what is in one.
"""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import IO, Any, Callable, Optional, Union

from . import _core
from ._core import Record
from .exceptions import RdbError

__all__ = ["File", "RdbError", "Record", "read", "record", "write"]

Source = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, IO[bytes]]
Word = Union[str, bytes, int, float]

_PIECE = 256 * 1024  # what a processor's cache holds
_BATCH = 512


class File:
    """An RDB file as an iterable of records, decoded as they are asked for.

    What the file tells of itself (`aux`, `functions`, `sizes`) is known once an iteration has
    begun, or at once where the source can be read twice. Each iteration begins anew, unless the source is a stream.
    """

    def __init__(self, source: Source, **options: Any) -> None:
        self._source = source
        self._options = options
        self._reader: Optional[_core.RdbReader] = None
        self.size = 0
        """Bytes of the file; 0 as long as they are not known."""
        self.progress: Optional[Callable[[int, int], None]] = None
        """Called now and then with the bytes that were read, and the file's size or 0."""

    @property
    def version(self) -> int:
        """The version of the format."""
        return self._known().version

    @property
    def aux(self) -> dict[str, str]:
        """What the server that wrote it said of itself: redis-ver, ctime, repl-id ..."""
        return self._known().aux

    @property
    def functions(self) -> list[bytes]:
        """The sources of the libraries of functions."""
        return self._known().functions

    @property
    def sizes(self) -> dict[int, tuple[int, int]]:
        """Of each database: how many keys it says to have, and how many of them expire."""
        return self._known().sizes

    def _known(self) -> _core.RdbReader:
        if self._reader is None:
            if hasattr(self._source, "read"):
                raise ValueError("what a stream tells of itself is known once it is iterated")
            next(iter(self), None)
        assert self._reader is not None
        return self._reader

    def __iter__(self) -> Iterator[Record]:
        source = self._source
        if isinstance(source, (str, os.PathLike)):
            with open(source, "rb") as file:
                self.size = os.fstat(file.fileno()).st_size
                if self.size == 0:
                    raise RdbError("rdb: an empty file")
                with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                    mapped.madvise(mmap.MADV_SEQUENTIAL)
                    yield from self._records(_pieces_of(memoryview(mapped)))
        elif isinstance(source, (bytes, bytearray, memoryview)):
            self.size = len(source)
            yield from self._records(_pieces_of(memoryview(source)))
        else:
            yield from self._records(iter(lambda: source.read(_PIECE), b""))

    def _records(self, pieces: Iterator[Union[bytes, memoryview]]) -> Iterator[Record]:
        reader = self._reader = _core.RdbReader(size=self.size, **self._options)
        try:
            for piece in pieces:
                if reader.finished:
                    raise RdbError(f"rdb: bytes behind the end at byte {reader.consumed}")
                reader.feed(piece)
                while records := reader.batch(_BATCH):
                    yield from records
                if self.progress is not None:
                    self.progress(reader.consumed, self.size)
        finally:
            reader.release()  # or the file could not be closed, should nobody want the rest
        if not reader.finished:
            raise RdbError(f"rdb: unexpected end at byte {reader.consumed}")

    def to_pandas(self) -> Any:
        """All records as a DataFrame, with times as timestamps. Needs pandas."""
        pandas = import_module("pandas")  # by name: who checks our types need not have it
        frame = pandas.DataFrame.from_records(
            (tuple(record) for record in self), columns=list(_FIELDS)
        )
        frame["expiry"] = pandas.to_datetime(frame["expiry"], unit="ms", utc=True)
        numbers = ("idle", "freq", "memory")  # each may be missing
        return frame.astype({name: "Int64" for name in numbers})


_FIELDS = (
    "db",
    "key",
    "type",
    "value",
    "expiry",
    "idle",
    "freq",
    "size",
    "memory",
    "field_expiry",
)


def _pieces_of(view: memoryview) -> Iterator[memoryview]:
    with view:
        for at in range(0, len(view), _PIECE):
            with view[at : at + _PIECE] as piece:
                yield piece


def read(
    source: Source,
    *,
    values: bool = True,
    memory: bool = False,
    db: Optional[int] = None,
    keys: Optional[Word] = None,
    deep: bool = False,
) -> File:
    """The records of a file (by its path), of bytes, or of a binary stream.

    Without `values` they are not made, which is faster. With `memory` each tells how many bytes a
    server like ours takes for it. `db` and `keys` (a pattern like that of KEYS) leave out the rest.
    `deep` looks for doubles and wrong orders inside of packed values, too. A file that is cut short
    or damaged raises RdbError, once that is seen.
    """
    pattern = None if keys is None else _bytes_of(keys)
    return File(source, values=values, memory=memory, db=db, pattern=pattern, deep=deep)


def record(
    key: Word,
    value: Any,
    *,
    type: Optional[str] = None,
    db: int = 0,
    expiry: Optional[int] = None,
    idle: Optional[int] = None,
    freq: Optional[int] = None,
    field_expiry: Optional[Mapping[Word, int]] = None,
) -> Record:
    """A record to be written. The type follows from the value's, but a dict may be a zset, too."""
    if type is None:
        type = _type_of(value)
    return Record(
        (db, _bytes_of(key), type, value, expiry, idle, freq, 0, None, field_expiry)
    )


def write(
    target: Union[str, os.PathLike[str], IO[bytes]],
    records: Iterable[Record],
    *,
    version: int = 11,
    compress: bool = True,
    databases: int = 16,
    functions: Iterable[Union[str, bytes]] = (),
) -> int:
    """Writes records into a file that servers of this version of the format can load.

    10 is read by Redis 7.0, 9 by every server since 5.0; 12 alone keeps when fields of hashes
    expire. All of them are kept in memory until the last has come. A file of that name is replaced
    only by one that is whole. How long keys were idle, or how often they were used, is written if
    the first record tells it. Returns how many bytes were written.
    """
    iterator = iter(records)
    first = next(iterator, None)
    has_access = first is not None and (first.idle is not None or first.freq is not None)
    is_lfu = first is not None and first.freq is not None
    now_ms = time.time_ns() // 1_000_000
    builder = _core.RdbBuilder(databases, is_lfu, now_ms)
    while first is not None:
        builder.add(
            first.db,
            first.key,
            first.type,
            first.value,
            first.expiry,
            first.idle,
            first.freq,
            first.field_expiry,
        )
        first = next(iterator, None)
    sources = [source if isinstance(source, bytes) else source.encode() for source in functions]
    builder.begin(version, compress, has_access, now_ms // 1000, sources)
    if not isinstance(target, (str, os.PathLike)):
        return _write_all(builder, target)
    unfinished = f"{os.fspath(target)}.{os.getpid()}.tmp"
    try:
        with open(unfinished, "wb") as file:
            size = _write_all(builder, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, target)
    except BaseException:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
        raise
    return size


def _write_all(builder: _core.RdbBuilder, file: IO[bytes]) -> int:
    size = 0
    while piece := builder.read():
        file.write(piece)
        size += len(piece)
    return size


def _type_of(value: Any) -> str:
    if isinstance(value, (bytes, bytearray, memoryview, str, int, float)):
        return "string"
    if isinstance(value, (set, frozenset)):
        return "set"
    if isinstance(value, Mapping):
        return "hash"
    if isinstance(value, Iterable):
        return "list"
    raise TypeError(f"no type of value: {type(value).__name__}")


def _bytes_of(word: Word) -> bytes:
    return word if isinstance(word, bytes) else str(word).encode()

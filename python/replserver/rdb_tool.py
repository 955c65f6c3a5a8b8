"""`python -m replserver rdb dump.rdb`: what is in an RDB file.

Keys with what they take, one per line; or --stats about them, or --json, a record per line.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Optional, TextIO

from .rdb import File, Record, read
from .stream import text_of


def main(arguments: Sequence[str], program: str) -> int:
    options = _options(arguments, program)
    file = read(
        options.file,
        values=options.json,
        memory=not options.json,
        db=options.db,
        keys=options.keys,
    )
    report = io.StringIO()  # told once the bar is gone
    with _progress(file, is_wanted=options.stats or not sys.stdout.isatty()):
        if options.json:
            show_json(file, sys.stdout)
        elif options.stats:
            show_stats(file, report, options.separator, options.top)
        else:
            show_keys(file, sys.stdout)
    sys.stdout.write(report.getvalue())
    return 0


def _options(arguments: Sequence[str], program: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=program, description="Shows what is in an RDB file.")
    parser.add_argument("file", help="of any version up to 12")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="records with their values, one per line")
    how.add_argument("--stats", action="store_true", help="memory by type and by prefix")
    parser.add_argument("--keys", metavar="PATTERN", help="only these, as KEYS would find them")
    parser.add_argument("--db", type=int, help="only this database")
    parser.add_argument("--separator", default=":", help="ends the prefix of a key (%(default)s)")
    parser.add_argument("--top", type=int, default=10, help="so many of each (%(default)s)")
    return parser.parse_args(arguments)


def show_keys(file: File, out: TextIO) -> None:
    """Database, type, bytes of memory, expiry in milliseconds or -, key."""
    for record in file:
        expiry = "-" if record.expiry is None else record.expiry
        memory = 0 if record.memory is None else record.memory
        print(record.db, record.type, memory, expiry, text_of(record.key), sep="\t", file=out)


def show_json(file: File, out: TextIO) -> None:
    for record in file:
        known = {
            "db": record.db,
            "key": text_of(record.key),
            "type": record.type,
            "value": plain(record.value),
            "expiry": record.expiry,
            "idle": record.idle,
            "freq": record.freq,
            "field_expiry": plain(record.field_expiry),
        }
        wanted = ("key", "type", "value", "db")
        shown = {name: each for name, each in known.items() if name in wanted or each is not None}
        print(json.dumps(shown, ensure_ascii=False), file=out)


def show_stats(file: File, out: TextIO, separator: str, top: int) -> None:
    """How many keys there are and what they take, by type, by prefix, and the largest."""
    types: dict[str, list[int]] = {}
    prefixes: dict[bytes, list[int]] = {}
    largest: list[tuple[int, bytes, int, str]] = []
    expiring: Counter[int] = Counter()
    keys: Counter[int] = Counter()
    end = separator.encode()
    for record in file:
        memory = record.memory or 0
        keys[record.db] += 1
        expiring[record.db] += record.expiry is not None
        _count(types.setdefault(record.type, [0, 0, 0]), record, memory)
        head, found, _ = record.key.partition(end)
        prefix = head + found if found else b""
        _count(prefixes.setdefault(prefix, [0, 0, 0]), record, memory)
        largest.append((memory, record.key, record.db, record.type))
        if len(largest) > 100 * max(top, 1):
            largest = sorted(largest, reverse=True)[:top]

    print(f"version {file.version}", end="", file=out)
    for name in ("redis-ver", "valkey-ver", "ctime", "used-mem", "repl-id", "repl-offset"):
        if name in file.aux:
            print(f", {name} {file.aux[name]}", end="", file=out)
    print(f"\n{len(file.functions)} libraries of functions", file=out)
    for db in sorted(keys):
        print(f"database {db}: {keys[db]} keys, {expiring[db]} expire", file=out)
    _table(out, "type", {name.encode(): counts for name, counts in types.items()}, len(types))
    _table(out, "prefix", prefixes, top)
    print(f"\n{'memory':>14}  {'db':>3} {'type':<8} largest keys", file=out)
    for memory, key, db, kind in sorted(largest, reverse=True)[:top]:
        print(f"{memory:>14}  {db:>3} {kind:<8} {text_of(key)}", file=out)


def _count(counts: list[int], record: Record, memory: int) -> None:
    counts[0] += 1
    counts[1] += memory
    counts[2] += record.size


def _table(out: TextIO, title: str, rows: dict[bytes, list[int]], top: int) -> None:
    print(f"\n{'keys':>12} {'memory':>14} {'in the file':>14}  {title}", file=out)
    ordered = sorted(rows.items(), key=lambda row: row[1][1], reverse=True)
    for name, (keys, memory, size) in ordered[:top]:
        shown = text_of(name) if name else "(none)"
        print(f"{keys:>12} {memory:>14} {size:>14}  {shown}", file=out)
    if len(ordered) > top:
        print(f"{len(ordered) - top:>12} more", file=out)


def plain(value: Any) -> Any:
    """What JSON can hold of a value."""
    if isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(each) for each in value)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value


@contextmanager
def _progress(file: File, is_wanted: bool) -> Iterator[None]:
    """A bar, where rich is installed and somebody is looking."""
    bar: Optional[Any] = None
    if is_wanted and sys.stderr.isatty():
        try:
            console = import_module("rich.console").Console(stderr=True)
            bar = import_module("rich.progress").Progress(console=console, transient=True)
        except ImportError:
            pass
    if bar is None:
        yield
        return
    with bar:
        task = bar.add_task("reading", total=None)
        file.progress = lambda at, size: bar.update(task, completed=at, total=size or None)
        yield

"""Bytes of history on request: so many, or up to an offset, and the data stay as they are.

A message that nobody listens to is written to the history as it was said, so its length can be
chosen to the byte. What the protocol adds is known, too: a SELECT, if the history is in another
database than we are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Optional

from .exceptions import ReplserverError

if TYPE_CHECKING:
    from .replication import Replicating

_CHANNEL = "filler!"  # as much of it as it takes
_PIECE = 1 << 18  # bytes of one message


def fill(node: Replicating, size: Optional[int], to: Optional[int]) -> None:
    """Moves the node's offset by `size` bytes, or to an offset."""
    seen = node._replication()
    if (size is None) == (to is None):
        raise ValueError("advance: one of bytes and to")
    if seen["primary"] is not None:
        raise ValueError(f"{node.name} is a replica: its history is its primary's")
    begun = seen["offset"]
    target = begun + size if size is not None else to or 0
    if target < begun:
        raise ValueError(f"{node.name} is at offset {begun} already: a history does not go back")
    select = _select_size(node, seen.get("selected_db"))
    _check(node, target - begun, select)
    if select is None and target > begun:
        node._order("PUBLISH", "", "")  # from now on its history is in our database
    while (left := target - node.offset) > 0:
        before = node.offset
        size = left - (_select_size(node, node._replication().get("selected_db")) or 0)
        if size > _PIECE:
            size = min(_PIECE, size - _length(0, 0))  # what remains is enough for another one
        channel, message = _lengths(size)
        node._order("PUBLISH", _CHANNEL[:channel], "x" * message)
        if node.offset == before:
            raise ReplserverError(f"{node.name} writes no history: it has no backlog yet")
    if left < 0:
        raise ReplserverError(
            f"{node.name} is at offset {node.offset}, not {target}: somebody else has written, too"
        )


def _check(node: Replicating, size: int, select: Optional[int]) -> None:
    """What cannot be met to the byte is said before anything is written."""
    least = _length(0, 0)
    if select is None:  # our first message may need it, and the rest is our second
        least = 2 * least + _select_length(0)
        why = "it does not tell which database its history is in"
    else:
        why = f"a PUBLISH takes {least}" + (f", and its SELECT {select}" if select else "")
        least += select
    if 0 < size < least:
        raise ValueError(f"{node.name}: {size} bytes are too few, {least} the least: {why}")


def _select_size(node: Replicating, selected: Optional[int]) -> Optional[int]:
    """Of the SELECT that will come before our first message; None: nobody knows."""
    if selected is None:
        return None
    told = node._order("CLIENT", "INFO")
    text = told.decode() if isinstance(told, bytes) else str(told)
    found = re.search(r"\bdb=(\d+)", text)
    db = int(found[1]) if found else 0
    return 0 if db == selected else _select_length(db)


def _lengths(size: int) -> tuple[int, int]:
    """Of a channel and a message with which PUBLISH is so many bytes long."""
    for channel in range(len(_CHANNEL)):
        for digits in range(1, 10):
            message = size - _length(channel, 0) + 1 - digits
            if message >= 0 and len(str(message)) == digits:
                return channel, message
    raise ReplserverError(f"somebody else writes, too: {size} bytes are left, too few for a PUBLISH")


def _length(channel: int, message: int) -> int:
    return len("*3\r\n$7\r\nPUBLISH\r\n") + _bulk(channel) + _bulk(message)


def _select_length(db: int) -> int:
    return len("*2\r\n$6\r\nSELECT\r\n") + _bulk(len(str(db)))


def _bulk(size: int) -> int:
    return len(f"${size}\r\n") + size + 2

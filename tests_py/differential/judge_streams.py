"""What must be the same in two answers about streams: of clocks only that they are about the same.

Consumers who have nothing may be there or not: see streams.py.
"""

from dataclasses import dataclass, field

OWN = {b"seen-time", b"active-time", b"idle", b"inactive", b"radix-tree-nodes"}  # each server has its own


@dataclass
class Told:
    """An answer without its instants, and these, in the order they were told."""

    rest: object
    instants: list = field(default_factory=list)


def same_info(is_about):
    """For XINFO; `is_about` compares two instants of a case."""

    def same(case):
        one, other = (_info(case.words[1].upper(), value) for value in (case.expected, case.got))
        return one.rest == other.rest and _all_about(is_about, case, one, other)

    return same


def same_pending(is_about):
    """For XPENDING with a range."""

    def same(case):
        one, other = (Told(None) for _ in range(2))
        for told, value in ((one, case.expected), (other, case.got)):
            told.rest = [_without(row, 2, told) for row in value] if _has_rows(value) else value
        return one.rest == other.rest and _all_about(is_about, case, one, other)

    return same


def is_of_new_consumer(message):
    return b"xgroup-createconsumer" in message[-1] or b"xgroup-createconsumer" in message[-2]


def _all_about(is_about, case, one, other):
    return len(one.instants) == len(other.instants) and all(
        is_about(case, *pair) for pair in zip(one.instants, other.instants)
    )


def _has_rows(value):
    return isinstance(value, list) and all(isinstance(row, list) and len(row) == 4 for row in value)


def _without(row, at, told):
    told.instants.append(row[at])
    return row[:at] + row[at + 1 :]


def _info(kind, value):
    told = Told(None)
    if kind == b"STREAM":
        told.rest = _fields(value)
        if isinstance(told.rest.get(b"groups"), list):
            told.rest[b"groups"] = [_group(group, told) for group in told.rest[b"groups"]]
    elif kind == b"GROUPS":
        told.rest = [_fields(group) for group in value]
        for group in told.rest:
            group.pop(b"consumers", None)
    else:
        told.rest = _consumers(value, told)
    return told


def _group(value, told):
    group = _fields(value)
    group[b"pending"] = [_without(row, 2, told) for row in group[b"pending"]]
    group[b"consumers"] = _consumers(group[b"consumers"], told)
    return group


def _consumers(value, told):
    found = []
    for consumer in map(_fields, value):
        if isinstance(consumer[b"pending"], list):
            consumer[b"pending"] = [_without(row, 1, told) for row in consumer[b"pending"]]
        if consumer.get(b"pel-count", consumer[b"pending"]):
            found.append(consumer)
    return found


def _fields(value):
    pairs = value[1] if isinstance(value, tuple) else zip(value[::2], value[1::2])
    return {name: part for name, part in pairs if name not in OWN}

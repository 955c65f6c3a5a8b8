"""What differs between the data of two servers.

    nodes of this process   compared in C++: parts of the key space whose sums are equal are skipped
    any other pair          by SCAN, with DEBUG DIGEST-VALUE where both allow it, else by values
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple, Optional, Protocol, Union, cast

from . import _core
from .client import Client
from .config import Word
from .exceptions import CommandError
from .info import Info
from .node import Node
from .replication import Address, Replicating, Replication

Kind = Literal["missing", "extra", "type", "value", "ttl"]

LIMIT = 100  # differing keys that are told, if nothing else is said
_BATCH = 512  # keys of a real server that are asked for in one go
_SHOWN = 48  # characters of a value in a text
_NO_KEY = -2  # of PEXPIRETIME


class RedisClient(Protocol):
    """A `redis.Redis`: only where it connects to is asked."""

    @property
    def connection_pool(self) -> Any: ...


Server = Union[Replicating, Address, RedisClient]
_Key = tuple[int, bytes]  # its database, and its name


@dataclass(frozen=True)
class Difference:
    """One thing in which a key differs.

    missing, extra   The second has no such key, or the first: the value where it is, and None.
    type, value      Of the first and the second.
    ttl              When it expires, in milliseconds since 1970; None: it does not.
    """

    kind: Kind
    key: bytes
    db: int
    one: Any
    other: Any
    names: tuple[str, str] = field(compare=False)

    def __str__(self) -> str:
        one, other = self.names
        key = f"{_text(self.key)}" + (f" (db {self.db})" if self.db else "")
        if self.kind == "missing":
            return f"{key}: missing in {other}; in {one} it is {_text(self.one)}"
        if self.kind == "extra":
            return f"{key}: extra in {other}: {_text(self.other)}; {one} has no such key"
        if self.kind == "ttl":
            return f"{key}: {_expiry(self.one)} in {one}, {_expiry(self.other)} in {other}"
        if self.kind == "value" and (told := _parting(self.one, self.other, self.names)):
            return f"{key}: {told}"
        return f"{key}: {self.kind} {_text(self.one)} in {one}, {_text(self.other)} in {other}"


class Differences(list[Difference]):
    """Records, by database and key; `keys` counts all that differ, also those that are not told."""

    def __init__(self, records: Iterable[Difference] = (), keys: int = 0, told: int = 0) -> None:
        super().__init__(records)
        self.keys = keys
        self._told = told

    def __str__(self) -> str:
        lines = [str(difference) for difference in self]
        if self.keys > self._told:
            lines.append(f"... and {self.keys - self._told} more keys")
        return "\n".join(lines)


def diff(one: Server, other: Server, *, limit: int = LIMIT) -> Differences:
    """In which keys two servers differ; `== []` if in none.

        assert rs.diff(m, r) == []
        print(rs.diff(m, ("127.0.0.1", 6379)))

    A server is a node, an external one, (host, port), or a redis.Redis. Type, value and the time at
    which a key expires count; of a stream its entries count, not its groups. `limit` keys are told
    at most. Compared is what is there now: `wait_in_sync` comes before. A key that expires meanwhile
    is no difference, whichever of the two has removed it first.
    """
    with ExitStack() as stack:
        a, b = (stack.enter_context(_side(server)) for server in (one, other))
        if isinstance(one, Node) and isinstance(other, Node):
            found, keys = _core.compare(one._core, other._core, limit)
            differing = [
                _Differing(db, key, left and State(*left), right and State(*right))
                for db, key, left, right in found
            ]
        else:
            differing = _differing(a, b)
            keys = len(differing)
            differing = differing[:limit]
        records = [record for one_key in differing for record in _records(one_key, a, b)]
        return Differences(records, keys, len(differing))


def assert_consistent(*servers: Server | Iterable[Server], limit: int = 10) -> None:
    """An AssertionError that tells keys, offsets and ids, unless all have the same data.

    Each is compared with the first. Those of one history must also be where they can be: no replica
    is ahead of its primary.
    """
    flat = [server for given in servers for server in _servers_of(given)]
    faults = []
    for other in flat[1:]:
        # The replica is asked first: what it has by then its primary must have had.
        theirs, ours = _place(other), _place(flat[0])
        found = diff(flat[0], other, limit=limit)
        if found:
            first, second = name_of(flat[0]), name_of(other)
            count = "1 key" if found.keys == 1 else f"{found.keys} keys"
            faults.append(f"{second} differs from {first} in {count}: {_relation(ours, theirs)}")
            faults += ["    " + line for line in str(found).splitlines()]
        elif _is_ahead(theirs, ours):
            faults.append(f"{name_of(other)} is ahead of {name_of(flat[0])}, whom it follows")
    if faults:
        places = [f"  {name_of(server)}: {_told(_place(server))}" for server in flat]
        raise AssertionError("\n".join([*faults, "where they are:", *places]))


# ---- who is asked


class State(NamedTuple):
    """Of one key: what can be compared without its value."""

    type: str
    expiry: Optional[int]  # in milliseconds since 1970
    digest: Union[bytes, int]


class _Differing(NamedTuple):
    db: int
    key: bytes
    one: Optional[State]
    other: Optional[State]

    def may_expire(self) -> bool:
        return any(state and state.expiry is not None for state in (self.one, self.other))


class _Asked(Protocol):
    def call(self, *words: Word) -> Any: ...


class _Side:
    """A server, with a connection of our own: its SELECT is nobody else's."""

    def __init__(self, name: str, asked: _Asked) -> None:
        self.name = name
        self._asked = asked
        self._db = 0

    def call(self, *words: Word) -> Any:
        return self._asked.call(*words)

    def calls(self, commands: list[list[Word]]) -> list[Any]:
        if isinstance(self._asked, Client):
            return self._asked.calls(commands)
        return [self._asked.call(*words) for words in commands]

    def select(self, db: int) -> None:
        if db != self._db:
            self.call("SELECT", db)
            self._db = db

    def allows_debug(self) -> bool:
        try:
            self.call("DEBUG", "DIGEST-VALUE", "")
        except CommandError:
            return False
        return True

    def databases(self) -> list[int]:
        text = self.call("INFO", "keyspace")
        info = Info(text.decode() if isinstance(text, bytes) else text)
        return [int(name[2:]) for name in info]


def name_of(server: Server) -> str:
    if isinstance(server, Replicating):
        return server.name
    if isinstance(server, tuple):
        return f"{server[0]}:{server[1]}"
    where = server.connection_pool.connection_kwargs
    return f"{where.get('host', 'localhost')}:{where.get('port', 6379)}"


def _servers_of(given: Server | Iterable[Server]) -> list[Server]:
    is_address = isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], int)
    if isinstance(given, Replicating) or is_address or hasattr(given, "connection_pool"):
        return [cast(Server, given)]
    return list(cast(Iterable[Server], given))


@contextmanager
def _side(server: Server) -> Iterator[_Side]:
    if isinstance(server, Node):
        with server.session() as session:
            yield _Side(server.name, session)
        return
    with client_of(server) as client:
        yield _Side(name_of(server), client)


def client_of(server: Server) -> Client:
    if isinstance(server, Replicating):
        where = getattr(server, "connection", None)
        if where is None:
            raise TypeError(f"{server.name} lives in a simulated world: it has no connection")
    elif isinstance(server, tuple):
        return Client(server)
    else:
        where = server.connection_pool.connection_kwargs
    address = where.get("host", "localhost"), int(where.get("port", 6379))
    return Client(address, where.get("password"), where.get("username"))


# ---- servers that are asked key by key


def _differing(one: _Side, other: _Side) -> list[_Differing]:
    by_digest = one.allows_debug() and other.allows_debug()
    left, right = _states(one, by_digest), _states(other, by_digest)
    found = [
        _Differing(*key, left.get(key), right.get(key))
        for key in sorted({*left, *right})
        if left.get(key) != right.get(key)
    ]
    # The two were looked at one after the other: a key may have expired in between.
    volatile = [(d.db, d.key) for d in found if d.may_expire()]
    lapsed = set(volatile) - _present(one, volatile) - _present(other, volatile)
    return [d for d in found if (d.db, d.key) not in lapsed]


def _present(side: _Side, keys: list[_Key]) -> set[_Key]:
    present = set()
    for db, group in groupby(keys, key=itemgetter(0)):
        side.select(db)
        some = list(group)
        types = side.calls([["TYPE", name] for _, name in some])
        present |= {key for key, type_ in zip(some, types) if type_ != "none"}
    return present


def _states(side: _Side, by_digest: bool) -> dict[_Key, State]:
    states = {}
    for db in side.databases():
        side.select(db)
        cursor: Word = 0
        while True:
            cursor, keys = side.call("SCAN", cursor, "COUNT", _BATCH)
            if keys:
                for key, state in _states_of(side, keys, by_digest):
                    states[db, key] = state
            if int(cursor) == 0:
                break
    return states


def _states_of(side: _Side, keys: list[bytes], by_digest: bool) -> Iterator[tuple[bytes, State]]:
    types = side.calls([["TYPE", key] for key in keys])
    expiries = side.calls([["PEXPIRETIME", key] for key in keys])
    digests = side.call("DEBUG", "DIGEST-VALUE", *keys) if by_digest else []
    for number, (key, type_, expiry) in enumerate(zip(keys, types, expiries)):
        if type_ == "none" or expiry == _NO_KEY:  # gone since SCAN told of it
            continue
        expires = None if expiry < 0 else int(expiry)
        if by_digest:
            digest = bytes.fromhex(digests[number])
            if expires is not None:  # a digest tells that it does, which is not the value
                digest = bytes(a ^ b for a, b in zip(digest, sha1(b"!!expire!!").digest()))
        else:
            digest = sha1(repr(_canonical(_value(side, key, type_))).encode()).digest()
        yield key, State(type_, expires, digest)


# ---- values


def _records(differing: _Differing, a: _Side, b: _Side) -> Iterator[Difference]:
    db, key, one, other = differing
    names = (a.name, b.name)
    for side in (a, b):
        side.select(db)
    if other is None:
        assert one is not None
        yield Difference("missing", key, db, _value(a, key, one.type), None, names)
        return
    if one is None:
        yield Difference("extra", key, db, None, _value(b, key, other.type), names)
        return
    if one.type != other.type:
        yield Difference("type", key, db, one.type, other.type, names)
    elif one.digest != other.digest:
        values = _value(a, key, one.type), _value(b, key, other.type)
        yield Difference("value", key, db, *values, names)
    if one.expiry != other.expiry:
        yield Difference("ttl", key, db, one.expiry, other.expiry, names)


def _value(side: _Side, key: bytes, type_: str) -> Any:
    """As Python has it: a sorted set is a dict of scores, a stream a list of entries."""
    if type_ == "string":
        return side.call("GET", key)
    if type_ == "list":
        return side.call("LRANGE", key, 0, -1)
    if type_ == "set":
        return set(side.call("SMEMBERS", key))
    if type_ == "hash":
        reply = side.call("HGETALL", key)
        return reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2]))
    if type_ == "zset":
        reply = side.call("ZRANGE", key, 0, -1, "WITHSCORES")
        if not (reply and isinstance(reply[0], list)):
            reply = zip(reply[::2], reply[1::2])
        return {member: float(score) for member, score in reply}
    if type_ == "stream":
        return [(id_, tuple(fields)) for id_, fields in side.call("XRANGE", key, "-", "+")]
    return side.call("DUMP", key)  # of a module


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted(value.items())
    return sorted(value) if isinstance(value, set) else value


def _parting(one: Any, other: Any, names: tuple[str, str]) -> Optional[str]:
    """Where two values part, if they are too long to be shown."""
    if max(len(repr(one)), len(repr(other))) <= _SHOWN:
        return None
    if isinstance(one, (dict, set)):
        ours, theirs = (set(v.items() if isinstance(v, dict) else v) for v in (one, other))
        sides = zip(names, (ours - theirs, theirs - ours))
        return "value: " + ", ".join(f"only in {name} {_few(own)}" for name, own in sides)
    at = _common(one, other)
    size, unit = (16, "byte") if isinstance(one, bytes) else (1, "element")
    told = (f"{_text(v[at : at + size])} of {len(v)} in {n}" for v, n in zip((one, other), names))
    return f"value from {unit} {at} on: {', '.join(told)}"


def _common(one: Any, other: Any) -> int:
    for at, (left, right) in enumerate(zip(one, other)):
        if left != right:
            return at
    return min(len(one), len(other))


def _few(elements: set[Any]) -> str:
    told = sorted(map(repr, elements))
    text = ", ".join(told[:3]) or "nothing"
    return f"{text} and {len(told) - 3} more" if len(told) > 3 else text


def _text(value: Any) -> str:
    text = repr(value)
    if len(text) > _SHOWN:
        unit = "bytes" if isinstance(value, bytes) else "elements"
        text = f"{text[:_SHOWN]}... ({len(value)} {unit})"
    return text


def _expiry(milliseconds: Optional[int]) -> str:
    return "does not expire" if milliseconds is None else f"expires at {milliseconds / 1000:.3f}"


# ---- places in a history


def _place(server: Server) -> Optional[Replication]:
    """None: it cannot be asked in Python's terms, or any more."""
    return server._seen() if isinstance(server, Replicating) else None


def _is_ahead(replica: Optional[Replication], primary: Optional[Replication]) -> bool:
    if replica is None or primary is None or (replica.role, primary.role) != ("replica", "primary"):
        return False
    return replica.id == primary.id and replica.offset > primary.offset


def _relation(one: Optional[Replication], other: Optional[Replication]) -> str:
    if one is None or other is None:
        return "their histories are not known"
    if one.id != other.id:
        if one.id == other.former_id or other.id == one.former_id:
            former = other.former_offset if one.id == other.former_id else one.former_offset
            return f"their histories part at offset {former}"
        return "they are of different histories"
    if one.offset == other.offset:
        return f"although both are at offset {one.offset} of one history"
    behind = one.offset - other.offset
    return f"it is {behind} bytes behind" if behind > 0 else f"it is {-behind} bytes ahead"


def _told(place: Optional[Replication]) -> str:
    return "not known" if place is None else f"{place}, history {place.id}"

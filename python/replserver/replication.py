"""Where a node stands in replication, and how to wait until it stands elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Optional, Protocol, Union

from .commands import Commands
from .exceptions import ClosedError, WaitTimeout

Role = Literal["primary", "replica"]
# To its primary: waiting to dial, dialling, greeting it, receiving its data, following it.
Link = Literal["connect", "connecting", "handshake", "sync", "connected"]
Address = tuple[str, int]


@dataclass(frozen=True)
class Backlog:
    """The last bytes of the history: a replica that lacks no more than these resumes."""

    first: int  # the smallest offset from which one may resume
    end: int
    size: int  # how many bytes it holds at most


@dataclass(frozen=True)
class Replica:
    """A server that follows a node, as the node sees it."""

    name: Optional[str]  # of a node in this process, or world
    host: str
    port: int  # where it listens; 0: it has not said
    state: str  # wait_bgsave, send_bulk, online
    acknowledged: int
    sent: int
    lag_bytes: int  # what it has not acknowledged yet
    lag_seconds: int  # since it was heard of last; -1: it is not online yet


class Lag(int):
    """By how many bytes a replica is behind, as a number; and since when it has not been heard of."""

    seconds: Optional[int]  # by its primary's clock; None: it is not online there

    def __new__(cls, size: int, seconds: Optional[int] = None) -> Lag:
        lag = super().__new__(cls, size)
        lag.seconds = seconds
        return lag

    @property
    def bytes(self) -> int:
        return int(self)

    def __repr__(self) -> str:
        return f"Lag(bytes={int(self)}, seconds={self.seconds})"

    def __str__(self) -> str:
        return str(int(self))


@dataclass(frozen=True)
class Replication:
    """What a node knows of its place in replication, at one moment.

    An offset counts bytes of history that have gone by. `id` names the history; `former_id` the one
    that it shares its first `former_offset` bytes with, after a promotion.
    """

    role: Role
    id: str
    offset: int
    former_id: Optional[str]
    former_offset: Optional[int]
    link: Optional[Link]  # None: it is a primary
    primary: Optional[Address]
    backlog: Optional[Backlog]
    replicas: list[Replica]

    @property
    def online(self) -> list[Replica]:
        """The replicas that follow it live."""
        return [replica for replica in self.replicas if replica.state == "online"]

    def __str__(self) -> str:
        if self.primary is None:
            return f"a primary at offset {self.offset}, with {len(self.online)} replicas online"
        host, port = self.primary
        return f"a replica of {host}:{port} ({self.link}) at offset {self.offset}"


class Replicating(Commands):
    """What every node offers, live or simulated, because it replicates."""

    name: str

    # ---- what each kind of node provides

    def _replication(self) -> dict[str, Any]:
        raise NotImplementedError

    def _address(self) -> Address:
        """Where others of its kind reach it."""
        raise NotImplementedError

    def _peer(self, address: Address) -> Optional[Replicating]:
        """The node of this process, or world, that can be reached there."""
        raise NotImplementedError

    def _peers(self) -> Iterable[Replicating]:
        raise NotImplementedError

    def _seconds(self) -> float:
        """By the clock that its waits go by."""
        raise NotImplementedError

    def _wait(self, wish: Wish, timeout: Optional[float]) -> Optional[dict[str, Any]]:
        """What held when the wish had come true; None: it did not in time."""
        raise NotImplementedError

    @property
    def closed(self) -> bool:
        raise NotImplementedError

    # ---- what all of them can

    @property
    def replication(self) -> Replication:
        """Role, ids, offsets, backlog and replicas, all of one moment."""
        return replication_of(self._replication(), self)

    def _seen(self) -> Optional[Replication]:
        """The same; None: it is closed."""
        try:
            return self.replication
        except ClosedError:
            return None

    @property
    def offset(self) -> int:
        """How many bytes of history this node has written."""
        return int(self._replication()["offset"])

    def _repr_html_(self) -> str:
        from . import html
        from .picture import around, picture

        title = repr(self).strip("<>")
        seen = self._seen()
        if seen is None:
            return html.table(title, {"state": "closed"})
        rows = {"role": seen.role, "offset": seen.offset, "history": seen.id}
        return picture(title, around(self)).inline() + html.table(title, rows)

    def replicate(self, primary: Primary | None) -> None:
        """Follows another node, or (host, port), from now on; None: nobody, as `promote` does.

        Returns at once, as REPLICAOF does: `wait_in_sync` tells when it is done.
        """
        if primary is None:
            self._order("REPLICAOF", "NO", "ONE")
        else:
            self._order("REPLICAOF", *address_of(primary))

    def promote(self) -> None:
        """Becomes a primary. It keeps its data; who shares its history may resume from it."""
        self.replicate(None)

    def advance(self, *, bytes: Optional[int] = None, to: Optional[int] = None) -> None:
        """Writes so many bytes of history, or up to an offset; the data stay as they are.

            node.advance(bytes=1_000_000)       # the backlog has forgotten what was before
            node.advance(to=1 << 20)

        Exact to the byte, but no fewer than the shortest message takes that a history can hold: a
        ValueError says how many these are, before anything is written. A replica cannot: its
        history is its primary's.
        """
        from .filling import fill

        fill(self, bytes, to)

    def lag(self, replica: Replicating) -> Lag:
        """How far a replica is behind this node: `.bytes`, and `.seconds` since it was heard of.

        What it has counts, acknowledged or not.
        """
        theirs = replica._replication()["offset"]  # first: what it has, we had before
        seen = self.replication
        peers = [(self._peer((one.host, one.port)), one.lag_seconds) for one in seen.online]
        heard = [seconds for peer, seconds in peers if peer is replica]
        return Lag(seen.offset - theirs, heard[0] if heard else None)

    def wait_offset(self, offset: int, timeout: Optional[float] = None) -> None:
        """Until it has so many bytes of history. A WaitTimeout after so many seconds."""
        self.wait_state(timeout, offset=offset)

    def wait_state(
        self,
        timeout: Optional[float] = None,
        *,
        offset: Optional[int] = None,
        id: Optional[str] = None,
        role: Optional[Role] = None,
        link: Optional[Link] = None,
        replicas: Optional[int] = None,
        acknowledged: Optional[int] = None,
    ) -> Replication:
        """Until all that is said is so at once; and what else was so at that moment.

        offset, replicas and acknowledged are least numbers: of bytes, of replicas online, and of
        bytes that these (or all of them) have acknowledged.

            node.wait_state(1, link="connected")
            node.wait_state(1, replicas=2, acknowledged=node.offset)
        """
        wish = wish_of(offset, id, role, link, replicas, acknowledged)
        return replication_of(run(wait_for(self, wish), timeout), self)

    def wait_in_sync(
        self,
        with_: Replicating | Iterable[Replicating] | None = None,
        timeout: Optional[float] = None,
    ) -> None:
        """Until whoever follows has all that its primary has at this moment.

        A replica waits for itself, with its primary; a primary for all its replicas: those of this
        process, and those that are connected to it. `with_` names the other one, or several,
        upstream or downstream. In a chain, what is between the two is waited for first. On expiry
        the WaitTimeout tells both offsets.
        """
        run(wait_in_sync(self, with_), timeout)


class Reachable(Protocol):
    """A node, or a link to one."""

    def _address(self) -> Address: ...


Primary = Union[Reachable, tuple[str, int]]
Wish = dict[str, Any]


def address_of(primary: Primary) -> Address:
    if isinstance(primary, (tuple, list)):
        host, port = primary
        return str(host), int(port)
    if not hasattr(primary, "_address"):
        raise TypeError(f"a node, a link or (host, port), not {primary!r}")
    return primary._address()


def address_at(text: str) -> Address:
    """HOST:PORT, as a command line has it."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"HOST:PORT, not {text!r}")
    return host.strip("[]"), int(port)


def wish_of(
    offset: Optional[int],
    id: Optional[str],
    role: Optional[Role],
    link: Optional[Link],
    replicas: Optional[int],
    acknowledged: Optional[int],
) -> Wish:
    if role not in (None, "primary", "replica"):
        raise ValueError(f"role: 'primary' or 'replica', not {role!r}")
    if link not in (None, "connect", "connecting", "handshake", "sync", "connected"):
        raise ValueError(f"link: {link!r} is no state of a link")
    wish = {
        "offset": offset,
        "history": id,
        "is_replica": None if role is None else role == "replica",
        "link": link,
        "replicas": replicas,
        "acknowledged": acknowledged,
    }
    wish = {name: value for name, value in wish.items() if value is not None}
    if not wish:
        raise ValueError("nothing is wished for")
    return wish


def replication_of(raw: Mapping[str, Any], node: Replicating) -> Replication:
    offset = raw["offset"]
    replicas = []
    for host, port, state, acknowledged, sent, lag_seconds in raw["replicas"]:
        peer = node._peer((host, port))
        lag = offset - acknowledged
        name = peer.name if peer else None
        replicas.append(Replica(name, host, port, state, acknowledged, sent, lag, lag_seconds))
    former_id, former_offset = raw["former"] or (None, None)
    return Replication(
        role="primary" if raw["primary"] is None else "replica",
        id=raw["id"],
        offset=offset,
        former_id=former_id,
        former_offset=former_offset,
        link=raw["link"],
        primary=raw["primary"],
        backlog=Backlog(*raw["backlog"]) if raw["backlog"] else None,
        replicas=replicas,
    )


# ---- waits, as steps: each says for what one node has to be waited, and is told what held then.
# So one text of them serves threads, asyncio and virtual time.


@dataclass(frozen=True)
class Step:
    node: Replicating
    wish: Wish
    primary: Optional[Replicating] = None  # that it is to be in sync with

    def too_late(self, seconds: float) -> WaitTimeout:
        seen = replication_of(self.node._replication(), self.node)
        name, after = self.node.name, f"after {seconds:g} s"
        if self.primary is None:
            told = ", ".join(f"{key}={value!r}" for key, value in self.wish.items())
            return WaitTimeout(f"{name}: {after} not yet {told}: it is {seen}")
        theirs = self.primary._replication()["offset"]
        return WaitTimeout(
            f"{name} is not in sync with {self.primary.name} {after}: "
            f"{self.primary.name} is at offset {theirs}, {name} is {seen}"
        )


Steps = Generator[Step, dict[str, Any], dict[str, Any]]


def run(steps: Steps, timeout: Optional[float]) -> dict[str, Any]:
    """Takes the steps, within so many seconds in all."""
    try:
        step = next(steps)
        begun = step.node._seconds()
        while True:
            left = None if timeout is None else timeout - (step.node._seconds() - begun)
            held = step.node._wait(step.wish, None if left is None else max(left, 0))
            if held is None:  # without a timeout: in a world, which waits for an hour at most
                raise step.too_late(step.node._seconds() - begun if timeout is None else timeout)
            step = steps.send(held)
    except StopIteration as end:
        return dict(end.value)


def wait_for(node: Replicating, wish: Wish) -> Steps:
    held = yield Step(node, wish)
    return held


def wait_in_sync(node: Replicating, with_: Replicating | Iterable[Replicating] | None) -> Steps:
    if isinstance(with_, Replicating):
        with_ = [with_]
    if with_ is not None:
        for other in with_:
            if node in _above(other):
                yield from _follow(other, node)
            else:
                yield from _follow(node, other)
    elif node._replication()["primary"] is not None:
        primary = _primary_of(node)
        if primary is None:
            raise ValueError(
                f"{node.name}'s primary is no node of this process: wait_offset can wait for it"
            )
        yield from _follow(node, primary)
    else:
        yield from _be_followed(node)
    return node._replication()


def _primary_of(node: Replicating) -> Optional[Replicating]:
    address = node._replication()["primary"]
    return None if address is None else node._peer(address)


def _above(node: Replicating) -> list[Replicating]:
    """Its primary, its primary's primary, and so on; a circle ends where it closes."""
    above: list[Replicating] = []
    primary = _primary_of(node)
    while primary is not None and primary not in above:
        above.append(primary)
        primary = _primary_of(primary)
    return above


def _follow(replica: Replicating, primary: Replicating) -> Steps:
    """From the top down: what the primary itself still has to get counts."""
    chain = [primary]
    for node in _above(primary):
        if node in (primary, replica):
            break  # they follow each other in a circle
        chain.append(node)
    for upper, lower in zip(chain[::-1], [*chain[:-1][::-1], replica]):
        yield from catch_up(lower, upper)
    return replica._replication()


def catch_up(replica: Replicating, primary: Replicating) -> Steps:
    """Until it has all that its primary has at this moment."""
    while True:
        # In this order: a name that the history gets in between is news to the replica, too.
        seen, target = replica._replication(), primary._replication()
        wish = {"history": target["id"], "offset": target["offset"], "link": "connected"}
        # Another name of the history on the way: what the primary has may have got one, too.
        held = yield Step(replica, {**wish, "unless": seen["id"]}, primary)
        if (held["id"], held["link"]) == (target["id"], "connected"):
            if held["offset"] >= target["offset"]:
                return held


def _be_followed(primary: Replicating) -> Steps:
    followers = [node for node in primary._peers() if _follows_now(node, primary)]
    if not followers:
        yield Step(primary, {"replicas": 1})
    offset = primary._replication()["offset"]
    for follower in followers:
        yield from catch_up(follower, primary)
    if any(replica.name is None for replica in primary.replication.replicas):
        yield Step(primary, {"acknowledged": offset})
    return primary._replication()


def _follows_now(node: Replicating, primary: Replicating) -> bool:
    try:
        return node is not primary and _primary_of(node) is primary
    except ClosedError:
        return False

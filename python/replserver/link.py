"""A link between a replica and its primary on which everything can be made to happen, exactly there."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from numbers import Integral
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Optional, Union
from weakref import finalize

from ._core import Relay, SimLink
from .closing import Closing
from .exceptions import WaitTimeout
from .registry import Registry
from .replication import Address, Primary, address_of

if TYPE_CHECKING:
    from .aio import LinkWaits

Direction = Literal["up", "down"]  # replica to primary, primary to replica
Acks = Literal["pass", "drop", "twice", "manual"]
# The last conversation: greeting, waiting for the data, receiving them, following; or no replica's.
Phase = Literal["handshake", "sync", "payload", "streaming", "foreign"]

STEPS = (
    "ping",
    "auth",
    "listening-port",
    "ip-address",
    "capa",
    "version",
    "replconf",  # any other
    "psync",
    "sync",
    "payload",
    "ack",
)

SECONDS_MAX = 10.0  # of each wait that says nothing else
_EVENTS_SHOWN = 10  # in a notebook

_PORT_MAX = 65535

_numbers = itertools.count(1)
_links: Registry[Link] = Registry()


@dataclass(frozen=True)
class LinkState:
    """Where a link stands, at one moment. Offset, bytes and phase are the last conversation's."""

    open: int  # connections
    conversations: int  # that there have been
    cuts: int
    planned: int  # rules that wait for their place
    gates: tuple[str, str]  # up and down: open, held, silent
    refuses: bool
    bytes: tuple[int, int]  # up and down: that have passed
    phase: Phase
    history: str
    offset: Optional[int]  # of the history, as far as it has passed
    acknowledged: Optional[int]
    payload_bytes: int
    events: int  # that there have been

    @property
    def held(self) -> bool:
        return self.gates != ("open", "open")

    def __str__(self) -> str:
        place = self.phase if self.offset is None else f"{self.phase} at offset {self.offset}"
        up, down = self.bytes
        words = [f"{self.open} open of {self.conversations}", place, f"{up} bytes up, {down} down"]
        if self.held:
            words.append(f"gates {'/'.join(self.gates)}")
        if self.refuses:
            words.append("refuses")
        if self.planned:
            words.append(f"{self.planned} rules wait")
        return ", ".join(words)


@dataclass(frozen=True)
class LinkEvent:
    """Something that happened on a link."""

    number: int  # counted from 1
    time: float  # seconds since 1970
    what: str  # opened, passed, cut, held, released, corrupted, dropped, closed, ...
    conversation: int  # counted from 1; 0: all of them
    detail: str  # the place, the step, who closed it
    bytes_up: int  # that have passed in this conversation
    bytes_down: int
    offset: Optional[int]

    def __str__(self) -> str:
        place = "" if self.offset is None else f" at offset {self.offset}"
        return f"{self.conversation}: {self.what} {self.detail}{place}"


class Faults:
    """What can be done to a link, live or simulated.

    A place is given by one of

        at="before psync"        a step of the handshake (STEPS); without a word: before it
        at="behind psync reply"  the reply to it; or the "payload"
        at="command"             half of the stream's next command (which is no PING)
        at_offset=n              the history's offset n has passed
        at_payload=n             n bytes of the payload have passed
        after_bytes=n            n more bytes have passed; with direction="up", of the way up

    and none of them means now. What is planned for a place happens once, in whichever conversation
    comes to it.
    """

    name: str
    _core: Union[Relay, SimLink]

    def cut(
        self,
        *,
        at: Optional[str] = None,
        at_offset: Optional[int] = None,
        at_payload: Optional[int] = None,
        after_bytes: Optional[int] = None,
        direction: Direction = "down",
        reset: bool = False,
        refuse: bool = False,
    ) -> None:
        """Ends the conversation: what has not passed is lost. The replica may come back.

        reset    By RST instead of FIN.
        refuse   From then on nobody gets through, until `heal`.
        """
        place = _place(at, at_offset, at_payload, after_bytes, direction)
        if place is None:
            self._core.cut(reset, refuse)
        else:
            self._core.plan(_rule(place, "reset" if reset else "cut", refuses=refuse))

    def hold(
        self,
        *,
        at: Optional[str] = None,
        at_offset: Optional[int] = None,
        at_payload: Optional[int] = None,
        after_bytes: Optional[int] = None,
        direction: Direction = "down",
    ) -> None:
        """Freezes both directions, there, until `release`; neither end is told of anything."""
        place = _place(at, at_offset, at_payload, after_bytes, direction)
        if place is None:
            self._core.set_gate(None, "held")
        else:
            self._core.plan(_rule(place, "hold"))

    def release(self) -> None:
        """What was held goes on."""
        self._core.set_gate(None, "open")

    def blackhole(
        self,
        direction: Optional[Direction] = None,
        *,
        at: Optional[str] = None,
        at_offset: Optional[int] = None,
        at_payload: Optional[int] = None,
        after_bytes: Optional[int] = None,
    ) -> None:
        """Half-open: the connections stay, nothing flows, and who dials anew gets no answer.

        With a direction and no place, only that one. Until `heal`.
        """
        place = _place(at, at_offset, at_payload, after_bytes, direction or "down")
        if place is None:
            self._core.set_gate(direction, "silent")
        else:
            self._core.plan(_rule(place, "silence"))

    def corrupt(
        self,
        *,
        at: Optional[str] = None,
        at_offset: Optional[int] = None,
        at_payload: Optional[int] = None,
        after_bytes: Optional[int] = None,
        direction: Direction = "down",
        mask: int = 0xFF,
        size: int = 1,
    ) -> None:
        """Flips the bits in `mask` of the `size` bytes that follow."""
        place = _place(at, at_offset, at_payload, after_bytes, direction)
        rule = _rule(place or _at("bytes", direction, 0), "corrupt", mask=mask, size=size)
        self._core.plan(rule)

    def refuse(self) -> None:
        """Connections that are to come are refused, until `heal`; those there are stay."""
        self._core.refuse()

    def heal(self) -> None:
        """As a link without faults: rules, gates, pace, ACKs. What was held goes on."""
        self._core.heal()

    def delay(
        self, seconds: float, *, jitter: float = 0.0, direction: Optional[Direction] = None
    ) -> None:
        """Each byte passes so long after it came, and up to `jitter` seconds later, in order."""
        if seconds < 0 or jitter < 0:
            raise ValueError("a delay is no less than 0")
        self._core.set_delay(direction, seconds, jitter)

    def throttle(
        self, bytes_per_second: Optional[int], *, direction: Optional[Direction] = None
    ) -> None:
        """No more bytes in a second; None: as many as come."""
        if bytes_per_second is not None and bytes_per_second < 1:
            raise ValueError("throttle: at least one byte in a second; `hold` stops them all")
        self._core.set_rate(direction, bytes_per_second or 0)

    def acks(self, mode: Acks) -> None:
        """What becomes of the replica's ACKs: they "pass", go "twice", or are dropped.

        "drop" takes all of them; "manual" lets only the one pass that completes a full sync, and
        `ack` sends others.
        `delay(seconds, direction="up")` makes them late.
        """
        self._core.set_acks(mode)

    def ack(self, offset: Optional[int] = None) -> None:
        """Acknowledges in the replica's name: what has passed so far, or what is said."""
        if not self._core.acknowledge(offset):
            raise ValueError(f"{self.name}: no replica follows through it: {self.state}")

    # ---- what is seen

    @property
    def state(self) -> LinkState:
        return LinkState(**self._core.status())

    @property
    def offset(self) -> Optional[int]:
        """Of the history, as far as it has passed."""
        return self.state.offset

    @property
    def events(self) -> list[LinkEvent]:
        """What happened, the last ten thousand of them."""
        return self.events_after(0)

    def events_after(self, number: int) -> list[LinkEvent]:
        """Those with a higher number."""
        raw = self._core.events(number)
        return [LinkEvent(count, at, *what) for count, at, what in raw]

    # ---- waits: by events; a WaitTimeout tells what was seen instead

    def wait_cut(self, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        """Until no planned cut is to come any more."""
        return self._wait({"cut": True}, timeout, "cut")

    def wait_held(self, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        """Until it is held, or silent."""
        return self._wait({"held": True}, timeout, "hold")

    def wait_offset(self, offset: int, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        """Until so much of the history has passed."""
        return self._wait({"offset": offset}, timeout, f"offset {offset}")

    def wait_acknowledged(self, offset: int, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        """Until the replica has said that it has so much, whether its ACK passed or not."""
        return self._wait({"acknowledged": offset}, timeout, f"ACK of {offset}")

    def wait_phase(self, phase: Phase, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        return self._wait({"phase": phase}, timeout, f"phase {phase}")

    def wait_conversations(self, count: int, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        """Until so many connections have come."""
        return self._wait({"conversations": count}, timeout, f"conversation {count}")

    def wait_event(
        self, what: str, detail: str = "", timeout: Optional[float] = SECONDS_MAX, after: int = 0
    ) -> LinkEvent:
        """The first event of that kind whose detail begins like that, numbered above `after`."""
        end = None if timeout is None else self._seconds() + timeout
        seen = after
        while True:
            for event in self.events_after(seen):
                seen = event.number
                if event.what == what and event.detail.startswith(detail):
                    return event
            left = None if end is None else max(0.0, end - self._seconds())
            self._wait({"events": seen}, left, f"{what} {detail}".rstrip())

    def _seconds(self) -> float:
        """By the clock that its waits go by."""
        return monotonic()

    def _wait(self, wish: dict[str, Any], timeout: Optional[float], told: str) -> LinkState:
        begun = self._seconds()
        if not self._core.wait(wish, -1 if timeout is None else timeout):
            # Without a timeout: a world's, which waits for an hour at most.
            after = self._seconds() - begun if timeout is None else timeout
            last = self.events[-1:]
            seen = f"{self.state}; last: {last[0] if last else 'nothing'}"
            raise WaitTimeout(f"{self.name}: no {told} after {after:g} s: {seen}")
        return self.state


class Link(Closing, Faults):
    """A live link: it listens on 127.0.0.1 and carries what comes to the server behind it.

        with Node() as m, Link(m) as link, Node(replicaof=link) as r:
            r.wait_in_sync()
            link.cut(at_offset=m.offset + 17)

    Between any two servers: `to` is a node or (host, port), and whoever follows `link.address` goes
    through it.

    port   Where it listens; 0: the kernel's choice.
    seed   Of jitter.
    """

    def __init__(
        self, to: Primary, *, port: int = 0, name: Optional[str] = None, seed: int = 1
    ) -> None:
        self.name = name or f"link{next(_numbers)}"
        self.to = _target(to)
        if not 0 <= port <= _PORT_MAX:
            raise ValueError(f"port: from 0 to {_PORT_MAX}, not {port}")
        self._core = self._relay = Relay(self.name, *self.to, port, seed)
        self._closing = finalize(self, self._relay.close)
        _links.add(self)

    # ---- where it is

    @property
    def port(self) -> int:
        return self._relay.port

    @property
    def address(self) -> Address:
        """What a replica follows, to come through here."""
        return "127.0.0.1", self.port

    def _address(self) -> Address:
        return self.address

    @property
    def connection(self) -> dict[str, Any]:
        """Keywords for `redis.Redis`: a client through the link."""
        return {"host": "127.0.0.1", "port": self.port}

    def point_to(self, to: Primary) -> None:
        """Connections to come go to another server."""
        host, port = _target(to)
        self._relay.set_target(host, port)
        self.to = host, port

    @property
    def aio(self) -> LinkWaits:
        """The waits as coroutines: `await link.aio.wait_cut(timeout=1)`."""
        from .aio import LinkWaits

        return LinkWaits(self)

    # ---- its life

    @property
    def closed(self) -> bool:
        return self._relay.closed

    def close(self) -> None:
        """Ends it, and the conversations on it. Saying it again does no harm.

        What happened on it can still be read.
        """
        self._closing()

    @property
    def mood(self) -> str:
        """In a word or two, what it does to what passes."""
        if self.closed:
            return "closed"
        state = self.state
        if state.refuses:
            return "refuses"
        return "open" if not state.held else " up, ".join(state.gates) + " down"

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"port={self.port}: {self.state}"
        return f"<replserver.Link {self.name} {state}>"

    def _repr_html_(self) -> str:
        from . import html

        title = f"replserver.Link {self.name}, to {self.to[0]}:{self.to[1]}"
        rows = {"does": self.mood} if self.closed else _rows_of(self)
        last = [
            {"": str(event.number), "what": event.what, "detail": event.detail}
            for event in self.events[-_EVENTS_SHOWN:]
        ]
        return html.table(title, rows) + html.grid("last events", last)


def _target(to: Primary) -> Address:
    host, port = address_of(to)
    if not 0 < port <= _PORT_MAX:
        raise ValueError(f"{host}:{port}: a port is from 1 to {_PORT_MAX}")
    return host, port


def _rows_of(link: Link) -> dict[str, object]:
    state = link.state
    up, down = state.bytes
    return {
        "does": link.mood,
        "phase": state.phase,
        "offset": "" if state.offset is None else state.offset,
        "acknowledged": "" if state.acknowledged is None else state.acknowledged,
        "bytes": f"{up} up, {down} down",
        "conversations": f"{state.open} open of {state.conversations}, {state.cuts} cut",
        "planned": f"{state.planned} rules",
    }


def behind_links(address: Address) -> Address:
    """Where a connection to this address ends: links of this process lead elsewhere."""
    host, port = address
    for link in _links.open():
        if link.port == port and host in ("127.0.0.1", "localhost"):
            return link.to
    return address


def _at(kind: str, way: Direction, number: int, step: str = "") -> dict[str, Any]:
    return {"kind": kind, "way": way, "number": number, "step": step}


def _rule(
    place: dict[str, Any], what: str, refuses: bool = False, mask: int = 0xFF, size: int = 1
) -> dict[str, Any]:
    if not 0 < mask < 256:
        raise ValueError("mask: the bits to flip, from 1 to 255")
    if size < 1:
        raise ValueError("size: at least one byte")
    return {**place, "what": what, "refuses": refuses, "mask": mask, "size": size}


def _place(
    at: Optional[str],
    at_offset: Optional[int],
    at_payload: Optional[int],
    after_bytes: Optional[int],
    direction: Direction,
) -> Optional[dict[str, Any]]:
    """As the C++ side reads it; None: now."""
    numbers = [one for one in (at_offset, at_payload, after_bytes) if one is not None]
    if len(numbers) + (at is not None) > 1:
        raise ValueError("one place, not several")
    for number in numbers:
        if not isinstance(number, Integral) or number < 0:
            raise ValueError(f"a place is a number of bytes, no less than 0, not {number!r}")
    if at_offset is not None:
        return _at("offset", "down", at_offset)
    if at_payload is not None:
        return _at("payload", "down", at_payload)
    if after_bytes is not None:
        return _at("bytes", direction, after_bytes)
    if at is None:
        return None
    words = str(at).lower().split()
    if words == ["command"]:
        return _at("command", "down", 0)
    edge = words.pop(0) if words[:1] in (["before"], ["behind"]) else "before"
    is_reply = words[1:] == ["reply"]
    if not words or words[0] not in STEPS or (len(words) > 1 and not is_reply):
        raise ValueError(f"at: {at!r} is no place; 'behind psync reply' is one")
    is_down = is_reply or words[0] == "payload"
    return _at(edge, "down" if is_down else "up", 0, words[0])

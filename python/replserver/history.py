"""What nodes and the links between them have been through: who wrote, got or lost what, and when.

    cluster.history, world.history, rs.History([node, ...], [link, ...])

    node's thread ──> journal (C++, bounded) ──┐
    relay's thread ──> link events (bounded) ──┴──> one list of events, made when somebody asks
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Optional, Union, overload

from .exceptions import ClosedError, ReplserverError
from .journal import HistoryEvent, Kind, NameOf, Noted, events_of
from .link import Faults, Link, LinkEvent
from .replication import Address, Replicating

if TYPE_CHECKING:
    from .timeline import Timeline

EVENTS_MAX = 10_000  # that a history holds, unless it is told otherwise
_ROWS = 15  # of the table in a notebook: the last ones


class History(Sequence[HistoryEvent]):
    """Events in the order in which they happened. It does not grow: ask for another one.

        for event in cluster.history.where(kind="command", place="m"):
            print(event.time, event.words, event.begin, event.end)

    nodes   Those that keep a journal: members of a cluster, `Node(history=...)`, a world's nodes.
    links   What lies between them.
    limit   So many events at most; the oldest are dropped, and counted.
    """

    def __init__(
        self,
        nodes: Iterable[Replicating] = (),
        links: Iterable[Faults] = (),
        *,
        limit: int = EVENTS_MAX,
    ) -> None:
        if limit < 1:
            raise ValueError("limit: at least one event")
        nodes, links = list(nodes), list(links)
        self.places = [node.name for node in nodes]
        """The nodes, in the order in which they were given."""
        self.dropped = 0
        """How many older events are not told."""
        found: list[Noted] = []
        name_of = _names_of(nodes, links)
        for node in nodes:
            journal = getattr(node, "_journal", None)
            if journal is not None:
                found += events_of(node.name, journal, name_of)
                self.dropped += journal.dropped
        for link in links:
            events = link.events
            found += [_of_link(link.name, event) for event in events]
            self.dropped += events[0].number - 1 if events else 0
        is_virtual = any(hasattr(node, "world") for node in nodes)
        found.sort(key=_virtual_order if is_virtual else _order)
        if any(getattr(node, "clock", "real") == "manual" for node in nodes):
            found = _by_the_nodes_clock(found)
        missing = max(0, len(found) - limit)
        self.dropped += missing
        self._events = [
            noted.numbered(number)
            for number, noted in enumerate(found[missing:], 1 + self.dropped)
        ]

    # ---- as a sequence

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> HistoryEvent: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: Union[int, slice]) -> Union[HistoryEvent, History]:
        if isinstance(index, slice):
            return self._part(self._events[index])
        return self._events[index]

    def _part(self, events: list[HistoryEvent]) -> History:
        part = History()
        part.places, part.dropped, part._events = self.places, self.dropped, events
        return part

    # ---- parts of it

    def where(
        self,
        *,
        place: Union[str, Iterable[str], None] = None,
        kind: Union[Kind, Iterable[Kind], None] = None,
        what: Union[str, Iterable[str], None] = None,
        command: Optional[str] = None,
        key: Union[str, bytes, None] = None,
        since: Optional[float] = None,
        until: Optional[float] = None,
        offset: Optional[int] = None,
    ) -> History:
        """The events of which all that is said is so.

        place    A node's name, a link's, or several; so with kind and what.
        command  Its first word. `key`: one of the others.
        since    Not before that time; `until`: not after it.
        offset   The history went past it: begin <= offset < end.
        """
        wanted = {"where": place, "kind": kind, "what": what}
        sets = [(name, _set_of(value)) for name, value in wanted.items() if value is not None]
        first = None if command is None else command.upper().encode()
        word = key.encode() if isinstance(key, str) else key

        def fits(event: HistoryEvent) -> bool:
            return (
                all(getattr(event, name) in values for name, values in sets)
                and (first is None or (event.words != () and event.words[0].upper() == first))
                and (word is None or word in event.words[1:])
                and (since is None or event.time >= since)
                and (until is None or event.time <= until)
                and (offset is None or _passes(event, offset))
            )

        return self._part([event for event in self._events if fits(event)])

    @property
    def commands(self) -> History:
        """What was written, and got: with the bytes' offsets."""
        return self.where(kind="command")

    # ---- other forms

    def to_pandas(self) -> Any:
        """A DataFrame with a line for each event, times as timestamps. Needs pandas."""
        try:
            pandas = import_module("pandas")  # by name: who checks our types need not have it
        except ImportError:
            raise ReplserverError("to_pandas needs pandas: pip install pandas") from None
        names = [field.name for field in fields(HistoryEvent)]
        frame = pandas.DataFrame.from_records([asdict(each) for each in self], columns=names)
        frame["time"] = pandas.to_datetime(frame["time"], unit="s", utc=True)
        numbers = ("begin", "end", "db", "backlog_first")  # each may be missing
        return frame.astype({name: "Int64" for name in numbers})

    def timeline(self, **options: Any) -> Timeline:
        """A picture with a lane for each node: see Timeline for its options."""
        from .timeline import Timeline

        return Timeline(self, self.places, **options)

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    def __repr__(self) -> str:
        older = f", {self.dropped} older ones are dropped" if self.dropped else ""
        return f"<replserver.History: {len(self)} events of {', '.join(self.places)}{older}>"

    def _repr_html_(self) -> str:
        from . import html

        rows = [_row(event) for event in self._events[-_ROWS:]]
        hidden = len(self) - len(rows)
        title = f"the last {len(rows)} of {len(self)} events" if hidden else f"{len(self)} events"
        return self.timeline()._repr_html_() + html.grid(title, rows)


def _names_of(nodes: Iterable[Replicating], links: Iterable[Faults]) -> NameOf:
    """Who is at an address: also who was there, and behind a link."""
    names: dict[int, str] = {}
    known = {node.name for node in nodes}
    for node in nodes:
        with suppress(ClosedError):
            names[node._address()[1]] = node.name
    behind = {link.port: link.to[1] for link in links if isinstance(link, Link)}

    def name_of(address: Address) -> str:
        host, port = address
        if host in known:  # as in a world
            return host
        return names.get(behind.get(port, port), f"{host}:{port}")

    return name_of


def _order(noted: Noted) -> float:
    return noted.order


def _virtual_order(noted: Noted) -> tuple[float, bool, float]:
    """Much happens at one moment; what a fault brings about comes later, by the network's delay."""
    return noted.time, noted.kind == "link", noted.order


def _by_the_nodes_clock(found: list[Noted]) -> list[Noted]:
    """What happens on links goes by the machine's clock. Where that is not the nodes' one, it gets
    the time of the nodes' event before it."""
    timed: list[Noted] = []
    last = next((noted.time for noted in found if noted.kind != "link"), 0.0)
    for noted in found:
        last = last if noted.kind == "link" else noted.time
        timed.append(noted._replace(time=last))
    return timed


def _of_link(name: str, event: LinkEvent) -> Noted:
    return Noted(
        event.time,
        event.time,
        name,
        "link",
        event.what,
        event.detail,
        event.offset,
        event.offset,
    )


def _set_of(value: Union[str, Iterable[str]]) -> set[str]:
    return {value} if isinstance(value, str) else set(value)


def _passes(event: HistoryEvent, offset: int) -> bool:
    return event.begin is not None and event.end is not None and event.begin <= offset < event.end


def _row(event: HistoryEvent) -> dict[str, str]:
    time = f"{event.time:.6f}"
    return {"": str(event.number), "time": time, "where": event.where, "what": event.text}

"""Who follows whom, as a picture: primaries on the left, links with what they do, offsets and lag.

    [ m primary ]──── open, 0 bytes ────>[ r1 replica ]
    [ 8371.. 117 ]──x  refuses        x──[ r2 replica ]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .replication import Replicating
from .svg import Drawing

_WIDE, _HIGH = 148, 58  # a node
_GAP_X, _GAP_Y, _EDGE = 150, 16, 10
_MOODS = {"open": "replica", "": "replica", "closed": "away", "refuses": "fault"}


@dataclass(frozen=True)
class Place:
    """A node, as the picture shows it."""

    name: str
    role: str  # primary, replica, closed, or "" where nobody can be asked
    offset: str = ""
    history: str = ""
    above: str = ""  # whom it follows
    state: str = ""  # of the link to that one, in ROLE's words
    mood: str = ""  # what its link does to what passes
    lag: str = ""

    @property
    def colour(self) -> str:
        return self.role if self.role in ("primary", "replica") else "away"

    @property
    def row(self) -> dict[str, str]:
        """The same as a line of a table."""
        return {
            "name": self.name,
            "role": self.role,
            "follows": f"{self.above} ({self.state})" if self.state else self.above,
            "link": self.mood,
            "offset": self.offset,
            "lag": self.lag,
            "history": self.history[:8],
        }


def around(node: Replicating) -> list[Place]:
    """A node between its primary and its replicas, as it sees them."""
    seen = node.replication
    places = []
    above = ""
    if seen.primary is not None:
        peer = node._peer(seen.primary)
        above = peer.name if peer else "{}:{}".format(*seen.primary)
        places.append(Place(above, ""))
    link = seen.link or ""
    places.append(Place(node.name, seen.role, str(seen.offset), seen.id, above, link))
    for replica in seen.replicas:
        name = replica.name or f"{replica.host}:{replica.port}"
        state = "connected" if replica.state == "online" else replica.state
        lag, offset = f"{replica.lag_bytes} bytes", str(replica.acknowledged)
        places.append(Place(name, "replica", offset, "", node.name, state, "", lag))
    return places


def among(nodes: Iterable[Replicating]) -> list[Place]:
    """Several nodes that may follow each other, as each sees itself."""
    places = []
    for node in nodes:
        seen = node._seen()
        if seen is None:
            places.append(Place(node.name, "closed"))
            continue
        peer = node._peer(seen.primary) if seen.primary else None
        above, lag = ("", "") if peer is None else (peer.name, f"{peer.offset - seen.offset} bytes")
        link = seen.link or ""
        places.append(Place(node.name, seen.role, str(seen.offset), seen.id, above, link, "", lag))
    return places


def picture(title: str, places: Sequence[Place]) -> Drawing:
    columns = _columns_of(places)
    high = max((len(column) for column in columns), default=0)
    width = 2 * _EDGE + len(columns) * (_WIDE + _GAP_X) - (_GAP_X if columns else 0)
    drawing = Drawing(width, 2 * _EDGE + high * (_HIGH + _GAP_Y), title)
    corners = {
        place.name: (_EDGE + x * (_WIDE + _GAP_X), _EDGE + y * (_HIGH + _GAP_Y))
        for x, column in enumerate(columns)
        for y, place in enumerate(column)
    }
    for place in places:
        if place.above in corners:
            _draw_link(drawing, place, corners[place.above], corners[place.name])
    for place in places:
        _draw_node(drawing, place, *corners[place.name])
    return drawing


def _columns_of(places: Sequence[Place]) -> list[list[Place]]:
    """Those that follow nobody, those that follow them, and so on; a circle comes last."""
    names = {place.name for place in places}
    left = list(places)
    columns: list[list[Place]] = []
    above: set[str] = set()
    while left:
        ready = [each for each in left if each.above not in names or each.above in above]
        ready = ready or left
        above |= {place.name for place in ready}
        left = [place for place in left if place not in ready]
        columns.append(ready)
    return columns


def _draw_node(drawing: Drawing, place: Place, x: float, y: float) -> None:
    drawing.frame(x, y, _WIDE, _HIGH, f"s-{place.colour}", 3.0 if place.role == "primary" else 1.5)
    drawing.text(x + 10, y + 18, place.name, "bold")
    drawing.text(x + _WIDE - 10, y + 18, place.role, f"f-{place.colour}", "end")
    if place.offset:
        drawing.text(x + 10, y + 34, f"offset {place.offset}")
    if place.history:
        drawing.text(x + 10, y + 49, f"history {place.history[:8]}", "small", tip=place.history)


def _draw_link(
    drawing: Drawing, place: Place, above: tuple[float, float], here: tuple[float, float]
) -> None:
    x1, y1 = above[0] + _WIDE, above[1] + _HIGH / 2
    x2, y2 = here[0], here[1] + _HIGH / 2
    kind = _MOODS.get(place.mood, "sync")
    if kind == "replica" and place.state != "connected":
        kind = "away"
    drawing.line(x1, y1, x2, y2, f"s-{kind}", 2, "" if kind == "replica" else "5 4")
    if kind == "fault":
        x, y = x1 + (x2 - x1) / 6, y1 + (y2 - y1) / 6  # beside the words
        drawing.line(x - 6, y - 6, x + 6, y + 6, "s-fault", 2.5)
        drawing.line(x - 6, y + 6, x + 6, y - 6, "s-fault", 2.5)
    middle = x2 - _GAP_X / 2
    mood = place.mood if place.mood not in ("", "open") else place.state
    drawing.text(middle, y2 - 6, mood, f"small f-{kind}", "middle")
    if place.lag:
        drawing.text(middle, y2 + 12, f"{place.lag} behind", "small", "middle")

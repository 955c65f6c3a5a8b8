"""A history as a picture: a lane for each node, from left to right what happened, in its order.

      m   ═══╤══▂▂▂═══════■          its role; writes; when it ended
             │full sync   promoted
      r   ───┴──▂──✕──────╪═══       syncs, cuts, changes of role
               lag ▁▂▅                against the window that the primary's backlog holds
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Optional, Union

from .journal import HistoryEvent
from .svg import Drawing

_NAMES = 96  # pixels for the nodes' names
_BURST, _MARK = 26, 62  # wide: a column of commands; one of anything else
_LANE, _HEAD, _FOOT = 78, 30, 40  # high
_BAND, _LAG_TOP, _LAG_BOTTOM = 30, 42, 66  # in a lane
_FAULTS = ("cut", "refused", "held", "silenced", "corrupted")
_STATES = ("opened", "closed", "role", "follows", "full sync", "partial sync")
_WORDS_MAX = 14  # letters above a mark
_LEGEND = "bars: commands; below: lag, red beyond the primary's backlog (dashed)"
_SHOWN_COMMANDS = 5  # in what a burst says of itself


@dataclass(frozen=True)
class _Lag:
    size: int  # bytes
    above: str  # behind whom
    window: Optional[int]  # bytes that this one's backlog holds

    @property
    def is_lost(self) -> bool:
        """What is missing is not in the backlog any more."""
        return self.window is not None and self.size > self.window

    def __str__(self) -> str:
        told = f"{self.size} bytes behind {self.above}"
        return told if self.window is None else f"{told}, whose backlog holds {self.window}"


@dataclass
class _Column:
    """One mark, or all commands between two of them."""

    time: float
    mark: Optional[HistoryEvent] = None
    commands: dict[str, list[HistoryEvent]] = field(default_factory=dict)
    # Of each node:
    lags: dict[str, _Lag] = field(default_factory=dict)  # the greatest in it
    above: dict[str, str] = field(default_factory=dict)  # whom it follows, behind it
    moods: dict[str, str] = field(default_factory=dict)  # primary, replica, sync, away


class Timeline:
    """A picture of a history. A notebook shows it; `save` writes it as SVG.

    columns   So many at most, the last ones: a column is a mark, or all commands between two.
    title     Above it.
    """

    def __init__(
        self,
        events: Iterable[HistoryEvent],
        places: Iterable[str],
        *,
        columns: int = 100,
        title: str = "",
    ) -> None:
        if columns < 1:
            raise ValueError("columns: at least one")
        self._places = list(places)
        self._title = title
        found = _Walk().columns_of(events)
        self._hidden = max(0, len(found) - columns)
        self._columns = found[self._hidden :]
        self._drawing = self._draw()

    # ---- as others see it

    def _repr_html_(self) -> str:
        return self._drawing.inline()

    def __str__(self) -> str:
        """The SVG, as a file has it."""
        return self._drawing.alone()

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """As an SVG file. It is light or dark as its viewer's system is."""
        self._drawing.save(path)

    def __repr__(self) -> str:
        return f"<replserver.Timeline: {len(self._columns)} columns, {', '.join(self._places)}>"

    # ---- the drawing

    def _draw(self) -> Drawing:
        lefts, x = [], float(_NAMES)
        for column in self._columns:
            lefts.append(x)
            x += _MARK if column.mark else _BURST
        height = _HEAD + _LANE * len(self._places) + _FOOT
        drawing = Drawing(max(x + 16, 380), height, self._title or "timeline")
        hidden = f" ({self._hidden} columns before)" if self._hidden else ""
        drawing.text(8, 15, (self._title or "timeline") + hidden, "bold")
        drawing.text(8, height - 6, _LEGEND, "small")
        rights = [*lefts[1:], x]
        for number, place in enumerate(self._places):
            top = _HEAD + _LANE * number
            drawing.text(8, top + _BAND + 4, place, "bold")
            self._draw_band(drawing, place, top, lefts, rights)
            self._draw_lag(drawing, place, top, lefts, rights)
        for column, left, right in zip(self._columns, lefts, rights):
            self._draw_column(drawing, column, (left + right) / 2)
        self._draw_times(drawing, lefts)
        return drawing

    def _top(self, place: str) -> int:
        return _HEAD + _LANE * self._places.index(place)

    def _draw_band(
        self, drawing: Drawing, place: str, top: int, lefts: list[float], rights: list[float]
    ) -> None:
        """What the node was: before a mark its old role, behind it the new one."""
        for index, column in enumerate(self._columns):
            middle = (lefts[index] + rights[index]) / 2
            before = self._columns[index - 1].moods.get(place, "") if index else ""
            if column.mark is None or not index:
                before = column.moods.get(place, "") if column.mark is None else before
            behind = column.moods.get(place, "")
            halves = ((lefts[index], middle, before), (middle, rights[index], behind))
            for begin, end, mood in halves:
                if mood:
                    wide = {"primary": 5.0, "replica": 2.5, "sync": 2.5}.get(mood, 1.5)
                    dash = {"sync": "4 3", "away": "2 4"}.get(mood, "")
                    drawing.line(begin, top + _BAND, end, top + _BAND, f"s-{mood}", wide, dash)

    def _draw_lag(
        self, drawing: Drawing, place: str, top: int, lefts: list[float], rights: list[float]
    ) -> None:
        lags = [column.lags.get(place) for column in self._columns]
        most = max((lag.size for lag in lags if lag is not None), default=0)
        if most <= 0:
            return
        scale = (_LAG_BOTTOM - _LAG_TOP) / most
        for left, right, lag in zip(lefts, rights, lags):
            if lag is None or lag.size == 0:
                continue
            at = top + _LAG_BOTTOM - scale * lag.size
            kind, tip = "f-fault" if lag.is_lost else "f-lag", f"{place} is {lag}"
            drawing.box(left, at, right - left, scale * lag.size, kind, tip, 0)
            if lag.window is not None and lag.window < most:
                at = top + _LAG_BOTTOM - scale * lag.window
                drawing.line(left, at, right, at, "edge", 1, "3 2")
        drawing.text(8, top + _LAG_BOTTOM - 2, f"lag, up to {most}", "small")

    def _draw_column(self, drawing: Drawing, column: _Column, x: float) -> None:
        for place, commands in column.commands.items():
            top = self._top(place)
            writes = [one for one in commands if one.words]
            high = min(4 + 3 * len(commands).bit_length(), 22)
            kind = "f-primary" if commands[-1].what == "wrote" else "f-replica"
            tip = _told(place, commands)
            drawing.box(x - 8, top + _BAND - 2 - high, 16, high, kind, tip)
            if len(writes) > 1:
                drawing.text(x, top + _BAND - 5 - high, f"{len(commands)}", "small", "middle", tip)
        if column.mark is not None:
            self._draw_mark(drawing, column, column.mark, x)

    def _draw_mark(self, drawing: Drawing, column: _Column, event: HistoryEvent, x: float) -> None:
        place = _place_of(event, self._places, column.above)
        if place is None:
            drawing.text(x, _HEAD - 4, event.what, "small f-fault", "middle", str(event))
            return
        y, tip = self._top(place) + _BAND, f"{event} ({event.time:.6f})"
        words = event.what
        if event.kind == "link":
            if event.what in _FAULTS:
                drawing.line(x - 5, y - 5, x + 5, y + 5, "s-fault", 2.5)
                drawing.line(x - 5, y + 5, x + 5, y - 5, "s-fault", 2.5)
            else:
                drawing.dot(x, y, 4, "f-away", tip)
        elif event.what.endswith("sync"):
            above = column.above.get(place)
            kind = "sync" if event.what == "full sync" else "replica"
            if above in self._places:
                wide = 3.0 if event.what == "full sync" else 1.5
                drawing.line(x, self._top(above) + _BAND, x, y, f"s-{kind}", wide)
            drawing.dot(x, y, 5, f"f-{kind}", tip)
        elif event.what == "closed":
            drawing.box(x - 4, y - 4, 8, 8, "f-away", tip, 0)
        elif event.what == "link":
            words = "away"
            drawing.dot(x, y, 4, "f-away", tip)
        else:
            words = event.detail if event.what in ("role", "opened") else f"follows {event.detail}"
            drawing.dot(x, y, 5, f"f-{column.moods.get(place, 'away')}", tip)
        drawing.text(x, y - 10, _short(words), "", "middle", tip)

    def _draw_times(self, drawing: Drawing, lefts: list[float]) -> None:
        if not self._columns:
            return
        first, last_at = self._columns[0].time, -100.0
        for column, left in zip(self._columns, lefts):
            if left - last_at < 70:
                continue
            last_at = left
            drawing.text(left, drawing.height - 24, f"+{column.time - first:.3f} s", "small")


class _Walk:
    """Goes through a history, and knows where each node is."""

    def __init__(self) -> None:
        self._offsets: dict[str, int] = {}
        self._windows: dict[str, int] = {}
        self._above: dict[str, str] = {}
        self._moods: dict[str, str] = {}

    def columns_of(self, events: Iterable[HistoryEvent]) -> list[_Column]:
        columns: list[_Column] = []
        for event in events:
            was = self._moods.get(event.where)
            self._follow(event)
            if event.kind == "command":
                if not columns or columns[-1].mark is not None:
                    columns.append(_Column(event.time))
                columns[-1].commands.setdefault(event.where, []).append(event)
                self._note_lags(columns[-1])
            elif _is_mark(event, was):
                columns.append(_Column(event.time, event))
                self._note_lags(columns[-1])
            if columns:  # also what is no mark of its own belongs to the last one
                columns[-1].above, columns[-1].moods = dict(self._above), dict(self._moods)
        return columns

    def _note_lags(self, column: _Column) -> None:
        for place, above in self._above.items():
            if above in self._offsets and self._moods.get(place):
                size = max(0, self._offsets[above] - self._offsets.get(place, 0))
                known = column.lags.get(place)
                if known is None or size >= known.size:
                    column.lags[place] = _Lag(size, above, self._windows.get(above))

    def _follow(self, event: HistoryEvent) -> None:
        place = event.where
        if event.kind == "link":
            return
        if event.end is not None:
            self._offsets[place] = event.end
            if event.backlog_first is not None:
                self._windows[place] = event.end - event.backlog_first
        if event.what == "closed":
            self._moods[place] = ""
        elif event.what in ("opened", "role", "follows"):
            above = event.detail.removeprefix("replica of ")
            if event.what != "follows" and above == event.detail:
                self._above.pop(place, None)
                self._moods[place] = "primary"
            else:
                self._above[place] = above
                self._moods[place] = "away"
        elif event.what == "link":
            self._moods[place] = {"connected": "replica", "sync": "sync"}.get(event.detail, "away")


def _is_mark(event: HistoryEvent, was: Optional[str]) -> bool:
    """`was` is what the node was before: who dials again and again is away once."""
    if event.kind == "link":
        return event.what in _FAULTS or event.what == "released"
    if event.what == "link":
        return event.detail == "connect" and was in ("replica", "sync")
    return event.what in _STATES


def _place_of(event: HistoryEvent, places: list[str], above: dict[str, str]) -> Optional[str]:
    """A link's events are drawn where its replica is: links are called by the two that they join."""
    if event.kind != "link":
        return event.where if event.where in places else None
    for one in places:
        for other in places:
            if event.where == f"{one}-{other}":
                return one if above.get(one) == other else other
    return None


def _told(place: str, commands: list[HistoryEvent]) -> str:
    first, last = commands[0], commands[-1]
    lines = [f"{place} {last.what} {len(commands)} commands: {first.begin} to {last.end}"]
    lines += [one.text for one in commands[:_SHOWN_COMMANDS]]
    if len(commands) > _SHOWN_COMMANDS:
        lines.append("...")
    return "\n".join(lines)


def _short(words: str) -> str:
    return words if len(words) <= _WORDS_MAX else words[: _WORDS_MAX - 1] + "…"

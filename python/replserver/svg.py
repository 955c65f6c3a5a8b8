"""Drawings for notebooks and files, in one style: on a light page and on a dark one."""

from __future__ import annotations

import os
import re
from html import escape as escaped
from typing import Union

# Of a kind of mark: on a light page, on a dark one.
_PALETTE = {
    "primary": ("#1f5fbf", "#6cb0ff"),
    "replica": ("#2a8a4a", "#62cf86"),
    "sync": ("#b06a00", "#f0b050"),
    "fault": ("#c02b3c", "#ff7b86"),
    "away": ("#8a8f98", "#9aa0aa"),
    "lag": ("#7a4fc0", "#b99bff"),
}
_FONT = "11px system-ui, -apple-system, 'Segoe UI', sans-serif"


def _rules(prefix: str, dark: bool) -> str:
    return "".join(
        f"{prefix} .s-{name}{{stroke:{colours[dark]}}}{prefix} .f-{name}{{fill:{colours[dark]}}}"
        for name, colours in _PALETTE.items()
    )


# Named after us: a page's styles are one. The page's theme goes before the system's.
_STYLE = (
    f".rs-drawing text{{font:{_FONT};fill:currentColor}}"
    ".rs-drawing .small{font-size:9px;opacity:.7}.rs-drawing .bold{font-weight:600}"
    ".rs-drawing .edge{stroke:currentColor;fill:none}"
    ".rs-alone{color:#1f2328;background:#fff}"
    + _rules(".rs-drawing", dark=False)
    + "@media(prefers-color-scheme:dark){.rs-alone{color:#e6e8eb;background:#111418}"
    + _rules(".rs-drawing.rs-alone", dark=True)
    + "}"
    + _rules("[data-jp-theme-light=false] .rs-drawing", dark=True)
    + _rules(".vscode-dark .rs-drawing", dark=True)
)


# What XML cannot hold at all.
_UNSAYABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    return escaped(_UNSAYABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text))


class Drawing:
    """Lines, boxes and words, as SVG. Whatever is said as a text is escaped."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.width = width
        self.height = height
        self.title = title
        self._parts: list[str] = []

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        kind: str,
        width: float = 1.5,
        dash: str = "",
    ) -> None:
        how: dict[str, Union[str, float]] = {"stroke_width": width, "stroke_dasharray": dash}
        self._add("line", kind, "", x1=x1, y1=y1, x2=x2, y2=y2, **how)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: str,
        tip: str = "",
        round: float = 2,
    ) -> None:
        size = {"width": max(width, 0.5), "height": max(height, 0.5)}
        self._add("rect", kind, tip, x=x, y=y, rx=round, **size)

    def frame(
        self, x: float, y: float, width: float, height: float, kind: str, thick: float
    ) -> None:
        place: dict[str, Union[str, float]] = {"x": x, "y": y, "width": width, "height": height}
        self._add("rect", kind, "", **place, rx=6, fill="none", stroke_width=thick)

    def dot(self, x: float, y: float, radius: float, kind: str, tip: str = "") -> None:
        self._add("circle", kind, tip, cx=x, cy=y, r=radius)

    def text(
        self, x: float, y: float, words: str, kind: str = "", anchor: str = "start", tip: str = ""
    ) -> None:
        inner = escape(words) + (f"<title>{escape(tip)}</title>" if tip else "")
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{inner}</text>'
        )

    def _add(self, tag: str, kind: str, tip: str, **attributes: Union[str, float]) -> None:
        told = " ".join(
            f'{name.replace("_", "-")}="{value if isinstance(value, str) else format(value, "g")}"'
            for name, value in attributes.items()
            if value != ""
        )
        inner = f"<title>{escape(tip)}</title>" if tip else ""
        self._parts.append(f'<{tag} class="{kind}" {told}>{inner}</{tag}>')

    def inline(self) -> str:
        """For a page: it has the page's colours."""
        return f'<div style="overflow-x: auto">{self._svg("rs-drawing")}</div>'

    def alone(self) -> str:
        """For a file, light or dark as the viewer's system is."""
        return self._svg("rs-drawing rs-alone")

    def _svg(self, kind: str) -> str:
        size = f'width="{self.width:g}" height="{self.height:g}"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" role="img" {size} '
            f'viewBox="0 0 {self.width:g} {self.height:g}"><title>{escape(self.title)}</title>'
            f"<style>{_STYLE}</style>{''.join(self._parts)}</svg>"
        )

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.alone())

"""Small tables for notebooks. They take their colours from the page: light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

_CELL = "padding: 0.1em 0.8em 0.1em 0; text-align: left; color: inherit; background: none"


def table(title: str, rows: Mapping[str, object]) -> str:
    """A title, and a line for each name with its value."""
    lines = "".join(
        f'<tr style="background: none"><th style="{_CELL}; font-weight: normal; opacity: 0.65">'
        f'{escape(name)}</th><td style="{_CELL}">{escape(str(value))}</td></tr>'
        for name, value in rows.items()
    )
    return _framed(title, lines)


def grid(title: str, rows: Sequence[Mapping[str, str]]) -> str:
    """A title, and a line for each row below the names of its fields."""
    head = "".join(
        f'<th style="{_CELL}; font-weight: normal; opacity: 0.65">{escape(name)}</th>'
        for name in (rows[0] if rows else ())
    )
    lines = "".join(
        '<tr style="background: none">'
        + "".join(f'<td style="{_CELL}">{escape(value)}</td>' for value in row.values())
        + "</tr>"
        for row in rows
    )
    return _framed(title, f'<tr style="background: none">{head}</tr>{lines}')


def _framed(title: str, lines: str) -> str:
    return (
        '<div style="display: inline-block; border-left: 3px solid; padding-left: 0.8em">'
        f"<b>{escape(title)}</b>"
        f'<table style="border: none; margin: 0.2em 0 0 0; color: inherit">{lines}</table></div>'
    )


def bytes_text(size: int) -> str:
    """`1.5 MB`, for people."""
    value = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"

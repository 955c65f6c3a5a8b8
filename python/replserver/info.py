"""What INFO tells, as values: numbers where it prints numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

# Longer runs of digits are names that happen to have no letters, as an id may.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,19})")
_REAL = re.compile(r"-?[0-9]+\.[0-9]+")


def parse_value(text: str) -> int | float | str:
    """A number if it is printed as one: '7.2.4', '00000000' and '12%' are texts."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _REAL.fullmatch(text):
        return float(text)
    return text


def parse_field(text: str) -> Any:
    """`keys=1,expires=0` is a dict; a key that comes twice (a listener's `bind`) has a list."""
    pairs = [part.split("=", 1) for part in text.split(",")]
    if not all(len(pair) == 2 and pair[0] for pair in pairs):
        return parse_value(text)
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name not in fields:
            fields[name] = parse_value(value)
        elif isinstance(fields[name], list):
            fields[name].append(parse_value(value))
        else:
            fields[name] = [fields[name], parse_value(value)]
    return fields


class Info(Mapping[str, Any]):
    """The fields of all sections, by name, as they were at one moment.

    info = node.info
    info.sync_full, info["used_memory"], info.db0["keys"], info.cmdstat_get["calls"]
    info.section("replication")          # one section's fields; info.sections: all of them
    """

    def __init__(self, text: str) -> None:
        sections: dict[str, dict[str, Any]] = {}
        fields: dict[str, Any] = {}
        section: dict[str, Any] = {}
        for line in text.splitlines():
            if line.startswith("# "):
                section = sections.setdefault(line[2:].lower(), {})
            elif ":" in line:
                name, value = line.split(":", 1)
                fields[name] = section[name] = parse_field(value)
        self._fields = fields
        self._sections = sections

    @property
    def sections(self) -> Mapping[str, Mapping[str, Any]]:
        return MappingProxyType(self._sections)

    def section(self, name: str) -> Mapping[str, Any]:
        return MappingProxyType(self._sections[name.lower()])

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __getattr__(self, name: str) -> Any:
        # Reached only for what is no attribute. Private names are asked by copy and pickle.
        if not name.startswith("_") and name in self._fields:
            return self._fields[name]
        raise AttributeError(f"INFO has no field {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._fields})

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"<replserver.Info: {len(self)} fields in {', '.join(self._sections)}>"

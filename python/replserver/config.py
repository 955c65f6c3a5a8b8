"""Directives: as keyword arguments of a node to be started, and as a mapping of one that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Union

from .exceptions import CommandError, ConfigError

Word = Union[str, bytes, int, float]
# save="", appendonly=True, bind=["127.0.0.1", "::1"], rename_command=[["KEYS", ""], ["DEBUG", ""]]
Value = Union[None, bool, Word, "list[Word]", "tuple[Word, ...]", "list[list[Word]]"]


def directive_name(keyword: str) -> str:
    """The name in redis.conf: Python's keywords have no '-' in them."""
    return keyword.replace("_", "-")


def words_of(value: Value) -> list[Word]:
    """A directive's value as the words behind its name."""
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if isinstance(value, (list, tuple)):
        return [word for element in value for word in words_of(element)]
    if value is None:
        raise ConfigError("None is no value of a directive: leave it out")
    return [value]


def directives_of(keywords: Mapping[str, Value]) -> list[list[Word]]:
    """Lines of a configuration, in words. What is None keeps its default."""
    lines: list[list[Word]] = []
    for keyword, value in keywords.items():
        if value is None:
            continue
        name = directive_name(keyword)
        if isinstance(value, (list, tuple)) and any(isinstance(v, (list, tuple)) for v in value):
            lines += [[name, *words_of(line)] for line in value]
        else:
            lines.append([name, *words_of(value)])
    return lines


class Config(Mapping[str, str]):
    """The directives of a running node: read as CONFIG GET prints them, written as by CONFIG SET.

        node.config["maxmemory"]                 # '104857600'
        node.config["maxmemory"] = "200mb"
        node.config.update(maxmemory="1gb", maxmemory_policy="allkeys-lru")  # both or none

    Names may be written with '_' for '-'. A value that is not to be had is a ConfigError.
    """

    def __init__(
        self, read: Callable[[list[str]], dict[str, str]], call: Callable[..., object]
    ) -> None:
        self._read = read
        self._call = call

    def __getitem__(self, name: str) -> str:
        directive = directive_name(name)
        # A pattern would find several; a directive's name has no such characters.
        if not any(letter in directive for letter in "*?["):
            for value in self._read([directive]).values():
                return value
        raise KeyError(name)

    def __setitem__(self, name: str, value: Value) -> None:
        self.update({name: value})

    def __iter__(self) -> Iterator[str]:
        return iter(self._read(["*"]))

    def __len__(self) -> int:
        return len(self._read(["*"]))

    def matching(self, *patterns: str) -> dict[str, str]:
        """Those whose names match: `node.config.matching("repl-*")`."""
        return self._read([directive_name(pattern) for pattern in patterns])

    def update(self, values: Mapping[str, Value] | None = None, /, **keywords: Value) -> None:
        """Sets all of them, or none if one is wrong."""
        words: list[Word] = []
        for name, value in {**(values or {}), **keywords}.items():
            given = words_of(value)
            words.append(directive_name(name))
            words.append(given[0] if len(given) == 1 else " ".join(map(_text, given)))
        if not words:
            return
        try:
            self._call("CONFIG", "SET", *words)
        except CommandError as error:
            raise ConfigError(str(error)) from None

    def __repr__(self) -> str:
        return repr(self._read(["*"]))


def _text(word: Word) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)

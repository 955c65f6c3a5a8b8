"""What there is of a kind in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar
from weakref import WeakValueDictionary


class Closable(Protocol):
    @property
    def closed(self) -> bool: ...


T = TypeVar("T", bound=Closable)


class Registry(Generic[T]):
    """All of a kind that somebody still refers to. Any thread may add one, while others look."""

    def __init__(self) -> None:
        self._things: WeakValueDictionary[int, T] = WeakValueDictionary()

    def add(self, thing: T) -> None:
        self._things[id(thing)] = thing

    def __iter__(self) -> Iterator[T]:
        things = (ref() for ref in self._things.valuerefs())  # which it copies in one step
        return iter([thing for thing in things if thing is not None])

    def open(self) -> list[T]:
        return [thing for thing in self if not thing.closed]

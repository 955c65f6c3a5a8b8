"""What of ours is open in this process, and what has been left open since a moment.

Nothing of the package is imported here: who has not imported it has left nothing open.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from weakref import WeakSet

_SECONDS_TO_END = 2.0  # for a thread whose node or link is closed
_THREADS = ("rs-node:", "rs-link:")  # as the C++ side names them, with their ports
_PYTHON_THREADS = "replserver-"
_TASKS = Path("/proc/self/task")


class Seen:
    """What was open at one moment, or was added to it since."""

    def __init__(self) -> None:
        self._things: WeakSet[Any] = WeakSet()
        self._clusters: WeakSet[Any] = WeakSet(_known("cluster", "_clusters"))  # closed ones, too
        self._threads: set[int] = set()
        self.add_open()

    def add_open(self) -> None:
        """What is open now counts as seen."""
        self._things.update(_open_things())
        self._threads.update(_threads())

    def left(self) -> list[Any]:
        """What is open and was not: clusters first, without their parts, which end with them."""
        left = [one for one in _open_things() if one not in self._things]
        clusters = [one for one in left if hasattr(one, "_members")]
        parts = {id(part) for one in clusters for part in [*one._members.values(), *one.links]}
        return [one for one in left if id(one) not in parts]

    def threads_left(self) -> list[str]:
        """Names of threads of ours that run, and did not, although what they worked for is closed.

        One that is about to end is given the time for it.
        """
        end = monotonic() + _SECONDS_TO_END
        while True:
            left = sorted(name for number, name in _threads().items() if number not in self._threads)
            if not left or monotonic() > end:
                return left
            sleep(0.001)

    def clusters(self) -> list[Any]:
        """Those made since, open or not, that somebody still refers to."""
        return [one for one in _known("cluster", "_clusters") if one not in self._clusters]


def _open_things() -> Iterator[Any]:
    for module, registry in (
        ("cluster", "_clusters"),
        ("node", "_nodes"),
        ("link", "_links"),
        ("external_server", "_processes"),
    ):
        yield from (one for one in _known(module, registry) if not one.closed)


def _known(module: str, registry: str) -> list[Any]:
    """What a module of ours keeps of its kind, if anybody has imported it."""
    return list(getattr(sys.modules.get(f"{__package__}.{module}"), registry, ()))


def _threads() -> dict[int, str]:
    """By the kernel's number. Elsewhere than on Linux only those that Python knows are told."""
    if f"{__package__}._core" not in sys.modules:
        return {}
    found: dict[int, str] = {}
    with suppress(OSError):
        for number in os.listdir(_TASKS):
            with suppress(OSError):  # it has ended meanwhile
                name = (_TASKS / number / "comm").read_text().strip()
                if name.startswith(_THREADS):
                    found[int(number)] = name
    for thread in threading.enumerate():
        if thread.name.startswith(_PYTHON_THREADS) and thread.native_id is not None:
            found[thread.native_id] = thread.name
    return found


def closed_in_time(close: Callable[[], None], seconds: float) -> bool:
    """What does not end is left behind: the tests go on."""
    thread = threading.Thread(target=close, name="replserver-close", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()

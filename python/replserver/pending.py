"""What is still to come: the reply of a command that blocks, or that a condition holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

from . import _core
from .exceptions import ClosedError, ReplserverError, WaitTimeout

if TYPE_CHECKING:
    import asyncio  # which costs more than all of us: whoever awaits has it already

T = TypeVar("T")


class Pending(Generic[T]):
    """A value that a node will have one day: `result()` waits for it, and so does `await`.

        popped = node.start("BLPOP", "queue", 0)
        node.call("RPUSH", "queue", "job")
        assert popped.result(timeout=1) == [b"queue", b"job"]

    When the node ends before, it raises ClosedError.
    """

    def __init__(
        self,
        node: _core.LiveNode,
        core: _core.Pending,
        what: str,
        read: Callable[[Any], T],
        gives_up: bool,
    ) -> None:
        self._node = node
        self._core = core
        self._what = what
        self._read = read
        self._gives_up = gives_up  # when nobody refers to it any more

    def done(self) -> bool:
        """It has its value, or will have none: the node has ended, or it was cancelled."""
        return self._core.state != "open"

    def cancelled(self) -> bool:
        return self._core.state == "cancelled"

    def result(self, timeout: Optional[float] = None) -> T:
        """Waits for it. A WaitTimeout after so many seconds; it can be waited for again.

        An error reply is a CommandError.
        """
        if not self._core.wait(-1 if timeout is None else timeout):
            raise WaitTimeout(f"{self._core.node}: {self._what}: nothing after {timeout:g} s")
        return self._value()

    def cancel(self) -> bool:
        """Gives it up: a command that blocks ends without effect. False: it was done before."""
        if not self.done():
            with suppress(ClosedError):
                self._node.cancel(self._core)
        return self.cancelled()

    def _value(self) -> T:
        return self._read(self._raw())

    def _raw(self) -> Any:
        """What the C++ side says of it."""
        state = self._core.state
        if state == "done":
            return self._core.outcome()
        if state == "closed":
            raise ClosedError(f"{self._core.node}: it was closed before {self._what} was done")
        from concurrent.futures import CancelledError

        raise CancelledError(f"{self._core.node}: {self._what}")

    async def _arrival(self) -> T:
        if not self.done():
            await arrival(self._core, self.cancel)
        return self._value()

    def __await__(self) -> Generator[Any, None, T]:
        return self._arrival().__await__()

    def __del__(self) -> None:
        with suppress(ReplserverError, AttributeError):
            if self._gives_up and not self.done():
                self._node.cancel(self._core)

    def __repr__(self) -> str:
        return f"<replserver.Pending {self._core.node}: {self._what} ({self._core.state})>"


async def arrival(core: _core.Pending, give_up: Callable[[], object]) -> None:
    """Until it is settled.

    The node's thread makes a descriptor readable that the loop watches: no thread has to take the
    GIL for that.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    settled: asyncio.Future[None] = loop.create_future()
    descriptor = os.dup(core.fileno())  # several may wait for the same
    loop.add_reader(descriptor, _settle, settled)
    try:
        await settled
    except asyncio.CancelledError:
        give_up()
        raise
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

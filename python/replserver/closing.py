"""What ends with its `with` block, or its `async with` block."""

from __future__ import annotations

from typing import TypeVar

Closed = TypeVar("Closed", bound="Closing")
ClosedInLoop = TypeVar("ClosedInLoop", bound="ClosingInLoop")


class Closing:
    """Has a `close` that may be said again."""

    def close(self) -> None:
        raise NotImplementedError

    def _failed(self) -> None:
        """Told before it is closed because its block has failed."""

    def __enter__(self: Closed) -> Closed:
        return self

    def __exit__(self, *raised: object) -> None:
        if raised[0] is not None:
            self._failed()
        self.close()


class ClosingInLoop(Closing):
    """As well in asyncio."""

    async def _close_in_loop(self) -> None:
        self.close()  # a thread's end is no wait worth a thread

    async def __aenter__(self: ClosedInLoop) -> ClosedInLoop:
        return self

    async def __aexit__(self, *raised: object) -> None:
        if raised[0] is not None:
            self._failed()
        await self._close_in_loop()

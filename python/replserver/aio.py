"""The waits of a node, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

from .replication import (
    Link,
    Replicating,
    Replication,
    Role,
    Steps,
    replication_of,
    wait_for,
    wait_in_sync,
    wish_of,
)

if TYPE_CHECKING:
    from .node import Node


class Waits:
    """`node.aio`: what the node's methods of these names do, without blocking the loop."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def wait_offset(self, offset: int, timeout: Optional[float] = None) -> None:
        await self.wait_state(timeout, offset=offset)

    async def wait_state(
        self,
        timeout: Optional[float] = None,
        *,
        offset: Optional[int] = None,
        id: Optional[str] = None,
        role: Optional[Role] = None,
        link: Optional[Link] = None,
        replicas: Optional[int] = None,
        acknowledged: Optional[int] = None,
    ) -> Replication:
        wish = wish_of(offset, id, role, link, replicas, acknowledged)
        return replication_of(await run(wait_for(self._node, wish), timeout), self._node)

    async def wait_in_sync(
        self,
        with_: Replicating | Iterable[Replicating] | None = None,
        timeout: Optional[float] = None,
    ) -> None:
        await run(wait_in_sync(self._node, with_), timeout)


async def run(steps: Steps, timeout: Optional[float]) -> dict[str, Any]:
    """Takes the steps, within so many seconds in all."""
    from .node import Node

    clock = asyncio.get_running_loop().time
    end = None if timeout is None else clock() + timeout
    try:
        step = next(steps)
        while True:
            assert isinstance(step.node, Node)
            pending = step.node._when(step.wish)
            if not pending.done():
                try:
                    await asyncio.wait_for(pending, None if end is None else end - clock())
                except asyncio.TimeoutError:
                    raise step.too_late(timeout or 0) from None
            step = steps.send(pending._raw())
    except StopIteration as end_of_steps:
        return dict(end_of_steps.value)

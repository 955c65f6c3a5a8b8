"""The waits of nodes, clusters and links, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Optional, TypeVar, cast

from .link import SECONDS_MAX, Faults, LinkEvent, LinkState, Phase
from .replication import (
    Link,
    Replicating,
    Replication,
    Role,
    Step,
    Steps,
    replication_of,
    wait_for,
    wait_in_sync,
    wish_of,
)

if TYPE_CHECKING:
    from .cluster import Cluster
    from .node import Node

T = TypeVar("T")

_SLICE = 0.05  # seconds after which a thread sees that nobody waits for it any more


class Waits:
    """`node.aio`: what the node's methods of these names do, without blocking the loop."""

    def __init__(self, node: Replicating) -> None:
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


class ClusterWaits:
    """`cluster.aio`: what the cluster's methods of these names do, without blocking the loop."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    async def wait_in_sync(self, timeout: Optional[float] = SECONDS_MAX) -> None:
        await run(self._cluster._in_sync(), timeout)

    async def ack(
        self, replica: str, offset: Optional[int] = None, timeout: float = SECONDS_MAX
    ) -> None:
        # In steps, and not apart: who gives up does not want it to be acknowledged a while later.
        primary = self._cluster._primary_of(replica)
        link = self._cluster.link(primary.name, replica)
        if offset is None:
            offset = primary.offset
            await self._cluster[replica].aio.wait_offset(offset, timeout)
        await link.aio.wait_offset(offset, timeout)
        link.ack(offset)

    async def advance(self, seconds: float) -> None:
        """Of its clock."""
        await apart(lambda _: self._cluster.clock.advance(seconds))

    async def close(self) -> None:
        await apart(lambda _: self._cluster.close())


class LinkWaits:
    """`link.aio`: what the link's methods of these names do, without blocking the loop."""

    def __init__(self, link: Faults) -> None:
        self._link = link

    async def wait_cut(self, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        return await self._apart(lambda link: link.wait_cut(timeout))

    async def wait_held(self, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        return await self._apart(lambda link: link.wait_held(timeout))

    async def wait_offset(self, offset: int, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        return await self._apart(lambda link: link.wait_offset(offset, timeout))

    async def wait_acknowledged(
        self, offset: int, timeout: Optional[float] = SECONDS_MAX
    ) -> LinkState:
        return await self._apart(lambda link: link.wait_acknowledged(offset, timeout))

    async def wait_phase(self, phase: Phase, timeout: Optional[float] = SECONDS_MAX) -> LinkState:
        return await self._apart(lambda link: link.wait_phase(phase, timeout))

    async def wait_conversations(
        self, count: int, timeout: Optional[float] = SECONDS_MAX
    ) -> LinkState:
        return await self._apart(lambda link: link.wait_conversations(count, timeout))

    async def wait_event(
        self, what: str, detail: str = "", timeout: Optional[float] = SECONDS_MAX, after: int = 0
    ) -> LinkEvent:
        return await self._apart(lambda link: link.wait_event(what, detail, timeout, after))

    async def _apart(self, wait: Callable[[Faults], T]) -> T:
        return await apart(lambda given_up: wait(_Waiting(self._link, given_up)))


class _Waiting(Faults):
    """A link, as one sees it who may give up waiting."""

    def __init__(self, link: Faults, given_up: Event) -> None:
        self.name = link.name
        self._core = cast(Any, _Sliced(link._core, given_up))


class _Sliced:
    """The C++ side of a link, whose waits end early when they are given up."""

    def __init__(self, core: Any, given_up: Event) -> None:
        self._core = core
        self._given_up = given_up

    def wait(self, wish: dict[str, Any], timeout: float) -> bool:
        def ask(seconds: float) -> Optional[bool]:
            return self._core.wait(wish, seconds) or None

        return in_slices(ask, None if timeout < 0 else timeout, self._given_up) is not None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)


async def run(steps: Steps, timeout: Optional[float]) -> dict[str, Any]:
    """Takes the steps, within so many seconds in all."""
    from .node import Node

    clock = asyncio.get_running_loop().time
    end = None if timeout is None else clock() + timeout
    try:
        step = next(steps)
        while True:
            left = None if end is None else end - clock()
            wait = _granted if isinstance(step.node, Node) else _asked
            held = await wait(step, left)
            if held is None:
                raise step.too_late(timeout or 0)
            step = steps.send(held)
    except StopIteration as end_of_steps:
        return dict(end_of_steps.value)


async def _granted(step: Step, seconds: Optional[float]) -> Optional[dict[str, Any]]:
    """By a node of ours, which tells when it holds."""
    pending = cast("Node", step.node)._when(step.wish)
    if not pending.done():
        try:
            await asyncio.wait_for(pending, seconds)
        except asyncio.TimeoutError:
            return None
    held: dict[str, Any] = pending._raw()
    return held


async def _asked(step: Step, seconds: Optional[float]) -> Optional[dict[str, Any]]:
    """By a server that is asked again and again."""

    def ask(seconds: float) -> Optional[dict[str, Any]]:
        return step.node._wait(step.wish, seconds)

    return await apart(lambda given_up: in_slices(ask, seconds, given_up))


def in_slices(
    ask: Callable[[float], Optional[T]], seconds: Optional[float], given_up: Event
) -> Optional[T]:
    """What is asked for, within so many seconds; None: it was not there, or is not wanted."""
    end = None if seconds is None else monotonic() + seconds
    while True:
        left = _SLICE if end is None else max(0.0, end - monotonic())
        found = ask(min(_SLICE, left))
        if found is not None or left <= 0 or given_up.is_set():
            return found


async def apart(call: Callable[[Event], T]) -> T:
    """On a thread of its own, which is told when nobody waits for it any more.

    None of a pool's: those that wait there could keep out whom they wait for.
    """
    loop = asyncio.get_running_loop()
    settled: asyncio.Future[T] = loop.create_future()
    given_up = Event()

    def work() -> None:
        try:
            tell, outcome = settled.set_result, call(given_up)
        except BaseException as error:
            fail: Any = settled.set_exception
            tell, outcome = fail, cast(Any, error)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if settled.done() else tell(outcome))

    Thread(target=work, name="replserver-wait", daemon=True).start()
    try:
        return await settled
    except asyncio.CancelledError:
        given_up.set()
        raise

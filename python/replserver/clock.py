"""One clock for the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic, sleep
from typing import Literal

from .exceptions import WaitTimeout
from .node import Node
from .replication import Replicating, catch_up, run

_STEP = 1.0  # seconds: pings, acknowledgements and timeouts are counted in them
_STEPS_UNSETTLED = 5  # fewer than any timeout has
_SECONDS_TO_ARRIVE = 0.5  # more than what flows freely takes
_PAUSE = 0.0002  # between two looks at what nobody tells


class ClusterClock:
    """Moves the time of all nodes at once, by hand.

        c.clock.advance(61)         # in steps, so that who is alive is heard in between
        c.clock.skew("r1", 2.5)     # r1's clock is ahead of the others' from now on

    Without `clock="manual"` it can only be read.
    """

    def __init__(
        self,
        nodes: Mapping[str, Node],
        kind: Literal["real", "manual"],
        settle: Callable[[set[str], set[str]], None],
    ) -> None:
        self._nodes = nodes
        self._kind = kind
        self._settle = settle
        self._waits = {name: 0.0 for name in nodes}  # seconds for which it is to stand still

    @property
    def time(self) -> dict[str, float]:
        """Seconds since 1970, of each node."""
        return {name: node.time for name, node in self._nodes.items() if not node.closed}

    def advance(self, seconds: float) -> None:
        """All of them, and returns when all that was due on the way is done, and has arrived.

        It stops at every second. What a link holds back is not waited for.
        """
        self._check()
        if seconds < 0:
            raise ValueError("time does not go back")
        steps = 0
        late: set[str] = set()
        while seconds > 0:
            step = min(seconds, _STEP)
            seconds -= step
            self._move(step)
            steps += 1
            if steps % _STEPS_UNSETTLED == 0 or seconds <= 0:
                standing = {name for name, waits in self._waits.items() if waits > 0}
                self._settle(late, standing)

    def skew(self, name: str, seconds: float) -> None:
        """Puts one node's clock ahead of where it is; behind: it stands still until then.

        Expiry goes by the clock of whoever is asked, lag and timeouts by the clock of whoever waits.
        """
        self._check()
        if name not in self._nodes:
            known = ", ".join(self._nodes)
            raise ValueError(f"{name!r} has no clock that can be moved: those of {known} can")
        if seconds < 0:
            self._waits[name] -= seconds
        else:
            self._nodes[name].advance(seconds)

    def _move(self, step: float) -> None:
        for name, node in self._nodes.items():
            waits = min(step, self._waits[name])
            self._waits[name] -= waits
            if step > waits and not node.closed:
                node.advance(step - waits)

    def _check(self) -> None:
        if self._kind != "manual":
            raise ValueError("it goes by the real clock: Cluster(clock='manual') can be moved")


def arrived(replica: Replicating, primary: Replicating, acknowledges: bool) -> bool:
    """Waits for what is on its way: the stream, and the replica's last ACK. False: in vain."""
    if replica._replication()["link"] != "connected":
        return True
    end = monotonic() + _SECONDS_TO_ARRIVE
    try:
        run(catch_up(replica, primary), _SECONDS_TO_ARRIVE)
    except WaitTimeout:
        return False
    while acknowledges and not _is_heard(replica, primary):
        if monotonic() > end:
            return False
        sleep(_PAUSE)
    return True


def _is_heard(replica: Replicating, primary: Replicating) -> bool:
    """It acknowledges every second, in the same seconds as its primary's."""
    lag = primary.lag(replica).seconds
    return lag is None or lag <= 1

"""A primary and its replicas, made to be tested with: on real sockets, by names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Optional, Union, cast
from weakref import ref

from .clock import ClusterClock, arrived
from .closing import ClosingInLoop
from .config import Value
from .exceptions import ClosedError, ReplserverError
from .external_server import External
from .history import EVENTS_MAX, History
from .link import SECONDS_MAX, Link
from .node import Node
from .registry import Registry
from .replication import Lag, Replicating, Steps, catch_up, run, wait_for

if TYPE_CHECKING:
    from .aio import ClusterWaits
    from .picture import Place

Primary = Union[str, External]
# ["r1", "r2"], {"r2": "r1"} with whom each follows, or how many: r1, r2, ...
Replicas = Union[int, Iterable[Primary], Mapping[str, str]]
_CIRCLE = "its members follow each other in a circle"
_LOG_LINES = 8  # of each node, in a report; and events of each link
_clusters: Registry[Cluster] = Registry()


class Member(Node):
    """A node of a cluster."""

    _cluster: Optional[ref[Cluster]] = None

    def ack(self, offset: Optional[int] = None, timeout: float = SECONDS_MAX) -> None:
        """With `acks="manual"`: tells its primary what it has, which its primary has by now."""
        cluster = self._cluster() if self._cluster else None
        if cluster is None:
            raise ClosedError(f"{self.name}: its cluster is gone")
        cluster.ack(self.name, offset, timeout)


class Cluster(ClosingInLoop):
    """Servers that follow each other, up and in sync when the constructor returns.

        with rs.Cluster(master="m", replicas=["r1", "r2"], seed=7) as c:
            redis.Redis(**c.m.connection).set("k", 1)
            c.wait_in_sync(timeout=1)
            assert c.r1.call("GET", "k") == b"1" and c.digests_equal()

    Members are attributes and items: `c.r1`, `c["r1"]`. They are nodes, or what `rs.external` gave.

    replicas  Names; {"r1": "m", "r2": "r1"} for chains; or a number: r1, r2, ...
    seed      What is left to chance follows from it, in each node in its own way.
    clock     "manual": time stands still but for `c.clock.advance(seconds)`.
    acks      "manual": replicas acknowledge when told to: `c.r1.ack()`.
    history   So many events are kept of each member, for `c.history`.

    Each replica follows through a link on which everything can be made to happen: `c.link("m", "r1")`.

    Other keywords are directives of every node.
    """

    def __init__(
        self,
        master: Primary = "m",
        replicas: Replicas = ("r1",),
        *,
        seed: Optional[int] = None,
        clock: Literal["real", "manual"] = "real",
        acks: Literal["auto", "manual"] = "auto",
        timeout: float = SECONDS_MAX,
        history: int = EVENTS_MAX,
        **config: Value,
    ) -> None:
        if "requirepass" in config:
            config = {"masterauth": config["requirepass"], **config}
        if acks not in ("auto", "manual"):
            raise ValueError(f"acks: 'auto' or 'manual', not {acks!r}")
        self.seed = seed
        self._kind_of_clock = clock
        self._config: dict[str, Any] = config
        self._acks = acks
        self._events_max = history
        self._links: dict[tuple[str, str], Link] = {}  # by replica and primary
        self._partitions: list[tuple[set[str], set[str], bool]] = []
        self._members: dict[str, Replicating] = {}
        self._primaries: dict[str, str] = {}  # of each replica
        self._left = ""  # its report, when a failure has ended it
        self._stack = ExitStack()
        self._stack.callback(self._close_links)  # the last: no replica is to miss its link
        _clusters.add(self)
        try:
            first = self._add(master, "m")
            for replica, primary in _ways(replicas, first):
                if primary in self._primaries:  # or it would refuse, to be asked again a second later
                    run(self._in_sync(), timeout)
                self._connect(self._add(replica, f"r{len(self._members)}"), primary)
            self.clock = ClusterClock(self._nodes(), clock, self._settle)
            run(self._up(), timeout)
        except BaseException as error:
            self.__exit__(type(error), error, error.__traceback__)
            raise

    # ---- members

    def __getitem__(self, name: str) -> Member:
        try:
            return cast(Member, self._members[name])
        except KeyError:
            known = ", ".join(self._members)
            raise KeyError(f"{name!r} is no member of this cluster: {known}") from None

    def __getattr__(self, name: str) -> Member:
        members: dict[str, Replicating] = self.__dict__.get("_members", {})
        if name not in members:
            raise AttributeError(f"this cluster has no member {name!r}: {', '.join(members)}")
        return cast(Member, members[name])  # an external one has as much of it as a server tells

    def __iter__(self) -> Iterator[Member]:
        """The primary first."""
        names = [*self._tops()[:1], *self._members]
        return iter([self[name] for name in dict.fromkeys(names)])

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._members})

    @property
    def primary(self) -> Member:
        """Whom nobody is above."""
        for name in self._tops():
            return self[name]
        raise ReplserverError(_CIRCLE)

    def _tops(self) -> list[str]:
        return [name for name in self._members if name not in self._primaries]

    def _add(self, wanted: Primary, default: str) -> str:
        if isinstance(wanted, External):
            self._stack.callback(wanted.close)
            if wanted.name == f"{wanted._where[0]}:{wanted.port}":
                wanted.name = default
            name = wanted.name
        elif isinstance(wanted, str):
            name = wanted
        else:
            raise TypeError(f"a member is a name, or what rs.external gave, not {wanted!r}")
        is_ours = hasattr(Cluster, name) or name in ("clock", "seed")
        if name in self._members or not name.isidentifier() or is_ours:
            why = "taken" if name in self._members else "no name for a member"
            raise ValueError(f"{name!r} is {why}")
        if isinstance(wanted, External):
            self._members[name] = wanted
        else:
            seed = None if self.seed is None else self.seed + len(self._members)
            node = Member(
                name=name,
                clock=self._kind_of_clock,
                seed=seed,
                history=self._events_max,
                **self._config,
            )
            node._cluster = ref(self)
            self._stack.callback(node.close)
            self._members[name] = node
        return name

    def _nodes(self) -> dict[str, Node]:
        return {name: one for name, one in self._members.items() if isinstance(one, Node)}

    # ---- who follows whom

    def follow(self, replica: str, primary: str) -> None:
        """Re-points a member. If its new primary followed it until now, that one is promoted."""
        self[replica], self[primary]
        if replica == primary:
            raise ValueError(f"{replica} cannot follow itself")
        if self._primaries.get(primary) == replica:
            self.promote(primary)
        self._connect(replica, primary)

    def promote(self, name: str, *, rest: bool = False) -> None:
        """Makes a member a primary.

        rest  Whoever followed its primary follows it from now on, and so does that one, if it is
              still there.
        """
        self[name].promote()
        former = self._primaries.pop(name, None)
        if not rest or former is None:
            return
        siblings = [other for other, primary in self._primaries.items() if primary == former]
        for other in [*siblings, former]:
            if not self[other].closed:
                self._connect(other, name)

    def _connect(self, replica: str, primary: str) -> None:
        self[primary]
        self._members[replica].replicate(self._way(replica, primary).address)
        self._primaries[replica] = primary

    def _primary_of(self, replica: str) -> Member:
        if self[replica].name not in self._primaries:
            raise ValueError(f"{replica} follows nobody")
        return self[self._primaries[replica]]

    def _edges(self) -> list[tuple[str, str]]:
        """(replica, primary), those above first; without those of a circle."""
        edges: list[tuple[str, str]] = []
        above = self._tops()
        while above:
            below = [(r, p) for r, p in self._primaries.items() if p in above]
            edges += below
            above = [replica for replica, _ in below]
        return edges

    # ---- links

    def link(self, one: str, other: str) -> Link:
        """The one between two members, through which one of them follows the other, or did."""
        pairs = [(one, other), (other, one)]
        pairs.sort(key=lambda pair: self._primaries.get(pair[0]) != pair[1])
        for pair in pairs:
            if pair in self._links:
                return self._links[pair]
        self[one], self[other]
        raise ValueError(f"neither of {one} and {other} has followed the other")

    @property
    def links(self) -> list[Link]:
        return list(self._links.values())

    def partition(
        self, one: Iterable[str], other: Iterable[str], *, one_way: bool = False
    ) -> None:
        """Nothing flows any more between two groups, or members, on links that are or are to come.

        one_way  Only what the first group says is lost.
        """
        parts = _group(one), _group(other), one_way
        for name in (*parts[0], *parts[1]):
            self[name]
        self._partitions.append(parts)
        for (replica, primary), link in self._links.items():
            _part(link, replica, primary, *parts)

    def heal(self) -> None:
        """All links are without faults again."""
        self._partitions.clear()
        for link in self._links.values():
            link.heal()
            self._set_acks(link)

    def ack(
        self, replica: str, offset: Optional[int] = None, timeout: float = SECONDS_MAX
    ) -> None:
        """Acknowledges in a replica's name: what its primary has by now, once the replica has it."""
        primary = self._primary_of(replica)
        link = self.link(primary.name, replica)
        if offset is None:
            offset = primary.offset
            self[replica].wait_offset(offset, timeout)
        link.wait_offset(offset, timeout)
        link.ack(offset)

    def _way(self, replica: str, primary: str) -> Link:
        link = self._links.get((replica, primary))
        if link is None:
            seed = (self.seed or 1) + len(self._links)
            link = Link(self._members[primary], name=f"{primary}-{replica}", seed=seed)
            self._links[replica, primary] = link
            self._set_acks(link)
            for partition in self._partitions:
                _part(link, replica, primary, *partition)
        return link

    def _set_acks(self, link: Link) -> None:
        if self._acks == "manual":
            link.acks("manual")

    # ---- what is seen

    def wait_in_sync(self, timeout: Optional[float] = SECONDS_MAX) -> None:
        """Until every replica has all that its primary has at this moment, from the top down.

        On expiry the WaitTimeout tells both offsets.
        """
        run(self._in_sync(), timeout)

    def _in_sync(self) -> Steps:
        held: dict[str, Any] = {}
        edges = self._edges()
        if len(edges) < len(self._primaries):
            raise ReplserverError(_CIRCLE)
        for replica, primary in edges:
            if not (self[replica].closed or self[primary].closed):
                held = yield from catch_up(self._members[replica], self._members[primary])
        return held

    def _up(self) -> Steps:
        """In sync, and known by those who lead to be there: their first ACK has arrived."""
        held = yield from self._in_sync()
        for primary in dict.fromkeys(self._primaries.values()):
            count = list(self._primaries.values()).count(primary)
            held = yield from wait_for(self._members[primary], {"replicas": count})
        return held

    def digests_equal(self) -> bool:
        """All that are open hold the same data."""
        return len({one.digest() for one in self._members.values() if not one.closed}) == 1

    def lag(self, replica: str) -> Lag:
        """By how many bytes it is behind its primary; `.seconds` since that has heard of it."""
        return self._primary_of(replica).lag(self[replica])

    def _settle(self, late: set[str], standing: set[str]) -> None:
        """After time was moved: what is on its way arrives. Who was late once is not waited for."""
        for replica, primary in self._edges():
            link = self._way(replica, primary)
            if replica in late or link.closed or link.state.held:
                continue
            acknowledges = replica not in standing and self._acks != "manual"
            with suppress(ClosedError):
                if not arrived(self._members[replica], self._members[primary], acknowledges):
                    late.add(replica)

    @property
    def history(self) -> History:
        """What members and links have been through until now; also of a cluster that is closed."""
        members, links = self._members.values(), self._links.values()
        return History(members, links, limit=max(self._events_max, 1))

    def report(self) -> str:
        """Roles, ids, offsets and the last log lines: what a failed test wants to know.

        Of a cluster that a failure has ended, as it was then.
        """
        if self.closed and self._left:
            return self._left
        lines = [f"{self!r}, seed {self.seed}"]
        for name, one in self._members.items():
            seen = one._seen()
            lines.append(f"{name}: {'closed' if seen is None else f'{seen}, history {seen.id}'}")
            if isinstance(one, Node):
                lines += [f"    {line}" for line in one.logs[-_LOG_LINES:]]
        for link in self.links:
            lines.append(f"{link.name}: {'closed' if link.closed else link.state}")
            lines += [f"    {event}" for event in link.events[-_LOG_LINES:]]
        return "\n".join(lines)

    def rows(self) -> list[dict[str, str]]:
        """A line for each member, for people: name, role, what it follows, offset, lag."""
        return [place.row for place in self._places()]

    def _places(self) -> list[Place]:
        return [self._place(one.name) for one in self]

    def _place(self, name: str) -> Place:
        from .picture import Place

        seen = self._members[name]._seen()
        if seen is None:
            return Place(name, "closed")
        place = Place(name, seen.role, str(seen.offset), seen.id)
        above = self._primaries.get(name)
        if above is None:
            return place
        behind = self._members[above]._seen()
        lag = f"{behind.offset - seen.offset} bytes" if behind else ""
        mood = self._way(name, above).mood
        return replace(place, above=above, state=seen.link or "", mood=mood, lag=lag)

    # ---- its life

    @property
    def closed(self) -> bool:
        return all(one.closed for one in self._members.values())

    def close(self) -> None:
        """Ends all members, the last one first. Saying it again does no harm."""
        self._stack.close()

    @property
    def aio(self) -> ClusterWaits:
        """The waits as coroutines: `await c.aio.wait_in_sync(timeout=1)`."""
        from .aio import ClusterWaits

        return ClusterWaits(self)

    def _close_links(self) -> None:
        for link in self._links.values():
            link.close()

    def _failed(self) -> None:
        try:
            self._left = self.report()
        except ReplserverError as error:  # it must not hide the failure that it is to explain
            self._left = f"no report: {error}"

    async def _close_in_loop(self) -> None:
        await self.aio.close()

    def __repr__(self) -> str:
        told = []
        for row in self.rows():
            follows = f" of {row['follows']}" if row["follows"] else ""
            place = f" at {row['offset']}" if row["offset"] else ""
            lag = f", {row['lag']} behind" if row["lag"] else ""
            told.append(f"{row['name']}: {row['role']}{follows}{place}{lag}")
        return f"<replserver.Cluster {'; '.join(told) or 'without members'}>"

    def _repr_html_(self) -> str:
        from . import html
        from .picture import picture

        places = self._places()
        drawn = picture("replserver.Cluster", places).inline()
        return drawn + html.grid("replserver.Cluster", [place.row for place in places])


def _ways(replicas: Replicas, first: str) -> list[tuple[Primary, str]]:
    """(replica, whom it follows), as they are to be made."""
    if isinstance(replicas, int):
        if replicas < 0:
            raise ValueError("replicas: no less than 0")
        return [(f"r{number + 1}", first) for number in range(replicas)]
    if not isinstance(replicas, Mapping):
        if isinstance(replicas, str):
            raise TypeError("replicas: a list of names, not one")
        return [(replica, first) for replica in replicas]
    left = dict(replicas)
    made, ways = {first}, cast("list[tuple[Primary, str]]", [])
    while left:
        ready = [name for name, primary in left.items() if primary in made]
        if not ready:
            raise ValueError(f"replicas: nobody leads from {first} to {', '.join(left)}")
        for name in ready:
            ways.append((name, left.pop(name)))
            made.add(name)
    return ways


def _group(names: Iterable[str]) -> set[str]:
    return {names} if isinstance(names, str) else set(names)


def _part(
    link: Link, replica: str, primary: str, one: set[str], other: set[str], one_way: bool
) -> None:
    if primary in one and replica in other:
        link.blackhole("down" if one_way else None)
    elif replica in one and primary in other:
        link.blackhole("up" if one_way else None)

"""Fixtures for pytest: clusters that begin in milliseconds, end by themselves, and explain failures.

    def test_something(repl):
        with repl(replicas=2, clock="manual") as c: ...
        c = repl(replicas=["a", "b"])        # without `with` it ends after the test

    repl           makes clusters; its keywords are those of replserver.Cluster
    repl_pair      m, r, link: a primary, its replica, and the link between them
    repl_cluster   a cluster of m, r1 and r2

What a test does not say itself is looked for, in this order, in its marker
`@pytest.mark.replserver(replicas=3, maxmemory="10mb")`, the command line (`--replserver-seed`,
`--replserver-clock`, `--replserver-timeout`), and the ini file (`replserver_seed = 7` and so on).

Loaded by pytest on its own. Until a test asks for a fixture nothing of the C++ side is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import pytest

if TYPE_CHECKING:
    from .cluster import Cluster, Member
    from .link import Link

_SECONDS_TO_CLOSE = 10.0
_OPTIONS = {
    "seed": "what clusters leave to chance follows from it; by default from the test's name",
    "clock": "real or manual",
    "timeout": "seconds that a cluster waits for its replicas (default: 10)",
}


class Pair(NamedTuple):
    """What `repl_pair` gives."""

    m: Member
    r: Member
    link: Link


class Repl:
    """What the fixture `repl` gives: called with `Cluster`'s keywords, it makes one."""

    def __init__(self, nodeid: str, defaults: dict[str, Any]) -> None:
        self.nodeid = nodeid
        self.defaults = {"seed": crc32(nodeid.encode()) + 1, **defaults}
        self.clusters: list[Cluster] = []

    def __call__(self, *args: Any, **keywords: Any) -> Cluster:
        from .cluster import Cluster

        cluster = Cluster(*args, **{**self.defaults, **keywords})
        self.clusters.append(cluster)
        return cluster

    def report(self) -> str:
        """Where all of its clusters stand, or stood when they were left."""
        parts = [cluster.report() for cluster in self.clusters]
        seeds = {cluster.seed for cluster in self.clusters} or {self.defaults["seed"]}
        parts += [
            f"again: pytest '{self.nodeid}' --replserver-seed {seed}" for seed in sorted(map(str, seeds))
        ]
        return "\n".join(parts)


_repl_key = pytest.StashKey[Repl]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("replserver", "clusters of replserver")
    for name, text in _OPTIONS.items():
        group.addoption(f"--replserver-{name}", default=None, metavar=name.upper(), help=text)
        parser.addini(f"replserver_{name}", text)
    parser.addini("replserver_leaks", "nodes a test leaves open: error (default), warn or ignore")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "replserver(**keywords): of the clusters that the test's fixtures make"
    )


@pytest.fixture
def repl(request: pytest.FixtureRequest) -> Generator[Repl, None, None]:
    """Makes clusters, as `replserver.Cluster` does; they end with the test."""
    from .node import open_nodes

    before = {id(node) for node in open_nodes()}
    made = Repl(request.node.nodeid, _defaults(request))
    request.node.stash[_repl_key] = made
    yield made
    late = [str(cluster) for cluster in made.clusters if not _closed_in_time(cluster.close)]
    left = [node for node in open_nodes() if id(node) not in before]
    told = [repr(node) for node in left]
    late += [name for name, node in zip(told, left) if not _closed_in_time(node.close)]
    _complain(request.config, told, late)


@pytest.fixture
def repl_cluster(repl: Repl) -> Cluster:
    """A primary m with two replicas, r1 and r2, unless the test's marker says otherwise."""
    return repl(**{"replicas": 2, **repl.defaults})


@pytest.fixture
def repl_pair(repl: Repl) -> Pair:
    """A primary, its replica and the link between them."""
    cluster = repl(**{**repl.defaults, "master": "m", "replicas": ["r"]})
    return Pair(cluster["m"], cluster["r"], cluster.link("m", "r"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    made = item.stash.get(_repl_key, None)
    if made is not None and report.failed and report.when in ("setup", "call"):
        try:
            text = made.report()
        except Exception as error:  # it must not hide the failure that it is to explain
            text = f"no report: {error!r}"
        report.sections.append(("replserver", text))


def _defaults(request: pytest.FixtureRequest) -> dict[str, Any]:
    kinds: dict[str, Callable[[str], Any]] = {"seed": int, "clock": str, "timeout": float}
    defaults: dict[str, Any] = {}
    for name, kind in kinds.items():
        text = request.config.getoption(f"--replserver-{name}")
        text = text or request.config.getini(f"replserver_{name}")
        if text:
            try:
                defaults[name] = kind(text)
            except ValueError:
                raise pytest.UsageError(f"replserver {name}: {text!r} is no number") from None
    marker = request.node.get_closest_marker("replserver")
    return {**defaults, **(marker.kwargs if marker else {})}


def _closed_in_time(close: Callable[[], None]) -> bool:
    """What does not end is left behind: the tests go on."""
    thread = Thread(target=close, daemon=True)
    thread.start()
    thread.join(_SECONDS_TO_CLOSE)
    return not thread.is_alive()


def _complain(config: pytest.Config, left: list[str], late: list[str]) -> None:
    how = config.getini("replserver_leaks") or "error"
    told = []
    if left:
        told.append(f"the test left open: {', '.join(left)}")
    if late:
        told.append(f"not closed within {_SECONDS_TO_CLOSE:g} s: {', '.join(late)}")
    if not told or how == "ignore":
        return
    if how == "warn":
        import warnings

        warnings.warn(pytest.PytestWarning("; ".join(told)), stacklevel=1)
    else:
        pytest.fail("replserver: " + "; ".join(told), pytrace=False)

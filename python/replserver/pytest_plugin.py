"""Fixtures for pytest: clusters that begin in milliseconds, end by themselves, and explain failures.

    def test_something(repl):
        with repl(replicas=2, clock="manual") as c: ...
        c = repl(replicas=["a", "b"])        # without `with` it ends after the test

    repl           makes clusters; its keywords are those of replserver.Cluster
    repl_pair      m, r, link: a primary, its replica, and the link between them
    repl_cluster   a cluster of m, r1 and r2

What a test does not say itself is looked for, in this order, in its marker
`@pytest.mark.replserver(replicas=3, maxmemory="10mb", leaks="error")`, the command line
(`--replserver-seed` and so on), and the ini file (`replserver_seed = 7` and so on).

What a test leaves open is closed after it, and told. What a fixture of a wider scope has opened may
stay as long as the fixture does.

Loaded by pytest on its own. Until a test asks for a fixture nothing of the C++ side is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple, Optional
from zlib import crc32

import pytest

from .leaks import Seen, closed_in_time

if TYPE_CHECKING:
    from .cluster import Cluster, Member
    from .link import Link

_LEAKS = ("error", "warn", "ignore")
_OPTIONS: dict[str, tuple[Callable[[str], Any], str]] = {
    "seed": (int, "what clusters leave to chance follows from it; by default from the test's name"),
    "clock": (str, "real or manual"),
    "timeout": (float, "seconds that a cluster waits for its replicas (default: 10)"),
    "leaks": (str, "what a test leaves open: error, warn (default) or ignore"),
    "close-timeout": (float, "seconds that a cluster may take to end after its test (default: 10)"),
}
_DEFAULTS = {"leaks": "warn", "close-timeout": 10.0}  # the others are a cluster's own


class Pair(NamedTuple):
    """What `repl_pair` gives."""

    m: Member
    r: Member
    link: Link


class Repl:
    """What the fixture `repl` gives: called with `Cluster`'s keywords, it makes one."""

    def __init__(self, nodeid: str, defaults: dict[str, Any]) -> None:
        self.nodeid = nodeid
        self.defaults = {"seed": _seed_of(nodeid), **defaults}
        self.clusters: list[Cluster] = []

    def __call__(self, *args: Any, **keywords: Any) -> Cluster:
        from .cluster import Cluster

        cluster = Cluster(*args, **{**self.defaults, **keywords})
        self.clusters.append(cluster)
        return cluster


class _Course:
    """What the plugin knows of a test that runs."""

    def __init__(self) -> None:
        self.before = Seen()
        self.made: Optional[Repl] = None
        self.has_failed = False
        self.late: list[Any] = []  # what did not close in time

    def report(self, item: pytest.Item) -> str:
        """Where all of its clusters stand, or stood when they were left; and how to run it again."""
        clusters = list(self.made.clusters) if self.made else []
        clusters += [one for one in self.before.clusters() if one not in clusters]
        if not clusters and self.made is None:
            return ""
        seeds = {one.seed for one in clusters if one.seed is not None}
        if self.made and not seeds:
            seeds = {self.made.defaults["seed"]}
        given = {name: item.config.getoption(f"--replserver-{name}") for name in ("clock", "timeout")}
        told = "".join(f" --replserver-{name} {value}" for name, value in given.items() if value)
        # A cluster that the test made by itself, without a seed, cannot be had again by one.
        ways = [f" --replserver-seed {seed}" for seed in sorted(seeds)] or [""]
        again = [f"again: pytest {quote(item.nodeid)}{way}{told}" for way in ways]
        return "\n".join([*(one.report() for one in clusters), *again])


_course_key = pytest.StashKey[_Course]()
_courses: list[_Course] = []  # of the tests that run: one, but for tests of plugins


def _seed_of(nodeid: str) -> int:
    return crc32(nodeid.encode()) + 1


# ---- options


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("replserver", "clusters of replserver")
    for name, (_, text) in _OPTIONS.items():
        group.addoption(f"--replserver-{name}", default=None, metavar=name.upper(), help=text)
        parser.addini(f"replserver_{name.replace('-', '_')}", text)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "replserver(**keywords): of the clusters that the test's fixtures make, and leaks"
    )
    for name in _OPTIONS:
        _option(config, name)  # one that is wrong is told before anything runs


def _option(config: pytest.Config, name: str) -> Any:
    """None: nobody has said anything."""
    text = config.getoption(f"--replserver-{name}")
    text = text or config.getini(f"replserver_{name.replace('-', '_')}")
    if not text:
        return _DEFAULTS.get(name)
    try:
        value = _OPTIONS[name][0](text)
    except ValueError:
        raise pytest.UsageError(f"replserver {name}: {text!r} is no number") from None
    choices = {"leaks": _LEAKS, "clock": ("real", "manual")}.get(name)
    if choices and value not in choices:
        raise pytest.UsageError(f"replserver {name}: {value!r} is none of {', '.join(choices)}")
    return value


def _cluster_keywords(item: pytest.Item) -> dict[str, Any]:
    told = {name: _option(item.config, name) for name in ("seed", "clock", "timeout")}
    keywords = {**told, **_marked(item)}
    return {name: value for name, value in keywords.items() if value is not None and name != "leaks"}


def _marked(item: pytest.Item) -> dict[str, Any]:
    marker = item.get_closest_marker("replserver")
    return dict(marker.kwargs) if marker else {}


def _leaks(item: pytest.Item) -> str:
    how = _marked(item).get("leaks") or _option(item.config, "leaks")
    if how not in _LEAKS:
        pytest.fail(f"replserver leaks: {how!r} is none of {', '.join(_LEAKS)}", pytrace=False)
    return str(how)


# ---- fixtures


@pytest.fixture
def repl(request: pytest.FixtureRequest) -> Generator[Repl, None, None]:
    """Makes clusters, as `replserver.Cluster` does; they end with the test."""
    made = Repl(request.node.nodeid, _cluster_keywords(request.node))
    course = request.node.stash[_course_key]
    course.made = made
    yield made
    _close_all(made.clusters, request.config, course)


@pytest.fixture
def repl_cluster(repl: Repl) -> Cluster:
    """A primary m with two replicas, r1 and r2, unless the test's marker says otherwise."""
    return repl(**{"replicas": 2, **repl.defaults})


@pytest.fixture
def repl_pair(repl: Repl) -> Pair:
    """A primary, its replica and the link between them."""
    cluster = repl(**{**repl.defaults, "master": "m", "replicas": ["r"]})
    return Pair(cluster["m"], cluster["r"], cluster.link("m", "r"))


# ---- a test's course


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    course = item.stash[_course_key] = _Course()
    _courses.append(course)
    for marker in item.iter_markers("replserver"):
        if marker.args:
            pytest.fail(f"replserver marker: keywords, not {marker.args!r}", pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, None]:
    yield
    if fixturedef.scope != "function":
        for course in _courses:
            course.before.add_open()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    course = item.stash.get(_course_key, None)
    if course is None or not report.failed or report.when not in ("setup", "call"):
        return
    course.has_failed = True
    try:
        text = course.report(item)
    except Exception as error:  # it must not hide the failure that it is to explain
        text = f"no report: {error!r}"
    if text:
        report.sections.append(("replserver", text))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """After all fixtures of the test: what is left is nobody's any more."""
    course = item.stash.get(_course_key, None)
    if course is None:
        return
    if course in _courses:
        _courses.remove(course)
    left = [one for one in course.before.left() if one not in course.late]
    told = [repr(one) for one in left]
    _close_all(left, item.config, course)
    threads = [] if course.late else course.before.threads_left()
    # A test that has failed may not have come to its end, where it would have closed them.
    _complain(item, [] if course.has_failed else told, list(map(repr, course.late)), threads)


def _close_all(things: list[Any], config: pytest.Config, course: _Course) -> None:
    seconds = _option(config, "close-timeout")
    for one in things:
        if not closed_in_time(one.close, seconds):
            course.late.append(one)


def _complain(item: pytest.Item, left: list[str], late: list[str], threads: list[str]) -> None:
    parts = [
        (f"{item.nodeid} left open: ", left),
        (f"not closed within {_option(item.config, 'close-timeout'):g} s: ", late),
        ("threads that still run: ", threads),
    ]
    told = "; ".join(text + ", ".join(names) for text, names in parts if names)
    how = _leaks(item)
    if told and how == "error":
        pytest.fail(f"replserver: {told}", pytrace=False)
    if told and how == "warn":
        item.warn(pytest.PytestWarning(f"replserver: {told}"))

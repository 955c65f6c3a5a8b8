"""A Redis-compatible server in your process.

    import replserver

    with replserver.Node() as node:
        node.call("SET", "greeting", "hello")
        client = redis.Redis(**node.connection)

`replserver.sim` runs nodes in virtual time, `replserver.simulate` makes tests of seeded storms,
`replserver.rdb` reads and writes RDB files. `python -m replserver --help` tells about the server as
a program. What nodes log goes to `logging.getLogger("replserver")`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .exceptions import (
    ClosedError,
    CommandError,
    ConfigError,
    RdbError,
    ReplserverError,
    StartError,
    StreamError,
    TraceError,
    WaitTimeout,
)

if TYPE_CHECKING:
    from . import rdb, sim
    from ._core import __version__, redis_version
    from .cluster import Cluster
    from .config import Config
    from .consistency import Difference, Differences, assert_consistent, diff
    from .external_server import External, external
    from .guarantees import CheckedSession, StaleRead
    from .history import History
    from .info import Info
    from .journal import HistoryEvent
    from .link import Link, LinkEvent, LinkState
    from .logs import LogLine
    from .nemesis import Fault
    from .node import Node
    from .pending import Pending
    from .recording import Recording, record
    from .replaying import Replayed, replay
    from .replication import Backlog, Lag, Replica, Replication
    from .session import Session
    from .simulation import Storm, StormFailure, simulate
    from .storm_run import Run
    from .stream import StreamCommand
    from .timeline import Timeline
    from .trace import Trace

__all__ = [
    "Backlog",
    "CheckedSession",
    "ClosedError",
    "Cluster",
    "CommandError",
    "Config",
    "ConfigError",
    "Difference",
    "Differences",
    "External",
    "Fault",
    "History",
    "HistoryEvent",
    "Info",
    "Lag",
    "Link",
    "LinkEvent",
    "LinkState",
    "LogLine",
    "Node",
    "Pending",
    "RdbError",
    "Recording",
    "Replayed",
    "Replica",
    "Replication",
    "ReplserverError",
    "Run",
    "Session",
    "StaleRead",
    "StartError",
    "Storm",
    "StormFailure",
    "StreamCommand",
    "StreamError",
    "Timeline",
    "Trace",
    "TraceError",
    "WaitTimeout",
    "__version__",
    "assert_consistent",
    "diff",
    "external",
    "rdb",
    "record",
    "redis_version",
    "replay",
    "sim",
    "simulate",
]

# Imported when somebody asks for them: the program (__main__.py) needs none of them, and is to be
# up fast.
_HOMES = {
    "Backlog": "replication",
    "CheckedSession": "guarantees",
    "Cluster": "cluster",
    "Config": "config",
    "Difference": "consistency",
    "Differences": "consistency",
    "External": "external_server",
    "Fault": "nemesis",
    "History": "history",
    "HistoryEvent": "journal",
    "Info": "info",
    "Lag": "replication",
    "Link": "link",
    "LinkEvent": "link",
    "LinkState": "link",
    "LogLine": "logs",
    "Node": "node",
    "Pending": "pending",
    "Recording": "recording",
    "Replayed": "replaying",
    "Replica": "replication",
    "Replication": "replication",
    "Run": "storm_run",
    "Session": "session",
    "StaleRead": "guarantees",
    "Storm": "simulation",
    "StormFailure": "simulation",
    "StreamCommand": "stream",
    "Timeline": "timeline",
    "Trace": "trace",
    "__version__": "_core",
    "assert_consistent": "consistency",
    "diff": "consistency",
    "external": "external_server",
    "rdb": "rdb",
    "record": "recording",
    "replay": "replaying",
    "redis_version": "_core",
    "sim": "sim",
    "simulate": "simulation",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = import_module("." + _HOMES[name], __name__)
    value = home if name == _HOMES[name] else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

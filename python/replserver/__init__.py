"""A Redis-compatible server in your process.

    import replserver

    with replserver.Node() as node:
        node.call("SET", "greeting", "hello")
        client = redis.Redis(**node.connection)

`replserver.sim` runs nodes in virtual time, `replserver.rdb` reads and writes RDB files.
`python -m replserver --help` tells about the server as a program. What nodes log goes to
`logging.getLogger("replserver")`.
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
    WaitTimeout,
)

if TYPE_CHECKING:
    from . import rdb, sim
    from ._core import __version__, redis_version
    from .config import Config
    from .info import Info
    from .logs import LogLine
    from .node import Node

__all__ = [
    "ClosedError",
    "CommandError",
    "Config",
    "ConfigError",
    "Info",
    "LogLine",
    "Node",
    "RdbError",
    "ReplserverError",
    "StartError",
    "WaitTimeout",
    "__version__",
    "rdb",
    "redis_version",
    "sim",
]

# Imported when somebody asks for them: the program (__main__.py) needs none of them, and is to be
# up fast.
_HOMES = {
    "Config": "config",
    "Info": "info",
    "LogLine": "logs",
    "Node": "node",
    "__version__": "_core",
    "rdb": "rdb",
    "redis_version": "_core",
    "sim": "sim",
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

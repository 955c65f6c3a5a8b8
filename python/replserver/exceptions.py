"""What can go wrong, as exceptions; all of them are a ReplserverError.

The C++ side raises them, too: it looks them up here by name.
"""

from __future__ import annotations


class ReplserverError(Exception):
    """Anything that replserver itself raises."""


class CommandError(ReplserverError):
    """A server's error reply, as it was sent: `WRONGTYPE Operation against a key ...`."""

    @property
    def code(self) -> str:
        """The first word of the reply: ERR, WRONGTYPE, NOAUTH, ..."""
        text = str(self)
        return text.split(" ", 1)[0] if text else ""


class ConfigError(ReplserverError, ValueError):
    """A directive that does not exist, or a value that it does not take."""


class StartError(ReplserverError):
    """A node that could not start: its port is taken, its directory does not exist."""


class ClosedError(ReplserverError):
    """The node, or the connection to it, is closed."""


class WaitTimeout(ReplserverError, TimeoutError):
    """A wait has come to its limit; the text tells what was seen instead."""


class RdbError(ReplserverError, ValueError):
    """An RDB file that is damaged, cut short, or of a format that is not known."""


class StreamError(ReplserverError, ValueError):
    """Bytes that are no replication stream; the text tells at which offset."""


class TraceError(ReplserverError, ValueError):
    """A recording that is damaged, or none; the text tells at which byte."""

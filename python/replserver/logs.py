"""Log lines on their way to `logging`.

    node threads ──> LogRing (C++, bounded, no GIL) ──> one thread of ours ──> logging

The thread exists while a node is open. Loggers are called `replserver.<node>`; their parent
`replserver` has a NullHandler, so that nothing is printed unless the program asks for it.
"""

from __future__ import annotations

import logging
import os
import threading
from logging import DEBUG, INFO, WARNING, Logger, LogRecord, NullHandler, getLogger
from typing import NamedTuple, Optional

from ._core import LogRing

RING_CAPACITY = 100_000  # lines that wait for `logging`; beyond it the oldest are dropped
LEVELS = ("debug", "verbose", "notice", "warning")
_SEVERITIES = (DEBUG, INFO, INFO, WARNING)
_MARKS = ".-*#"


class LogLine(NamedTuple):
    """A line of a node's log. As text it looks as Redis writes it."""

    level: str  # debug, verbose, notice or warning
    role: str  # M: a primary, S: a replica
    text: str
    time: float  # seconds since 1970, by the node's clock
    node: str

    def __str__(self) -> str:
        from datetime import datetime

        at = datetime.fromtimestamp(self.time)
        stamp = f"{at:%d %b %Y %H:%M:%S}.{at.microsecond // 1000:03}"
        return f"{self.node}:{self.role} {stamp} {_MARKS[LEVELS.index(self.level)]} {self.text}"


def line_of(raw: tuple[int, str, str, float, str]) -> LogLine:
    level, role, text, time, node = raw
    return LogLine(LEVELS[level], role, text, time, node)


class PumpThread(threading.Thread):
    """A thread that may be inside of a logging handler, and hold its lock."""


class Pump:
    """The thread, its ring, and for how many nodes it works."""

    def __init__(self) -> None:
        self.ring = LogRing(RING_CAPACITY)
        self.nodes = 0
        self.process = os.getpid()
        self.thread = PumpThread(target=self._run, name="replserver-log", daemon=True)
        self.thread.start()

    def end(self) -> None:
        """Returns when all lines have been handed on; to a handler that closes a node, at once."""
        self.ring.end()
        if not isinstance(threading.current_thread(), PumpThread):
            self.thread.join()

    def _run(self) -> None:
        dropped = 0
        while (lines := self.ring.take()) is not None:
            for raw in lines:
                _hand_on(*raw)
            if self.ring.dropped > dropped:
                missing, dropped = self.ring.dropped - dropped, self.ring.dropped
                _root.warning(
                    "%d log lines were dropped: they came faster than they were read", missing
                )


_root: Logger = getLogger("replserver")
_root.addHandler(NullHandler())
# Reentrant: the garbage collector may close a node while its thread is in here.
_lock = threading.RLock()
_pump: Optional[Pump] = None


def attach() -> Pump:
    """For a node that opens."""
    global _pump
    with _lock:
        pump = _pump
        if pump is None:
            pump = _pump = Pump()
        pump.nodes += 1
        return pump


def detach(pump: Pump) -> None:
    """For a node that has closed. The last one ends the thread."""
    global _pump
    if pump.process != os.getpid():
        return  # the parent's: its thread did not come along
    with _lock:
        pump.nodes -= 1
        if pump.nodes > 0:
            return
        _pump = None
    pump.end()  # outside of the lock: what reads the lines may open and close nodes, too


def _hand_on(level: int, role: str, text: str, time: float, node: str) -> None:
    name, severity = "replserver." + node, _SEVERITIES[level]
    # `logging` keeps a logger for ever. Where the program has not asked for this node's, its parent
    # does what it would do.
    known = Logger.manager.loggerDict.get(name)
    logger = known if isinstance(known, Logger) else _root
    if not logger.isEnabledFor(severity):
        return
    record = LogRecord(name, severity, "(node)", 0, text, (), None)
    record.created, record.msecs = time, time % 1 * 1000
    record.node, record.role = node, role
    try:
        if logger is _root:
            logger.callHandlers(record)
        else:
            logger.handle(record)
    except Exception:
        # A handler's mistake must not end the thread that all nodes log through.
        if logging.raiseExceptions:  # as `logging` itself treats a handler that fails
            import traceback

            traceback.print_exc()


def _forget() -> None:
    """In a forked child: locks may be held, and rings be written, by threads that are not here."""
    global _lock, _pump
    _lock = threading.RLock()
    _pump = None


os.register_at_fork(after_in_child=_forget)

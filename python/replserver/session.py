"""A client of a node inside of its own process."""

from __future__ import annotations

from typing import Any
from weakref import finalize

from ._core import LiveNode
from .closing import Closing
from .config import Word
from .pending import Pending


class Session(Closing):
    """What a connection is, without a socket: its own database, transaction and WATCH.

        with node.session() as session:
            session.call("MULTI")
            session.call("INCR", "n")
            assert session.call("EXEC") == [1]

    A command that blocks, blocks its caller; Ctrl-C ends the wait, and the session with it.
    """

    def __init__(self, name: str, node: LiveNode) -> None:
        self._name = name
        self._node = node
        self._number = node.open_session()
        self._closing = finalize(self, node.close_session, self._number)

    def call(self, *words: Word) -> Any:
        """Executes a command and returns its reply. An error reply is a CommandError."""
        pending = self.start(*words)
        try:
            return pending.result()
        except BaseException:
            pending.cancel()  # one that was interrupted: what it would still say is not wanted
            raise

    def start(self, *words: Word) -> Pending[Any]:
        """Begins a command and returns at once. Cancelling it ends the session."""
        pending = self._node.start(self._number, *words)
        return Pending(self._node, pending, str(words[0]).upper(), lambda reply: reply, False)

    def close(self) -> None:
        """Ends it. What is not executed yet never will be."""
        self._closing()

    def __repr__(self) -> str:
        return f"<replserver.Session of {self._name}>"

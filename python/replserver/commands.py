"""What every node offers, live or simulated, because it takes commands."""

from __future__ import annotations

from typing import Any

from .config import Config, Word
from .info import Info


class Commands:
    """Things that can be told by calling commands."""

    def call(self, *words: Word) -> Any:
        """Executes a command inside of the node, without a connection, and returns its reply.

            node.call("SET", "k", "v")   # 'OK'
            node.call("GET", "k")        # b'v'

        Bulk strings are bytes, maps dicts, nulls None. An error reply is a CommandError; one inside
        of an array (EXEC) is a value. It never blocks: what would wait for other clients does not.
        All calls are one session: SELECT and MULTI count for those that follow.
        """
        raise NotImplementedError

    def _order(self, *words: Word) -> Any:
        """As `call`, but outside of a transaction that its callers may have begun."""
        return self.call(*words)

    def _read_config(self, patterns: list[str]) -> dict[str, str]:
        raise NotImplementedError

    @property
    def info(self) -> Info:
        """All that INFO tells now: `node.info.used_memory`, `node.info.section("replication")`."""
        return Info(self._order("INFO", "everything"))

    @property
    def config(self) -> Config:
        """The directives, to read and to write: `node.config["maxmemory"] = "100mb"`."""
        return Config(self._read_config, self._order)

    def digest(self) -> str:
        """A fingerprint of the data set: equal data has equal digests, on a Redis as well."""
        return str(self._order("DEBUG", "DIGEST"))

"""A small client of any server, for what the package itself has to ask."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Sequence
from typing import Any, Optional

from .closing import Closing
from .config import Word
from .exceptions import ClosedError, CommandError, WaitTimeout
from .replication import Address

_SECONDS_MAX = 30.0  # that one reply may take


class Client(Closing):
    """One connection, in RESP2. Replies are as those of `Node.call`, errors are raised."""

    def __init__(
        self, address: Address, password: Optional[str] = None, username: Optional[str] = None
    ) -> None:
        self._name = f"{address[0]}:{address[1]}"
        self._socket = dialled(address, _SECONDS_MAX)
        self._stream = self._socket.makefile("rb")
        if password is not None:
            self.call("AUTH", *([username] if username else []), password)

    def call(self, *words: Word) -> Any:
        reply = self.calls([words])[0]
        if isinstance(reply, CommandError):
            raise reply
        return reply

    def calls(self, commands: Iterable[Sequence[Word]]) -> list[Any]:
        """All of them in one go; an error is a value among the replies."""
        told = list(commands)
        try:
            self._socket.sendall(b"".join(map(encoded, told)))
            return [self._reply() for _ in told]
        except socket.timeout:
            raise WaitTimeout(f"{self._name}: no reply after {_SECONDS_MAX:g} s") from None
        except OSError as error:
            raise ClosedError(f"{self._name}: {error}") from None

    def _reply(self) -> Any:
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise ClosedError(f"{self._name}: it has hung up")
        kind, text = line[:1], line[1:-2]
        if kind == b"+":
            return text.decode(errors="backslashreplace")
        if kind == b"-":
            return CommandError(text.decode(errors="backslashreplace"))
        if kind == b":":
            return int(text)
        size = int(text)
        if kind == b"*":
            return None if size < 0 else [self._reply() for _ in range(size)]
        if size < 0:
            return None
        data = self._stream.read(size + 2)
        if len(data) != size + 2:
            raise ClosedError(f"{self._name}: it has hung up")
        return data[:-2]

    def close(self) -> None:
        self._stream.close()
        self._socket.close()


def dialled(address: Address, timeout: float) -> socket.socket:
    """A connection; a ClosedError if there is none to be had."""
    try:
        connection = socket.create_connection(address, timeout)
    except OSError as error:
        raise ClosedError(f"{address[0]}:{address[1]}: {error}") from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def encoded(words: Sequence[Word]) -> bytes:
    """A command as it goes over the wire."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)

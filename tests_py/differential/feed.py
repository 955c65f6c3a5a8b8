"""What a primary tells its replicas: heard by a client that follows it as one, and compared.

Both sides must say the same commands in the same order, byte for byte. Only instants may differ, by as much as
the clocks of the two do; and where 7.2 is known to say something else than 7.0, both are brought to one form.
"""

import itertools
import socket

from harness import SECONDS_MAX, encoded

from .judge import TOLERANCE_MS
from .sides import Incomplete, parsed

INSTANT_MIN = 10**11  # milliseconds since 1970: no other number of a conversation is compared loosely


class Feed:
    """A link as that of a replica. It takes the data away and keeps what follows them."""

    def __init__(self, side):
        self.socket = socket.create_connection(("127.0.0.1", side.port), timeout=SECONDS_MAX)
        self.data = bytearray()
        self.side = side
        self.marks = itertools.count(1)
        side.call("CONFIG", "SET", "repl-diskless-sync-delay", "0")
        self.socket.sendall(encoded("REPLCONF", "capa", "psync2"))
        assert self._line() == b"+OK"
        self.socket.sendall(encoded("PSYNC", "?", "-1"))
        assert self._line().startswith(b"+FULLRESYNC ")
        header = self._line()
        while not header:  # a sign of life, while the data are collected
            header = self._line()
        size = int(header.removeprefix(b"$"))
        while len(self.data) < size:
            self._receive()
        del self.data[:size]

    def said(self):
        """The commands since last asked."""
        mark = b"%d" % next(self.marks)
        self.side.call("PUBLISH", "until-here", mark)
        said = []
        while not said or said[-1] != (b"PUBLISH", b"until-here", mark):
            command = self._command()
            if command[0].upper() != b"PING" and command[:2] != (b"REPLCONF", b"GETACK"):
                said.append(command)
        return said[:-1]

    def close(self):
        self.socket.close()

    def _receive(self):
        more = self.socket.recv(1 << 20)
        assert more, "the link of the replica was closed"
        self.data += more

    def _line(self):
        while b"\n" not in self.data:
            self._receive()
        line, _, self.data = self.data.partition(b"\n")
        return bytes(line).removesuffix(b"\r")

    def _command(self):
        while True:
            try:
                (words, _), end = parsed(self.data, 0)
            except Incomplete:
                self._receive()
            else:
                del self.data[:end]
                return tuple(words)


def feed_difference(expected, got, clocks_apart_ms):
    """None, or what is not the same in what two primaries said."""
    expected, got = _in_common_form(expected), _in_common_form(got)
    is_same = len(expected) == len(got) and all(_is_same(*pair, clocks_apart_ms) for pair in zip(expected, got))
    return None if is_same else f"told to replicas:\n{expected}\n{got}"


def _is_same(one, other, clocks_apart_ms):
    return len(one) == len(other) and all(map(lambda *words: _is_same_word(*words, clocks_apart_ms), one, other))


def _is_same_word(one, other, clocks_apart_ms):
    if one == other:
        return True
    if not (one.isdigit() and other.isdigit()) or min(int(one), int(other)) < INSTANT_MIN:
        return False
    apart = abs(int(one) - int(other))
    return min(apart, abs(apart - clocks_apart_ms)) <= TOLERANCE_MS


def _in_common_form(commands):
    """7.2 selects a database within a transaction, tells a BLMOVE that had waited as it was typed, and a SET
    that had an instant already, too. We tell of a BITFIELD that only made the string longer, and of consumers
    who got no entries, whom 7.2 makes: Redis forgets that.
    """
    common = []
    for command in commands:
        name, words = command[0].upper(), [word.upper() for word in command]
        if (name == b"BITFIELD" and b"FAIL" in words) or words[:2] == [b"XGROUP", b"CREATECONSUMER"]:
            continue
        if name == b"EXEC" and len(common) > 1 and common[-2] == (b"MULTI",):  # around one that is left
            del common[-2]
            continue
        if name == b"MULTI" and common and common[-1][0] == b"SELECT":
            command, common[-1] = common[-1], command
        elif name == b"LMOVE":
            command = (*command[:3], *words[3:])
        elif name == b"SET" and b"PXAT" in words[3:]:
            at = words.index(b"PXAT", 3)
            command = (b"SET", *command[1:3], b"PXAT", command[at + 1])
        common.append(command)
    return common

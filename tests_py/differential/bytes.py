"""Clients that do not speak the protocol, or not quite: bytes made from commands, then damaged."""

import random

from harness import encoded

from .families import FAMILIES
from .grammar import Words

TOKENS = [
    b"*", b"$", b"\r\n", b"\r", b"\n", b"*0\r\n", b"*-1\r\n", b"*1\r\n", b"*2\r\n", b"*1048577\r\n", b"*2147483648\r\n", b"*x\r\n",
    b"*\r\n", b"* 1\r\n", b"*01\r\n", b"*+1\r\n", b"$-1\r\n", b"$0\r\n\r\n", b"$536870913\r\n", b"$x\r\n", b"$\r\n", b"$ 4\r\n",
    b"$4\r\nPING\r\n", b":1\r\n", b"+OK\r\n", b"-ERR\r\n", b"_\r\n", b"PING\r\n", b"PING\n", b"  PING  \r\n", b'PING "a', b'PING "a"b\r\n',
    b"PING 'it''s'\r\n", b'PING "\\x41\\n\\q\\\\"\r\n', b"ECHO 'a\\'b'\r\n", b"\x00", b"\xff\xfe", b"GET", b"GET k\x00x\r\n", b"\t\x0bPING\x0c\r\n", b"'", b'"',
]  # fmt: skip


def stream_of(seed):
    """What is sent, in pieces: one write each."""
    rng = random.Random(seed)
    words = Words(rng)
    parts = [encoded(*words.make(rng.choice(FAMILIES["strings"]))) for _ in range(rng.randint(1, 5))]
    data = bytearray(b"".join(part for part in parts if len(part) < 5000))
    for _ in range(rng.choice([0, 1, 1, 2, 3, 6])):
        _damage(rng, data)
    # Where a zero byte precedes the end of a line, Redis does not see the end.
    data = data.replace(b"\x00", b"\x01")
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice([0, 0, 1, 3])))
    return [bytes(data[begin:end]) for begin, end in zip([0, *cuts], [*cuts, len(data)])]


def _damage(rng, data):
    at = rng.randrange(len(data) + 1)
    kind = rng.randrange(4)
    if kind == 0:
        data[at:at] = rng.choice(TOKENS)
    elif kind == 1:
        del data[at : at + rng.choice([1, 1, 2, 7])]
    elif kind == 2 and at < len(data):
        data[at] = rng.choice([data[at] ^ 1, rng.randrange(256), rng.choice(b"*$0123456789\r\n-")])
    else:
        begin = rng.randrange(len(data) + 1)
        data[at:at] = data[begin : begin + rng.randrange(20)]


def answers(pieces, side):
    """What the side says to the pieces, and whether it then hangs up."""
    side.begin()
    client = side.client(0)
    told = []
    for piece in pieces:
        client.send(piece)
        side.settle()
        told += client.arrived()
    return told, client.closed, side.call("DEBUG", "DIGEST")


def bytes_difference(pieces, expected_side, got_side):
    """None, or in words what the two sides answered differently."""
    (one, *rest), (other, *other_rest) = answers(pieces, expected_side), answers(pieces, got_side)
    is_same = [value for value, _ in one] == [value for value, _ in other]
    if is_same and got_side.tells_shapes:
        is_same = one == other
    return None if is_same and rest == other_rest else f"{(one, *rest)}\nand {(other, *other_rest)}"

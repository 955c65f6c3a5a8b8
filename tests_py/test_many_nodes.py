"""Many nodes in one process, made and closed again and again: nothing is left behind."""

import ctypes
import gc
import os

import pytest

from harness import Connection, descriptors_of, resident_bytes, threads_of, wait_until
from replserver import Node

NODES = 200
ROUNDS = 100
SANITIZED = bool(os.environ.get("REPLSERVER_SANITIZE"))


def test_two_hundred_nodes_serve_at_the_same_time():
    nodes = [Node() for _ in range(NODES)]
    try:
        assert len({node.port for node in nodes}) == NODES
        for number, node in enumerate(nodes):
            with Connection(node.port) as client:
                client.call("SET", "number", number)
        for number, node in enumerate(nodes):
            assert node.call("GET", "number") == b"%d" % number
    finally:
        for node in nodes:
            node.close()


def round_of(count):
    nodes = [Node() for _ in range(count)]
    nodes[0].call("SET", "k", b"x" * 100_000)
    with Connection(nodes[-1].port) as client:
        client.call("PING")
        for node in nodes:
            node.close()


class MallInfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
                "arena ordblks smblks hblks hblkhd usmblks fsmblks used free keepcost".split()]  # fmt: skip


def heap_bytes():
    """What is in use of malloc's memory. Its resident size also hangs on what it keeps for later."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = MallInfo
    info = mallinfo()
    return info.used + info.hblkhd


def test_two_hundred_nodes_made_a_hundred_times_leave_nothing_behind():
    threads, descriptors = threads_of(), descriptors_of()
    rounds = 5 if SANITIZED else ROUNDS
    for _ in range(max(2, rounds // 5)):  # until everybody's caches are filled
        round_of(NODES)
    gc.collect()
    heap, resident = heap_bytes(), resident_bytes()
    for _ in range(rounds):
        round_of(NODES)
    gc.collect()
    wait_until(lambda: threads_of() <= threads, "its threads have ended")
    assert descriptors_of() <= descriptors
    if SANITIZED:
        pytest.skip("a sanitizer keeps what was freed for a while")
    assert (heap_bytes() - heap) / (rounds * NODES) < 8, "bytes of the heap stay of every node"
    # The data lies outside of the heap. A page of every node would be 80 MB.
    assert resident_bytes() - resident < 30e6

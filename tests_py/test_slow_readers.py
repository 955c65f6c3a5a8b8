"""Who reads slowly, or never, costs nobody else anything: neither time nor bytes."""

import socket

import pytest

import replserver as rs
from harness import SECONDS_MAX, Connection, wait_until
from harness_servers import assert_same_data, follow, frozen

MEGABYTE = "x" * 1_000_000
MEGABYTES = 40  # more than the sockets of a connection hold
PATIENT = {"client_output_buffer_limit": "replica 0 0 0", "repl_timeout": 600}


def write_much(server):
    """Each of them is answered before the next one is said."""
    with Connection(server.port) as client:
        for number in range(MEGABYTES):
            assert client.call("SET", f"key:{number}", MEGABYTE) == "OK"


class SilentReplica:
    """A connection that asked for a full sync and reads as much of it as it is told to."""

    def __init__(self, node):
        self._socket = socket.create_connection(("127.0.0.1", node.port), SECONDS_MAX)
        self._stream = self._socket.makefile("rb")
        self._socket.sendall(b"PSYNC ? -1\r\n")
        self.offset = int(self._stream.readline().split()[2])

    def take_payload(self):
        while not (line := self._stream.readline()).startswith(b"$"):
            assert line == b"\n"
        self._stream.read(int(line[1:]))

    def take_history(self, size):
        return self._stream.read(size)

    def close(self):
        self._stream.close()
        self._socket.close()


@pytest.fixture
def node(tmp_path):
    with rs.Node(dir=str(tmp_path), **PATIENT) as made:
        yield made


@pytest.mark.parametrize("unread", ["payload", "history"])
def test_a_replica_that_never_reads_harms_nobody(node, unread):
    if unread == "payload":
        write_much(node)
    replica = SilentReplica(node)
    if unread == "history":
        replica.take_payload()
    write_much(node)
    assert node.call("DBSIZE") == MEGABYTES
    replica.close()
    wait_until(lambda: node.info.connected_slaves == 0, "its end")


def test_what_a_replica_reads_late_is_whole(node):
    replica = SilentReplica(node)
    replica.take_payload()
    write_much(node)
    history = replica.take_history(node.offset - replica.offset)
    assert history.count(MEGABYTE.encode()) == MEGABYTES
    assert history.endswith(f"key:{MEGABYTES - 1}\r\n$1000000\r\n{MEGABYTE}\r\n".encode())
    replica.close()


def test_a_node_ends_though_its_replica_reads_nothing(node):
    replica = SilentReplica(node)
    replica.take_payload()
    write_much(node)
    with Connection(node.port) as client:
        client.send_raw(b"SHUTDOWN NOW\r\n")
        node.wait_closed(SECONDS_MAX)
    replica.close()


@pytest.mark.parametrize("kinds", [("ours", "ours"), ("ours", "redis")], ids="-".join)
def test_a_frozen_replica_harms_nobody_and_catches_up(servers, kinds):
    primary, replica = (servers(kind, **PATIENT) for kind in kinds)
    other = servers("ours", **PATIENT)
    for follower in (replica, other):
        follow(follower, primary)
    with frozen(replica):
        write_much(primary)
        assert_same_data(primary, other)
    assert_same_data(primary, replica)
    assert primary.info.sync_full == 2


def test_a_replica_that_is_too_far_behind_loses_its_link(node):
    node.config["client-output-buffer-limit"] = "replica 8mb 0 0"
    replica = SilentReplica(node)
    replica.take_payload()
    write_much(node)
    wait_until(lambda: node.info.connected_slaves == 0, "its end")
    assert any("overcoming of output buffer limits" in line.text for line in node.logs)
    replica.close()

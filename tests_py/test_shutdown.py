"""SHUTDOWN of a primary: what was answered is with its replicas before it goes, ours and those of redis-server."""

import contextlib
import signal

import pytest

from harness import encoded, wait_until
from harness_servers import assert_same_data, frozen
from replserver import ClosedError, CommandError

PAIRS = [("ours", "ours"), ("ours", "redis"), ("redis", "ours")]


def named(kinds):
    return "-".join(kinds)


def in_sync(servers, *kinds, **directives):
    primary, replica = servers.chain(*kinds, **directives)
    assert_same_data(primary, replica)
    return primary, replica


def ask(client, *words):
    client.send_raw(encoded("SHUTDOWN", *words))


@pytest.mark.parametrize("kinds", PAIRS, ids=named)
def test_it_waits_for_a_replica_that_lacks_something(servers, kinds):
    primary, replica = in_sync(servers, *kinds)
    with primary.client() as client:
        with frozen(replica):
            primary.call("SET", "k", "v")
            ask(client)
            primary.process.wait_for("Waiting for replicas before shutting down.")
            assert primary.call("GET", "k") == b"v"
        assert client.is_closed()
    assert primary.process.wait() == 0
    assert "1 of 1 replicas are in sync when shutting down." in primary.text
    assert replica.call("GET", "k") == b"v"


@pytest.mark.parametrize("kinds", PAIRS, ids=named)
def test_it_does_not_wait_longer_than_its_timeout(servers, kinds):
    primary, replica = in_sync(servers, *kinds, shutdown_timeout=1)
    with frozen(replica):
        primary.call("SET", "k", "v")
        primary.process.signal(signal.SIGTERM)
        assert primary.process.wait() == 0
    name = f"127.0.0.1:{replica.port}"
    primary.process.wait_for(rf"Lagging replica {name} reported offset \d+ behind master, lag=\d+, state=online\.")
    assert "0 of 1 replicas are in sync when shutting down." in primary.text


@pytest.mark.parametrize("directives, words", [({}, ["NOW"]), ({"shutdown_timeout": 0}, [])], ids=["now", "never"])
def test_it_does_not_wait_where_it_is_not_to(servers, directives, words):
    primary, replica = in_sync(servers, "ours", "ours", **directives)
    with frozen(replica), primary.client() as client:
        primary.call("SET", "k", "v")
        ask(client, *words)
        assert primary.process.wait() == 0
    assert "Waiting for replicas" not in primary.text
    assert "0 of 1 replicas are in sync when shutting down." in primary.text


@pytest.mark.parametrize("kinds", PAIRS, ids=named)
def test_abort_while_it_waits_lets_the_writes_go_on(servers, kinds):
    primary, replica = in_sync(servers, *kinds)
    with primary.client() as writer, primary.client() as client:
        with frozen(replica):
            primary.call("SET", "k", "v")
            ask(client)
            primary.process.wait_for("Waiting for replicas before shutting down.")
            writer.send_raw(encoded("SET", "held", "v"))
            assert primary.call("EXISTS", "held") == 0
            assert primary.call("SHUTDOWN", "ABORT") == "OK"
            assert str(client.read_reply()) == "ERR Errors trying to SHUTDOWN. Check logs."
            assert writer.read_reply() == "OK"
        with pytest.raises(CommandError, match="ERR No shutdown in progress."):
            primary.call("SHUTDOWN", "ABORT")
    assert_same_data(primary, replica)


def test_a_replica_that_is_gone_is_not_waited_for(servers):
    primary, replica = in_sync(servers, "ours", "redis")
    with primary.client() as client:
        with frozen(replica):
            primary.call("SET", "k", "v")
            ask(client, "NOSAVE")
            primary.process.wait_for("Waiting for replicas before shutting down.")
            replica.stop()
        assert client.is_closed()
    assert primary.process.wait() == 0


def test_a_write_while_clients_are_paused_goes_to_nobody_until_then(servers):
    primary, replica = in_sync(servers, "ours", "redis")
    primary.call("SET", "due", "v", "PX", 1)
    primary.call("CLIENT", "PAUSE", 100_000, "WRITE")
    before = primary.info.master_repl_offset
    with primary.client() as writer:
        writer.send_raw(encoded("SET", "held", "v"))
        assert primary.call("WAIT", 1, 0) == 1
        wait_until(lambda: primary.call("GET", "due") is None, "it is past its time")
        assert replica.call("EXISTS", "held") == 0
        assert primary.info.master_repl_offset - before <= 37  # a GETACK at most: nothing expires either
        primary.call("CLIENT", "UNPAUSE")
        assert writer.read_reply() == "OK"
    assert_same_data(primary, replica)
    with contextlib.suppress(ClosedError):
        primary.call("SHUTDOWN")
    assert primary.process.wait() == 0

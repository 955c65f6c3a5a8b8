"""Three real redis-sentinel processes watch a primary of ours: killed or frozen, it is replaced, and follows."""

import contextlib
import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest
import redis

from harness import free_port, run, run_python, wait_until
from harness_sentinel import NAME, Sentinels
from harness_servers import assert_same_data, follow, frozen, is_served

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "high-availability.md").read_text()
PASSWORD = re.search(r'requirepass "(.+)"', PAGE)[1]


@pytest.fixture
def watched(tmp_path, servers):
    """Starts a primary and its two replicas, and those who watch them."""
    with contextlib.ExitStack() as stack:

        def start(kinds, sentinel=None, **directives):
            primary, *replicas = [servers(kind, **directives) for kind in kinds]
            for replica in replicas:
                follow(replica, primary)
            sentinels = Sentinels(tmp_path, primary, replicas, **sentinel or {})
            stack.callback(sentinels.stop)
            sentinels.wait_until_ready()
            return sentinels, primary, replicas

        yield start


def write_until_taken(client, key):
    """A client of redis-py asks Sentinel anew after each lost link."""

    def taken():
        with contextlib.suppress(redis.ConnectionError, redis.TimeoutError, redis.ReadOnlyError):
            return client.set(key, "v") and client.wait(1, 500) > 0

    wait_until(taken, f"a primary that takes {key}")


def assert_replaced(sentinels, primary, replicas):
    """One of the replicas leads, the other follows it: who leads, who follows."""
    port = sentinels.wait_for_port(*[replica.port for replica in replicas])
    promoted, other = sorted(replicas, key=lambda replica: replica.port != port)
    wait_until(lambda: is_served(other, promoted), "the other replica's new primary")
    return promoted, other


def test_a_killed_primary_is_replaced_and_follows_when_it_is_back(watched):
    passwords = {"requirepass": PASSWORD, "masterauth": PASSWORD}
    sentinels, primary, replicas = watched(["ours"] * 3, {"auth-pass": PASSWORD}, **passwords)
    client = sentinels.client().master_for(NAME)
    write_until_taken(client, "before")
    primary.process.signal(signal.SIGKILL)
    primary.process.wait()
    write_until_taken(client, "after")
    promoted, other = assert_replaced(sentinels, primary, replicas)
    run_python(documented_client(sentinels))
    assert promoted.call("EXISTS", "before", "after", "greeting") == 3
    primary.start()
    wait_until(lambda: is_served(primary, promoted), "the old primary's return")
    assert_same_data(promoted, primary, other)
    assert other.info.sync_full == 0 and promoted.info.sync_partial_ok >= 1


def test_a_frozen_primary_is_replaced_and_follows_when_it_goes_on(watched):
    sentinels, primary, replicas = watched(["ours", "ours", "redis"])
    client = sentinels.client().master_for(NAME)
    write_until_taken(client, "before")
    with frozen(primary):
        write_until_taken(client, "after")
        promoted, other = assert_replaced(sentinels, primary, replicas)
    wait_until(lambda: is_served(primary, promoted), "the old primary's return")
    assert_same_data(promoted, primary, other)
    assert promoted.call("EXISTS", "before", "after") == 2


def documented_client(sentinels):
    """The example of the page, of these sentinels."""
    (text,) = re.findall(r"^```py\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for number, port in enumerate(sentinels.ports, 1):
        text = text.replace(f'("10.0.0.{number}", 26379)', f'("127.0.0.1", {port})')
    assert "10.0.0." not in text
    return text


def test_the_demo_shows_all_that_with_the_files_of_the_page():
    base = consecutive_ports(13)
    server = f"{sys.executable} -m replserver"
    shown = run(ROOT / "scripts" / "ha-demo", base, env={**os.environ, "REPLSERVER": server}, seconds=120)
    assert re.search(rf"the primary is at ({base + 1}|{base + 2}) now", shown.stdout), shown.stdout
    assert "GET greeting: 'from the first primary'" in shown.stdout
    assert "GET greeting there: 'from the second primary'" in shown.stdout
    assert "sync_partial_ok:1" in shown.stdout
    assert shown.stdout.endswith("done\n")
    assert shown.stderr == ""


def consecutive_ports(count):
    """The first of so many in a row that nobody listened at a moment ago."""
    while True:
        first = free_port()
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in range(first, first + count):
                stack.enter_context(socket.create_server(("127.0.0.1", port)))
            return first

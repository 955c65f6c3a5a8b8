"""A node in a Python process: its life, its commands, its waits."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

import replserver
from harness import Connection, run_python, threads_of, wait_until
from replserver import ClosedError, CommandError, ConfigError, Node, StartError, WaitTimeout


def test_a_node_is_up_when_its_constructor_returns():
    with Node() as node, Connection(node.port) as client:
        assert node.port > 0
        assert client.call("PING") == "PONG"


def test_a_node_listens_on_loopback_only(node):
    listener = node.info.listener0
    assert (listener["bind"], listener["port"]) == ("127.0.0.1", node.port)


def test_two_nodes_have_nothing_in_common():
    with Node() as one, Node() as other:
        one.call("SET", "k", "v")
        assert other.call("GET", "k") is None
        assert one.port != other.port
        assert one.name != other.name
        assert one.run_id != other.run_id
        assert one.replication_id != other.replication_id


def test_a_call_takes_words_of_several_types_and_returns_bytes(node):
    assert node.call("SET", b"\x00\xff", bytearray(b"a"), "PX", 100_000) == "OK"
    assert node.call("APPEND", memoryview(b"\x00\xff"), 1) == 2
    assert node.call("APPEND", b"\x00\xff", 0.5) == 5
    assert node.call("GET", b"\x00\xff") == b"a10.5"
    assert node.call("SET", "schön", "ü") == "OK"
    assert node.call("GET", "schön".encode()) == "ü".encode()


@pytest.mark.parametrize("word", [None, True, object(), ["list"]])
def test_a_word_of_another_type_is_a_type_error(node, word):
    with pytest.raises(TypeError):
        node.call("SET", "k", word)
    assert node.call("EXISTS", "k") == 0


def test_a_call_without_words_is_a_type_error(node):
    with pytest.raises(TypeError):
        node.call()


def test_replies_become_pythons_own_types(node):
    assert node.call("PING") == "PONG"
    assert node.call("INCR", "n") == 1
    assert node.call("GET", "none") is None
    assert node.call("MGET", "n", "none") == [b"1", None]
    assert node.call("CONFIG", "GET", "maxmemory") == {b"maxmemory": b"0"}
    assert node.call("INCRBYFLOAT", "n", "0.5") == b"1.5"
    assert node.call("DEBUG", "PROTOCOL", "double") == pytest.approx(3.141)
    assert node.call("DEBUG", "PROTOCOL", "true") is True
    assert node.call("DEBUG", "PROTOCOL", "bignum") == 1234567999999999999999999999999999999
    assert node.call("DEBUG", "PROTOCOL", "set") == {0, 1, 2}
    assert node.call("DEBUG", "PROTOCOL", "map") == {0: False, 1: True, 2: False}
    assert node.call("DEBUG", "PROTOCOL", "verbatim") == "This is a verbatim\nstring"
    assert "# Server" in node.call("INFO")


def test_an_error_reply_is_raised_with_its_code(node):
    node.call("SET", "k", "text")
    with pytest.raises(CommandError, match="not an integer") as raised:
        node.call("INCR", "k")
    assert raised.value.code == "ERR"
    assert isinstance(raised.value, replserver.ReplserverError)


def test_an_error_within_exec_is_a_value(node):
    node.call("SET", "k", "text")
    node.call("MULTI")
    assert node.call("INCR", "k") == "QUEUED"
    assert node.call("SET", "k", "1") == "QUEUED"
    error, ok = node.call("EXEC")
    assert isinstance(error, CommandError) and ok == "OK"


def test_a_call_is_let_in_without_the_password():
    with Node(requirepass="secret") as node:
        assert node.call("SET", "k", "v") == "OK"
        with Connection(node.port) as client, pytest.raises(CommandError, match="NOAUTH"):
            client.call("GET", "k")


def test_close_can_be_said_again():
    node = Node()
    node.close()
    node.close()
    assert node.closed
    with pytest.raises(ClosedError, match=node.name):
        node.call("PING")
    with pytest.raises(ConnectionRefusedError):
        Connection(node.port)


def test_close_ends_connections():
    with Node() as node:
        client = Connection(node.port)
        client.call("PING")
        node.close()
        assert client.is_closed()
        client.close()


def test_a_node_that_nobody_refers_to_closes_itself():
    before = threads_of()
    node = Node()
    port = node.port
    del node
    gc.collect()
    with pytest.raises(ConnectionRefusedError):
        Connection(port)
    wait_until(lambda: threads_of() <= before, "its threads have ended")


def test_a_command_can_shut_a_node_down():
    with Node() as node:
        assert not node.closed
        node.call("SHUTDOWN", "NOSAVE")
        node.wait_closed(20)
        assert node.closed
        with pytest.raises(ClosedError):
            node.call("PING")


def test_waiting_for_the_end_has_a_limit(node):
    with pytest.raises(WaitTimeout, match=node.name):
        node.wait_closed(timeout=0.01)
    with pytest.raises(TimeoutError):
        node.wait_closed(timeout=0)


def test_a_port_that_is_taken_is_a_start_error_that_names_it():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=str(port)):
            Node(port=port)


@pytest.mark.parametrize(
    "config, text",
    [
        ({"maxmemory": "much"}, "maxmemory: argument must be a memory value"),
        ({"no_such_thing": 1}, "no-such-thing"),
        ({"databases": 0}, "databases: argument must be between 1"),
        ({"save": ["900"]}, "save"),
    ],
)
def test_a_wrong_directive_is_a_config_error_that_names_it(config, text):
    before = threads_of()
    with pytest.raises(ConfigError, match=text) as raised:
        Node(**config)
    assert isinstance(raised.value, ValueError)
    wait_until(lambda: threads_of() <= before, "nothing was left behind")


@pytest.mark.parametrize("wrong", [{"clock": "slow"}, {"name": ""}, {"seed": 0}, {"seed": 2**64}])
def test_a_wrong_argument_is_a_value_error(wrong):
    with pytest.raises(ValueError):
        Node(**wrong)


def test_a_seed_decides_what_is_left_to_chance():
    def choices(seed):
        with Node(seed=seed) as node:
            node.call("DEBUG", "POPULATE", 100)
            return node.run_id, [node.call("RANDOMKEY") for _ in range(20)]

    assert choices(7) == choices(7)
    assert choices(7) != choices(8)


def test_a_manual_clock_stands_still_until_it_is_moved():
    with Node(clock="manual") as node:
        start = node.time
        node.call("SET", "k", "v", "PX", 1000)
        node.advance(0.999)
        assert node.call("PTTL", "k") == 1
        node.advance(0.002)
        assert node.call("GET", "k") is None
        assert node.time - start == pytest.approx(1.001)
        assert node.call("TIME")[0] == b"%d" % int(node.time)


def test_a_real_clock_cannot_be_moved(node):
    with pytest.raises(ValueError, match="manual"):
        node.advance(1)
    with Node(clock="manual") as still, pytest.raises(ValueError):
        still.advance(-1)


def test_many_threads_may_call_one_node(node):
    def work(number):
        for _ in range(200):
            node.call("INCR", "n")
            node.call("SET", f"k{number}", number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert node.call("GET", "n") == b"1600"


def test_a_call_that_waits_learns_that_the_node_is_closed_by_another_thread():
    for _ in range(20):
        node = Node()
        seen = []

        def work(node=node, seen=seen):
            try:
                while True:
                    node.call("INCR", "n")
            except ClosedError as error:
                seen.append(error)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        wait_until(lambda node=node: int(node.call("GET", "n") or 0) > 10)
        closers = [threading.Thread(target=node.close) for _ in range(2)]
        for thread in closers:
            thread.start()
        for thread in threads + closers:
            thread.join(20)
            assert not thread.is_alive()
        assert len(seen) == 3


def test_other_threads_run_while_a_call_waits(node):
    done = threading.Event()
    sleeper = threading.Thread(target=lambda: (node.call("DEBUG", "SLEEP", "0.2"), done.set()))
    sleeper.start()
    counted = 0
    while not done.is_set():
        counted += 1
    sleeper.join()
    assert counted > 100


CONTROL_C = """
import os, signal, sys, threading, replserver
node = replserver.Node()
{prepare}
try:
    print(os.getpid(), flush=True)
    {wait}
except KeyboardInterrupt:
    print("interrupted", flush=True)
node.close()
print("closed", flush=True)
"""


@pytest.mark.parametrize(
    "prepare, wait",
    [
        ("", 'node.call("DEBUG", "SLEEP", "300")'),
        ("", "node.wait_closed()"),
        (
            'sleep = lambda: node.call("DEBUG", "SLEEP", "300")\n'
            "threading.Thread(target=sleep, daemon=True).start()\n"
            "import time\nwhile threading.active_count() < 3: time.sleep(0)",
            "while True: node.call('PING')",
        ),
    ],
)
def test_control_c_ends_a_wait(prepare, wait):
    code = CONTROL_C.format(prepare=prepare, wait=wait)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            pid = int(process.stdout.readline())
            seen = []
            reader = threading.Thread(target=lambda: seen.extend(process.stdout))
            reader.start()
            # Whether the wait has begun or is about to: Python raises it in either case.
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
            reader.join(20)
            assert pid == process.pid
            assert [line.strip() for line in seen] == ["interrupted", "closed"]
        finally:
            if process.poll() is None:
                process.kill()


def test_a_signal_handler_may_close_the_node_that_is_waited_for():
    with Node() as node:
        before = signal.signal(signal.SIGUSR1, lambda *_: node.close())
        try:
            timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
            timer.start()
            with contextlib.suppress(ClosedError):  # it ends by the one way or the other
                node.call("DEBUG", "SLEEP", "300")
            timer.join()
        finally:
            signal.signal(signal.SIGUSR1, before)
        assert node.closed


def test_a_process_ends_well_with_a_node_left_open():
    output = run_python(
        "import replserver, threading\n"
        "nodes = [replserver.Node() for _ in range(3)]\n"
        "sleep = lambda: nodes[0].call('DEBUG', 'SLEEP', '300')\n"
        "threading.Thread(target=sleep, daemon=True).start()\n"
        "print(nodes[1].call('PING'))\n"
    )
    assert output == "PONG\n"


def test_nothing_is_printed_by_default():
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import replserver\n"
            "with replserver.Node(loglevel='debug') as n: n.call('DEBUG', 'LOG', 'hear, hear')",
        ],
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_no_signal_handler_is_installed_by_a_node():
    names = [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGHUP, signal.SIGCHLD]
    before = [signal.getsignal(name) for name in names]
    with Node():
        assert [signal.getsignal(name) for name in names] == before


def test_a_node_can_be_used_with_async_with():
    async def scenario():
        async with Node() as node:
            reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
            writer.write(b"PING\r\n")
            assert await reader.readline() == b"+PONG\r\n"
            writer.close()
        return node

    assert asyncio.run(scenario()).closed

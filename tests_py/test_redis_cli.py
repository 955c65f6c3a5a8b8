"""redis-cli and redis-benchmark, as Debian has them, against a node of ours."""

import re

import pytest

from harness import encoded, program, run


@pytest.fixture
def cli(node):
    def run_cli(*words, **options):
        return run(program("redis-cli"), "-p", node.port, *words, **options)

    return run_cli


@pytest.fixture
def cli_running(node, start):
    """For modes of redis-cli that do not end by themselves."""

    def start_cli(*words):
        return start("-p", node.port, *words, command=[program("redis-cli")])

    return start_cli


def test_it_executes_commands(cli):
    assert cli("PING").stdout == "PONG\n"
    assert cli("SET", "k", "v").stdout == "OK\n"
    assert cli("-3", "CONFIG", "GET", "hz").stdout == "hz 10\n"
    assert cli("--no-raw", "MGET", "k", "none").stdout == '1) "v"\n2) (nil)\n'
    assert cli("-n", "3", "DBSIZE").stdout == "0\n"
    assert cli("-x", "SET", "k", input=b"from stdin", stdin=None).stdout == "OK\n"
    assert cli("STRLEN", "k").stdout == "10\n"
    assert "unknown command" in cli("-e", "NOSUCH", check=False).stderr


def test_it_is_used_as_a_shell(cli):
    done = cli(input=b'SET k "a b"\nGET k\nMULTI\nINCR n\nEXEC\n', stdin=None)
    assert done.stdout.splitlines()[:5] == ["OK", "a b", "OK", "QUEUED", "1"]


def test_it_shows_help_for_commands(cli):
    done = cli(input=b"COMMAND DOCS get\n", stdin=None)
    assert "summary" in done.stdout and "string" in done.stdout


def test_it_knows_the_password(node, cli):
    node.config["requirepass"] = "secret"
    assert "NOAUTH" in cli("PING").stdout
    assert cli("-a", "secret", "--no-auth-warning", "PING").stdout == "PONG\n"
    assert (
        cli("--user", "default", "--pass", "secret", "--no-auth-warning", "PING").stdout == "PONG\n"
    )


def test_scan_lists_all_keys(node, cli):
    node.call("DEBUG", "POPULATE", 1000)
    assert set(cli("--scan").stdout.split()) == {f"key:{i}" for i in range(1000)}
    assert set(cli("--scan", "--pattern", "key:99?").stdout.split()) == {
        f"key:{i}" for i in range(990, 1000)
    }


def test_bigkeys_finds_the_biggest(node, cli):
    node.call("DEBUG", "POPULATE", 100)
    node.call("SET", "big", "x" * 12_345)
    done = cli("--bigkeys")
    assert re.search(r'Biggest string found .*"big".* has 12345 bytes', done.stdout)
    assert "Sampled 101 keys in the keyspace!" in done.stdout


def test_memkeys_finds_the_heaviest(node, cli):
    node.call("DEBUG", "POPULATE", 100)
    node.call("SET", "big", "x" * 12_345)
    done = cli("--memkeys")
    assert re.search(r'Biggest string found .*"big".* has 1[2-6]\d\d\d bytes', done.stdout)


def test_hotkeys_asks_for_an_lfu_policy_and_then_counts(node, cli):
    node.call("DEBUG", "POPULATE", 10)
    refused = cli("--hotkeys", check=False)
    assert "An LFU maxmemory policy is not selected" in refused.stdout + refused.stderr
    node.config["maxmemory-policy"] = "allkeys-lfu"
    for _ in range(50):
        node.call("GET", "key:7")
    assert "key:7" in cli("--hotkeys").stdout


def test_stat_prints_a_line_each_time(node, cli_running):
    node.call("DEBUG", "POPULATE", 42)
    stat = cli_running("--stat", "-i", "0.01")
    stat.wait_for(r"(?m)^42 +\S+ +\d+ +0 +\d+ .*\n42 ")


def test_latency_measures(cli_running):
    latency = cli_running("--latency", "-i", "0.05", "--raw")
    latency.wait_for(r"\d+ \d+ \d+\.\d+ \d+")


def test_monitor_shows_what_others_do(node, cli_running):
    monitor = cli_running("MONITOR")
    monitor.wait_for("OK")
    node.call("SET", "k", 'say "hi"\n')
    monitor.wait_for(r'(?m)^\d{10}\.\d{6} \[0 \S+\] "SET" "k" "say \\"hi\\"\\n"$')


def test_subscribe_shows_messages(node, cli_running):
    subscriber = cli_running("SUBSCRIBE", "news")
    subscriber.wait_for("subscribe\nnews\n1")
    assert node.call("PUBLISH", "news", "hello") == 1
    subscriber.wait_for("message\nnews\nhello")


def test_pipe_loads_a_stream_of_commands(node, cli):
    data = b"".join(encoded("SET", f"k{i}", i) for i in range(10_000)) + encoded(
        "INCR", "none", "wrong"
    )
    done = cli("--pipe", input=data, stdin=None, check=False)
    assert "errors: 1, replies: 10001" in done.stdout
    assert node.call("DBSIZE") == 10_000


def test_latency_doctor_and_memory_doctor_speak(cli):
    assert len(cli("LATENCY", "DOCTOR").stdout) > 20
    assert len(cli("MEMORY", "DOCTOR").stdout) > 20
    assert "Redis ver." in cli("LOLWUT").stdout


@pytest.mark.parametrize("test", ["ping", "set", "get", "incr", "mset"])
def test_redis_benchmark_runs(node, test):
    done = run(
        program("redis-benchmark"),
        "-p",
        node.port,
        "-t",
        test,
        "-n",
        2000,
        "-P",
        16,
        "-c",
        20,
        "-q",
        "-r",
        1000,
    )
    assert "requests per second" in done.stdout and "ERR" not in done.stdout + done.stderr
    assert node.info.total_commands_processed >= 2000


def test_redis_benchmark_writes_what_it_says(node):
    done = run(
        program("redis-benchmark"),
        "-p",
        node.port,
        "-n",
        1000,
        "-c",
        10,
        "--csv",
        "SET",
        "key",
        "value",
    )
    assert "requests" in done.stdout or "rps" in done.stdout
    assert node.call("GET", "key") == b"value"
    assert node.info.rejected_connections == 0

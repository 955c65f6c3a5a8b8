"""The server as a program: `python -m replserver`, told by words, files and signals."""

import os
import re
import signal
import socket
import stat
import time

import pytest

import replserver
from harness import REPLSERVER, SECONDS_MAX, Connection, free_port, is_alive, run, wait_until
from replserver import ClosedError, CommandError

READY = r"Ready to accept connections tcp"
LINE = r"\d+:[MSC] \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [.\-*#] .*"


def serve(*options, **more):
    """Runs it to its end, for command lines that do not serve."""
    return run(*REPLSERVER, *options, check=False, **more)


def port_of(server):
    """Where a server told `--port 0` listens."""
    return int(server.wait_for(r"(?:port=|Port: )(\d+)")[1])


def started(start, *options):
    server = start("--port", 0, *options)
    server.wait_for(READY)
    return server, Connection(port_of(server))


# ---- start


def test_it_says_what_it_does_in_redis_words(start):
    server, client = started(start)
    assert client.call("PING") == "PONG"
    lines = server.text.splitlines()
    assert all(re.fullmatch(LINE, line) for line in lines), server.text
    texts = [re.sub(r"^\S+ .{24} ", "", line) for line in lines]
    order = [
        r"\* oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        rf"\* Redis version={replserver.redis_version}, bits=64, commit=\w+, modified=0, "
        rf"pid={server.pid}, just started",
        r"\* Configuration loaded",
        r"\* monotonic clock: .*",
        rf"\* Running mode=standalone, port={client.socket.getpeername()[1]}\.",
        r"\* Server initialized",
        r"\* Ready to accept connections tcp",
    ]
    remaining = iter(texts)
    for want in order:
        assert any(re.fullmatch(want, text) for text in remaining), (want, texts)


def test_its_lines_carry_its_pid_and_role(start):
    server, _ = started(start)
    roles = {re.match(r"(\d+):(.)", line).groups() for line in server.text.splitlines()}
    assert roles == {(str(server.pid), "C"), (str(server.pid), "M")}


def test_its_log_has_local_time(start):
    server, _ = started(start)
    stamp = re.search(r"M (.{20})\.\d{3} \* " + READY, server.text)[1]
    logged = time.mktime(time.strptime(stamp, "%d %b %Y %H:%M:%S"))
    assert abs(logged - time.time()) < 60


def test_without_options_it_warns_that_there_is_no_file(start):
    with socket.socket() as taken:  # it must not get as far as to serve on 6379
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 6379))
            taken.listen()
        except OSError:
            pass  # somebody else has it
        server = start()
        assert server.wait() == 1
    assert "Warning: no config file specified, using the default config." in server.text
    assert "Failed listening on port 6379 (tcp), aborting." in server.text


def test_port_0_is_a_free_port_and_told(start):
    one, client = started(start)
    other, another = started(start)
    assert port_of(one) != port_of(other)
    assert client.call("CONFIG", "GET", "port") == [b"port", b"0"]
    assert another.call("INFO", "server").decode().count(f"tcp_port:{port_of(other)}") == 1


def test_the_banner_shows_the_pid_where_scripts_look_for_it(start):
    server, _ = started(start, "--always-show-logo", "yes")
    assert re.search(rf"^.* PID: {server.pid}$", server.text, re.MULTILINE)
    assert re.search(r"^.* Port: \d+$", server.text, re.MULTILINE)


def test_a_port_that_is_taken_ends_it_with_redis_words(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = start("--port", port, "--bind", "127.0.0.1")
        assert server.wait() == 1
    assert "Could not create server TCP listening socket 127.0.0.1:" in server.text
    assert f"Failed listening on port {port} (tcp), aborting." in server.text
    assert READY not in server.text


def test_every_line_is_out_at_once(start):
    server, client = started(start, "--enable-debug-command", "local")
    client.call("DEBUG", "LOG", "by now")
    assert "DEBUG LOG: by now" in server.text


def test_it_is_safe_by_default(start):
    server, client = started(start)
    assert client.call("CONFIG", "GET", "protected-mode") == [b"protected-mode", b"yes"]
    with pytest.raises(replserver.CommandError, match="DEBUG command not allowed"):
        client.call("DEBUG", "SLEEP", 0)
    listeners = [part for part in client.call("INFO", "server").decode().split() if "bind=" in part]
    assert listeners and not any("0.0.0.0" in part or "=*" in part for part in listeners)


# ---- what it is told


def test_version_and_help(start):
    for option in ("-v", "--version"):
        done = serve(option)
        assert done.returncode == 0 and not done.stderr
        assert done.stdout.startswith(f"Redis server v={replserver.redis_version} ")
        assert replserver.__version__ in done.stdout
    for option in ("-h", "--help"):
        done = serve(option)
        assert done.returncode == 0 and not done.stderr
        assert done.stdout.startswith("Usage: python -m replserver [/path/to/redis.conf] [options]")
        assert "--maxmemory " in done.stdout and "--check-config" in done.stdout
        for tool in ("link", "rdb", "record", "replay", "simulate"):
            assert f"  python -m replserver {tool} " in done.stdout


def test_options_may_have_several_words(start):
    _, client = started(
        start,
        "--save",
        "900",
        "1",
        "300",
        "10",
        "--maxmemory",
        "100mb",
        "--client-output-buffer-limit",
        "normal 1mb 0 0",
        "--loglevel",
        "verbose",
    )
    assert client.call("CONFIG", "GET", "save") == [b"save", b"900 1 300 10"]
    assert client.call("CONFIG", "GET", "maxmemory") == [b"maxmemory", b"%d" % (100 << 20)]
    assert b"normal 1048576 0 0" in client.call("CONFIG", "GET", "client-output-buffer-limit")[1]


def test_a_file_is_read_and_options_come_after_it(start, tmp_path):
    (tmp_path / "more.conf").write_text("hz 33\nmaxclients 77\n")
    (tmp_path / "redis.conf").write_text(
        '# a comment\nport 0\nmaxmemory 5mb\nrequirepass "se cret"\ninclude more.conf\nhz 22\n'
    )
    server = start("redis.conf", "--maxmemory", "6mb")
    server.wait_for(READY)
    client = Connection(port_of(server))
    client.call("AUTH", "se cret")
    values = client.call("CONFIG", "GET", "maxmemory", "hz", "maxclients")
    got = dict(zip(values[::2], values[1::2]))
    assert got[b"maxmemory"] == b"%d" % (6 << 20)
    assert (got[b"hz"], got[b"maxclients"]) == (b"22", b"77")
    assert f"config_file:{tmp_path}/redis.conf" in client.call("INFO", "server").decode()


def test_a_configuration_can_come_from_standard_input(start):
    server = start("-", "--hz", 44, stdin=b"port 0\nmaxclients 55\nhz 11\n")
    server.wait_for(READY)
    client = Connection(port_of(server))
    assert client.call("CONFIG", "GET", "hz") == [b"hz", b"44"]
    assert client.call("CONFIG", "GET", "maxclients") == [b"maxclients", b"55"]


def test_a_changed_configuration_is_written_back_with_its_comments(start, tmp_path):
    (tmp_path / "redis.conf").write_text("# kept\nport 0\nmaxmemory 5mb\n")
    server = start(tmp_path / "redis.conf")
    server.wait_for(READY)
    client = Connection(port_of(server))
    client.call("CONFIG", "SET", "maxmemory", "7mb", "hz", 55)
    assert client.call("CONFIG", "REWRITE") == "OK"
    lines = (tmp_path / "redis.conf").read_text().splitlines()
    assert lines[0] == "# kept" and "maxmemory 7mb" in lines and "hz 55" in lines
    assert "port 0" in lines
    assert "CONFIG REWRITE executed with success." in server.text


def test_without_a_file_there_is_nothing_to_write_back(start):
    _, client = started(start)
    with pytest.raises(
        replserver.CommandError, match="The server is running without a config file"
    ):
        client.call("CONFIG", "REWRITE")


@pytest.mark.parametrize(
    "options, line, told",
    [
        (["--maxmemory", "abc"], "'maxmemory \"abc\"'", "argument must be a memory value"),
        (
            ["--no-such-option", "1"],
            "'no-such-option \"1\"'",
            "Bad directive or wrong number of arguments",
        ),
        (["--port", "70000"], "'port \"70000\"'", "argument must be between 0 and 65535 inclusive"),
        (
            ["--loglevel", "loud"],
            "'loglevel \"loud\"'",
            "must be one of the following: debug, verbose",
        ),
    ],
)
def test_a_wrong_option_is_fatal(options, line, told):
    done = serve(*options)
    assert done.returncode == 1
    assert f"*** FATAL CONFIG FILE ERROR (Redis {replserver.redis_version}) ***" in done.stderr
    assert f">>> {line}" in done.stderr and told in done.stderr


def test_a_wrong_line_of_a_file_is_fatal_and_counted(tmp_path):
    (tmp_path / "redis.conf").write_text("port 0\n# fine\nappendonly perhaps\n")
    done = serve(tmp_path / "redis.conf")
    assert done.returncode == 1
    assert "Reading the configuration file, at line 3\n>>> 'appendonly perhaps'\n" in done.stderr
    assert "argument must be 'yes' or 'no'" in done.stderr
    (tmp_path / "redis.conf").write_text('requirepass "open\n')
    done = serve(tmp_path / "redis.conf")
    assert done.returncode == 1 and "Unbalanced quotes in configuration line" in done.stderr


def test_a_file_that_is_not_there_is_fatal(tmp_path):
    done = serve(tmp_path / "none.conf")
    assert done.returncode == 1
    assert (
        f"Fatal error, can't open config file '{tmp_path}/none.conf': No such file or directory"
        in (done.stdout + done.stderr)
    )


def test_a_configuration_can_be_checked_without_serving(tmp_path):
    (tmp_path / "right.conf").write_text("port 6379\nmaxmemory 1gb\n")
    (tmp_path / "wrong.conf").write_text("maxmemory lots\n")
    assert serve(tmp_path / "right.conf", "--check-config").returncode == 0
    done = serve(tmp_path / "wrong.conf", "--check-config")
    assert done.returncode == 1 and "argument must be a memory value" in done.stderr


def test_a_command_can_be_renamed(start):
    _, client = started(
        start, "--rename-command", "FLUSHALL", "empty", "--rename-command", "KEYS", ""
    )
    assert client.call("EMPTY") == "OK"
    for name in ("FLUSHALL", "KEYS"):
        with pytest.raises(replserver.CommandError, match=f"unknown command '{name}'"):
            client.call(name, "x")


def test_it_works_in_the_directory_it_was_told(start, tmp_path):
    (tmp_path / "data").mkdir()
    _, client = started(start, "--dir", "data")
    assert client.call("CONFIG", "GET", "dir") == [b"dir", os.fsencode(tmp_path / "data")]
    done = serve("--port", 0, "--dir", "nowhere")
    assert done.returncode == 1
    assert ">>> 'dir \"nowhere\"'\nNo such file or directory" in done.stderr


# ---- files and sockets


def test_it_logs_to_a_file(start, tmp_path):
    port = free_port()
    server = start("--port", port, "--logfile", tmp_path / "server.log")
    log = tmp_path / "server.log"
    wait_until(lambda: log.exists() and READY in log.read_text(), "the log is written")
    assert server.text == ""
    assert all(re.fullmatch(LINE, line) for line in log.read_text().splitlines())


def test_the_log_level_counts(start):
    port = free_port()
    server = start("--port", port, "--loglevel", "warning")
    wait_until(lambda: _answers(port), "it serves")
    assert server.text == ""


def _answers(port):
    try:
        with Connection(port) as client:
            return client.call("PING") == "PONG"
    except (ConnectionRefusedError, CommandError):  # it is not there yet, or loading
        return False


def test_a_unix_socket_serves_with_its_permissions_and_is_gone_afterwards(start, tmp_path):
    path = tmp_path / "server.sock"
    server = start("--port", 0, "--unixsocket", path, "--unixsocketperm", "700")
    server.wait_for("Ready to accept connections unix")
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    with Connection(None, path=path) as client:
        assert client.call("PING") == "PONG"
        assert client.call("CLIENT", "INFO").decode().count(f" addr={path}:0 ") == 1
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert not path.exists()


def test_the_pid_is_written_to_a_file_and_removed(start, tmp_path):
    pidfile = tmp_path / "server.pid"
    server, _ = started(start, "--pidfile", pidfile)
    assert pidfile.read_text() == f"{server.pid}\n"
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    assert not pidfile.exists()


def test_a_daemon_goes_on_without_its_parent(start, tmp_path):
    pidfile, log, port = tmp_path / "server.pid", tmp_path / "server.log", free_port()
    server = start("--port", port, "--daemonize", "yes", "--pidfile", pidfile, "--logfile", log)
    assert server.wait() == 0
    wait_until(lambda: log.exists() and READY in log.read_text(), "the daemon serves")
    pid = int(pidfile.read_text())
    try:
        assert pid != server.pid and os.getsid(pid) == pid
        with Connection(port) as client:
            assert client.call("PING") == "PONG"
            with pytest.raises(ClosedError):
                client.call("SHUTDOWN", "NOSAVE")
        wait_until(lambda: not is_alive(pid) or _is_zombie(pid), "the daemon ends")
    finally:
        if is_alive(pid) and not _is_zombie(pid):
            os.kill(pid, signal.SIGKILL)
    assert not pidfile.exists()


def _is_zombie(pid):
    """Ended, and left behind by whoever adopted it."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


# ---- its end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_shuts_it_down_in_order(start, number):
    server, client = started(start)
    server.signal(number)
    assert server.wait() == 0
    assert client.is_closed()
    assert f"Received {number.name} scheduling shutdown..." in server.text
    assert "User requested shutdown..." in server.text
    assert server.text.rstrip().endswith("Redis is now ready to exit, bye bye...")
    assert "Traceback" not in server.text


def test_the_shutdown_command_ends_it(start):
    server, client = started(start)
    with pytest.raises(ClosedError):
        client.call("SHUTDOWN", "NOSAVE")
    assert server.wait() == 0
    assert server.text.rstrip().endswith("Redis is now ready to exit, bye bye...")


def test_a_second_signal_ends_it_at_once(start):
    server, client = started(start, "--enable-debug-command", "yes")
    client.send_raw(b"DEBUG SLEEP 300\r\n")
    with Connection(port_of(server)) as other:
        other.send_raw(b"PING\r\n")  # not answered any more
        server.signal(signal.SIGINT)
        wait_until(lambda: _caught_up(server.pid, signal.SIGINT), "the first signal has arrived")
        wait_until(
            lambda: server.popen.poll() is not None or server.signal(signal.SIGINT), "its end"
        )
    assert server.wait() == 1
    assert "You insist... exiting now." in server.text


def _caught_up(pid, number):
    """No signal of that number waits to be taken."""
    with open(f"/proc/{pid}/status") as file:
        pending = [
            int(line.split()[1], 16) for line in file if line.startswith(("SigPnd", "ShdPnd"))
        ]
    return not any(bits >> (number - 1) & 1 for bits in pending)


def test_a_lost_terminal_does_not_end_it(start):
    server, client = started(start)
    server.signal(signal.SIGHUP)
    assert client.call("PING") == "PONG"
    assert server.popen.poll() is None


def test_both_scripts_are_the_same_program(start):
    """`replserver-server`, without Python, where the build has made it."""
    folder = os.environ.get("REPLSERVER_BUILD")
    path = os.path.join(folder or "", "replserver-server")
    if not folder or not os.path.exists(path):
        pytest.skip("not built here")
    server = start("--port", 0, command=[path])
    server.wait_for(READY)
    with Connection(port_of(server)) as client:
        assert client.call("PING") == "PONG"
    server.signal(signal.SIGTERM)
    assert server.wait(SECONDS_MAX) == 0

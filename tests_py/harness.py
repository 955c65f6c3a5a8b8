"""What tests share: bounded waits, raw connections, servers as processes of their own."""

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from replserver import ClosedError, CommandError, WaitTimeout

SECONDS_MAX = 20  # no wait of a test is longer; a loaded machine needs a fraction of it


def wait_until(condition, what="the condition", seconds=SECONDS_MAX):
    """The first true value of `condition()`. What it raises on the way is raised at the end."""
    end = time.monotonic() + seconds
    pause = 0.0005
    while True:
        seen = condition()
        if seen:
            return seen
        if time.monotonic() > end:
            raise WaitTimeout(f"{what}: not within {seconds} s, last seen {seen!r}")
        time.sleep(pause)
        pause = min(pause * 2, 0.02)


def encoded(*words):
    """A command as clients send it."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, (bytes, bytearray)) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


class Replies:
    """Reads a stream of replies, RESP2 and RESP3; the values are those of `Node.call`."""

    def __init__(self, stream):
        self.stream = stream

    def read(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ClosedError("the connection is closed")
        kind, body = line[:1], line[1:-2]
        if kind in b"+(,:#_-":
            return self._simple(kind, body)
        if kind in b"$=":
            return self._bulk(kind, int(body))
        size = int(body)
        if kind == b"%":
            return {_hashable(self.read()): self.read() for _ in range(size)}
        if kind == b"~":
            return {_hashable(self.read()) for _ in range(size)}
        if kind == b"|":
            for _ in range(2 * size):
                self.read()
            return self.read()
        assert kind in b"*>", line
        return None if size < 0 else [self.read() for _ in range(size)]

    def _simple(self, kind, body):
        text = body.decode()
        return {
            b"+": lambda: text,
            b"-": lambda: CommandError(text),
            b":": lambda: int(text),
            b"(": lambda: int(text),
            b",": lambda: float(text),
            b"#": lambda: text == "t",
            b"_": lambda: None,
        }[kind]()

    def _bulk(self, kind, size):
        if size < 0:
            return None
        data = self.stream.read(size + 2)
        if len(data) != size + 2:
            raise ClosedError("the connection is closed")
        return data[:-2] if kind == b"$" else data[4:-2].decode()


def _hashable(value):
    return tuple(value) if isinstance(value, list) else value


class Connection:
    """A client made of a socket: sends what it is told, reads replies one by one."""

    def __init__(self, port, host="127.0.0.1", path=None):
        if path:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(SECONDS_MAX)
            self.socket.connect(str(path))
        else:
            self.socket = socket.create_connection((host, port), timeout=SECONDS_MAX)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._stream = self.socket.makefile("rb")
        self._replies = Replies(self._stream)

    def send_raw(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise ClosedError(str(error)) from None

    def read_reply(self):
        """The next one. An error reply is returned, not raised."""
        try:
            return self._replies.read()
        except TimeoutError:
            raise WaitTimeout(f"no reply within {SECONDS_MAX} s") from None
        except ConnectionError as error:
            raise ClosedError(str(error)) from None

    def call(self, *words):
        self.send_raw(encoded(*words))
        reply = self.read_reply()
        if isinstance(reply, CommandError):
            raise reply
        return reply

    def is_closed(self):
        """The server has hung up. Replies that were not read are dropped."""
        try:
            return not self._stream.read(1)
        except ConnectionError:
            return True

    def cut(self):
        """Ends it as a broken link does: what was not sent, or not read, is lost."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self._stream.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def free_port():
    """A port that nobody listened at a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PortTakenError(AssertionError):
    """Somebody was quicker."""


def at_free_port(start, attempts=5):
    """What `start` makes of a free port; of another one where that was taken meanwhile."""
    for _ in range(attempts - 1):
        with contextlib.suppress(PortTakenError):
            return start(free_port())
    return start(free_port())


def program(name):
    """The path of a program that the tests cannot do without."""
    path = shutil.which(name)
    assert path, f"{name} is not installed: scripts/setup does that"
    return path


REPLSERVER = [sys.executable, "-m", "replserver"]


class Process:
    """A server, or another program that runs on, with its output in a file. Ended by its pid."""

    def __init__(self, command, folder, stdin=None):
        self.folder = Path(folder)
        number = sum(1 for _ in self.folder.glob("output*"))
        self.output = self.folder / f"output{number}"
        with self.output.open("wb") as out:
            self.popen = subprocess.Popen(
                [str(word) for word in command],
                cwd=self.folder,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            )
        if stdin is not None:
            self.popen.stdin.write(stdin)
            self.popen.stdin.close()

    @property
    def pid(self):
        return self.popen.pid

    @property
    def text(self):
        return self.output.read_text(errors="replace")

    def wait_for(self, pattern):
        """The match of a regular expression in the output, as soon as it is there."""

        def found():
            match = re.search(pattern, self.text)
            if not match and self.popen.poll() is not None:
                is_taken = "Address already in use" in self.text
                error = PortTakenError if is_taken else AssertionError
                raise error(f"ended without {pattern!r}:\n{self.text}")
            return match

        try:
            return wait_until(found, pattern)
        except WaitTimeout as late:
            raise AssertionError(f"{late}\n{self.text}") from None

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, seconds=SECONDS_MAX):
        """The exit code."""
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s:\n{self.text}") from None

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()


class RedisServer(Process):
    """Debian's redis-server: what the others are compared with."""

    def __init__(self, folder, *options):
        command = [program("redis-server"), "--bind", "127.0.0.1", "--save", "", "--enable-debug-command", "yes"]

        def start(port):
            super(RedisServer, self).__init__([*command, "--port", port, *options], folder)
            self.wait_for("Ready to accept connections")
            return port

        self.port = at_free_port(start)

    @property
    def connection(self):
        return {"host": "127.0.0.1", "port": self.port}

    def client(self):
        return Connection(self.port)

    def call(self, *words):
        with self.client() as client:
            return client.call(*words)


def run(*command, seconds=60, check=True, **options):
    """Runs a program to its end. What it printed is shown if it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        timeout=seconds,
        **{"stdin": subprocess.DEVNULL, **options},
    )
    done.stdout, done.stderr = (
        text.decode(errors="replace") for text in (done.stdout, done.stderr)
    )
    if check:
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def run_python(code, seconds=60, **options):
    """Runs code in an interpreter of its own, as this one is; what it printed."""
    return run(sys.executable, "-c", code, seconds=seconds, **options).stdout


def threads_of(pid="self"):
    return len(os.listdir(f"/proc/{pid}/task"))


def descriptors_of(pid="self"):
    return len(os.listdir(f"/proc/{pid}/fd"))


def resident_bytes(pid="self"):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def is_alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def names_of_tests():
    """All there are: "Suite.Name" in C++, "file::test" in this folder."""
    root = Path(__file__).parent.parent
    names = set()
    for path in (root / "tests_cpp").rglob("*_test.cpp"):
        found = re.findall(r"^TEST(?:_F|_P)?\((\w+), (\w+)\)", path.read_text(), re.MULTILINE)
        names |= {f"{suite}.{name}" for suite, name in found}
    for path in (root / "tests_py").rglob("test_*.py"):
        found = re.findall(r"^(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE)
        names |= {f"{path.stem}::{name}" for name in found}
    return names

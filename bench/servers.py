"""Servers under test, and the load generator: started here, always ended here, by their pids."""
from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 20
LOAD_SECONDS_MAX = 900


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raise_on_termination() -> None:
    """Makes SIGTERM unwind the stack, so that the servers started here are ended."""

    def stop(_signal, _frame):
        raise SystemExit("terminated")

    signal.signal(signal.SIGTERM, stop)


def newest_build(name: str) -> Path | None:
    """The executable of this name that was built last below build/, without a sanitizer."""
    found = [path for path in ROOT.glob(f"build/**/{name}") if path.is_file()]
    found = [path for path in found if not {"address", "thread", "fuzz"} & set(path.parts)]
    found = [path for path in found if os.access(path, os.X_OK)]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


class Pinned:
    """Children started inside run on this CPU only. None: wherever the kernel puts them."""

    def __init__(self, cpu: int | None):
        self.cpu = cpu

    def __enter__(self):
        self.before = os.sched_getaffinity(0)
        if self.cpu is not None:
            os.sched_setaffinity(0, {self.cpu})

    def __exit__(self, *_):
        os.sched_setaffinity(0, self.before)


def read_reply(stream) -> bytes | list | None:
    """One RESP2 reply; an error is raised."""
    line = stream.readline()
    if not line.endswith(b"\r\n"):
        raise ConnectionError("the server closed the connection")
    head, rest = line[:1], line[1:-2]
    if head == b"-":
        raise RuntimeError(rest.decode())
    if head == b"$":
        return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
    if head == b"*":
        return None if rest == b"-1" else [read_reply(stream) for _ in range(int(rest))]
    return rest


def encoded(*words: str) -> bytes:
    parts = [word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


class Server:
    """One server process in a temporary directory, on a free port of the loopback interface.

    `command` is its command line with {port} (and {dir}, if wanted) in it. A program given by a
    relative path is looked for from where the caller stands.
    """

    def __init__(self, name: str, command: str, cpu: int | None = None):
        self.name, self.command, self.cpu = name, command, cpu
        self.start_seconds = 0.0

    def __enter__(self) -> Server:
        self.dir = tempfile.mkdtemp(prefix="replserver-bench-")
        self.process = None
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._stop()

    def _start(self) -> None:
        self.port = free_port()
        words = [word.replace("{port}", str(self.port)).replace("{dir}", self.dir)
                 for word in shlex.split(self.command)]
        if "/" in words[0]:
            words[0] = os.path.abspath(words[0])
        with open(os.path.join(self.dir, "log"), "wb") as log, Pinned(self.cpu):
            started = time.perf_counter()
            self.process = subprocess.Popen(words, cwd=self.dir, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=subprocess.STDOUT)
        while not self._answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended at once:\n{self._log_end()}")
            if time.perf_counter() - started > START_SECONDS_MAX:
                raise RuntimeError(f"{self.name} does not answer PING:\n{self._log_end()}")
            time.sleep(0.0002)
        self.start_seconds = time.perf_counter() - started

    def _answers(self) -> bool:
        try:
            return self.ask("PING") == b"PONG"
        except (OSError, RuntimeError):  # not listening yet, or loading
            return False

    def _log_end(self) -> str:
        with open(os.path.join(self.dir, "log"), errors="replace") as log:
            return "".join(log.readlines()[-10:])

    def _stop(self) -> None:
        try:
            if self.process is not None and self.process.poll() is None:
                self.process.terminate()
                try:
                    self.process.wait(STOP_SECONDS_MAX)
                except subprocess.TimeoutExpired:
                    pass
        finally:
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.dir, ignore_errors=True)

    def ask(self, *words: str) -> bytes | list | None:
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as link:
            link.sendall(encoded(*words))
            with link.makefile("rb") as stream:
                return read_reply(stream)

    def version(self) -> str:
        for line in (self.ask("INFO", "server") or b"").decode().splitlines():
            if line.startswith("redis_version:"):
                return line.split(":", 1)[1]
        return "unknown"

    def resident_bytes(self) -> int:
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError(f"{self.name} has no VmRSS")

    def unshared_bytes(self) -> int:
        """Of it and its children: what a fork has copied counts, what it shares counts once."""
        pid, total = self.process.pid, 0
        with open(f"/proc/{pid}/task/{pid}/children") as children:
            family = [str(pid), *children.read().split()]
        for member in family:
            try:
                with open(f"/proc/{member}/smaps_rollup") as sizes:
                    proportional = next(line for line in sizes if line.startswith("Pss:"))
            except OSError:  # it has ended meanwhile
                continue
            total += int(proportional.split()[1]) * 1024
        return total

    def settled_resident_bytes(self) -> int:
        """After it has kept still for half a second; at most 5 seconds are waited."""
        last, still = self.resident_bytes(), 0
        for _ in range(50):
            time.sleep(0.1)
            now = self.resident_bytes()
            still = still + 1 if abs(now - last) < 64 * 1024 else 0
            last = now
            if still == 5:
                break
        return last


class LoadGenerator:
    """replserver-loadgen; built into a temporary directory if none is given or found."""

    def __init__(self, path: str | None = None, cpu: int | None = None):
        self.cpu = cpu
        self.path, self.dir = path or newest_build("replserver-loadgen"), None

    def __enter__(self) -> LoadGenerator:
        if self.path is None:
            self.dir = tempfile.mkdtemp(prefix="replserver-bench-")
            self.path = os.path.join(self.dir, "replserver-loadgen")
            sources = sorted(str(path) for path in (ROOT / "bench").glob("loadgen*.cpp"))
            try:
                subprocess.run([os.environ.get("CXX", "c++"), "-std=c++20", "-O2", "-o", self.path,
                                *sources], check=True)
            except BaseException:
                self.__exit__()
                raise
        return self

    def __exit__(self, *_) -> None:
        if self.dir is not None:
            shutil.rmtree(self.dir, ignore_errors=True)

    def command(self, server: Server, *words: str) -> list[str]:
        return [str(self.path), "--port", str(server.port), "--pid", str(server.process.pid), *words]

    def start(self, server: Server, *words: str) -> subprocess.Popen:
        """Runs until its time is over or it is terminated; its report is its output."""
        with Pinned(self.cpu):
            return subprocess.Popen(self.command(server, *words), stdout=subprocess.PIPE, text=True)

    def run(self, server: Server, *words: str) -> dict:
        """One run's figures. A reply that is not what it should be spoils the run: it is raised."""
        command = self.command(server, *words)
        with Pinned(self.cpu):
            done = subprocess.run(command, capture_output=True, text=True,
                                  timeout=LOAD_SECONDS_MAX)
        if done.returncode != 0:
            raise RuntimeError(f"{server.name}: {shlex.join(words)}: {done.stderr.strip()}")
        report = json.loads(done.stdout)
        for verdicts in (report, report.get("probe", {})):
            if verdicts.get("errors") or verdicts.get("wrong"):
                raise RuntimeError(f"{server.name}: {shlex.join(words)}: {verdicts['errors']} "
                                   f"errors ({verdicts['first_error']}), {verdicts['wrong']} "
                                   "wrong replies")
        return report

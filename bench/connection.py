"""A connection that is kept, and a writer that goes on beside what is measured."""
from __future__ import annotations

import socket
import threading
import time

from servers import Server, encoded, read_reply

PATIENCE = 600  # seconds for a reply: a SAVE may take long


class Connection:
    """Asks and waits for the reply; or asks for much, and then waits."""

    def __init__(self, server: Server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def ask(self, *words: str):
        self.socket.sendall(encoded(*words))
        return read_reply(self.stream)

    def ask_all(self, commands: list[bytes]) -> None:
        self.socket.sendall(b"".join(commands))
        for _ in commands:
            read_reply(self.stream)

    def info(self, section: str) -> dict[str, str]:
        lines = self.ask("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_) -> None:
        self.stream.close()
        self.socket.close()


class Writer:
    """SETs of keys that are there, so many per second, while it is entered."""

    PER_SECOND = 20_000
    STEP = 0.005  # seconds

    def __init__(self, server: Server, keys: list[str], value: str):
        self.server, self.keys, self.value = server, keys, value
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        per_step, number = int(self.PER_SECOND * self.STEP), 0
        commands = [encoded("SET", key, self.value) for key in self.keys]
        with Connection(self.server) as connection:
            due = time.perf_counter()
            while not self.ended.is_set():
                begin = number % len(commands)
                connection.ask_all(commands[begin : begin + per_step])
                number += per_step
                due += self.STEP
                time.sleep(max(0.0, due - time.perf_counter()))

    def __enter__(self) -> Writer:
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.thread.join()

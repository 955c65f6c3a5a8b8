"""A connection that is kept, and clients that go on beside what is measured."""
from __future__ import annotations

import json
import socket

from servers import LoadGenerator, Server, encoded, read_reply

PATIENCE = 600  # seconds for a reply: a SAVE may take long


class Connection:
    """Asks and waits for the reply."""

    def __init__(self, server: Server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def ask(self, *words: str):
        self.socket.sendall(encoded(*words))
        return read_reply(self.stream)

    def info(self, section: str) -> dict[str, str]:
        lines = self.ask("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_) -> None:
        self.stream.close()
        self.socket.close()


class Clients:
    """Writes at a steady rate and a probe, in a process of their own, until told to stop."""

    WRITES_PER_SECOND = 20_000

    def __init__(self, loadgen: LoadGenerator, server: Server, keys: int, probe: str = "GET"):
        words = "--connections 1 --pipeline 20 --warmup 0 --seconds 600 --value-size 32 SET"
        self.process = loadgen.start(
            server, "--probe", "--probe-command", probe, "--keys", str(keys),
            "--rate", str(self.WRITES_PER_SECOND), *words.split()
        )

    def stop(self) -> dict:
        """What the probe saw."""
        self.process.terminate()
        output, _ = self.process.communicate(timeout=30)
        return json.loads(output)["probe"]

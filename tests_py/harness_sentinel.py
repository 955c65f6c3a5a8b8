"""Real redis-sentinel processes that watch a primary and its replicas.

watch = Sentinels(folder, primary, replicas, **settings)    .wait_until_ready() .wait_for_port() .client() .stop()

Their periods are made short by SENTINEL DEBUG, so that what takes a minute by default takes some seconds.
"""

import redis.sentinel

from harness import Connection, Process, free_port, program, wait_until

NAME = "main"
SETTINGS = {"failover-timeout": 5000, "parallel-syncs": 2}
DOWN_AFTER_MS = [1000, 1000, 5000]  # the slow one votes for one of the others: no vote is a tie
# Not PING's, though: a replica is no candidate unless it was heard within five of them.
PERIODS = {"INFO-PERIOD": 200, "ASK-PERIOD": 100, "PUBLISH-PERIOD": 200}


class Sentinels:
    """Three of them, that know of each other and of all replicas."""

    def __init__(self, folder, primary, replicas, **settings):
        self.password = settings.get("auth-pass")
        self._replicas = replicas
        self._processes = []
        self.ports = []
        for number, down_after in enumerate(DOWN_AFTER_MS):
            port = free_port()
            home = folder / f"sentinel{number}"
            home.mkdir()
            self._write(home / "sentinel.conf", port, primary, {"down-after-milliseconds": down_after, **settings})
            self._processes.append(Process([program("redis-sentinel"), "sentinel.conf"], home))
            self.ports.append(port)

    def _write(self, path, port, primary, settings):
        lines = [f"port {port}", "bind 127.0.0.1", f"sentinel monitor {NAME} 127.0.0.1 {primary.port} 2"]
        lines += [f'sentinel {word} {NAME} "{value}"' for word, value in {**SETTINGS, **settings}.items()]
        path.write_text("\n".join(lines) + "\n")

    def wait_until_ready(self):
        for process, port in zip(self._processes, self.ports):
            process.wait_for(r"\+monitor")
            words = [word for pair in PERIODS.items() for word in pair]
            self.call(port, "SENTINEL", "DEBUG", *words)
        for port in self.ports:
            wait_until(lambda at=port: self._knows_all(at), f"what sentinel {port} is to know")

    def _knows_all(self, port):
        seen = self.master(port)
        replicas = self.call(port, "SENTINEL", "REPLICAS", NAME)
        links = [_fields(replica)["master-link-status"] for replica in replicas]
        return seen["num-other-sentinels"] == "2" and links == ["ok"] * len(self._replicas)

    def call(self, port, *words):
        with Connection(port) as client:
            return client.call(*words)

    def master(self, port):
        return _fields(self.call(port, "SENTINEL", "MASTER", NAME))

    def wait_for_port(self, *candidates):
        """All of them name one of these as the primary, and are at rest: which."""

        def agreed():
            seen = {(master["port"], master["flags"]) for master in map(self.master, self.ports)}
            (port, flags), *others = seen
            return int(port) if not others and flags == "master" and int(port) in candidates else None

        return wait_until(agreed, f"the sentinels' agreement on one of {candidates}")

    def client(self):
        """redis-py's: .master_for(NAME) talks to whoever is the primary."""
        addresses = [("127.0.0.1", port) for port in self.ports]
        return redis.sentinel.Sentinel(addresses, socket_timeout=2, password=self.password)

    def stop(self):
        for process in self._processes:
            process.stop()


def _fields(flat):
    words = [word.decode() for word in flat]
    return dict(zip(words[::2], words[1::2]))

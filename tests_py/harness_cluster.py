"""One way to talk to nodes, for scenarios that run live and in virtual time.

cluster.start(name, **config)  -> node:   .call(*words) .client() .info .offset .digest()
node.client()                  -> client: .call(*words) .send_raw(bytes) .read_reply() .close()
cluster.advance(seconds)          time moves, and what is due happens
cluster.until(condition)          until it is true: by the clock of the cluster
cluster.cut(client)               the link breaks, with what is on its way
"""

import contextlib

import replserver
from harness import Connection, wait_until
from replserver import ClosedError, WaitTimeout, sim


class LiveCluster:
    """Nodes on sockets, under a clock that is moved by hand."""

    def __init__(self, seed):
        self._seed = seed
        self._stack = contextlib.ExitStack()
        self._nodes = []

    def start(self, name, **config):
        node = replserver.Node(name=name, clock="manual", seed=self._seed, **config)
        self._nodes.append(self._stack.enter_context(node))
        # A client of one scenario is closed at its end, too.
        node.client = lambda: self._stack.enter_context(Connection(node.port))
        return node

    def advance(self, seconds):
        for node in self._nodes:
            if not node.closed:
                node.advance(seconds)

    def until(self, condition):
        return wait_until(condition)

    def cut(self, client):
        client.cut()

    def close(self):
        self._stack.close()


class SimulatedCluster:
    """Nodes in one World."""

    SECONDS_MAX = 600  # virtual ones

    def __init__(self, seed):
        self.world = sim.World(seed=seed)

    def start(self, name, **config):
        node = self.world.start(name, **config)
        connect = node.client
        node.client = lambda: SimulatedConnection(connect())
        return node

    def advance(self, seconds):
        self.world.run_for(seconds)

    def until(self, condition):
        end = self.world.now + self.SECONDS_MAX
        while not (seen := condition()):
            if self.world.now > end or not self.world.step():
                raise WaitTimeout(f"not at {self.world.now}, last seen {seen!r}")
        return seen

    def cut(self, client):
        client.client.cut()

    def close(self):
        pass


class SimulatedConnection:
    """A client in the world, with the words of harness.Connection."""

    def __init__(self, client):
        self.client = client

    def call(self, *words):
        return self.client.call(*words)

    def send_raw(self, data):
        self.client.send(data)

    def read_reply(self):
        return self.client.read()

    def is_closed(self):
        with contextlib.suppress(ClosedError):
            while True:
                self.client.read()
        return True

    def close(self):
        self.client.close()


KINDS = {"live": LiveCluster, "sim": SimulatedCluster}

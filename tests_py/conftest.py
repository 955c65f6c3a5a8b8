"""Fixtures: nodes in this process, servers beside it, and clusters that are live or simulated."""

import contextlib

import pytest
import redis

import replserver
from harness import REPLSERVER, Process, RedisServer
from harness_cluster import KINDS
from harness_servers import Servers

pytest_plugins = ["replserver.pytest_plugin"]  # which pytest finds by itself where we are installed

SEED = 4711  # of whatever a test leaves to chance without saying so


@pytest.fixture
def node():
    """A live node that allows DEBUG to everybody."""
    with replserver.Node(enable_debug_command="yes", seed=SEED) as started:
        yield started


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def redis_py(request, node):
    """redis-py's client of a live node, in both protocols."""
    with redis.Redis(**node.connection, protocol=request.param, decode_responses=True) as client:
        yield client


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory):
    """Debian's redis-server, for all tests of a run: leave it as you would like to find it."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.stop()


@pytest.fixture
def start(tmp_path):
    """Starts our server, or another program, in an empty folder; ends it after the test."""
    with contextlib.ExitStack() as stack:

        def starter(*options, command=REPLSERVER, **more):
            process = Process([*command, *options], tmp_path, **more)
            stack.callback(process.stop)
            return process

        yield starter


@pytest.fixture(params=list(KINDS))
def cluster(request):
    """Nodes and clients with one API, on sockets or in virtual time: see harness_cluster.py."""
    with contextlib.closing(KINDS[request.param](SEED)) as made:
        yield made


@pytest.fixture
def servers(tmp_path):
    """Starts servers that replicate, theirs and ours: see harness_servers.py."""
    with contextlib.closing(Servers(tmp_path)) as made:
        yield made

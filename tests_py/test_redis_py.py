"""redis-py, the client most Python programs use: synchronous and asyncio, RESP2 and RESP3."""

import asyncio
import threading

import pytest
import redis
import redis.asyncio

from replserver import Node


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
def client(request, node):
    with redis.Redis(**node.connection, protocol=request.param) as made:
        yield made


@pytest.fixture(params=[2, 3], ids=["resp2", "resp3"])
async def aclient(request, node):
    async with redis.asyncio.Redis(**node.connection, protocol=request.param) as made:
        yield made


# ---- synchronous


def test_strings(client):
    assert client.set("k", "v") is True
    assert client.get("k") == b"v"
    assert client.set("k", "w", nx=True) is None
    assert client.set("k", "w", get=True) == b"v"
    assert client.set("k", "x", ex=100, xx=True) is True
    assert 0 < client.ttl("k") <= 100
    assert client.append("k", "yz") == 3 and client.strlen("k") == 3
    assert client.getrange("k", 1, 2) == b"yz"
    assert client.setrange("k", 1, "YZ") == 3
    assert client.mset({"a": 1, "b": 2.5}) and client.mget("a", "b", "none") == [b"1", b"2.5", None]
    assert client.msetnx({"a": 1, "c": 1}) is False
    assert client.incr("a", 9) == 10 and client.decr("a") == 9
    assert client.incrbyfloat("b", 0.5) == 3.0
    assert client.getset("a", "new") == b"9" and client.getdel("a") == b"new"
    assert client.getex("b", persist=True) == b"3"
    client.mset({"one": "ohmytext", "other": "mynewtext"})
    assert client.lcs("one", "other") == b"mytext" and client.lcs("one", "other", len=True) == 6


def test_keys(client):
    client.mset({f"key:{i}": i for i in range(100)})
    assert client.dbsize() == 100
    assert client.exists("key:1", "key:2", "none") == 2
    assert client.type("key:1") == b"string"
    assert set(client.keys("key:1?")) == {b"key:%d" % i for i in range(10, 20)}
    assert set(client.scan_iter(match="key:*", count=7)) == {b"key:%d" % i for i in range(100)}
    assert client.randomkey().startswith(b"key:")
    assert client.rename("key:1", "one") and client.renamenx("one", "key:2") is False
    assert client.copy("one", "two") and client.get("two") == b"1"
    assert client.expire("one", 100) and client.persist("one") and client.ttl("one") == -1
    assert (
        client.pexpireat("one", 4_000_000_000_000)
        and client.pexpiretime("one") == 4_000_000_000_000
    )
    assert client.touch("one", "two") == 2 and client.unlink("one", "two") == 2
    assert client.object("encoding", "key:5") == b"int"
    assert client.delete(*[f"key:{i}" for i in range(50)]) == 49
    assert client.flushdb() and client.dbsize() == 0


def test_databases(node, client):
    with redis.Redis(**node.connection, db=5) as other:
        other.set("k", "in five")
        assert client.get("k") is None
        assert client.swapdb(0, 5)
        assert client.get("k") == b"in five"
        assert client.move("k", 3) and client.get("k") is None
        assert client.info("keyspace")["db3"]["keys"] == 1


def test_pipelines_and_transactions(client):
    with client.pipeline(transaction=False) as pipeline:
        for i in range(1000):
            pipeline.set(f"k{i}", i)
        assert pipeline.execute() == [True] * 1000
    with client.pipeline() as pipeline:
        assert pipeline.incr("n").incr("n").get("n").execute() == [1, 2, b"2"]
    with client.pipeline() as pipeline:
        pipeline.set("text", "x").incr("text")
        with pytest.raises(redis.ResponseError, match="not an integer"):
            pipeline.execute()
    with client.pipeline() as pipeline:
        pipeline.watch("n")
        client.set("n", 10)
        pipeline.multi()
        pipeline.incr("n")
        with pytest.raises(redis.WatchError):
            pipeline.execute()

    def increment(pipeline):
        seen = int(pipeline.get("n"))
        pipeline.multi()
        pipeline.set("n", seen + 1)

    assert client.transaction(increment, "n") == [True] and client.get("n") == b"11"


def test_pubsub(client):
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe("news")
        pubsub.psubscribe("n*")
        pubsub.get_message(timeout=5), pubsub.get_message(timeout=5)
        assert client.pubsub_channels() == [b"news"]
        assert client.pubsub_numsub("news") == [(b"news", 1)] and client.pubsub_numpat() == 1
        assert client.publish("news", "hello") == 2
        messages = [pubsub.get_message(timeout=5) for _ in range(2)]
        assert [message["type"] for message in messages] == ["message", "pmessage"]
        assert all(message["data"] == b"hello" for message in messages)
        assert pubsub.ping() is None or True
    seen = threading.Event()
    with client.pubsub() as pubsub:
        pubsub.subscribe(**{"calls": lambda message: seen.set()})
        worker = pubsub.run_in_thread(sleep_time=0.01)
        try:
            while not seen.is_set():
                client.publish("calls", "now")
        finally:
            worker.stop()
            worker.join(20)


def test_sharded_pubsub(client):
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.ssubscribe("shard")
        pubsub.get_message(timeout=5)
        assert client.spublish("shard", "hello") == 1
        message = pubsub.get_sharded_message(timeout=5)
        assert (message["type"], message["data"]) == ("smessage", b"hello")


def test_the_server_tells_of_itself(node, client):
    assert client.ping() is True and client.echo("hello") == b"hello"
    info = client.info()
    assert info["redis_version"] == "7.2.4" and info["tcp_port"] == node.port
    assert info["role"] == "master" and info["connected_clients"] >= 1
    client.get("k")
    assert client.info("commandstats")["cmdstat_get"]["calls"] == 1
    assert client.role()[0] in (b"master", "master")
    seconds, microseconds = client.time()
    assert seconds > 1_600_000_000 and 0 <= microseconds < 1_000_000
    assert client.lastsave() is not None
    assert "Redis ver." in str(client.lolwut())
    assert client.memory_usage("none") is None
    client.set("k", "x" * 10_000)
    assert 10_000 < client.memory_usage("k") < 15_000
    assert client.memory_stats()["keys.count"] == 1


def test_directives(client):
    assert client.config_get("maxmemory*")["maxmemory-policy"] == "noeviction"
    assert client.config_set("maxmemory", "100mb") is True
    assert client.config_get("maxmemory") == {"maxmemory": str(100 << 20)}
    with pytest.raises(redis.ResponseError, match="maxmemory"):
        client.config_set("maxmemory", "lots")
    assert client.config_resetstat() is True


def test_clients(node, client):
    assert client.client_setname("me") is True
    assert client.client_getname() in (b"me", "me")
    me = client.client_id()
    mine = [c for c in client.client_list() if c["name"] == "me"]
    assert len(mine) == 1 and int(mine[0]["id"]) == me
    assert client.client_info()["lib-name"].startswith("redis-py")
    with redis.Redis(**node.connection, client_name="other") as other:
        other.ping()
        number = other.client_id()
        assert client.client_kill_filter(_id=number) == 1
        other.connection_pool.disconnect()
    assert client.client_pause(1) and client.client_unpause()
    assert client.client_no_evict("ON")
    assert client.client_unblock(me) == 0


def test_slowlog_latency_and_commands(client):
    client.config_set("slowlog-log-slower-than", 0)
    client.set("k", "v")
    entries = client.slowlog_get(10)
    assert any(entry["command"] == b"SET k v" for entry in entries)
    assert client.slowlog_len() >= 1 and client.slowlog_reset() is True
    client.config_set("latency-monitor-threshold", 1)
    client.execute_command("DEBUG", "SLEEP", "0.01")
    assert client.latency_latest()[0][0] in (b"command", "command")
    assert client.latency_reset() >= 1
    commands = client.command()
    assert commands["get"]["arity"] == 2 and commands["get"]["first_key_pos"] == 1
    assert client.command_count() == len(commands)
    assert client.command_getkeys("MSET", "a", 1, "b", 2) in ([b"a", b"b"], ["a", "b"])
    assert "get" in {
        name.decode().lower() if isinstance(name, bytes) else name for name in client.command_list()
    }


def test_monitor(client):
    with client.monitor() as monitor:
        client.set("k", "v")
        commands = [monitor.next_command()]
        while commands[-1]["command"] != "SET k v":  # its connection introduces itself first
            commands.append(monitor.next_command())
        assert commands[-1]["db"] == 0 and commands[-1]["client_type"] == "tcp"


def test_errors_have_their_own_classes(node, client):
    client.set("k", "text")
    with pytest.raises(redis.ResponseError, match="not an integer"):
        client.incr("k")
    with pytest.raises(redis.ResponseError, match="unknown command"):
        client.execute_command("NOSUCHCOMMAND")
    with pytest.raises(redis.ResponseError, match="DB index is out of range"):
        redis.Redis(**node.connection, db=99).ping()


def test_passwords(client):
    with Node(requirepass="secret") as node:
        protocol = client.connection_pool.connection_kwargs["protocol"]
        with redis.Redis(**node.connection, protocol=protocol) as known:
            assert known.ping()
        with redis.Redis(port=node.port, protocol=protocol, retry=None) as unknown:
            with pytest.raises((redis.AuthenticationError, redis.ResponseError)):
                unknown.ping()
        with redis.Redis(port=node.port, password="wrong", protocol=protocol, retry=None) as wrong:
            with pytest.raises(
                (redis.AuthenticationError, redis.ResponseError), match="WRONGPASS|invalid"
            ):
                wrong.ping()


def test_a_shut_down_server_is_a_connection_error(client):
    with Node() as node, redis.Redis(**node.connection, retry=None) as other:
        other.ping()
        other.shutdown(nosave=True)
        node.wait_closed(20)
        with pytest.raises(redis.ConnectionError):
            other.ping()


def test_big_values(client):
    value = bytes(range(256)) * 40_000
    assert client.set("k", value) and client.get("k") == value


# ---- asyncio


async def test_asyncio_strings_and_pipelines(aclient):
    assert await aclient.set("k", "v") is True
    assert await aclient.get("k") == b"v"
    async with aclient.pipeline(transaction=True) as pipeline:
        assert await pipeline.incr("n").incr("n").execute() == [1, 2]
    assert sorted([key async for key in aclient.scan_iter()]) == [b"k", b"n"]
    assert (await aclient.info("replication"))["role"] == "master"
    assert (await aclient.config_get("hz"))["hz"] == "10"


async def test_asyncio_many_clients_at_once(node, aclient):
    await asyncio.gather(*(aclient.incr("n") for _ in range(50)))
    assert await aclient.get("n") == b"50"
    assert node.info.total_connections_received > 10


async def test_asyncio_pubsub(aclient):
    async with aclient.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe("news")
        await pubsub.get_message(timeout=5)
        assert await aclient.publish("news", "hello") == 1
        assert (await pubsub.get_message(timeout=5))["data"] == b"hello"


async def test_asyncio_transaction_sees_another_client(node, aclient):
    async with aclient.pipeline() as pipeline:
        await pipeline.watch("n")
        node.call("SET", "n", 5)
        pipeline.multi()
        pipeline.incr("n")
        with pytest.raises(redis.WatchError):
            await pipeline.execute()
    assert await aclient.get("n") == b"5"

"""What a node shows of itself: INFO, directives, its connection, its looks."""

import copy
import pickle
import subprocess
import sys

import pytest

import replserver
from harness import Connection, free_port, run_python
from replserver import ConfigError, Info, Node
from replserver.config import directives_of

INFO = """# Server\r
redis_version:7.2.4\r
redis_git_sha1:00000000\r
run_id:1234567890123456789012345678901234567890\r
process_id:17\r
listener0:name=tcp,bind=127.0.0.1,bind=-::1,port=6379\r
executable:/usr/bin/with:colon\r
\r
# Memory\r
mem_fragmentation_ratio:1.25\r
used_memory_peak_perc:98.50%\r
maxmemory_human:0B\r
\r
# Replication\r
slave0:ip=10.0.0.7,port=7001,state=online,offset=42,lag=0\r
second_repl_offset:-1\r
\r
# Modules\r
\r
# Keyspace\r
db0:keys=2,expires=0,avg_ttl=0\r
"""


def test_info_turns_numbers_into_numbers_and_leaves_names_alone():
    info = Info(INFO)
    assert info.process_id == 17
    assert info.second_repl_offset == -1
    assert info.mem_fragmentation_ratio == 1.25
    assert info.redis_version == "7.2.4"
    assert info.redis_git_sha1 == "00000000"
    assert info.run_id == "1234567890123456789012345678901234567890"
    assert info.used_memory_peak_perc == "98.50%"
    assert info.executable == "/usr/bin/with:colon"


def test_info_turns_fields_with_parts_into_dicts():
    info = Info(INFO)
    assert info.db0 == {"keys": 2, "expires": 0, "avg_ttl": 0}
    assert info["slave0"]["offset"] == 42
    assert info.slave0["ip"] == "10.0.0.7"
    assert info.listener0["bind"] == ["127.0.0.1", "-::1"]


def test_info_is_a_mapping_with_sections():
    info = Info(INFO)
    assert len(info) == len(list(info)) == len(dict(info))
    assert "db0" in info and "db1" not in info
    assert info.get("db1") is None
    assert list(info.sections) == ["server", "memory", "replication", "modules", "keyspace"]
    assert info.section("Keyspace") == {"db0": info.db0}
    assert info.section("modules") == {}
    assert "process_id" in dir(info)
    with pytest.raises(AttributeError, match="no_such_field"):
        info.no_such_field  # noqa: B018
    with pytest.raises(KeyError):
        info["no_such_field"]
    with pytest.raises(TypeError):
        info.section("server")["process_id"] = 1


def test_info_can_be_copied_and_pickled():
    info = Info(INFO)
    assert dict(copy.deepcopy(info)) == dict(info)
    assert dict(pickle.loads(pickle.dumps(info))) == dict(info)


def test_a_nodes_info_is_of_now(node):
    before = node.info
    node.call("SET", "k", "v")
    node.call("GET", "k")
    now = node.info
    assert (before.keyspace_hits, now.keyspace_hits) == (0, 1)
    assert now.db0["keys"] == 1
    assert now.cmdstat_get["calls"] == 1
    assert now.role == "master"
    assert now.sync_full == 0
    assert now.tcp_port == node.port
    assert now.run_id == node.run_id
    assert now.section("replication")["master_replid"] == node.replication_id
    assert now.redis_version == replserver.redis_version


def test_directives_are_keywords_with_underscores():
    words = directives_of(
        {
            "maxmemory": "100mb",
            "hz": 50,
            "appendonly": False,
            "bind": ["127.0.0.1", "::1"],
            "rename_command": [["KEYS", ""], ("DEBUG", "bug")],
            "loglevel": None,
        }
    )
    assert words == [
        ["maxmemory", "100mb"],
        ["hz", 50],
        ["appendonly", "no"],
        ["bind", "127.0.0.1", "::1"],
        ["rename-command", "KEYS", ""],
        ["rename-command", "DEBUG", "bug"],
    ]


def test_a_node_starts_with_the_directives_it_was_given():
    with Node(
        maxmemory="100mb",
        latency_tracking=False,
        client_output_buffer_limit=["normal", "1mb", "0", "0"],
        rename_command=[["KEYS", ""], ["FLUSHALL", "EMPTY"]],
        hz=50,
    ) as node:
        assert node.config["maxmemory"] == str(100 << 20)
        assert node.config["latency_tracking"] == "no"
        assert node.config["client-output-buffer-limit"].startswith("normal 1048576 0 0")
        assert node.config["hz"] == "50"
        with pytest.raises(replserver.CommandError, match="unknown command"):
            node.call("KEYS", "*")
        assert node.call("EMPTY") == "OK"


def test_a_python_node_writes_nothing_and_keeps_its_history_from_the_start(node):
    assert node.config["save"] == ""
    assert node.config["bind"] == "127.0.0.1"
    assert node.offset == 0
    node.call("SET", "k", "v")
    select, set_ = (
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n",
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
    )
    assert node.offset == len(select) + len(set_)
    assert node.info.repl_backlog_active == 1


def test_config_reads_as_a_mapping(node):
    config = node.config
    assert config["maxmemory-policy"] == config["maxmemory_policy"] == "noeviction"
    assert "maxmemory" in config and "no_such_thing" not in config and "max*" not in config
    assert len(config) == len(dict(config)) > 200
    assert set(config.matching("maxmemory*", "hz")) >= {"maxmemory", "maxmemory-policy", "hz"}
    with pytest.raises(KeyError):
        config["no_such_thing"]


def test_config_is_written_like_a_dict(node):
    node.config["maxmemory"] = "10mb"
    assert node.config["maxmemory"] == str(10 << 20)
    node.config["latency-tracking"] = False
    assert node.config["latency_tracking"] == "no"
    node.config["client_output_buffer_limit"] = ["pubsub", "1mb", 0, 0]
    assert "pubsub 1048576 0 0" in node.config["client-output-buffer-limit"]
    node.config.update({"hz": 20}, maxmemory_policy="allkeys-lru")
    assert (node.config["hz"], node.config["maxmemory-policy"]) == ("20", "allkeys-lru")
    node.config.update()


def test_config_changes_all_or_nothing(node):
    with pytest.raises(ConfigError, match="maxmemory-policy"):
        node.config.update(maxmemory="10mb", maxmemory_policy="whatever")
    assert node.config["maxmemory"] == "0"
    with pytest.raises(ConfigError, match="no-such-thing"):
        node.config["no_such_thing"] = 1
    with pytest.raises(ConfigError, match="immutable"):
        node.config["databases"] = 3
    with pytest.raises(ConfigError):
        node.config["maxmemory"] = None


def test_the_port_can_be_changed(node):
    before = node.port
    node.config["port"] = free_port()
    assert node.port == int(node.config["port"]) != before
    with Connection(node.port) as client:
        assert client.call("PING") == "PONG"
    with pytest.raises(ConnectionRefusedError):
        Connection(before)


def test_the_connection_has_what_a_client_needs():
    with Node(requirepass="secret") as node:
        assert node.connection == {"host": "127.0.0.1", "port": node.port, "password": "secret"}
    with Node(bind=["-::1", "127.0.0.1"]) as node:
        assert node.connection["host"] == "::1"
    with Node(bind="0.0.0.0", protected_mode=False) as node:
        assert node.connection == {"host": "127.0.0.1", "port": node.port}


def test_a_digest_is_that_of_the_data():
    with Node() as one, Node() as other:
        assert one.digest() == other.digest() == "0" * 40
        for node, keys in ((one, "abc"), (other, "cba")):
            for key in keys:
                node.call("SET", key, key * 3)
        assert one.digest() == other.digest() != "0" * 40
        other.call("PEXPIRE", "a", 100_000)
        assert one.digest() != other.digest()


def test_used_memory_is_the_nodes_own():
    # Without a history, whose backlog is a megabyte of its own.
    with Node(repl_history_from_start=False) as full, Node() as empty:
        before = full.used_memory
        full.call("SET", "k", b"x" * 1_000_000)
        assert 1_000_000 < full.used_memory - before < 1_200_000
        assert empty.used_memory < 1_000_000
        full.call("FLUSHALL")
        assert full.used_memory < before + 100_000
        assert full.info.used_memory == pytest.approx(full.used_memory, rel=0.1)


def test_a_nodes_text_says_what_it_is():
    with Node(name="here") as node:
        assert repr(node) == f"<replserver.Node here port={node.port}>"
        assert repr(node.info).startswith("<replserver.Info: ")
        assert "'maxmemory': '0'" in repr(node.config)
    assert repr(node) == "<replserver.Node here closed>"


def test_a_nodes_table_says_what_is_in_it_and_keeps_the_pages_colours():
    with Node(name="<here>") as node:
        node.call("SET", "k", "v")
        node.call("SELECT", 1)
        node.call("SET", "k", "v")
        table = node._repr_html_()
        assert "&lt;here&gt;" in table and "<here>" not in table
        for name, value in (
            ("role", "master"),
            ("port", node.port),
            ("keys", 2),
            ("offset", node.offset),
        ):
            assert f">{name}</th>" in table and f">{value}</td>" in table
        assert "#" not in table and "rgb" not in table and "white" not in table
    assert "closed" in node._repr_html_()


def test_a_nodes_table_says_whom_it_follows_and_how_many_follow_it():
    with Node() as m, Node(replicaof=m) as r:
        r.wait_in_sync(timeout=20)
        m.wait_state(20, replicas=1)
        assert ">replicas</th>" in m._repr_html_() and ">1 online</td>" in m._repr_html_()
        table = r._repr_html_()
        assert f">127.0.0.1:{m.port} (connected)</td>" in table and ">slave</td>" in table


def test_names_are_unique_unless_given():
    with Node() as one, Node() as two, Node(name="mine") as mine:
        assert one.name.startswith("node") and one.name != two.name
        assert mine.name == "mine"


def test_importing_the_package_brings_nothing_that_it_does_not_need():
    code = "import sys, replserver; print(*sorted(sys.modules))"
    modules = run_python(code).split()
    assert not {"redis", "pandas", "matplotlib", "numpy", "asyncio", "logging"} & set(modules)
    assert "replserver._core" not in modules, "what is not used is not loaded"
    modules = run_python(code.replace("print", "replserver.Node; print")).split()
    assert not {"redis", "pandas", "matplotlib", "numpy", "asyncio"} & set(modules)


def test_the_package_lists_what_it_offers():
    assert set(replserver.__all__) <= set(dir(replserver))
    for name in replserver.__all__:
        assert getattr(replserver, name) is not None
    with pytest.raises(AttributeError, match="no_such_thing"):
        replserver.no_such_thing  # noqa: B018
    assert replserver.__version__[0].isdigit()


def test_the_package_can_be_run():
    done = subprocess.run(
        [sys.executable, "-m", "replserver", "--version"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0
    assert f"v={replserver.redis_version} " in done.stdout and replserver.__version__ in done.stdout

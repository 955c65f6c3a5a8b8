"""RDB files: those of a real redis-server are read, those that are written it loads."""

import contextlib
import io
import json
import os
import pickle
import random
import subprocess
import sys

import pytest
import redis

import replserver
from harness import RedisServer, run
from replserver import RdbError, rdb


@contextlib.contextmanager
def redis_server_in(folder, *options):
    server = RedisServer(folder, *options)
    try:
        yield server
    finally:
        server.stop()


def client_of(server):
    return redis.Redis(**server.connection)


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


VALUES = {
    b"text": b"hello",
    b"": b"",
    b"int8": b"5",
    b"int16": b"-3000",
    b"int32": b"70000",
    b"int64": b"1099511627776",
    b"compressed": b"x" * 200,
    b"long": noise(200_000),
    b"long compressed": b"abc" * 60_000,
    b"list": [b"a", b"1", b"-70000"],
    b"long list": [noise(100, seed) for seed in range(500)],
    b"list with a plain node": [b"small", b"y" * 70_000, b"end"],
    b"integers": {str(number).encode() for number in range(100)},
    b"wide integers": {b"1", b"1099511627776"},
    b"set": {b"a", b"b", b"1"},
    b"large set": {b"m%d" % number for number in range(1000)},
    b"large integers": {b"%d" % number for number in range(2000)},
    b"hash": {b"f%d" % number: b"%d" % number for number in range(20)},
    b"large hash": {b"f%d" % number: b"v%d" % number for number in range(1000)},
    b"hash of long": {b"a": b"q" * 100_000, noise(90_000): b"x", b"b": noise(80_000, 2)},
    b"zset": {b"a": 1.0, b"b": 2.5, b"c": -1e300, b"d": float("inf")},
    b"large zset": {**{b"m%d" % n: n / 7 for n in range(1000)}, b"-inf": float("-inf")},
}
PACKED_LIMITS = [
    ["--hash-max-listpack-entries", "0", "--set-max-intset-entries", "0"]
    + ["--zset-max-listpack-entries", "0", "--list-max-listpack-size", "2"],
    [],
    ["--hash-max-listpack-entries", "5000", "--hash-max-listpack-value", "1000"]
    + ["--set-max-intset-entries", "5000", "--zset-max-listpack-entries", "5000"]
    + ["--rdbcompression", "no", "--list-max-listpack-size", "-5"],
]


def type_of(value):
    if isinstance(value, dict):
        return "zset" if isinstance(next(iter(value.values())), float) else "hash"
    return {bytes: "string", list: "list", set: "set"}[type(value)]


def fill(client):
    for key, value in VALUES.items():
        kind = type_of(value)
        if kind == "string":
            client.set(key, value)
        elif kind == "list":
            client.rpush(key, *value)
        elif kind == "set":
            client.sadd(key, *value)
        elif kind == "hash":
            client.hset(key, mapping=value)
        else:
            client.zadd(key, value)


def fill_stream(client):
    for number in range(1, 301):
        fields = {"a": number, "b": f"v{number}"} if number % 3 else {"c": number}
        client.xadd("stream", fields, id=f"{number}-{number}")
    client.xdel("stream", "5-5")
    client.xgroup_create("stream", "readers", id="0")
    client.xgroup_create("stream", "late", id="$")
    client.xreadgroup("readers", "alice", {"stream": ">"}, count=10)
    client.xreadgroup("readers", "bob", {"stream": ">"}, count=5)
    client.xack("stream", "readers", "2-2")


def saved(client, folder):
    client.save()
    return folder / "dump.rdb"


@pytest.mark.parametrize("options", PACKED_LIMITS, ids=["tables", "default", "packed"])
def test_every_value_of_a_real_server_is_read(tmp_path, options):
    with redis_server_in(tmp_path, *options) as server:
        fill(client_of(server))
        path = saved(client_of(server), tmp_path)
    found = {record.key: record for record in rdb.read(path)}
    assert found.keys() == VALUES.keys()
    for key, value in VALUES.items():
        assert found[key].value == value, key
        assert found[key].type == type_of(value), key
        assert found[key].db == 0 and found[key].expiry is None


def test_a_stream_comes_with_its_groups(tmp_path):
    with redis_server_in(tmp_path) as server:
        fill_stream(client_of(server))
        path = saved(client_of(server), tmp_path)
        entries = client_of(server).xrange("stream")
    (record,) = rdb.read(path)
    assert record.type == "stream"
    assert record.value["entries"] == [(id.decode(), fields) for id, fields in entries]
    assert record.value["last_id"] == "300-300"
    assert record.value["max_deleted_id"] == "5-5"
    assert record.value["entries_added"] == 300
    readers = record.value["groups"][b"readers"]
    assert readers["last_id"] == "16-16"
    assert set(readers["consumers"]) == {b"alice", b"bob"}
    assert readers["pending"]["1-1"][0] == b"alice" and readers["pending"]["1-1"][2] == 1
    assert readers["pending"]["16-16"][0] == b"bob"
    assert "2-2" not in readers["pending"] and len(readers["pending"]) == 14
    assert record.value["groups"][b"late"]["pending"] == {}


def test_expiry_and_databases_are_told(tmp_path):
    with redis_server_in(tmp_path, "--maxmemory-policy", "allkeys-lfu") as server:
        client_of(server).set("expires", "v", pxat=2_000_000_000_123)
        redis.Redis(**server.connection, db=3).set("other", "w")
        server.call("FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)")
        path = saved(client_of(server), tmp_path)
    file = rdb.read(path)
    assert file.version == 10
    assert file.aux["redis-ver"].startswith("7.0")
    assert file.functions == [b"#!lua name=l\nredis.register_function('f', function() return 1 end)"]
    first, second = file
    assert (first.db, first.key, first.expiry) == (0, b"expires", 2_000_000_000_123)
    assert (second.db, second.key, second.expiry) == (3, b"other", None)
    assert first.freq is not None and first.idle is None
    assert file.sizes == {0: (1, 1), 3: (1, 0)}
    assert [record.key for record in rdb.read(path, db=3)] == [b"other"]


@pytest.mark.parametrize("version", [9, 10])
@pytest.mark.parametrize("compress", [False, True])
def test_what_is_written_a_real_server_loads(tmp_path, version, compress):
    with redis_server_in(tmp_path) as server:
        fill(client_of(server))
        fill_stream(client_of(server))
        client_of(server).set("expires", "v", pxat=2_000_000_000_123)
        digest = server.call("DEBUG", "DIGEST")
        path = saved(client_of(server), tmp_path)
    written = tmp_path / "written" / "dump.rdb"
    written.parent.mkdir()
    size = rdb.write(written, rdb.read(path), version=version, compress=compress)
    assert size == written.stat().st_size and os.listdir(written.parent) == ["dump.rdb"]
    assert "RDB looks OK" in run("redis-check-rdb", written).stdout
    with redis_server_in(written.parent) as server:
        assert server.call("DEBUG", "DIGEST") == digest
    before = {record.key: record.value for record in rdb.read(path)}
    after = {record.key: record.value for record in rdb.read(written)}
    if version == 9:  # which has no place for these
        for value in (before[b"stream"], after[b"stream"]):
            value.pop("max_deleted_id"), value.pop("entries_added")
            value.pop("groups")
    assert before == after


def test_records_are_written_as_they_are_said(tmp_path):
    records = [
        rdb.record("a", "text", expiry=2_000_000_000_000, db=2),
        rdb.record("b", [1, "two", b"three"]),
        rdb.record("c", {"x", "y"}),
        rdb.record("d", {"f": "v", "g": 1}, field_expiry={"g": 2_000_000_000_000}),
        rdb.record("e", {"m": 0.5}, type="zset"),
        rdb.record("empty", []),
    ]
    out = io.BytesIO()
    rdb.write(out, records, version=12, functions=["#!lua name=l"])
    file = rdb.read(out.getvalue())
    found = {record.key: record for record in file}
    assert found[b"a"].value == b"text" and found[b"a"].db == 2
    assert found[b"a"].expiry == 2_000_000_000_000
    assert found[b"b"].value == [b"1", b"two", b"three"]
    assert found[b"c"].value == {b"x", b"y"}
    assert found[b"d"].value == {b"f": b"v", b"g": b"1"}
    assert found[b"d"].field_expiry == {b"g": 2_000_000_000_000}
    assert found[b"e"].value == {b"m": 0.5}
    assert b"empty" not in found
    assert file.version == 12 and file.functions == [b"#!lua name=l"]


@pytest.mark.parametrize("told", [{"idle": 500}, {"freq": 77}])
def test_how_a_key_was_used_is_kept(told):
    out = io.BytesIO()
    rdb.write(out, [rdb.record("key", "value", **told)])
    (record,) = rdb.read(out.getvalue())
    assert {name: getattr(record, name) for name in told} == told


def test_bad_records_are_refused_and_leave_no_file(tmp_path):
    target = tmp_path / "dump.rdb"
    target.write_text("what was there")
    for bad in (
        [rdb.record("a", "b"), rdb.record("a", "c")],
        [rdb.record("a", "b", db=99)],
        [rdb.record("a", {"m": float("nan")}, type="zset")],
        [rdb.record("a", "b", type="module")],
    ):
        with pytest.raises(ValueError):
            rdb.write(target, bad)
    with pytest.raises(ValueError, match="version"):
        rdb.write(target, [], version=8)
    assert target.read_text() == "what was there"
    assert os.listdir(tmp_path) == ["dump.rdb"]


@pytest.fixture(scope="module")
def rich_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rich")
    with redis_server_in(folder) as server:
        fill(client_of(server))
        fill_stream(client_of(server))
        return saved(client_of(server), folder)


def test_a_source_may_be_a_path_bytes_or_a_stream(rich_file):
    wanted = [record.key for record in rdb.read(rich_file)]
    assert len(wanted) == len(VALUES) + 1
    content = rich_file.read_bytes()
    assert [record.key for record in rdb.read(str(rich_file))] == wanted
    assert [record.key for record in rdb.read(content)] == wanted
    assert [record.key for record in rdb.read(memoryview(content))] == wanted
    with open(rich_file, "rb") as stream:
        file = rdb.read(stream)
        with pytest.raises(ValueError):
            file.version  # noqa: B018
        assert [record.key for record in file] == wanted
    assert file.version == 10


def test_reading_is_lazy_and_may_end_early(rich_file):
    for _ in range(50):
        for record in rdb.read(rich_file):
            assert record.size > 0
            break


def test_without_values_there_is_still_what_they_take(rich_file):
    for record in rdb.read(rich_file, values=False, memory=True):
        assert record.value is None
        assert record.memory >= 20 and record.size > 2
    long = next(iter(rdb.read(rich_file, keys="long", memory=True)))
    assert 200_000 < long.memory < 201_000
    assert long.value == VALUES[b"long"]


def test_keys_are_chosen_by_pattern(rich_file):
    assert {record.key for record in rdb.read(rich_file, keys="int*")} == {
        b"int8", b"int16", b"int32", b"int64", b"integers"
    }  # fmt: skip


def test_records_can_be_pickled(rich_file):
    record = next(iter(rdb.read(rich_file, keys="hash")))
    assert pickle.loads(pickle.dumps(record)) == record


def test_a_file_cut_short_or_damaged_is_an_error(rich_file):
    content = rich_file.read_bytes()
    for size in (0, 5, 9, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(RdbError, match="unexpected end at byte|empty"):
            list(rdb.read(content[:size]))
    with pytest.raises(RdbError, match="wrong signature"):
        list(rdb.read(b"VALKEY080" + content[9:]))
    with pytest.raises(RdbError, match=r"can't handle RDB format version 99"):
        list(rdb.read(b"REDIS0099" + content[9:]))
    with pytest.raises(RdbError, match="behind the end"):
        list(rdb.read(content + b"x"))
    damaged = bytearray(content)
    damaged[-20] ^= 1
    with pytest.raises(RdbError):
        list(rdb.read(damaged))


@pytest.mark.parametrize("options", PACKED_LIMITS, ids=["tables", "default", "packed"])
def test_a_node_has_the_same_data_once_it_loaded_the_file(tmp_path, options):
    with redis_server_in(tmp_path, *options) as server:
        client = client_of(server)
        fill(client)
        fill_stream(client)
        client.set("expires", "v", pxat=4_000_000_000_123)
        redis.Redis(**server.connection, db=9).set("other", "w")
        # 7.0 digests these by more digits than 7.2.
        client.delete("zset", "large zset")
        client.zadd("halves", {f"m{number}": number / 2 for number in range(1000)})
        digest = server.call("DEBUG", "DIGEST")
        saved(client, tmp_path)
    with replserver.Node(dir=str(tmp_path), enable_debug_command="yes") as node:
        assert node.call("DEBUG", "DIGEST").encode() == digest.encode()
        assert node.call("PEXPIRETIME", "expires") == 4_000_000_000_123


def test_a_reader_takes_a_piece_only_when_it_needs_one(rich_file):
    reader = replserver._core.RdbReader(
        values=True, memory=False, deep=True, db=None, pattern=None, size=0
    )
    content = rich_file.read_bytes()
    assert reader.batch(10) == []
    reader.feed(content)
    with pytest.raises(ValueError, match="nothing is wanted now"):
        reader.feed(content)
    while reader.batch(10):
        pass
    assert reader.finished and reader.consumed == len(content)
    with pytest.raises(ValueError, match="nothing is wanted now"):
        reader.feed(content)


# ---- the tool


def tool(*arguments, check=True):
    return run(sys.executable, "-m", "replserver", "rdb", *arguments, check=check)


def test_the_tool_lists_keys(rich_file):
    lines = tool(rich_file, "--keys", "int8*").stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].split("\t")[:2] == ["0", "string"] and lines[0].endswith("\tint8")


def test_the_tool_shows_json(rich_file):
    lines = tool(rich_file, "--json").stdout.rstrip("\n").split("\n")
    found = {shown["key"]: shown for shown in map(json.loads, lines)}
    assert found.keys() == {key.decode() for key in VALUES} | {"stream"}
    assert found["zset"]["value"] == {"a": 1.0, "b": 2.5, "c": -1e300, "d": "inf"}
    assert found["list"] == {"db": 0, "key": "list", "type": "list", "value": ["a", "1", "-70000"]}


def test_the_tool_counts_by_type_and_prefix(tmp_path):
    path = tmp_path / "dump.rdb"
    records = [rdb.record(f"user:{number}", "x" * 100) for number in range(30)]
    rdb.write(path, [*records, rdb.record("lonely", ["a"])])
    shown = tool(path, "--stats", "--top", "3").stdout
    assert "database 0: 31 keys, 0 expire" in shown
    assert any(line.split()[::3] == ["30", "user:"] for line in shown.splitlines())
    assert any(line.split()[::3] == ["1", "list"] for line in shown.splitlines())


def test_the_tool_says_what_is_wrong(tmp_path):
    done = tool(tmp_path / "missing.rdb", check=False)
    assert done.returncode == 1 and "No such file" in done.stderr
    (tmp_path / "bad.rdb").write_bytes(b"REDIS0011\xfe")
    done = tool(tmp_path / "bad.rdb", check=False)
    assert done.returncode == 1 and "unexpected end at byte 10" in done.stderr


def test_the_tool_ends_quietly_when_nobody_listens(tmp_path):
    path = tmp_path / "dump.rdb"
    rdb.write(path, (rdb.record(f"key:{number}", number) for number in range(50_000)))
    with subprocess.Popen(
        [sys.executable, "-m", "replserver", "rdb", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_a_frame_has_all_records(rich_file):
    pandas = pytest.importorskip("pandas")
    frame = rdb.read(rich_file, memory=True).to_pandas()
    assert isinstance(frame, pandas.DataFrame) and len(frame) == len(VALUES) + 1
    assert frame["memory"].sum() > 200_000
    assert frame["expiry"].isna().all() and frame["idle"].isna().all()

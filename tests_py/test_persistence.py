"""The RDB file: saved and loaded here, by Debian's redis-server, and from one to the other."""

import os
import random
import re
import signal

import pytest

import replserver
from harness import REPLSERVER, Connection, RedisServer, free_port, program, run, wait_until
from replserver import ClosedError, CommandError, StartError


def fill(call, seed=1):
    """Every type, on both sides of its encodings' limits, in three databases; some of it expires."""
    draw = random.Random(seed)
    for db in (0, 3, 9):
        call("SELECT", db)
        for number in range(60):
            value = draw.choice(["x" * number, number, -(number**9), "é" * number])
            call("SET", f"string:{number}", value)
        for size in (1, 10, 127, 129, 600):
            words = [f"m{draw.randrange(10**6)}-{i}" for i in range(size)]
            call("RPUSH", f"list:{size}", *words)
            call("SADD", f"set:{size}", *words)
            call("SADD", f"ints:{size}", *(draw.randrange(-(2**60), 2**60) for _ in range(size)))
            fields = [word for name in words for word in (name, draw.random())]
            call("HSET", f"hash:{size}", *fields)
            # Scores that 7.0 and 7.2 print alike: digests are made of their texts.
            scores = [draw.randrange(-(2**40), 2**40) / 8 for _ in words]
            call("ZADD", f"zset:{size}", *(w for pair in zip(scores, words) for w in pair))
            for i in range(size):
                call("XADD", f"stream:{size}", f"{i + 1}-{size}", "field", draw.random(), "n", i)
        call("ZADD", "zset:ends", "-inf", "low", "inf", "high", 0, "zero", -0.0, "minus")
        call("RPUSH", "list:long", "y" * 20000, "short", "z" * 9000)
        call("HSET", "hash:long", "field", "w" * 5000)
        call("XGROUP", "CREATE", "stream:10", "group", "3-0")
        call("XREADGROUP", "GROUP", "group", "reader", "COUNT", 4, "STREAMS", "stream:10", ">")
        call("XDEL", "stream:127", "5-127", "6-127")
        call("PFADD", "hll", *range(500))
        call("SETBIT", "bits", 70000, 1)
        call("SET", "ends", "later", "EX", 5000)
        call("PEXPIREAT", "list:10", 4_000_000_000_123)
    call("SELECT", 0)


@pytest.fixture
def ours(tmp_path):
    allowed = {"enable_debug_command": "yes", "enable_protected_configs": "yes"}
    with replserver.Node(dir=str(tmp_path), **allowed) as node:
        yield node


def filled(node):
    with Connection(node.port) as client:
        fill(client.call)
    return node.call("DEBUG", "DIGEST")


def test_what_was_saved_is_there_after_a_restart(ours, tmp_path):
    digest = filled(ours)
    assert ours.call("SAVE") == "OK"
    assert ours.info["rdb_changes_since_last_save"] == 0
    ours.call("SET", "later", "lost")
    ours.close()
    assert [path.name for path in tmp_path.glob("*.rdb")] == ["dump.rdb"]
    with replserver.Node(dir=str(tmp_path), enable_debug_command="yes") as again:
        assert again.call("DEBUG", "DIGEST") == digest
        assert again.info["rdb_last_load_keys_loaded"] == 3 * again.call("DBSIZE")


@pytest.mark.parametrize("version", [9, 10, 11])
def test_redis_tools_accept_what_is_written(ours, tmp_path, version):
    filled(ours)
    ours.call("CONFIG", "SET", "rdb-save-version", version)
    ours.call("SAVE")
    assert (tmp_path / "dump.rdb").read_bytes().startswith(b"REDIS%04d" % version)
    if version <= 10:
        assert "RDB looks OK" in run(program("redis-check-rdb"), tmp_path / "dump.rdb").stdout


@pytest.mark.parametrize("compression", ["yes", "no"])
@pytest.mark.parametrize("checksum", ["yes", "no"])
def test_a_real_server_loads_our_file(tmp_path, compression, checksum):
    options = {"rdb_save_version": 10, "rdbcompression": compression, "rdbchecksum": checksum}
    with replserver.Node(dir=str(tmp_path), enable_debug_command="yes", **options) as node:
        digest = filled(node)
        node.call("SAVE")
    theirs = RedisServer(tmp_path, "--dir", tmp_path)
    try:
        assert theirs.call("DEBUG", "DIGEST") == digest
    finally:
        theirs.stop()


@pytest.mark.parametrize("compression", ["yes", "no"])
def test_a_real_servers_file_is_loaded(tmp_path, compression):
    theirs = RedisServer(tmp_path, "--dir", tmp_path, "--rdbcompression", compression)
    try:
        with theirs.client() as client:
            fill(client.call)
            digest = client.call("DEBUG", "DIGEST")
            client.call("SAVE")
    finally:
        theirs.stop()
    with replserver.Node(dir=str(tmp_path), enable_debug_command="yes") as node:
        assert node.call("DEBUG", "DIGEST") == digest
        assert node.call("DEBUG", "RELOAD") == "OK"
        assert node.call("DEBUG", "DIGEST") == digest


def test_clients_are_served_while_another_one_saves(ours):
    ours.call("DEBUG", "POPULATE", 2000)
    ours.call("CONFIG", "SET", "rdb-key-save-delay", 200)
    with Connection(ours.port) as saver, Connection(ours.port) as other:
        saver.send_raw(b"SAVE\r\nPING\r\n")
        wait_until(lambda: b"snapshots_running:1" in other.call("INFO", "persistence"))
        assert other.call("SET", "meanwhile", "v") == "OK"
        for command in ("SAVE", "BGSAVE"):
            with pytest.raises(CommandError, match="^ERR Background save already in progress$"):
                other.call(command)
        info = ours.info
        assert info["rdb_bgsave_in_progress"] == 0
        assert info["current_save_keys_total"] == 2000
        assert saver.read_reply() == "OK"
        assert saver.read_reply() == "PONG"
    assert ours.info["rdb_changes_since_last_save"] == 1


def test_a_background_save_tells_how_far_it_is(ours, tmp_path):
    ours.call("DEBUG", "POPULATE", 2000)
    ours.call("SET", "changed", "v")
    ours.call("CONFIG", "SET", "rdb-key-save-delay", 200)
    assert ours.call("BGSAVE") == "Background saving started"
    info = wait_until(lambda: (info := ours.info)["current_save_keys_processed"] and info)
    assert info["rdb_bgsave_in_progress"] == 1
    assert 0 < info["current_save_keys_processed"] <= info["current_save_keys_total"] == 2001
    assert 0 <= info["rdb_current_bgsave_time_sec"] < 20
    assert info["snapshots_running"] == 1 and info["snapshot_extra_memory"] > 0
    ours.call("SET", "later", "not in the file")
    wait_until(lambda: not ours.info["rdb_bgsave_in_progress"])
    info = ours.info
    assert info["rdb_last_bgsave_status"] == "ok" and info["rdb_saves"] == 1
    assert info["rdb_changes_since_last_save"] == 1
    with replserver.Node(dir=str(tmp_path)) as copy:
        assert copy.call("DBSIZE") == 2001
        assert copy.call("EXISTS", "later") == 0


def test_bgsave_knows_schedule_and_nothing_else(ours):
    assert ours.call("BGSAVE", "schedule") == "Background saving started"
    for words in (["NOW"], ["SCHEDULE", "x"]):
        with pytest.raises(CommandError, match="^ERR syntax error$"):
            ours.call("BGSAVE", *words)


def test_lastsave_is_the_time_of_the_last_success(tmp_path):
    with replserver.Node(dir=str(tmp_path), clock="manual") as node:
        before = node.call("LASTSAVE")
        node.advance(100)
        assert node.call("LASTSAVE") == before
        node.call("SAVE")
        assert node.call("LASTSAVE") == before + 100
        node.call("CONFIG", "SET", "rdbcompression", "no")
        os.rename(tmp_path, f"{tmp_path}.moved")
        node.advance(100)
        with pytest.raises(CommandError, match="^ERR$"):
            node.call("SAVE")
        assert node.call("LASTSAVE") == before + 100
        assert "Failed opening the temp RDB file temp-" in node.logs[-1].text
        os.rename(f"{tmp_path}.moved", tmp_path)


def test_save_points_save(tmp_path):
    with replserver.Node(dir=str(tmp_path), clock="manual", save=[100, 3]) as node:
        for number in range(2):
            node.call("SET", number, "v")
        node.advance(150)
        assert not (tmp_path / "dump.rdb").exists()
        node.call("SET", 3, "v")
        node.advance(1)
        wait_until((tmp_path / "dump.rdb").exists)
        assert any(line.text == "3 changes in 100 seconds. Saving..." for line in node.logs)


def test_writes_are_refused_while_saves_fail(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    with replserver.Node(dir=str(folder), save=[1000, 1]) as node:
        node.call("SET", "k", "v")
        os.rename(folder, tmp_path / "gone")
        node.call("BGSAVE")
        wait_until(lambda: node.info["rdb_last_bgsave_status"] == "err")
        for words in (["SET", "k", "v"], ["PING"]):
            with pytest.raises(CommandError, match="^MISCONF Redis is configured to save RDB snap"):
                node.call(*words)
        assert node.call("GET", "k") == b"v"
        node.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        assert node.call("SET", "k", "v2") == "OK"
        node.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes")
        os.rename(tmp_path / "gone", folder)
        node.call("BGSAVE")
        wait_until(lambda: node.info["rdb_last_bgsave_status"] == "ok")
        assert node.call("SET", "k", "v3") == "OK"


# ---- DEBUG RELOAD


def test_reload_keeps_the_run_and_its_history(ours):
    digest = filled(ours)
    before = ours.run_id, ours.replication_id, ours.offset
    assert ours.call("DEBUG", "RELOAD") == "OK"
    assert ours.call("DEBUG", "DIGEST") == digest
    assert (ours.run_id, ours.replication_id, ours.offset) == before
    assert ours.info["rdb_changes_since_last_save"] == 0


def test_reload_can_take_the_old_file_and_keep_what_is_there(ours):
    ours.call("SET", "both", "old")
    ours.call("SAVE")
    ours.call("SET", "both", "new")
    ours.call("SET", "only here", "v")
    with pytest.raises(CommandError, match="^ERR Error trying to load the RDB dump, check server"):
        ours.call("DEBUG", "RELOAD", "NOFLUSH", "NOSAVE")
    assert ours.call("MGET", "both", "only here") == [b"new", b"v"]
    assert ours.call("DEBUG", "RELOAD", "MERGE", "NOFLUSH", "NOSAVE") == "OK"
    assert ours.call("MGET", "both", "only here") == [b"old", b"v"]
    assert ours.call("DEBUG", "RELOAD", "NOSAVE") == "OK"
    assert ours.call("MGET", "both", "only here") == [b"old", None]
    with pytest.raises(CommandError, match="^ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and"):
        ours.call("DEBUG", "RELOAD", "NOLOAD")


def test_what_is_written_during_a_reload_waits_and_is_kept(ours):
    ours.call("DEBUG", "POPULATE", 2000)
    ours.call("CONFIG", "SET", "rdb-key-save-delay", 100)
    with Connection(ours.port) as reloader, Connection(ours.port) as writer:
        reloader.send_raw(b"DEBUG RELOAD\r\n")
        wait_until(lambda: ours.info["snapshots_running"] == 1)
        writer.send_raw(b"SET written meanwhile\r\n")
        assert ours.call("GET", "key:1") == b"value:1"
        assert reloader.read_reply() == "OK"
        assert writer.read_reply() == "OK"
    assert ours.call("GET", "written") == b"meanwhile"
    assert ours.call("DBSIZE") == 2001


# ---- damaged files


def saved_file(folder):
    with replserver.Node(dir=str(folder)) as node:
        with Connection(node.port) as client:
            fill(client.call)
        node.call("SAVE")
    return (folder / "dump.rdb").read_bytes()


def test_a_damaged_file_ends_the_server_with_the_byte_and_the_thing(tmp_path, start):
    whole = saved_file(tmp_path)
    draw = random.Random(7)
    damages = [whole[: draw.randrange(9, len(whole))] for _ in range(3)]
    damages += [b"REDIS0099" + whole[9:], b"NOTREDIS1", b""]
    for damage in damages:
        (tmp_path / "dump.rdb").write_bytes(damage)
        with pytest.raises(StartError, match="dump.rdb: .*rdb"):
            replserver.Node(dir=str(tmp_path))
    (tmp_path / "dump.rdb").write_bytes(whole[:1000])
    server = start("--port", free_port(), "--dir", tmp_path)
    assert server.wait() == 1
    assert re.search(r"dump\.rdb: .*byte \d+", server.text), server.text
    assert "Fatal error loading the DB, check server logs. Exiting." in server.text
    assert "Ready to accept connections" not in server.text


def test_a_flipped_bit_is_found_by_the_checksum(tmp_path):
    whole = bytearray(saved_file(tmp_path))
    whole[len(whole) // 2] ^= 4
    (tmp_path / "dump.rdb").write_bytes(whole)
    with pytest.raises(StartError):
        replserver.Node(dir=str(tmp_path))


def test_a_node_without_a_directory_of_its_own_loads_nothing(tmp_path, monkeypatch):
    saved_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    with replserver.Node() as node:
        assert node.call("DBSIZE") == 0
    with replserver.Node(dbfilename="dump.rdb") as node:
        assert node.call("DBSIZE") > 0


# ---- the end


def test_sigterm_saves_if_there_are_save_points(tmp_path, start):
    for save, kept in (("", 0), ("1000 1", 1)):
        port = free_port()
        server = start("--port", port, "--dir", tmp_path, "--save", save)
        server.wait_for("Ready to accept connections tcp")
        with Connection(port) as client:
            client.call("SET", "k", "v")
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert (tmp_path / "dump.rdb").exists() == bool(kept)
    assert "Saving the final RDB snapshot before exiting." in server.text
    assert "DB saved on disk" in server.text
    server = start("--port", port, "--dir", tmp_path)
    server.wait_for(r"DB loaded from disk: \d+\.\d{3} seconds[\s\S]*Ready to accept connections")
    with Connection(port) as client:
        assert client.call("GET", "k") == b"v"
        client.send_raw(b"SHUTDOWN NOSAVE\r\n")
        assert client.is_closed()
    assert server.wait() == 0


def test_a_shutdown_that_cannot_save_comes_to_nothing_unless_forced(tmp_path):
    folder = tmp_path / "there"
    folder.mkdir()
    with replserver.Node(dir=str(folder)) as node:
        os.rename(folder, tmp_path / "gone")
        with Connection(node.port) as client:
            with pytest.raises(CommandError, match="^ERR Errors trying to SHUTDOWN. Check logs.$"):
                client.call("SHUTDOWN", "SAVE")
            assert client.call("SET", "k", "still here") == "OK"
            client.send_raw(b"SHUTDOWN SAVE FORCE\r\n")
            assert client.is_closed()
        node.wait_closed(20)


def test_a_shutdown_can_be_aborted_while_it_saves(ours):
    ours.call("DEBUG", "POPULATE", 5000)
    ours.call("CONFIG", "SET", "rdb-key-save-delay", 1000)
    one, other, third = (Connection(ours.port) for _ in range(3))
    with one, other, third:
        one.send_raw(b"SHUTDOWN SAVE\r\n")
        wait_until(lambda: ours.info["snapshots_running"] == 1)
        third.send_raw(b"SET written afterwards\r\n")
        assert other.call("GET", "key:1") == b"value:1"
        assert other.call("SHUTDOWN", "ABORT") == "OK"
        reply = one.read_reply()
        assert str(reply) == "ERR Errors trying to SHUTDOWN. Check logs."
        assert third.read_reply() == "OK"
        with pytest.raises(CommandError, match="^ERR No shutdown in progress.$"):
            other.call("SHUTDOWN", "ABORT")


def test_a_node_that_is_closed_leaves_no_half_file(tmp_path):
    with replserver.Node(dir=str(tmp_path), enable_debug_command="yes") as node:
        node.call("DEBUG", "POPULATE", 5000)
        node.call("CONFIG", "SET", "rdb-key-save-delay", 1000)
        node.call("BGSAVE")
        wait_until(lambda: list(tmp_path.glob("temp-*.rdb")))
    assert list(tmp_path.iterdir()) == []


def test_a_call_that_waits_for_a_save_ends_with_its_node(tmp_path):
    node = replserver.Node(dir=str(tmp_path), enable_debug_command="yes")
    node.call("DEBUG", "POPULATE", 1000)
    node.call("CONFIG", "SET", "rdb-key-save-delay", 100_000)
    with Connection(node.port) as client:
        client.send_raw(b"SAVE\r\n")
        wait_until(lambda: node.info["snapshots_running"] == 1)
        node.close()
        assert client.is_closed()
    with pytest.raises(ClosedError):
        node.call("PING")


@pytest.mark.parametrize("written", [0, 1, 1_000_000, 2_000_000, 4_000_000])
def test_a_server_killed_in_the_middle_of_a_save_leaves_the_old_file(tmp_path, start, written):
    port = free_port()
    options = ["--port", port, "--dir", tmp_path, "--enable-debug-command", "yes"]
    server = start(*options, command=[*REPLSERVER, "--save", ""])
    server.wait_for("Ready to accept connections tcp")
    with Connection(port) as client:
        client.call("DEBUG", "POPULATE", 20000)
        client.call("SAVE")
        client.call("DEBUG", "POPULATE", 60000, "key", 100)
        client.call("CONFIG", "SET", "rdb-key-save-delay", 20, "rdbcompression", "no")
        client.call("BGSAVE")
        wait_until(lambda: sum(f.stat().st_size for f in tmp_path.glob("temp-*")) >= written)
        server.signal(signal.SIGKILL)
        server.wait()
    with replserver.Node(dir=str(tmp_path)) as node:
        assert node.call("DBSIZE") == 20000


def test_another_directory_in_the_middle_of_a_save_does_not_tear_it(ours, tmp_path):
    (tmp_path / "other").mkdir()
    ours.call("DEBUG", "POPULATE", 2000)
    ours.call("CONFIG", "SET", "rdb-key-save-delay", 100)
    ours.call("BGSAVE")
    ours.call("CONFIG", "SET", "dir", str(tmp_path / "other"))
    wait_until(lambda: not ours.info["rdb_bgsave_in_progress"])
    assert ours.info["rdb_last_bgsave_status"] == "ok"
    assert [path.name for path in tmp_path.glob("*.rdb")] == ["dump.rdb"]

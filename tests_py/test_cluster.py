"""A primary with its replicas by names; servers that are not ours among them."""

import os
import signal

import pytest
import redis

import replserver as rs
from harness import threads_of, wait_until
from replserver import client, external_server

SECONDS_MAX = 20


@pytest.fixture
def trio():
    with rs.Cluster(master="m", replicas=["r1", "r2"], seed=7) as c:
        yield c


def test_a_cluster_is_up_and_in_sync_at_once(trio):
    with redis.Redis(**trio.m.connection) as client:
        client.set("k", 1)
    trio.wait_in_sync(timeout=SECONDS_MAX)
    assert trio.r1.call("GET", "k") == trio["r2"].call("GET", "k") == b"1"
    assert trio.digests_equal()
    rs.assert_consistent(trio)


def test_members_are_known_by_their_names(trio):
    assert [one.name for one in trio] == ["m", "r1", "r2"]
    assert len(trio) == 3 and "r2" in trio and "r3" not in trio
    assert trio.primary is trio.m
    with pytest.raises(AttributeError, match="no member 'r3': m, r1, r2"):
        _ = trio.r3
    with pytest.raises(KeyError, match="no member of this cluster: m, r1, r2"):
        _ = trio["r3"]


@pytest.mark.parametrize("name", ["wait_in_sync", "clock", "not a name", "m"])
def test_a_name_that_could_not_be_used_is_refused(name):
    with pytest.raises(ValueError, match="no name for a member|taken"):
        rs.Cluster(master="m", replicas=[name])


@pytest.mark.parametrize("member", [3, None, ("127.0.0.1", 1)])
def test_what_is_no_member_is_refused(member):
    for wanted in ({"master": member}, {"replicas": [member]}):
        with pytest.raises(TypeError, match="a member is a name, or what rs.external gave, not"):
            rs.Cluster(**wanted)


def test_replicas_can_be_counted_and_chained():
    with rs.Cluster(replicas=2) as c:
        assert [one.name for one in c] == ["m", "r1", "r2"]
    with rs.Cluster("a", {"c": "b", "b": "a"}) as c:
        c.a.call("SET", "k", 1)
        c.wait_in_sync(timeout=SECONDS_MAX)
        assert c.c.call("GET", "k") == b"1"
        assert c.c.replication.primary == c.link("c", "b").address
        assert [one.name for one in c.b.replication.replicas] == ["c"]
    with pytest.raises(ValueError, match="nobody leads from a to b, c"):
        rs.Cluster("a", {"b": "c", "c": "b"})


def test_promotion_takes_the_others_along_if_asked_to(trio):
    trio.m.call("SET", "k", 1)
    trio.wait_in_sync(timeout=SECONDS_MAX)
    trio.promote("r1", rest=True)
    assert trio.primary is trio.r1
    trio.r1.call("SET", "k", 2)
    trio.wait_in_sync(timeout=SECONDS_MAX)
    assert trio.m.call("GET", "k") == trio.r2.call("GET", "k") == b"2"
    assert trio.r1.info.sync_full == 0


def test_a_primary_that_is_gone_is_not_taken_along(trio):
    trio.m.close()
    trio.promote("r1", rest=True)
    trio.r1.call("SET", "k", 2)
    trio.wait_in_sync(timeout=SECONDS_MAX)
    assert trio.r2.call("GET", "k") == b"2"
    assert "m: closed" in repr(trio)


def test_roles_can_be_swapped(trio):
    trio.follow("m", "r1")
    trio.r1.call("SET", "k", 2)
    trio.wait_in_sync(timeout=SECONDS_MAX)
    assert trio.m.call("GET", "k") == trio.r2.call("GET", "k") == b"2"
    with pytest.raises(ValueError, match="cannot follow itself"):
        trio.follow("m", "m")


def test_a_circle_is_never_in_sync():
    with rs.Cluster("a", {"b": "a", "c": "b"}) as c:
        c.follow("a", "c")
        with pytest.raises(rs.ReplserverError, match="follow each other in a circle"):
            c.wait_in_sync(timeout=SECONDS_MAX)
        assert [one.name for one in c] == ["a", "b", "c"] and "a: replica of c" in c.report()


def test_who_is_late_is_told_with_both_offsets(trio):
    trio.r1.replicate(("127.0.0.1", 1))  # where nobody answers
    trio.m.call("SET", "k", 1)
    with pytest.raises(rs.WaitTimeout, match=rf"m is at offset {trio.m.offset}, r1 is .* at offset"):
        trio.wait_in_sync(timeout=0.01)
    assert trio.lag("r1") == trio.m.offset - trio.r1.offset > 0
    with pytest.raises(ValueError, match="m follows nobody"):
        trio.lag("m")


def test_time_is_moved_for_all_and_the_living_stay_connected():
    with rs.Cluster(replicas=2, clock="manual", repl_timeout=60) as c:
        c.m.call("SET", "k", 1, "EX", 100)
        started = c.m.time
        c.clock.advance(99)
        assert len(c.m.replication.online) == 2
        assert {round(now - started) for now in c.clock.time.values()} == {99}
        c.clock.advance(2)
        c.wait_in_sync(timeout=SECONDS_MAX)
        assert c.m.call("GET", "k") is None and c.r1.call("GET", "k") is None


def test_a_clock_can_be_ahead_of_the_others_or_behind():
    with rs.Cluster(replicas=2, clock="manual") as c:
        before = c.clock.time
        c.clock.skew("r1", 2.5)
        c.clock.skew("r2", -2)
        c.clock.advance(5)
        moved = {name: round(now - before[name], 1) for name, now in c.clock.time.items()}
        assert moved == {"m": 5, "r1": 7.5, "r2": 3}


def test_expiry_goes_by_the_clock_of_whoever_is_asked():
    with rs.Cluster(replicas=2, clock="manual") as c:
        c.m.call("SET", "k", 1, "EX", 100)
        c.wait_in_sync(timeout=SECONDS_MAX)
        c.clock.skew("r1", 60)
        c.clock.skew("r2", -30)
        c.clock.advance(50)
        assert [one.call("TTL", "k") for one in c] == [50, -2, 80]
        assert [one.call("GET", "k") for one in c] == [b"1", None, b"1"]
        c.link("m", "r2").hold()
        c.clock.advance(51)
        assert c.m.call("GET", "k") is None
        assert c.r2.call("GET", "k") == b"1"  # by its clock it is early, and nobody tells it


def test_lag_goes_by_the_primarys_clock():
    directives = {"min_replicas_to_write": 2, "min_replicas_max_lag": 10}
    with rs.Cluster(replicas=2, clock="manual", **directives) as c:
        before = c.lag("r1").seconds
        c.clock.skew("m", 11)  # in which nobody acknowledges anything
        assert c.lag("r1").seconds == c.lag("r2").seconds == before + 11
        with pytest.raises(rs.CommandError, match="NOREPLICAS"):
            c.m.call("SET", "k", 1)
        c.clock.advance(1)
        assert c.lag("r1").seconds <= 1
        assert c.m.call("SET", "k", 1) == "OK"


def test_a_clock_that_nobody_has_is_not_moved():
    with rs.Cluster(replicas=[rs.external("redis-server", name="x")], clock="manual") as c:
        for name in ("x", "nobody"):
            with pytest.raises(ValueError, match=f"'{name}' has no clock that can be moved: those of m can"):
                c.clock.skew(name, 1)


def test_the_real_clock_is_not_moved(trio):
    with pytest.raises(ValueError, match="clock='manual'"):
        trio.clock.advance(1)


def test_a_seed_makes_nodes_that_differ_and_runs_that_do_not():
    ids = []
    for _ in range(2):
        with rs.Cluster(replicas=1, seed=7) as c:
            ids.append((c.m.run_id, c.r1.run_id))
    assert ids[0] == ids[1] and ids[0][0] != ids[0][1]


def test_a_redis_server_can_be_the_primary_or_a_replica():
    redis_server = rs.external("redis-server")
    with rs.Cluster(redis_server, ["r1", rs.external("redis-server", name="r2")]) as c:
        assert c.m is redis_server and c.m.name == "m"
        c.m.call("SET", "k", 1)
        c.m.call("ZADD", "z", 1.5, "a")
        c.wait_in_sync(timeout=SECONDS_MAX)
        assert c.r1.call("GET", "k") == c.r2.call("GET", "k") == b"1"
        assert c.digests_equal()
        rs.assert_consistent(c)
        c.promote("r1", rest=True)
        c.r1.call("SET", "k", 2)
        c.wait_in_sync(timeout=SECONDS_MAX)
        assert c.m.call("GET", "k") == b"2"
        c.r1.wait_state(SECONDS_MAX, replicas=2)
    assert redis_server.closed and not redis_server.folder.exists()


def test_an_external_server_tells_what_a_node_tells():
    with rs.external("redis-server") as server:
        with rs.Node(name="r", replicaof=(server.connection["host"], server.port)) as r:
            server.call("SET", "k", 1)
            r.wait_in_sync(timeout=SECONDS_MAX)
            server.wait_state(SECONDS_MAX, replicas=1, acknowledged=server.offset)
            seen = server.replication
            assert (seen.role, seen.id, seen.offset) == ("primary", r.replication_id, r.offset)
            assert [(one.name, one.state) for one in seen.replicas] == [("r", "online")]
            assert seen.backlog and seen.backlog.end == seen.offset
            assert server.config["save"] == "" and server.digest() == r.digest()
            server.replicate(r)
            r.promote()
            server.wait_state(SECONDS_MAX, role="replica", link="connected")
            with pytest.raises(rs.WaitTimeout, match="not yet offset="):
                server.wait_offset(10**9, timeout=0.01)


def test_a_reply_that_comes_late_is_nobody_elses(monkeypatch):
    with rs.Node() as node, rs.external("127.0.0.1", node.port) as server:
        monkeypatch.setattr(client, "_SECONDS_MAX", 0.05)
        with pytest.raises(rs.WaitTimeout, match="no reply after 0.05 s"):
            server.call("BLPOP", "queue", 0)
        node.call("RPUSH", "queue", "late")
        assert server.call("PING") == "PONG"


def test_a_server_that_does_not_answer_hides_no_failure(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        with rs.Cluster(rs.external("redis-server"), ["r"]) as c:
            monkeypatch.setattr(client, "_SECONDS_MAX", 0.05)
            c.m._hang_up()  # the next connection has that limit
            os.kill(c.m.pid, signal.SIGSTOP)
            _ = 1 / 0
    assert c.closed and c.report().startswith("no report: 127.0.0.1:")


def test_a_program_that_does_not_start_says_why():
    with pytest.raises(rs.StartError, match="no such program"):
        rs.external("redis-server-of-nobody")
    with pytest.raises(ValueError, match="no command"):
        rs.external("")
    with pytest.raises(rs.StartError, match="Bad directive"):
        rs.external("redis-server", no_such_directive="x")


def test_a_stranger_who_has_taken_the_port_is_not_taken_for_the_program(monkeypatch):
    with rs.Node() as stranger:
        free = external_server._free_port
        ports = [stranger.port]
        monkeypatch.setattr(external_server, "_free_port", lambda: ports.pop() if ports else free())
        with rs.external("redis-server") as server:
            assert server.port != stranger.port and server.info.process_id == server.pid
        monkeypatch.setattr(external_server, "_free_port", lambda: stranger.port)
        with pytest.raises(rs.StartError, match="Address already in use"):
            rs.external("redis-server")


def test_passwords_are_for_all_members():
    with rs.Cluster(replicas=1, requirepass="secret") as c:
        with redis.Redis(**c.m.connection) as client:
            assert client.set("k", 1)
        c.wait_in_sync(timeout=SECONDS_MAX)
        assert rs.diff(c.m, c.r1) == []


def test_nothing_is_left_behind():
    with rs.Cluster(replicas=1):
        pass
    before = threads_of()
    c = rs.Cluster(replicas=3)
    c.close()
    c.close()
    assert c.closed
    wait_until(lambda: threads_of() <= before, "the threads' end")


def test_a_notebook_shows_roles_offsets_and_lag(trio):
    trio.m.call("SET", "k", 1)
    trio.wait_in_sync(timeout=SECONDS_MAX)
    shown = trio._repr_html_()
    for told in ("<b>replserver.Cluster</b>", "m (connected)", str(trio.m.offset), "0 bytes"):
        assert told in shown
    assert f"m: primary at {trio.m.offset}; r1: replica of m (connected)" in repr(trio)

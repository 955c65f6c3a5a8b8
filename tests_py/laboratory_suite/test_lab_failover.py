"""Who leads changes: by hand, behind partitions, in chains; and what becomes of what was written."""

import pytest

import replserver as rs

SECONDS_MAX = 20


def in_sync(c):
    c.wait_in_sync(timeout=SECONDS_MAX)
    rs.assert_consistent(one for one in c if not one.closed)


def test_the_others_follow_who_is_promoted(repl_cluster):
    c = repl_cluster
    c.m.call("SET", "k", 1)
    c.wait_in_sync(timeout=SECONDS_MAX)
    c.promote("r1", rest=True)
    c.r1.call("INCR", "k")
    in_sync(c)
    assert c.m.call("GET", "k") == b"2" and c.r1.info.sync_full == 0


def test_a_primary_that_is_gone_is_replaced(repl_cluster):
    c = repl_cluster
    c.m.call("SET", "k", 1)
    c.wait_in_sync(timeout=SECONDS_MAX)
    c.link("m", "r1").cut()
    c.m.close()
    c.promote("r1", rest=True)
    c.r1.call("SET", "k", 2)
    in_sync(c)
    assert c.r2.call("GET", "k") == b"2" and c.r1.info.sync_full == 0


def test_three_failovers_in_a_row_cost_no_full_sync(repl_cluster):
    c = repl_cluster
    for name in ("r1", "r2", "m"):
        c.promote(name, rest=True)
        c[name].call("INCR", "k")
        in_sync(c)
    assert c.m.call("GET", "k") == b"3"
    assert c.r1.info.sync_full == c.r2.info.sync_full == 0


def test_what_no_replica_has_got_is_lost(repl_cluster):
    c = repl_cluster
    c.m.call("SET", "k", 1)
    c.wait_in_sync(timeout=SECONDS_MAX)
    c.partition({"m"}, {"r1", "r2"})
    c.m.call("SET", "k", 2)
    c.m.close()
    c.promote("r1", rest=True)
    c.heal()
    in_sync(c)
    assert c.r1.call("GET", "k") == b"1"


def test_what_one_replica_has_acknowledged_survives_with_it(repl_cluster):
    c = repl_cluster
    c.link("m", "r2").hold()
    writer = c.m.session()
    writer.call("SET", "k", "v")
    assert writer.start("WAIT", 1, 0).result(timeout=SECONDS_MAX) == 1
    writer.close()
    c.m.close()
    c.promote("r1", rest=True)
    in_sync(c)
    assert c.r2.call("GET", "k") == b"v"


def test_what_wait_has_counted_is_lost_if_another_one_is_promoted(repl_cluster):
    c = repl_cluster
    c.m.call("SET", "k", "old")
    c.wait_in_sync(timeout=SECONDS_MAX)
    c.link("m", "r2").hold()
    with c.m.session() as writer:
        writer.call("SET", "k", "new")
        assert writer.start("WAIT", 1, 0).result(timeout=SECONDS_MAX) == 1
    c.m.close()
    c.promote("r2", rest=True)
    in_sync(c)
    assert c.r1.call("GET", "k") == b"old"


@pytest.mark.parametrize("writes", [0, 3])
def test_split_brain_is_healed_by_whom_is_followed(repl, writes):
    with repl(replicas=1) as c:
        c.m.call("SET", "k", 0)
        c.wait_in_sync(timeout=SECONDS_MAX)
        c.partition({"m"}, {"r1"})
        c.promote("r1")
        for _ in range(writes):
            c.m.call("INCR", "k")
        c.r1.call("SET", "k", "new")
        c.heal()
        c.follow("m", "r1")
        in_sync(c)
        assert c.m.call("GET", "k") == b"new"
        assert c.r1.info.sync_full == (1 if writes else 0)  # a history of its own is replaced


def test_roles_are_swapped_and_swapped_back(repl):
    with repl(replicas=1) as c:
        for leader, other in (("r1", "m"), ("m", "r1")):
            c.follow(other, leader)
            c[leader].call("INCR", "k")
            in_sync(c)
        assert c.r1.call("GET", "k") == b"2"


@pytest.mark.parametrize("one_way", [False, True])
def test_a_partition_parts_until_it_is_healed(repl_cluster, one_way):
    c = repl_cluster
    c.partition({"m"}, {"r1"}, one_way=one_way)
    c.m.call("SET", "k", 1)
    c.r2.wait_offset(c.m.offset, timeout=SECONDS_MAX)
    assert c.r1.call("GET", "k") is None
    c.heal()
    in_sync(c)


def test_what_is_said_upwards_is_no_condition_for_what_comes_down(repl_cluster):
    c = repl_cluster
    c.partition({"r1", "r2"}, {"m"}, one_way=True)
    c.m.call("SET", "k", 1)
    in_sync(c)


def test_a_link_that_is_to_come_is_parted_as_well(repl_cluster):
    c = repl_cluster
    c.partition({"r1"}, {"r2"})
    c.promote("r1")
    c.follow("r2", "r1")
    c.r1.call("SET", "k", 1)
    with pytest.raises(rs.WaitTimeout):
        c.wait_in_sync(timeout=0.02)
    assert c.r2.call("GET", "k") is None
    c.heal()
    c.wait_in_sync(timeout=SECONDS_MAX)
    assert c.r2.call("GET", "k") == b"1"
    assert c.link("r1", "r2") is c.link("r2", "r1")


def test_a_chain_hands_everything_on(repl):
    with repl("a", {"b": "a", "c": "b", "d": "c"}) as c:
        for number in range(5):
            c.a.call("RPUSH", "list", number)
        in_sync(c)
        assert c.d.call("LLEN", "list") == 5


@pytest.mark.parametrize("where", [("a", "b"), ("b", "c")])
def test_a_chain_that_is_cut_resumes(repl, where):
    with repl("a", {"b": "a", "c": "b"}) as c:
        c.link(*where).cut(at="command")
        c.a.call("SET", "k", "x" * 64)
        c.link(*where).wait_cut()
        in_sync(c)
        assert c.a.info.sync_full == c.b.info.sync_full == 1


def test_the_middle_of_a_chain_leads_on_when_its_primary_is_gone(repl):
    with repl("a", {"b": "a", "c": "b"}) as c:
        c.a.call("SET", "k", 1)
        c.wait_in_sync(timeout=SECONDS_MAX)
        c.a.close()
        c.promote("b")
        c.b.call("INCR", "k")
        c.c.wait_in_sync(timeout=SECONDS_MAX)
        assert c.c.call("GET", "k") == b"2" and c.b.info.sync_full == 1


@pytest.mark.parametrize("kind", ["primary", "replica"])
def test_a_real_redis_takes_part(repl, kind):
    redis = rs.external("redis-server", name="x")
    with repl(redis, ["r"]) if kind == "primary" else repl("r", [redis]) as c:
        c.primary.call("SET", "k", "v")
        in_sync(c)


def test_a_real_redis_resumes_from_a_cut_of_ours(repl):
    with repl(rs.external("redis-server", name="x"), ["r"]) as c:
        link = c.link("x", "r")
        link.cut(at_offset=c.x.offset + 17)
        c.x.call("SET", "k", "x" * 64)
        link.wait_cut()
        in_sync(c)
        assert c.x.info.sync_full == 1 and c.x.info.sync_partial_ok == 1

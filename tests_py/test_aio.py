"""The waits of clusters and links in asyncio: as those of threads, and the loop runs on."""

import asyncio
import threading

import pytest

import replserver as rs
from harness import wait_until

SECONDS_MAX = 20


def waiting_threads():
    return [thread for thread in threading.enumerate() if thread.name == "replserver-wait"]


async def test_a_cluster_is_waited_for_and_ends_with_its_block():
    async with rs.Cluster(replicas=2) as c:
        c.link("m", "r1").hold()
        c.m.call("SET", "k", 1)
        in_sync = asyncio.ensure_future(c.aio.wait_in_sync(timeout=SECONDS_MAX))
        await c.r2.aio.wait_offset(c.m.offset, timeout=SECONDS_MAX)
        assert not in_sync.done()
        c.link("m", "r1").release()
        await in_sync
        assert c.r1.call("GET", "k") == b"1"
    assert c.closed


async def test_who_is_late_is_told_with_both_offsets():
    async with rs.Cluster(replicas=1) as c:
        c.link("m", "r1").hold()
        c.m.call("SET", "k", 1)
        with pytest.raises(rs.WaitTimeout, match=rf"m is at offset {c.m.offset}, r1 is"):
            await c.aio.wait_in_sync(timeout=0.01)


async def test_a_failure_within_the_block_leaves_a_report():
    with pytest.raises(ZeroDivisionError):
        async with rs.Cluster(replicas=1) as c:
            _ = 1 / 0
    assert "m: a primary at offset" in c.report()


async def test_acknowledgements_and_time_are_moved_by_hand():
    async with rs.Cluster(replicas=1, acks="manual", clock="manual") as c:
        c.m.call("SET", "k", 1)
        waiting = c.m.start("WAIT", 1, 0)
        await c.aio.ack("r1")
        assert await waiting == 1
        await c.aio.advance(3)
        assert set(c.clock.time) == {"m", "r1"}


async def test_an_acknowledgement_that_is_given_up_is_never_sent():
    async with rs.Cluster(replicas=1, acks="manual") as c:
        link = c.link("m", "r1")
        link.hold()
        c.m.call("SET", "k", 1)
        for offset in (None, c.m.offset):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(c.aio.ack("r1", offset), 0.01)
        wait_until(lambda: not waiting_threads(), "the thread's end")
        link.release()
        c.wait_in_sync(timeout=SECONDS_MAX)
        link.wait_offset(c.m.offset)
        assert c.m.replication.replicas[0].acknowledged < c.m.offset


async def test_who_follows_nobody_acknowledges_nothing():
    async with rs.Cluster(replicas=1) as c:
        for name, error, told in (("m", ValueError, "m follows nobody"), ("x", KeyError, "no member")):
            with pytest.raises(error, match=told):
                await c.aio.ack(name)
            with pytest.raises(error, match=told):
                c.ack(name)


async def test_a_real_redis_is_waited_for_as_well():
    async with rs.Cluster(rs.external("redis-server"), [rs.external("redis-server", name="r")]) as c:
        c.m.call("SET", "k", 1)
        await c.aio.wait_in_sync(timeout=SECONDS_MAX)
        assert c.r.call("GET", "k") == b"1"
        assert (await c.m.aio.wait_state(SECONDS_MAX, replicas=1)).role == "primary"
        with pytest.raises(rs.WaitTimeout, match="m: after 0.01 s not yet offset="):
            await c.m.aio.wait_offset(10**9, timeout=0.01)


async def test_a_link_is_waited_for_while_the_loop_runs_on():
    with rs.Cluster(replicas=["r"]) as c:
        link = c.link("m", "r")
        link.cut(at="command")
        cut = asyncio.ensure_future(link.aio.wait_cut(SECONDS_MAX))
        event = asyncio.ensure_future(link.aio.wait_event("cut", timeout=SECONDS_MAX))
        await asyncio.sleep(0)
        assert not cut.done()
        c.m.call("SET", "k", "v" * 64)
        assert (await cut).cuts == 1 and (await event).what == "cut"
        assert (await link.aio.wait_conversations(2, SECONDS_MAX)).conversations == 2
        assert (await link.aio.wait_offset(c.m.offset, SECONDS_MAX)).offset >= c.m.offset
        await link.aio.wait_acknowledged(c.m.offset, SECONDS_MAX)
        assert (await link.aio.wait_phase("streaming", SECONDS_MAX)).phase == "streaming"
        link.hold()
        assert (await link.aio.wait_held(SECONDS_MAX)).held


async def test_a_link_that_is_waited_for_in_vain_tells_what_it_saw():
    with rs.Cluster(replicas=["r"]) as c:
        link = c.link("m", "r")
        link.cut(at_offset=c.m.offset + 1)
        with pytest.raises(rs.WaitTimeout, match="no cut after 0.01 s: 1 open of 1, streaming"):
            await link.aio.wait_cut(0.01)


async def test_a_wait_that_is_given_up_leaves_no_thread():
    with rs.Cluster(replicas=["r"]) as c:
        waiting = asyncio.ensure_future(c.link("m", "r").aio.wait_event("cut", timeout=None))
        while not waiting_threads():
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        wait_until(lambda: not waiting_threads(), "the thread's end")

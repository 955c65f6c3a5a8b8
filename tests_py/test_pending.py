"""Values to come: commands that block, conditions, sessions; by threads and by asyncio."""

import asyncio
import gc
import os
import signal
import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait

import pytest

from harness import wait_until
from replserver import ClosedError, CommandError, Node, WaitTimeout
from test_fork import in_child

SECONDS_MAX = 20
not_under_tsan = pytest.mark.skipif(
    os.environ.get("REPLSERVER_SANITIZE") == "thread",
    reason="ThreadSanitizer does not follow a process that has threads through a fork",
)


def blocked(node, count=1):
    wait_until(lambda: node.info.blocked_clients == count)


def test_a_command_that_blocks_is_answered_by_another_ones_write(node):
    popped = node.start("BLPOP", "queue", 0)
    blocked(node)
    assert not popped.done()
    node.call("RPUSH", "queue", "job")
    assert popped.result(SECONDS_MAX) == [b"queue", b"job"]
    assert popped.done() and popped.result() == [b"queue", b"job"]


def test_a_command_that_does_not_block_is_answered_as_well(node):
    assert node.start("SET", "k", "v").result(SECONDS_MAX) == "OK"
    with pytest.raises(CommandError, match="WRONGTYPE"):
        node.start("LPUSH", "k", "v").result(SECONDS_MAX)


def test_a_limit_may_be_infinite(node):
    popped = node.start("BLPOP", "queue", 0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(popped.result, float("inf"))
        assert not wait([waiting], timeout=0.05).done
        node.call("RPUSH", "queue", "job")
        assert waiting.result(SECONDS_MAX) == [b"queue", b"job"]


def test_a_session_for_one_command_ends_with_it(node):
    clients = node.info.connected_clients
    assert node.start("PING").result(SECONDS_MAX) == "PONG"
    assert node.info.connected_clients == clients


def test_a_result_that_does_not_come_in_time_can_be_waited_for_again(node):
    popped = node.start("BLPOP", "queue", 0)
    with pytest.raises(WaitTimeout, match=r"BLPOP: nothing after 0\.01 s"):
        popped.result(timeout=0.01)
    node.call("RPUSH", "queue", "job")
    assert popped.result(SECONDS_MAX) == [b"queue", b"job"]


def test_a_cancelled_command_has_no_effect(node):
    popped = node.start("BLPOP", "queue", 0)
    blocked(node)
    assert popped.cancel() and popped.cancelled() and popped.done()
    blocked(node, 0)
    node.call("RPUSH", "queue", "job")
    assert node.call("LLEN", "queue") == 1
    with pytest.raises(CancelledError):
        popped.result()


def test_what_is_done_cannot_be_cancelled(node):
    done = node.start("PING")
    done.result(SECONDS_MAX)
    assert not done.cancel() and not done.cancelled()


def test_wait_counts_replicas_that_have_the_write():
    with Node() as m, Node(replicaof=m), Node(replicaof=m):
        m.wait_in_sync(timeout=SECONDS_MAX)
        with m.session() as session:
            session.call("SET", "k", "v")
            assert session.call("WAIT", 2, 0) == 2
        three = m.start("WAIT", 3, 0)
        blocked(m)
        with Node(replicaof=m):
            m.wait_state(SECONDS_MAX, replicas=3)
            wait_until(three.done)
        assert three.result() == 3


def test_a_session_has_a_transaction_of_its_own(node):
    with node.session() as one, node.session() as other:
        one.call("MULTI")
        assert one.call("INCR", "n") == "QUEUED"
        assert other.call("INCR", "n") == 1
        assert node.call("INCR", "n") == 2
        assert one.call("EXEC") == [3]


def test_a_session_has_a_database_of_its_own(node):
    with node.session() as session:
        session.call("SELECT", 3)
        session.call("SET", "k", "v")
        assert node.call("EXISTS", "k") == 0
        assert node.info.db3["keys"] == 1


def test_a_transaction_of_calls_does_not_disturb_what_the_node_tells(node):
    node.call("MULTI")
    node.call("INCR", "n")
    assert node.info.connected_clients == 0
    assert len(node.digest()) == 40
    node.config["hz"] = 50
    assert node.call("EXEC") == [1]


def test_a_session_that_is_closed_says_so(node):
    session = node.session()
    session.close()
    session.close()
    with pytest.raises(ClosedError):
        session.call("PING")
    assert node.info.connected_clients == 0


def test_a_session_that_nobody_refers_to_ends(node):
    session = node.session()
    assert session.call("CLIENT", "SETNAME", "gone") == "OK"
    del session
    gc.collect()
    wait_until(lambda: node.info.connected_clients == 0)


def test_a_session_that_is_killed_says_so(node):
    with node.session() as session:
        waiting = session.start("BLPOP", "queue", 0)
        blocked(node)
        number = node.call("CLIENT", "LIST").split("id=")[1].split()[0]
        assert node.call("CLIENT", "KILL", "ID", number) == 1
        with pytest.raises(ClosedError):
            waiting.result(SECONDS_MAX)
        with pytest.raises(ClosedError):
            session.call("PING")


def test_what_a_session_is_asked_while_it_blocks_comes_afterwards(node):
    with node.session() as session:
        first = session.start("BLPOP", "queue", 0)
        second = session.start("INCR", "n")
        blocked(node)
        assert not second.done()
        node.call("RPUSH", "queue", "job")
        assert second.result(SECONDS_MAX) == 1
        assert first.done()


def test_a_session_that_subscribes_is_answered_all_the_same(node):
    with node.session() as session:
        assert session.call("SUBSCRIBE", "one", "two") == [b"subscribe", b"two", 2]
        node.call("PUBLISH", "one", "that nobody reads")
        popped = session.start("BLPOP", "queue", 0)
        blocked(node)
        for _ in range(3):
            assert node.call("PUBLISH", "two", "a message") == 1
        node.call("RPUSH", "queue", "job")
        assert popped.result(SECONDS_MAX) == [b"queue", b"job"]


def test_a_session_ends_with_a_last_word(node):
    with node.session() as session:
        assert session.call("QUIT") == "OK"
        with pytest.raises(ClosedError):
            session.call("PING")


def test_ctrl_c_ends_a_call_that_blocks(node):
    with node.session() as session:
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            session.call("BLPOP", "queue", 0)
        timer.join()
    blocked(node, 0)


def test_closing_a_node_ends_what_waits_for_it():
    node = Node()
    waits = [node.start("BLPOP", "queue", 0), node.when(offset=10**9)]
    blocked(node)
    threading.Timer(0.02, node.close).start()
    for pending in waits:
        with pytest.raises(ClosedError):
            pending.result(SECONDS_MAX)
    with pytest.raises(ClosedError):
        node.start("PING")
    with pytest.raises(ClosedError):
        node.when(offset=1)
    with pytest.raises(ClosedError):
        node.session()


def test_closing_a_node_ends_what_is_awaited():
    async def story():
        async with Node() as node:
            awaited = [
                asyncio.ensure_future(coroutine)
                for coroutine in (
                    node.start("BLPOP", "queue", 0)._arrival(),
                    node.aio.wait_offset(10**9),
                    node.aio.wait_state(role="replica"),
                )
            ]
            await asyncio.sleep(0)  # they have begun
        for task in awaited:
            with pytest.raises(ClosedError):
                await task

    asyncio.run(story())


def test_sessions_and_nodes_can_be_closed_in_any_order():
    for _ in range(50):
        node = Node()
        session = node.session()
        closing = threading.Thread(target=node.close)
        closing.start()
        session.close()
        closing.join()
        session.close()


def test_a_shutdown_ends_what_waits_for_the_node():
    with Node() as node:
        popped = node.start("BLPOP", "queue", 0)
        blocked(node)
        assert node.start("SHUTDOWN", "NOSAVE")._core.wait(SECONDS_MAX)
        with pytest.raises(ClosedError):
            popped.result(SECONDS_MAX)


def test_a_condition_comes_true_on_another_threads_write(node):
    there = node.when(offset=node.offset + 1)
    assert not there.done()
    threading.Timer(0.01, node.call, ("SET", "k", "v")).start()
    assert there.result(SECONDS_MAX).offset == node.offset


def test_a_wait_is_woken_and_does_not_look_every_now_and_then(node):
    """At the pace of the looks for signals, 50 of these would take more than a second."""
    started = time.perf_counter()
    for number in range(50):
        there = node.when(offset=node.offset + 1)
        writer = threading.Thread(target=node.call, args=("SET", "k", number))
        writer.start()
        there.result(SECONDS_MAX)
        writer.join()
    print(f"{(time.perf_counter() - started) / 50 * 1e6:.0f} us each")


def test_asyncio_awaits_replies_and_conditions(node):
    async def story():
        popped = node.start("BLPOP", "queue", 0)
        there = node.when(offset=node.offset + 1)
        node.call("RPUSH", "queue", "job")
        assert await popped == [b"queue", b"job"]
        assert (await there).offset > 0
        assert await there == await there

    asyncio.run(story())


def test_asyncio_waits_for_nodes_in_sync():
    async def story():
        async with Node() as m, Node(replicaof=m) as r, Node(replicaof=r) as last:
            await last.aio.wait_in_sync(timeout=SECONDS_MAX)
            m.call("SET", "k", "v")
            await asyncio.gather(
                r.aio.wait_offset(m.offset, timeout=SECONDS_MAX),
                m.aio.wait_in_sync(last, timeout=SECONDS_MAX),
                m.aio.wait_state(SECONDS_MAX, replicas=1),
            )
            assert last.call("GET", "k") == b"v"
            with pytest.raises(WaitTimeout, match="offset=1000000"):
                await r.aio.wait_offset(10**6, timeout=0.01)
            await r.aio.wait_offset(m.offset, timeout=0)

    asyncio.run(story())


def test_a_task_that_is_cancelled_gives_its_command_up(node):
    async def story():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(node.start("BLPOP", "queue", 0), 0.01)

    asyncio.run(story())
    blocked(node, 0)


def test_the_loop_goes_on_while_it_awaits(node):
    async def story():
        popped = asyncio.ensure_future(node.start("BLPOP", "queue", 0)._arrival())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not popped.done()
        node.call("RPUSH", "queue", "job")
        assert await popped == [b"queue", b"job"]

    asyncio.run(story())


@not_under_tsan
def test_a_child_does_not_wait_for_its_parents_nodes(node):
    popped, far = node.start("BLPOP", "queue", 0), node.when(offset=10**9)
    session = node.session()

    def child():
        for call in (popped.result, popped.done, far.result, node.session):
            with pytest.raises(ClosedError, match="parent"):
                call()
        with pytest.raises(ClosedError, match="parent"):
            session.call("PING")

    in_child(child)
    node.call("RPUSH", "queue", "job")
    assert popped.result(SECONDS_MAX) == [b"queue", b"job"]
    assert session.call("PING") == "PONG"

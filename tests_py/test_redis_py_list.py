"""redis-py's helpers for lists, in both protocols, on a live node."""

import threading

import pytest
import redis


def test_elements_are_pushed_read_and_changed(redis_py):
    assert redis_py.rpush("l", "b", "c", 4) == 3
    assert redis_py.lpush("l", "a") == 4
    assert (redis_py.lpushx("none", "x"), redis_py.rpushx("none", "x")) == (0, 0)
    assert redis_py.rpushx("l", "e") == 5
    assert redis_py.lrange("l", 0, -1) == ["a", "b", "c", "4", "e"]
    assert (redis_py.llen("l"), redis_py.lindex("l", -1), redis_py.lindex("l", 9)) == (5, "e", None)
    assert redis_py.lset("l", 3, "d") is True
    assert redis_py.linsert("l", "BEFORE", "c", "b") == 6
    assert redis_py.linsert("l", "after", "nosuch", "x") == -1
    assert redis_py.lpos("l", "b") == 1
    assert redis_py.lpos("l", "b", rank=-1) == 2
    assert redis_py.lpos("l", "b", count=0) == [1, 2]
    assert redis_py.lpos("l", "nosuch") is None
    assert redis_py.lrem("l", 1, "b") == 1
    assert redis_py.ltrim("l", 1, 3) is True
    assert redis_py.lrange("l", 0, -1) == ["b", "c", "d"]


@pytest.mark.parametrize(("size", "encoding"), [(20, "listpack"), (5000, "quicklist")])
def test_elements_are_taken_from_both_ends(redis_py, size, encoding):
    elements = [f"element:{number}" for number in range(size)]
    redis_py.rpush("l", *elements)
    assert redis_py.object("encoding", "l") == encoding
    assert redis_py.lrange("l", 0, -1) == elements
    assert redis_py.lpop("l") == elements[0]
    assert redis_py.lpop("l", 3) == elements[1:4]
    assert redis_py.rpop("l", 2) == elements[:-3:-1]
    assert redis_py.lmpop(2, "none", "l", direction="RIGHT", count=2) == ["l", elements[-3:-5:-1]]
    assert redis_py.lmove("l", "m", "LEFT", "RIGHT") == elements[4]
    assert redis_py.rpoplpush("l", "m") == elements[-5]
    assert redis_py.lrange("m", 0, -1) == [elements[-5], elements[4]]
    assert redis_py.rpop("l", size) == elements[5:-5][::-1]
    assert redis_py.lpop("l", 3) is None
    assert redis_py.lmpop(1, "l", direction="LEFT") is None


def test_who_waits_for_elements_gets_them_at_once_or_in_time(redis_py, node):
    redis_py.rpush("l", 1, 2, 3, 4)
    assert list(redis_py.blpop(["none", "l"], timeout=1)) == ["l", "1"]
    assert list(redis_py.brpop("l", timeout=1)) == ["l", "4"]
    assert redis_py.blmove("l", "m", 1, "LEFT", "LEFT") == "2"
    assert redis_py.brpoplpush("l", "m", 1) == "3"
    assert redis_py.blmpop(1, 1, "m", direction="LEFT", count=5) == ["m", ["3", "2"]]
    assert redis_py.blpop("l", timeout=0.01) is None

    with redis.Redis(**node.connection) as other:
        pusher = threading.Thread(target=lambda: other.rpush("l", "late"))
        pusher.start()
        assert list(redis_py.blpop("l", timeout=20)) == ["l", "late"]
        pusher.join()


def test_other_types_are_refused(redis_py):
    redis_py.set("text", "x")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.lpush("text", "a")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.lmove("text", "l")
    with pytest.raises(redis.ResponseError, match="no such key"):
        redis_py.lset("none", 0, "a")

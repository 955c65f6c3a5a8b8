"""redis-py's helpers for streams, in both protocols, on a live node."""

import itertools

import pytest
import redis

HOUR_MS = 3_600_000


def streams(answer):
    """What XREAD and XREADGROUP found, by key: RESP2 tells it as a list, RESP3 as a map of lists."""
    if isinstance(answer, dict):
        return {key: [tuple(entry) for found in lists for entry in found] for key, lists in answer.items()}
    return {key: [tuple(entry) for entry in entries] for key, entries in answer}


def entries(answer):
    return [tuple(entry) for entry in answer]


@pytest.fixture
def five(redis_py):
    """A stream of five entries, 1-1 to 5-1, and a group that has read nothing."""
    for number in range(1, 6):
        redis_py.xadd("s", {"n": number}, id=f"{number}-1")
    redis_py.xgroup_create("s", "g", id="0")
    return redis_py


def test_entries_are_added_read_and_removed(redis_py):
    first = redis_py.xadd("s", {"name": "ann", "age": 7})
    second = redis_py.xadd("s", {"name": "bob"})
    assert first < second
    assert redis_py.xadd("none", {"a": 1}, nomkstream=True) is None
    assert redis_py.xlen("s") == 2
    assert entries(redis_py.xrange("s")) == [(first, {"name": "ann", "age": "7"}), (second, {"name": "bob"})]
    assert entries(redis_py.xrevrange("s", count=1)) == [(second, {"name": "bob"})]
    assert entries(redis_py.xrange("s", min=f"({first}")) == [(second, {"name": "bob"})]
    assert redis_py.xdel("s", first, "1-1") == 1
    with pytest.raises(redis.ResponseError, match="equal or smaller"):
        redis_py.xadd("s", {"a": 1}, id="1-1")


def test_the_oldest_entries_are_trimmed(five):
    assert five.xadd("s", {"n": 6}, id="6-1", maxlen=5, approximate=False) == "6-1"
    assert five.xtrim("s", minid="4", approximate=False) == 2
    assert five.xtrim("s", maxlen=1, approximate=True) == 0, "whole nodes only"
    assert five.xtrim("s", maxlen=1, approximate=False) == 2
    assert [key for key, _ in five.xrange("s")] == ["6-1"]


def test_several_streams_are_read_at_once(five):
    five.xadd("t", {"a": 1}, id="9-9")
    assert streams(five.xread({"s": "4", "t": 0}, count=1)) == {"s": [("4-1", {"n": "4"})], "t": [("9-9", {"a": "1"})]}
    assert not five.xread({"s": "$", "t": "$"}, block=1)


def test_each_entry_goes_to_one_consumer_until_it_is_acknowledged(five):
    assert streams(five.xreadgroup("g", "ann", {"s": ">"}, count=2)) == {"s": [("1-1", {"n": "1"}), ("2-1", {"n": "2"})]}
    assert streams(five.xreadgroup("g", "bob", {"s": ">"}, count=1)) == {"s": [("3-1", {"n": "3"})]}
    assert five.xpending("s", "g") == {
        "pending": 3, "min": "1-1", "max": "3-1", "consumers": [{"name": "ann", "pending": 2}, {"name": "bob", "pending": 1}],
    }
    told = five.xpending_range("s", "g", min="-", max="+", count=9, consumername="bob")
    assert [(one["message_id"], one["consumer"], one["times_delivered"]) for one in told] == [("3-1", "bob", 1)]
    assert five.xpending_range("s", "g", min="-", max="+", count=9, idle=HOUR_MS) == []
    assert five.xack("s", "g", "1-1", "3-1", "9-9") == 2
    assert streams(five.xreadgroup("g", "ann", {"s": "0"})) == {"s": [("2-1", {"n": "2"})]}
    assert streams(five.xreadgroup("g", "ann", {"s": ">"}, noack=True)) == {"s": [("4-1", {"n": "4"}), ("5-1", {"n": "5"})]}
    assert five.xpending("s", "g")["pending"] == 1


def test_what_is_pending_is_claimed_by_another_consumer(five):
    five.xreadgroup("g", "ann", {"s": ">"})
    assert five.xclaim("s", "g", "bob", HOUR_MS, ["1-1"]) == []
    assert entries(five.xclaim("s", "g", "bob", 0, ["1-1"], idle=HOUR_MS, retrycount=7)) == [("1-1", {"n": "1"})]
    assert five.xclaim("s", "g", "bob", 0, ["2-1"], justid=True) == ["2-1"]
    (told,) = five.xpending_range("s", "g", min="1", max="1", count=1)
    assert (told["consumer"], told["times_delivered"]) == ("bob", 7) and told["time_since_delivered"] >= HOUR_MS
    five.xdel("s", "3-1")
    after, claimed, deleted = five.xautoclaim("s", "g", "carl", 0, start_id="2", count=2)
    assert (after, entries(claimed), deleted) == ("4-1", [("2-1", {"n": "2"})], ["3-1"])
    assert five.xautoclaim("s", "g", "carl", 0, start_id=after, justid=True) == ["4-1", "5-1"]


def test_groups_and_consumers_are_made_told_of_and_removed(five):
    with pytest.raises(redis.ResponseError, match="BUSYGROUP"):
        five.xgroup_create("s", "g")
    assert five.xgroup_create("new", "g", mkstream=True) is True
    assert five.xgroup_createconsumer("s", "g", "ann") == 1
    assert five.xgroup_createconsumer("s", "g", "ann") == 0
    five.xreadgroup("g", "ann", {"s": ">"}, count=2)
    (group,) = five.xinfo_groups("s")
    assert group == {"name": "g", "consumers": 1, "pending": 2, "last-delivered-id": "2-1", "entries-read": 2, "lag": 3}
    (consumer,) = five.xinfo_consumers("s", "g")
    assert (consumer["name"], consumer["pending"]) == ("ann", 2)
    assert 0 <= consumer["idle"] < HOUR_MS and 0 <= consumer["inactive"] < HOUR_MS
    assert five.xgroup_setid("s", "g", id="$", entries_read=5) is True
    assert five.xgroup_delconsumer("s", "g", "ann") == 2
    assert five.xgroup_destroy("s", "g") == 1


def test_a_stream_is_described_in_short_and_in_full(five):
    five.xreadgroup("g", "ann", {"s": ">"}, count=1)
    told = five.xinfo_stream("s")
    assert (told["length"], told["last-generated-id"], told["entries-added"], told["groups"]) == (5, "5-1", 5, 1)
    assert [tuple(told[edge]) for edge in ("first-entry", "last-entry")] == [("1-1", {"n": "1"}), ("5-1", {"n": "5"})]
    full = five.xinfo_stream("s", full=True)
    assert len(full["entries"]) == 5
    (group,) = full["groups"]
    assert group["pel-count"] == 1 and group["consumers"][0]["name"] == "ann"


def test_the_last_id_is_set(five):
    assert five.execute_command("XSETID", "s", "9-9", "ENTRIESADDED", 70, "MAXDELETEDID", "8") == "OK"
    told = five.xinfo_stream("s")
    assert (told["last-generated-id"], told["entries-added"], told["max-deleted-entry-id"]) == ("9-9", 70, "8-0")
    with pytest.raises(redis.ResponseError, match="smaller than current max_deleted_entry_id"):
        five.execute_command("XSETID", "s", "1-1")


def test_changes_of_streams_are_told_to_who_listens(redis_py):
    """Each kind of event, in the order of its making; who reads, acknowledges or claims makes none."""
    redis_py.config_set("notify-keyspace-events", "Et")
    with redis_py.pubsub(ignore_subscribe_messages=True) as listener:
        listener.psubscribe("__keyevent@0__:*")
        redis_py.xgroup_create("s", "g", mkstream=True)
        redis_py.xadd("s", {"a": 1}, id="1")
        redis_py.xadd("s", {"a": 1}, id="2", maxlen=1, approximate=False)
        redis_py.xreadgroup("g", "ann", {"s": ">"})
        redis_py.xclaim("s", "g", "bob", 0, ["2"])
        redis_py.xack("s", "g", "2")
        redis_py.xgroup_setid("s", "g", id="0")
        redis_py.xtrim("s", maxlen=0, approximate=False)
        redis_py.xadd("s", {"a": 1}, id="3")
        redis_py.xdel("s", "3")
        redis_py.execute_command("XSETID", "s", "7")
        redis_py.xgroup_createconsumer("s", "g", "carl")
        redis_py.xgroup_delconsumer("s", "g", "carl")
        redis_py.xgroup_destroy("s", "g")
        expected = [
            "xgroup-create", "xadd", "xadd", "xtrim", "xgroup-createconsumer", "xgroup-createconsumer", "xgroup-setid", "xtrim",
            "xadd", "xdel", "xsetid", "xgroup-createconsumer", "xgroup-delconsumer", "xgroup-destroy",
        ]
        told = [message["channel"] for message in itertools.islice(listener.listen(), len(expected))]
        assert told == [f"__keyevent@0__:{event}" for event in expected]

"""What a primary tells its replicas of every kind of change: beside a real redis-server. See differential/feed.py."""

import contextlib

import pytest

from differential import CHANGING_KEYS, difference, find, script_of, shown, side_of, side_of_server
from differential.feed import Feed, feed_difference
from differential.script import steps_of
from harness_cluster import LiveCluster

# Every form that is told instead of what a client said; each line is a step, see steps_of.
FED = {
    "deadlines are instants": [
        "0 SET k v EX 100", "0 SETEX k 100 v", "0 PSETEX k 100000 v", "0 SET k v PXAT 99999999999999 NX GET",
        "0 SET k v EX 100 XX", "0 SET k v KEEPTTL", "0 EXPIRE k 100 XX", "0 PEXPIRE k 200000 GT",
        "0 EXPIREAT k 4102444800", "0 GETEX k EX 100", "0 GETEX k", "0 GETEX k PERSIST", "0 GETEX k PERSIST",
        "0 GETEX k PXAT 4102444800000",
    ],
    "a deadline in the past deletes": [
        "0 MSET a 1 b 2 c 3 d 4", "0 EXPIRE a -1", "0 PEXPIREAT b 5", "0 GETEX c PXAT 5", "0 SET d v PXAT 5",
        "0 SET e v EXAT 5", "0 EXPIRE nosuch -1",
    ],
    "an expired key is deleted by who finds it": [
        "0 PSETEX k 1 v ~", "0 GET k", "0 PSETEX k 1 v ~", "0 SET k w", "0 PSETEX k 1 v ~", "0 LPUSH k 1",
        "0 PEXPIRE k 1 ~", "0 LPUSHX k 1", "0 PSETEX a 1 v", "0 PSETEX b 1 v ~", "0 MGET a b", "0 PSETEX a 1 v ~",
        "0 DEL a", "0 PSETEX a 1 v ~", "0 RENAME a b", "0 PSETEX a 1 v ~", "0 EXISTS a a",
    ],
    "what is let go of later is unlinked": [
        "0 CONFIG SET lazyfree-lazy-expire yes", "0 PSETEX k 1 v ~",
        "0 GET k", "0 SET k v", "0 EXPIRE k -1", "0 SADD s a b", "0 SPOP s 2", "0 SET k v", "0 GETDEL k", "0 MSET k v l w", "0 DEL k",
        "0 RENAME l m", "0 GETEX m PXAT 5",
    ],
    "what a transaction changes is told as one": [
        "0 MULTI", "0 SET a 1", "0 EXEC", "0 MULTI", "0 SET a 1", "0 INCR b", "0 EXEC", "0 MULTI", "0 GET a",
        "0 EXEC", "0 MULTI", "0 SELECT 3", "0 SET a 1", "0 SELECT 0", "0 SET a 1", "0 EXEC", "0 MULTI",
        "0 DEL nosuch", "0 SET a 2", "0 EXEC", "0 PSETEX c 1 v ~", "0 MULTI", "0 GET c", "0 SET a 3", "0 EXEC",
        "0 PSETEX c 1 v ~", "0 MULTI", "0 SET a 3", "0 GET c", "0 EXEC", "0 PSETEX c 1 v ~", "0 MULTI", "0 GET c",
        "0 EXEC", "0 MULTI", "0 SPOP nosuch", "0 EXEC",
    ],
    "numbers are results": [
        "0 INCRBYFLOAT k 1.5", "0 HINCRBYFLOAT h f 1.5", "0 INCR n", "0 HINCRBY h n 2", "0 ZINCRBY z 1.5 a",
    ],
    "what is drawn by chance is named": [
        "0 SADD s a", "0 SPOP s", "0 SADD s a b c", "0 SPOP s 3", "0 SADD s a a", "0 SPOP s 0", "0 SPOP s 9",
    ],
    "strings that are taken": [
        "0 SET k v", "0 GETSET k w", "0 GETDEL k", "0 GETDEL k", "0 GETSET k w", "0 APPEND k x", "0 SETRANGE k 1 y",
    ],
    "pops tell what they took": [
        "0 RPUSH l a b c d e f g", "0 LMPOP 2 x l LEFT COUNT 2", "0 LMPOP 1 l RIGHT", "0 LMOVE l m LEFT RIGHT",
        "0 RPOPLPUSH l m", "0 LPOP l 1", "0 BLPOP x l 0", "0 BRPOP m 0", "0 RPUSH l a b c d",
        "0 BLMOVE l m LEFT LEFT 0", "0 BRPOPLPUSH l m 0", "0 BLMPOP 0 1 l LEFT COUNT 5", "0 BLMPOP 0 1 m RIGHT",
        "0 ZADD z 1 a 2 b 3 c 4 d 5 e 6 f", "0 ZPOPMIN z", "0 BZPOPMIN z 0", "0 BZPOPMAX x z 0", "0 ZMPOP 1 z MAX",
        "0 BZMPOP 0 1 z MIN COUNT 9",
    ],
    "places are scores": [
        "0 GEOADD g 13.361389 38.115556 p 15.087269 37.502669 c", "0 GEOADD g NX 1 1 p",
        "0 GEORADIUS g 15 37 200 km STORE d", "0 GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km",
        "0 GEOSEARCHSTORE d nosuch FROMLONLAT 15 37 BYRADIUS 200 km",
    ],
    "what is moved, copied and sorted": [
        "0 SET a 1", "0 COPY a b", "0 COPY a b", "0 COPY a b REPLACE", "0 COPY a c DB 2", "0 MOVE a 5",
        "0 RENAME b a", "0 RENAMENX a b", "0 RPUSH l 2 1", "0 SORT l", "0 SORT l STORE d", "0 SORT nosuch STORE d",
        "0 SORT nosuch STORE d",
    ],
    "ids that a stream chose, and what a trim left": [
        "0 CONFIG SET stream-node-max-entries 2", "0 XADD s 1-1 f v", "0 XADD s 1-* f v", "0 XADD s MAXLEN ~ 2 5-* f v",
        "0 XADD s MAXLEN ~ 2 LIMIT 100 6-1 f v", "0 XADD s MAXLEN 3 7-1 f v", "0 XADD s MINID ~ 1 9-1 f v",
        "0 XADD s MINID ~ 6 LIMIT 2 10-* f v", "0 XADD s NOMKSTREAM MAXLEN ~ 9 11 f v", "0 XTRIM s MAXLEN ~ 3", "0 XTRIM s MAXLEN ~ 1 LIMIT 2",
        "0 XTRIM s MINID 10", "0 XTRIM s MINID 10", "0 XADD s MAXLEN ~ 0 13-1 f v", "0 XADD s MINID ~ 99 15-1 f v", "0 XDEL s 15-1 3",
        "0 XDEL s 15-1", "0 XSETID s 100 ENTRIESADDED 50 MAXDELETEDID 7",
    ],
    "what is pending, and for whom": [
        "0 XADD s 1 f v", "0 XADD s 2 f v", "0 XADD s 3 f v", "0 XADD s 5 f v", "0 XADD s 6 f v", "0 XGROUP CREATE s g 0",
        "0 XREADGROUP GROUP g ann COUNT 1 STREAMS s >", "0 XREADGROUP GROUP g bob COUNT 2 NOACK STREAMS s >",
        "0 XREADGROUP GROUP g ann STREAMS s >", "0 XREADGROUP GROUP g ann STREAMS s 0", "0 XREADGROUP GROUP g ann STREAMS s >",
        "0 XCLAIM s g bob 0 1 JUSTID", "0 XCLAIM s g emil 0 1 2 5 6 TIME 1000 RETRYCOUNT 7 FORCE", "0 XCLAIM s g emil 0 99 FORCE",
        "0 XCLAIM s g emil 0 99 LASTID 50", "0 XCLAIM s g fred 0 5 LASTID 60", "0 XDEL s 5", "0 XCLAIM s g ann 0 5 6 LASTID 70", "0 XDEL s 2",
        "0 XAUTOCLAIM s g ann 0 0", "0 XDEL s 6", "0 XAUTOCLAIM s g ann 0 0 JUSTID", "0 XAUTOCLAIM s g gina 0 0 COUNT 1", "0 XACK s g 1 2 3",
        "0 XACK s g 1", "0 XGROUP SETID s g 0", "0 XREADGROUP GROUP g ann STREAMS s s > >", "0 XGROUP DELCONSUMER s g ann",
        "0 XGROUP DESTROY s g", "0 XGROUP DESTROY s g", "0 XGROUP CREATE t g $ MKSTREAM", "0 XGROUP CREATE t g $ MKSTREAM",
    ],
    "estimates that are kept": [
        "0 PFADD p a", "0 PFADD p a", "0 PFCOUNT p", "0 PFCOUNT p", "0 PFADD q b", "0 PFMERGE r p q", "0 PFCOUNT r p",
    ],
    "nothing is told of what changes nothing": [
        "0 DEL nosuch", "0 SADD s a", "0 SADD s a", "0 SREM s b", "0 HSET h f v", "0 HSET h f v", "0 HDEL h g",
        "0 ZADD z 1 a", "0 ZADD z 1 a", "0 ZADD z XX 1 b", "0 LTRIM nosuch 0 1", "0 RPUSH l a", "0 LREM l 1 b",
        "0 LTRIM l 0 -1", "0 SETNX s v", "0 PERSIST s", "0 EXPIRE s 100 XX", "0 SETBIT b 1 0", "0 SETBIT b 1 0",
        "0 APPEND b x", "0 SMOVE s t b", "0 SINTERSTORE d nosuch", "0 LSET l 0 a",
    ],
    "databases": [
        "0 FLUSHDB", "0 FLUSHALL", "0 SWAPDB 1 2", "0 SELECT 4", "0 SET k v", "1 SET k v", "0 SET k v",
        "0 FLUSHDB ASYNC", "0 UNLINK k", "1 UNLINK k",
    ],
    "messages": [
        "0 PUBLISH c m", "0 MULTI", "0 PUBLISH c m", "0 EXEC", "0 MULTI", "0 SET k v", "0 PUBLISH c m", "0 EXEC",
        "0 SPUBLISH c m",
    ],
    "letters are as they were typed": [
        "0 set K v", "0 Incr n", "0 mUlTi", "0 sadd s a", "0 Sadd s b", "0 exec",
    ],
}  # fmt: skip


@pytest.fixture
def primaries(redis_server):
    """Redis and ours, live, and what each tells its replicas."""
    with contextlib.closing(LiveCluster(1)) as cluster:
        sides = side_of_server(redis_server), side_of(cluster)
        for side in sides:
            side.feed = Feed(side)
        yield sides
        for side in sides:
            side.close()


@pytest.mark.parametrize("family", CHANGING_KEYS)
def test_replicas_are_told_of_each_family_as_by_redis(primaries, family):
    for seed in range(1, 13):
        report = find(seed, script_of(seed, [family]), *primaries)
        assert report is None, report


@pytest.mark.parametrize("title", FED)
def test_what_replicas_are_told_of_a_command_is_what_redis_tells(primaries, title):
    script = list(steps_of(FED[title]))
    found = difference(script, *primaries)
    assert found is None, f"{title}\n{shown(script)}\n{found}"


def test_replicas_are_told_what_woke_somebody_and_then_what_he_took(primaries):
    lines = [
        "0 BLPOP l 0", "1 RPUSH l a b", "0 BLMOVE m n LEFT LEFT 0", "2 BRPOP n 0", "1 RPUSH m c", "0 BZPOPMIN z 0", "1 ZADD z 1 a",
        "0 BLMPOP 0 1 k LEFT COUNT 2", "2 BLPOP k 0", "1 MULTI", "1 RPUSH k a b c", "1 SET s v", "1 EXEC",
    ]  # fmt: skip
    told = []
    for side in primaries:
        side.begin()
        for number in range(3):
            side.client(number)
        for step in steps_of(lines):
            side.client(step.client).send(step.bytes(side.id_of))
            side.settle()
        told.append(side.feed.said())
    found = feed_difference(*told, clocks_apart_ms=0)
    assert found is None, found

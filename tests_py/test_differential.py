"""What a real redis-server answers, our node answers: live and in virtual time. See differential/."""

import contextlib
import itertools

import pytest

from differential import CHANGING_KEYS, FAMILIES, difference, find, overheard, script_of, shortest, shown, side_of, side_of_server
from differential.bytes import bytes_difference, stream_of
from differential.known import KNOWN_DIFFERENCES
from differential.script import Step, steps_of
from differential.sides import SocketClient, SocketSide
from harness import encoded

CONVERSATIONS = 300  # of about 45 steps; by hand, as many as you like: python -m differential


@pytest.fixture
def redis(redis_server):
    with contextlib.closing(side_of_server(redis_server)) as side:
        yield side


@pytest.fixture
def ours(cluster):
    return side_of(cluster)


@pytest.mark.parametrize("first", range(0, CONVERSATIONS, 25))
def test_random_conversations_are_answered_as_by_redis(redis, ours, first):
    for seed in range(first, first + 25):
        report = find(seed, script_of(seed), redis, ours)
        assert report is None, report


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_each_family_of_commands_alone_is_answered_as_by_redis(redis, ours, family):
    for seed in range(1, 9):
        report = find(seed, script_of(seed, [family]), redis, ours)
        assert report is None, report


@pytest.mark.parametrize("family", CHANGING_KEYS)
def test_the_notifications_of_each_family_are_those_of_redis(redis, ours, family):
    for seed in range(1, 13):
        report = find(seed, overheard(script_of(seed, [family])), redis, ours)
        assert report is None, report


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_damaged_bytes_are_answered_as_by_redis(redis, ours, first):
    for seed in range(first, first + 100):
        pieces = stream_of(seed)
        found = bytes_difference(pieces, redis, ours)
        assert found is None, f"seed {seed}, redis-server's answer first:\n{pieces}\n{found}"


# ---- What random conversations have found: "client words", "~" at the end: then time passes


FOUND = {
    "EXEC that is refused is aborted, with or without MULTI": [
        "0 EXEC 2", "0 SUBSCRIBE c", "0 EXEC",
    ],
    "error texts end a word at its first zero byte": [
        "0 \x00a", "0 a\x00b c\x00d", "0 CLIENT x\x00y", "0 OBJECT x\x00y k", "0 DEBUG x\x00y", "0 EXPIRE k 1 x\x00y",
    ],
    "DEBUG ERROR keeps line breaks as spaces": ["0 DEBUG ERROR a\r\nb\r\n"],
    "a zero byte ends a cursor": ["0 SCAN 5\x00 COUNT +1", "0 SCAN 0\x00"],
    "what has expired and is not deleted yet takes memory and counts for digests": [
        "0 PSETEX k 1 v ~", "1 MEMORY USAGE k", "1 DEBUG DIGEST-VALUE k none", "1 DEBUG DIGEST", "1 GET k", "1 DEBUG DIGEST",
    ],
    "RESET has no reply behind CLIENT REPLY SKIP, and has one behind CLIENT REPLY OFF": [
        "0 CLIENT REPLY SKIP", "0 RESET", "0 PING", "0 CLIENT REPLY OFF", "0 PING", "0 RESET", "0 PING",
    ],
    "shards cannot be subscribed to within EXEC": [
        "0 MULTI", "0 SUBSCRIBE a", "0 SSUBSCRIBE b", "0 EXEC", "1 SPUBLISH b m", "1 PUBLISH a m",
    ],
    "a killed subscriber is no receiver any more": [
        "0 SSUBSCRIBE d", "1 CLIENT KILL TYPE PUBSUB", "+1 SPUBLISH d m",
    ],
    "who monitors may not read or write": [
        "0 MONITOR", "0 GET k", "0 SET k v", "0 PUBLISH c m", "0 PING", "1 SET k v", "0 MULTI", "0 GET k", "0 EXEC",
    ],
    "monitors see an EXEC that is refused": ["0 MONITOR", "1 MULTI", "1 SET k", "1 EXEC", "1 EXEC x"],
    "an unknown command or subcommand is no last command": [
        "0 CLIENT NOSUCH", "1 CLIENT LIST", "0 NOSUCH", "1 CLIENT LIST", "0 GET", "1 CLIENT LIST", "0 CLIENT", "1 CLIENT LIST",
        "0 COMMAND NOSUCH", "1 CLIENT LIST",
    ],
    "nothing is queued where there is no memory": [
        "0 MULTI", "1 CONFIG SET maxmemory 1", "0 GET k", "0 WATCH k", "0 EXEC", "0 MULTI", "0 DISCARD", "1 DEL k",
    ],
    "what EXEC will not execute is not queued": [
        "0 MULTI", "0 NOSUCH", "0 SET k v", "1 CONFIG SET maxmemory 1", "0 EXEC",
    ],
    "without a password nobody has to authenticate, but who did not is still unknown": [
        "1 CONFIG SET requirepass secret", "0 RESET", "0 GET k", "1 CONFIG SET requirepass secret", "2 RESET", "2 AUTH secret",
        "2 CONFIG SET requirepass ", "0 GET k", "0 HELLO 3", "2 CONFIG SET requirepass other", "0 GET k", "2 GET k",
    ],
    "keys made by DEBUG POPULATE are told as new": [
        "0 PSUBSCRIBE *", "1 CONFIG SET notify-keyspace-events KEn", "1 DEBUG POPULATE 2", "1 DEBUG POPULATE 3 p 5",
    ],
    "ids of streams are read as strtoull reads, but for plain negative numbers": [
        "0 XADD k +5-\t1 f v", "0 XADD k 6--07 f v", "0 XADD k 7--7 f v", "0 XADD k 007 f v", "0 XADD k 8\x00- f v", "0 XRANGE k - +",
    ],
    "XADD reads its id before it looks at LIMIT": ["0 XADD k LIMIT 1 5-x f v"],
    "XGROUP takes each option once": [
        "0 XGROUP CREATE k g 0 MKSTREAM ENTRIESREAD 1 MKSTREAM", "0 XADD k 1 f v", "0 XGROUP CREATE k g 0 MKSTREAM MKSTREAM ENTRIESREAD 1",
        "0 XGROUP CREATE k g 0", "0 XGROUP SETID k g 0 ENTRIESREAD 1 ENTRIESREAD 1",
    ],
    "XPENDING counts its words once for all forms": [
        "0 XGROUP CREATE k g 0 MKSTREAM", "0 XPENDING k g - + 1 c d e", "0 XPENDING k g - + x", "0 XPENDING k g IDLE 1 - +",
    ],
    "who reads, claims or acknowledges misses a key": [
        "0 CONFIG SET notify-keyspace-events KEm", "0 PSUBSCRIBE *", "1 XACK k g 1", "1 XCLAIM k g c 0 1", "1 XAUTOCLAIM k g c 0 0",
        "1 XREADGROUP GROUP g c STREAMS k >", "1 XTRIM k MAXLEN 0", "1 XDEL k 1",
    ],
    "who reads for a group does not touch the stream": [
        "0 XADD k 1 f v", "0 XGROUP CREATE k g 0", "0 WATCH k", "1 XREADGROUP GROUP g c STREAMS k >", "1 XCLAIM k g d 0 1",
        "1 XREADGROUP GROUP g d STREAMS k 0", "1 XACK k g 1", "1 XAUTOCLAIM k g c 0 0", "0 MULTI", "0 EXEC",
    ],
    "what was deleted before the first entry leaves no gap in what a group has read": [
        "0 XADD k 1 f v", "0 XADD k 2 f v", "0 XGROUP CREATE k g 0 ENTRIESREAD 3", "0 XGROUP CREATE k h 1", "0 XDEL k 1",
        "0 XINFO GROUPS k", "0 XADD k 3 f v", "0 XDEL k 3", "0 XINFO GROUPS k",
    ],
    "a trim by ids that leaves nothing tells so": ["0 XADD k MINID ~ 9 1 f v", "0 XTRIM k MINID 5", "0 XLEN k", "0 XINFO STREAM k"],
    "the end of a range is what strtod reads": [
        "0 ZADD z 1 a 2 b 3 c", "0 ZRANGEBYSCORE z -1e400 1e400", "0 ZRANGEBYSCORE z (\t2 +inf", "0 ZCOUNT z 1e-400 2\x00x",
        "0 ZCOUNT z 1e400x 2", "0 ZCOUNT z ( 2", "0 ZREMRANGEBYSCORE z -inf nan", "0 ZREMRANGEBYSCORE z 2 1e999",
    ],
    "a combined sorted set has the sign of its zeros": [
        f"0 ZADD z 1 {'x' * 70} -0 a", "0 ZDIFF 1 z WITHSCORES", "0 ZUNION 1 z WITHSCORES", "0 ZUNIONSTORE d 1 z", "0 ZSCORE d a",
        "0 ZREM z " + "x" * 70, "0 ZDIFFSTORE d 1 z", "0 ZSCORE d a", "0 ZINTER 1 z WITHSCORES",
    ],
    "a string that only grew is notified of as new": [
        "1 CONFIG SET notify-keyspace-events KEn", "1 PSUBSCRIBE __key*", "0 BITFIELD k OVERFLOW FAIL INCRBY u8 8 -1", "0 STRLEN k",
        "0 BITFIELD k OVERFLOW FAIL INCRBY u8 80 -1", "0 STRLEN k",
    ],
}  # fmt: skip


@pytest.mark.parametrize("title", FOUND)
def test_what_once_was_answered_otherwise_is_answered_as_by_redis(redis, ours, title):
    script = list(steps_of(FOUND[title]))
    found = difference(script, redis, ours)
    assert found is None, f"{title}\n{shown(script)}\n{found}"


REFUSED = """
CLIENT PAUSE|CLIENT PAUSE x|CLIENT PAUSE -1|CLIENT PAUSE 10 NEVER|CLIENT PAUSE 10 WRITE now
CLIENT LIST TYPE|CLIENT LIST TYPE x|CLIENT LIST ID|CLIENT LIST ID x|CLIENT LIST x|CLIENT LIST TYPE normal x
CLIENT KILL|CLIENT KILL ID|CLIENT KILL ID x|CLIENT KILL ID 0|CLIENT KILL ID 99 SKIPME|CLIENT KILL a b c|CLIENT KILL USER x
CLIENT UNBLOCK|CLIENT UNBLOCK x|CLIENT UNBLOCK 1 x|CLIENT UNBLOCK 1 ERROR x|CLIENT REPLY|CLIENT REPLY x|CLIENT SETNAME a\tb
CLIENT NO-EVICT|CLIENT NO-EVICT x|CLIENT GETNAME x|CLIENT ID x|CLIENT INFO x|CLIENT UNPAUSE x|CLIENT x y
CONFIG GET|CONFIG SET|CONFIG SET a|CONFIG SET maxmemory|CONFIG SET maxmemory x|CONFIG SET nosuch 1|CONFIG SET port 0 port 0
CONFIG SET maxmemory 1 maxmemory 2|CONFIG SET databases 3|CONFIG SET maxmemory-policy x|CONFIG SET timeout -1
CONFIG SET hz x|CONFIG SET appendonly maybe|CONFIG SET maxmemory -1|CONFIG RESETSTAT x|CONFIG REWRITE x|CONFIG x
SLOWLOG|SLOWLOG GET x|SLOWLOG GET -2|SLOWLOG GET 1 2|SLOWLOG LEN x|SLOWLOG RESET x|SLOWLOG x
LATENCY|LATENCY HISTORY|LATENCY HISTORY nosuch|LATENCY GRAPH nosuch|LATENCY RESET nosuch|LATENCY LATEST x|LATENCY x
MEMORY|MEMORY USAGE|MEMORY USAGE k SAMPLES|MEMORY USAGE k SAMPLES x|MEMORY USAGE k SAMPLES -1|MEMORY USAGE k x|MEMORY x
OBJECT ENCODING|OBJECT FREQ k|OBJECT FREQ nosuch|OBJECT ENCODING nosuch|OBJECT IDLETIME nosuch|OBJECT x k
COMMAND COUNT x|COMMAND GETKEYS|COMMAND GETKEYS NOSUCH k|COMMAND GETKEYS GET a b|COMMAND GETKEYS PING x|COMMAND LIST x
COMMAND LIST FILTERBY|COMMAND LIST FILTERBY x y|COMMAND LIST FILTERBY ACLCAT nosuch|COMMAND INFO nosuch|COMMAND x
COMMAND LIST FILTERBY PATTERN xge?|COMMAND DOCS nosuch|COMMAND GETKEYSANDFLAGS GET a b|COMMAND LIST FILTERBY MODULE m
DEBUG|DEBUG x|DEBUG SLEEP|DEBUG OBJECT|DEBUG OBJECT nosuch|DEBUG DIGEST x|DEBUG SET-ACTIVE-EXPIRE|DEBUG PROTOCOL|DEBUG PROTOCOL x
DEBUG POPULATE|DEBUG POPULATE x|DEBUG POPULATE -1|DEBUG POPULATE 1 p x|DEBUG POPULATE 1 p -1|DEBUG HTSTATS|DEBUG HTSTATS x|DEBUG HTSTATS 16
PUBSUB|PUBSUB x|PUBSUB CHANNELS a b|PUBSUB NUMPAT x|PUBLISH a|SUBSCRIBE|PSUBSCRIBE|SSUBSCRIBE|SPUBLISH a
HELLO 1|HELLO x|HELLO 3 x|HELLO 3 AUTH|HELLO 3 AUTH a|HELLO 3 SETNAME|AUTH|AUTH a|AUTH a b c|AUTH default|SELECT|SELECT x|SELECT -1
PING a b|ECHO|ECHO a b|QUIT x|RESET x|MULTI x|EXEC|DISCARD|DISCARD x|WATCH|UNWATCH x|TIME x|ROLE x|DBSIZE x|LASTSAVE x|LOLWUT VERSION x
SWAPDB|SWAPDB x 1|SWAPDB 1 x|SWAPDB 16 0|SWAPDB 0 16|SWAPDB -1 0|FLUSHALL x|FLUSHDB x|FLUSHALL SYNC ASYNC|SHUTDOWN x|SHUTDOWN SAVE NOSAVE|SHUTDOWN ABORT
SCAN|SCAN x|SCAN 0 COUNT|SCAN 0 COUNT 0|SCAN 0 COUNT x|SCAN 0 MATCH|SCAN 0 TYPE|SCAN 0 x|KEYS|RANDOMKEY x|MOVE k|MOVE k x|MOVE k 0|MOVE k 16
COPY a a|COPY a b DB|COPY a b DB x|COPY a b DB 16|COPY a b x|RENAME nosuch a|RENAMENX nosuch a|EXPIRE k x|EXPIRE k 1 x|EXPIRE k 1 NX XX|EXPIRE k 1 GT LT
EXPIRE k 9223372036854775807|PEXPIRE k 9223372036854775807|EXPIREAT k 9223372036854775807|SETEX k 0 v|SETEX k x v|PSETEX k -1 v|GETEX k EX|GETEX k EX 0
GETEX k x|SET k v EX|SET k v EX x|SET k v EX 0|SET k v PX -1|SET k v NX XX|SET k v KEEPTTL EX 1|SET k v x|MSET a|MSET a 1 b|MSETNX a 1 b
SETRANGE k -1 v|SETRANGE k x v|SETRANGE k 536870912 v|GETRANGE k x 1|INCRBY k x|DECRBY k -9223372036854775808|INCRBYFLOAT k x|LCS a b LEN IDX|LCS a b x
"""


def test_wrong_words_are_refused_with_the_same_words(redis, ours):
    lines = [line for row in REFUSED.strip().splitlines() for line in row.split("|")]
    # A few at a time: a report tells which. Each as a client of its own would say it.
    for at in range(0, len(lines), 40):
        script = list(itertools.chain.from_iterable(steps_of([f"0 {line}", "0 RESET"]) for line in lines[at : at + 40]))
        found = difference(script, redis, ours)
        assert found is None, found


@pytest.mark.parametrize("known", KNOWN_DIFFERENCES, ids=lambda known: " ".join(known.words))
def test_a_known_difference_is_one(redis, ours, known):
    told = []
    for side in (redis, ours):
        side.begin()
        client = side.client(0)
        client.send(encoded(*known.words))
        ((value, _),) = client.replies(1)
        told.append(value)
    assert told == [known.theirs, known.ours]


# ---- The examiner examined


class Liar(SocketSide):
    """Answers STRLEN with what EXISTS would say."""

    def client(self, number):
        client = super().client(number)
        client.send = lambda data: SocketClient.send(client, data.replace(b"$6\r\nSTRLEN", b"$6\r\nEXISTS"))
        return client


def test_a_wrong_answer_is_found_and_told_with_the_shortest_script(redis, node):
    with contextlib.closing(Liar(node.port)) as liar:
        for seed in itertools.count(1):
            script = [step for step in script_of(seed, ["strings"]) if not step.inline]
            if report := find(seed, script, redis, liar):
                break
    said = [line for line in report.splitlines() if line.startswith("  client")]
    assert len(said) == 2 and "STRLEN" in said[1].upper()


def test_a_seed_makes_the_same_script_each_time():
    assert all(script_of(seed) == script_of(seed) for seed in range(50))
    assert len({shown(script_of(seed)) for seed in range(50)}) == 50


def test_the_shortest_script_needs_each_of_its_steps():
    script = [Step(0, (b"%d" % number,), joined=number % 2 == 1) for number in range(40)]
    short = shortest(script, lambda part: {b"7", b"21", b"22"} <= {step.words[0] for step in part})
    assert [step.words[0] for step in short] == [b"7", b"21", b"22"]
    assert not short[0].joined

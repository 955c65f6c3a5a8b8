"""One conversation with one side, and two of them side by side."""

from dataclasses import dataclass
from itertools import groupby

from harness import encoded

from .feed import feed_difference
from .judge import Judge
from .script import CLIENTS

CHECKPOINT = 12  # writes between two looks at the digest
DATABASES = 16


@dataclass(frozen=True)
class Heard:
    """What came back for a group of steps that were sent in one write."""

    steps: tuple
    replies: list
    others: dict  # messages to clients that had asked nothing
    closed: list  # clients whose links are closed
    digest: object = None
    fed: tuple = ()  # what replicas were told


def groups_of(script):
    number = 0
    numbers = []
    for step in script:
        number += not step.joined
        numbers.append(number)
    return [tuple(step for _, step in group) for _, group in groupby(zip(numbers, script), lambda pair: pair[0])]


def is_talkative(step):
    """Such a command has no reply, or several, or makes others be told something."""
    if may_silence(step):
        return True
    if step.name == b"CLIENT":
        return len(step.words) > 1 and step.words[1].upper() == b"KILL"
    return step.name in (b"QUIT", b"RESET", b"MONITOR") or step.name.endswith(b"SUBSCRIBE")


def may_silence(step):
    return step.name == b"CLIENT" and b"REPLY" in map(bytes.upper, step.words)


def held(script, side):
    """The answers of this side, after each of which the next is said."""
    side.begin()
    if side.feed:
        side.feed.said()  # of what begins it
    if any(step.tells_of_clients for step in script):
        side.ask_ids(range(CLIENTS))
    talkative, may_be_silent = False, set()
    heard = []
    for number, steps in enumerate(groups_of(script), 1):
        talkative = talkative or any(map(is_talkative, steps))
        client = side.client(steps[0].client)
        client.send(b"".join(step.bytes(side.id_of) for step in steps))
        if any(map(may_silence, steps)):
            may_be_silent.add(steps[0].client)
        silent = steps[0].client in may_be_silent or steps[0].name == b"MONITOR"  # said again, it has no reply
        replies = [] if silent else client.replies(len(steps))
        if talkative:
            side.settle()
            replies += client.arrived()
        if len(steps) == len(replies) == 1:
            replies = [_whole_scan(client, steps[0].words, replies[0])]
        if steps[-1].lapses:
            side.pass_time()
        others = side.messages()
        digest = side.call("DEBUG", "DIGEST") if number % CHECKPOINT == 0 else None
        fed = tuple(side.feed.said()) if side.feed else ()
        heard.append(Heard(steps, replies, others, side.closed(), digest, fed))
    return heard


def _whole_scan(client, words, reply):
    """The reply of a SCAN from 0, with all that the following ones find."""
    value, shape = reply
    if words[0].upper() != b"SCAN" or words[1:2] != (b"0",) or not isinstance(value, list):
        return reply
    cursor, found = value
    while cursor != b"0":
        client.send(encoded(words[0], cursor, *words[2:]))
        ((cursor, more), _), *_ = client.replies(1)
        found = found + more
    return [cursor, found], shape


def state_of(side):
    """All that can be told of the data."""
    state = {"digest": side.call("DEBUG", "DIGEST")}
    for db in range(DATABASES):
        side.call("SELECT", str(db))
        if side.call("DBSIZE"):
            keys = sorted(side.call("KEYS", "*"))
            state[db] = side.call("DBSIZE"), [_entry(side, key) for key in keys]
    side.call("SELECT", "0")
    return state


def _entry(side, key):
    kind, encoding = side.call("TYPE", key), side.call("OBJECT", "ENCODING", key)
    if kind in ("set", "list") and encoding != b"intset":
        encoding = "either: 7.0 packs no small sets and lists"
    return key, kind, encoding, side.call("TTL", key) >= 0


def difference(script, expected_side, got_side):
    """None, or in words what the two sides answered differently."""
    judge = Judge(expected_side.now_ms(), got_side.now_ms())
    clocks_apart_ms = abs(expected_side.now_ms() - got_side.now_ms())
    expected, got = held(script, expected_side), held(script, got_side)
    for one, other in zip(expected, got):
        if found := feed_difference(one.fed, other.fed, clocks_apart_ms):
            return found
        if found := judge.difference(one, other):
            return found
        if one.digest != other.digest:
            return f"digests behind {one.steps[-1].words}: {one.digest} and {other.digest}"
    one, other = state_of(expected_side), state_of(got_side)
    return None if one == other else f"data in the end:\n{one}\n{other}"

"""What must be the same in two answers to the same words."""

import itertools
import re
from dataclasses import replace

from .judge_streams import is_of_new_consumer, same_info, same_pending
from .known import RENAMED_ERRORS, is_message

OBSERVER = "observer"  # the name of the client that looks at a server from outside of a conversation
MONITORED = re.compile(r'^\d+\.\d+ \[(\d+) [^\]]*\] (.*)$', re.DOTALL)
TOLERANCE_MS = 5000  # a conversation takes less, by any clock


class Judge:
    """Compares what two sides answered to one conversation, command by command.

    It follows each client's transaction: the replies of EXEC are judged by the commands that were queued.
    """

    def __init__(self, expected_now_ms, got_now_ms):
        self._now = expected_now_ms, got_now_ms
        self._queued = {}

    def difference(self, expected, got):
        """None, or what is not the same in two `Heard`."""
        expected, got = _without_observer(expected), _without_observer(got)
        if expected.closed != got.closed:
            return f"closed links: {expected.closed} and {got.closed}"
        if not self._alike(self._messages(expected), self._messages(got)):
            return f"messages to others:\n{expected.others}\n{got.others}"
        if any(is_message(value) for value in _values_of(expected)) or self._is_subscription_queued(expected.steps):
            return self._difference_of_entangled(expected, got)
        pairs = list(zip(*self._in_one_order(expected, got)))
        for at, (one, other) in enumerate(pairs):
            words = expected.steps[min(at, len(expected.steps) - 1)].words
            if not self.is_same(expected.steps[0].client, words, one, other):
                return f"{_name(words)}: {one[0]!r} and {other[0]!r}, shapes {one[1]} and {other[1]}"
        if len(expected.replies) != len(got.replies):
            return f"replies: {expected.replies!r} and {got.replies!r}"
        return None

    def _messages(self, heard):
        """What others were told; of a SORT in any order: that of a set's members is a table's own."""
        said = [name for step in heard.steps for name in (_name(step.words), *map(_name, self._queued.get(step.client, [])))]
        if not {"SORT", "SORT_RO"} & set(said):
            return heard.others
        return {client: sorted(replies, key=repr) for client, replies in heard.others.items()}

    def _is_subscription_queued(self, steps):
        """EXEC of a command with several replies: its array has more parts than its header says."""
        client = steps[0].client
        ends = any(_name(step.words) == "EXEC" for step in steps)
        return ends and any(_name(words).endswith("SUBSCRIBE") for words in self._queued.get(client, []))

    def _difference_of_entangled(self, expected, got):
        """The same where something else is among the replies: messages to the client itself (see known.py)."""
        for step in expected.steps:
            if _name(step.words) in _ENDS_TRANSACTION:
                self._queued.pop(step.client, None)
        one, other = _values_of(expected), _values_of(got)
        messages = [_in_order_of_patterns(filter(is_message, values)) for values in (one, other)]
        others = [[value for value in values if not is_message(value)] for values in (one, other)]
        if messages[0] == messages[1] and len(others[0]) == len(others[1]) and all(map(_is_of_one_kind, *others)):
            return None
        return f"{expected.steps}: {one!r} and {other!r}"

    @staticmethod
    def _in_one_order(expected, got):
        """Whoever leaves all channels is told so in the order of a table: by name for us."""
        if len(expected.steps) > 1 or _name(expected.steps[0].words) not in _LEAVING:
            return expected.replies, got.replies
        return [sorted(heard.replies, key=lambda reply: repr(_without_count(reply))) for heard in (expected, got)]

    @staticmethod
    def _alike(expected, got):
        def values(messages):
            return {client: _in_order_of_patterns([value for value, _ in replies]) for client, replies in messages.items()}

        def shapes(messages):
            return [[shape for _, shape in replies] for replies in messages.values()]

        tells = all(all(told) for told in shapes(got))
        return values(expected) == values(got) and (not tells or shapes(expected) == shapes(got))

    def is_same(self, client, words, expected, got):
        name = _name(words)
        if expected[0] == "QUEUED" and got[0] == "QUEUED":
            self._queued.setdefault(client, []).append(words)
            return True
        if name in _ENDS_TRANSACTION:
            queued = self._queued.pop(client, [])
            if name == "EXEC" and isinstance(expected[0], list) and isinstance(got[0], list):
                return self._is_same_exec(queued, expected, got)
        return self._is_same_reply(words, expected, got)

    def _is_same_exec(self, queued, expected, got):
        def parts(reply):
            return list(zip(reply[0], reply[1][1] if reply[1] else [None] * len(reply[0])))

        if len(expected[0]) != len(got[0]):
            return False
        if len(expected[0]) != len(queued):  # CLIENT REPLY was among them
            queued = [(b"?",)] * len(expected[0])
        return all(
            self._is_same_reply(words, one, other, in_exec=True)
            for words, one, other in zip(queued, parts(expected), parts(got))
        )

    def _is_same_reply(self, words, expected, got, in_exec=False):
        (value, shape), (got_value, got_shape) = expected, got
        if value == got_value and got_shape in (shape, None):
            return True
        if _is_renamed_error(value, got_value):
            return True
        loose = _LOOSE.get(_name(words))
        if loose is None and len(words) > 1:
            loose = _LOOSE.get(f"{_name(words)} {_name(words[1:])}")
        if loose is None or _is_error(value) or value is None:
            return False
        if got_shape is not None and shape[0] != got_shape[0]:
            return False
        return type(value) is type(got_value) and loose(_Case(words, value, got_value, self._now, in_exec))


def _without_observer(heard):
    """What MONITOR tells, without stamps and addresses, and without what the observer says in between."""

    def monitored(value):
        if isinstance(value, list):
            return [monitored(part) for part in value]
        match = isinstance(value, str) and MONITORED.match(value)
        if match and '"AUTH"' in match[2].upper():
            return "monitored: a password"  # 7.0 and 7.2 hide it in some of those that are refused, we in all
        return f"monitored: [{match[1]}] {match[2]}" if match else value

    def cleaned(replies):
        found = [(monitored(value), shape) for value, shape in replies]
        found = [reply for reply in found if not (is_message(reply[0]) and is_of_new_consumer(reply[0]))]
        return [reply for reply in found if reply[0] not in ('monitored: [0] "PING"', 'monitored: [0] "TIME"')]

    others = {number: told for number, replies in heard.others.items() if (told := cleaned(replies))}
    return replace(heard, replies=cleaned(heard.replies), others=others)


def _values_of(heard):
    """All that was said, the parts of an EXEC's reply one by one: where it ends cannot be told any more."""
    values = [value for value, _ in heard.replies]
    is_exec = [_name(step.words) == "EXEC" for step in heard.steps] + [False] * len(values)
    return [
        part
        for value, opens in zip(values, is_exec)
        for part in (value if opens and isinstance(value, list) and not is_message(value) else [value])
    ]


def _in_order_of_patterns(messages):
    """Of the patterns that match a channel any may be told first."""
    runs = itertools.groupby(messages, key=lambda message: message[-2:] if is_message(message) else None)
    return [message for _, run in runs for message in sorted(run, key=repr)]


def _is_of_one_kind(one, other):
    return one == other or _is_renamed_error(one, other) or (type(one) is type(other) and not _is_error(one))


def _without_count(reply):
    """A confirmation tells how many channels are left, which follows from the order."""
    return reply[0][:2] if isinstance(reply[0], list) and len(reply[0]) == 3 else reply[0]


class _Case:
    def __init__(self, words, expected, got, now_ms, in_exec):
        self.words, self.expected, self.got, self.now_ms, self.in_exec = words, expected, got, now_ms, in_exec


def _is_renamed_error(one, other):
    return _is_error(one) and _is_error(other) and other[1] in RENAMED_ERRORS.get(one[1], ())


def _is_error(value):
    return isinstance(value, tuple) and value[0] == "-"


def _name(words):
    return words[0].decode(errors="replace").upper()


# ---- what need not be the same, because it cannot


def _any(case):
    return True


def _same_sorted(case):
    return isinstance(case.got, list) and sorted(case.expected, key=repr) == sorted(case.got, key=repr)


def _time(unit_ms):
    """A time to live or the instant of its end: either agrees, if one counts from each side's own now."""

    def compare(case):
        if not isinstance(case.got, int) or min(case.expected, case.got) < 0:
            return False
        return _is_about(case, case.expected * unit_ms, case.got * unit_ms)

    return compare


def _is_about(case, expected_ms, got_ms):
    apart, clocks = abs(expected_ms - got_ms), abs(case.now_ms[0] - case.now_ms[1])
    return min(apart, abs(apart - clocks)) <= TOLERANCE_MS


def _scan(case):
    if not isinstance(case.got, list) or len(case.got) != 2:
        return False
    is_part = case.words[1] != b"0" if _name(case.words) == "SCAN" else b"0" != case.expected[0] or case.got[0] != b"0"
    if case.in_exec or is_part:  # a part of a walk: whose order is each table's own
        return isinstance(case.got[0], bytes) and isinstance(case.got[1], list)
    return case.got[0] == case.expected[0] == b"0" and set(case.got[1]) == set(case.expected[1])


def _hello(case):
    def pairs(value):
        pairs = value[1] if isinstance(value, tuple) else zip(value[::2], value[1::2])
        return sorted(([key, part] for key, part in pairs if key not in (b"id", b"version")), key=repr)

    return isinstance(case.got, (list, tuple)) and pairs(case.expected) == pairs(case.got)


def _leaving(case):
    return _without_count((case.expected, None)) == _without_count((case.got, None))


def _help(case):
    return isinstance(case.got, list) and case.got[:1] == case.expected[:1]


def _config(case):
    return any(letter in word for word in case.words[2:] for letter in b"*?[")


def _client_lines(value):
    """The fields of CLIENT LIST that do not depend on who runs where; without the observer."""
    text = value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
    clients = [dict(field.partition("=")[::2] for field in line.split(" ")) for line in text.splitlines()]
    for client in clients:
        # 7.2 forgets CLIENT NO-EVICT at RESET.
        client["flags"] = client.get("flags", "").replace("e", "") or "N"
    return [
        [client.get(field) for field in ("name", "db", "flags", "sub", "psub", "ssub", "multi", "resp", "cmd", "user")]
        for client in clients
        if client.get("name") != OBSERVER
    ]


def _same_pairs(case):
    def pairs(value):
        return sorted(map(list, value[1] if isinstance(value, tuple) else zip(value[::2], value[1::2])))

    return isinstance(case.got, (list, tuple)) and pairs(case.expected) == pairs(case.got)


# Of 7.0, and what 7.2 may say instead of it: small sets and lists are packed now.
_NEWER_ENCODINGS = {b"hashtable": {b"listpack"}, b"quicklist": {b"listpack"}}


def _encoding(case):
    return case.got in _NEWER_ENCODINGS.get(case.expected, ())


def _references(case):
    """Of a small integer: whether it is one that Redis shares hangs on its history."""
    return {case.expected, case.got} == {1, 2**31 - 1}


def _clients(case):
    return isinstance(case.got, (str, bytes)) and _client_lines(case.expected) == _client_lines(case.got)


def _object(case):
    def encoding(value):
        return re.findall(r" encoding:(\S+)", value)[0].encode()

    if not isinstance(case.got, str):
        return False
    expected, got = encoding(case.expected), encoding(case.got)
    return got in {expected, *_NEWER_ENCODINGS.get(expected, ())}


_ENDS_TRANSACTION = {"EXEC", "DISCARD", "RESET", "QUIT"}
_LEAVING = {"UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE"}
_LOOSE = {
    "UNSUBSCRIBE": _leaving,
    "PUNSUBSCRIBE": _leaving,
    "SUNSUBSCRIBE": _leaving,
    "KEYS": _same_sorted,
    "SCAN": _scan,
    "RANDOMKEY": _any,
    "TTL": _time(1000),
    "PTTL": _time(1),
    "EXPIRETIME": _time(1000),
    "PEXPIRETIME": _time(1),
    "TIME": _any,
    "HELLO": _hello,
    "INFO": _any,
    "CLIENT ID": _any,
    "CLIENT INFO": _clients,
    "CLIENT LIST": _clients,
    "CLIENT HELP": _help,
    "CONFIG GET": _config,
    "CONFIG HELP": _help,
    "OBJECT IDLETIME": _any,  # of a small integer: when anybody touched it, by the clock of any policy
    "OBJECT HELP": _help,
    "OBJECT REFCOUNT": _references,
    "PUBSUB CHANNELS": _same_sorted,
    "PUBSUB SHARDCHANNELS": _same_sorted,
    "PUBSUB HELP": _help,
    "MEMORY USAGE": _any,
    "OBJECT FREQ": _any,
    "OBJECT ENCODING": _encoding,
    "HGETALL": _same_pairs,
    "HKEYS": _same_sorted,
    "HVALS": _same_sorted,
    "HRANDFIELD": _any,
    "HSCAN": _scan,
    "SMEMBERS": _same_sorted,
    "SINTER": _same_sorted,
    "SUNION": _same_sorted,
    "SDIFF": _same_sorted,
    "SPOP": _same_sorted,
    "SRANDMEMBER": _any,
    "SSCAN": _scan,
    "ZRANDMEMBER": _any,
    "ZSCAN": _scan,
    "XGROUP CREATECONSUMER": _any,
    "XINFO CONSUMERS": same_info(_is_about),
    "XINFO GROUPS": same_info(_is_about),
    "XINFO STREAM": same_info(_is_about),
    "XPENDING": same_pending(_is_about),
    "DEBUG OBJECT": _object,
}

"""Commands made at random: a line of a small language, with words that like the edges of what is allowed.

    SET key value set_option*

Capitals are words of the command itself. A small letter's name is a rule (one of several such lines) or
a word of Words. Behind it: '?' perhaps, '*' none to three, '+' one to three. '=' before a word: just that.
"""

import re

from . import sorted_sets, sorting, streams

RULES = {
    "deadline": ["EX seconds", "PX milliseconds", "EXAT at_seconds", "PXAT at_milliseconds"],
    "set_option": ["NX", "XX", "GET", "KEEPTTL", "deadline", "deadline"],
    "getex_option": ["PERSIST", "deadline", "deadline"],
    "expire_option": ["NX", "XX", "GT", "LT"],
    "lcs_option": ["LEN", "IDX", "WITHMATCHLEN", "MINMATCHLEN integer"],
    "copy_option": ["REPLACE", "DB index"],
    "member_scan_option": ["MATCH pattern", "COUNT scan_count"],
    "where": ["BEFORE", "AFTER", "member"],
    "end": ["LEFT", "RIGHT", "LEFT", "RIGHT", "LEFT", "any"],
    "pop_count": ["COUNT few"],
    "lpos_option": ["RANK integer", "COUNT integer", "MAXLEN integer"],
    "bitfield_get": ["GET field_type field_offset"],
    "bitfield": [
        "bitfield_get", "SET field_type field_offset integer", "INCRBY field_type field_offset integer",
        "OVERFLOW overflow", "OVERFLOW overflow INCRBY field_type field_offset integer",
    ],
    "overflow": ["WRAP", "SAT", "FAIL", "any"],
    "bit_unit": ["BIT", "BYTE", "any"],
    "bit_operation": ["AND", "OR", "XOR", "any"],
    "limit": ["LIMIT few"],
    "scan_option": ["MATCH pattern", "COUNT scan_count", "TYPE type_name"],
    "flush_option": ["SYNC", "ASYNC"],
    "pair": ["key value"],
    "hash_pair": ["member value"],
    "hello_option": ["AUTH user password", "SETNAME name"],
    "nobody": ["ID client_id", "ADDR address", "LADDR address"],
    "kill_filter": ["nobody", "TYPE client_type", "USER user", "SKIPME yes_no"],
    "subscribing": ["SUBSCRIBE channel+", "PSUBSCRIBE pattern+", "SSUBSCRIBE channel+"],
    "unsubscribing": ["UNSUBSCRIBE channel*", "PUNSUBSCRIBE pattern*", "SUNSUBSCRIBE channel*"],
    **sorted_sets.RULES,
    **sorting.RULES,
    **streams.RULES,
}  # fmt: skip

KEYS = [b"k", b"key", b"k1", b"a:1", b"a:2", b"", b"\xff\x00\r\n", b"with space", "schlüssel".encode(), b"x" * 90]
TEXTS = [b"", b"a", b"ab", b"hello world", b"\x00\xfe\r\n$3\r\n", "größer".encode(), b"x" * 44, b"y" * 45, b"z" * 700]
INTEGERS = [
    b"0", b"1", b"2", b"3", b"5", b"10", b"100", b"9999", b"10000", b"-1", b"-2", b"-5", b"-100",
    b"2147483647", b"2147483648", b"-2147483649", b"4294967296", b"-9223372036854775808",
    b"9223372036854775806", b"9223372036854775807",
]  # fmt: skip
NO_INTEGERS = [
    b"9223372036854775808", b"-9223372036854775809", b"18446744073709551615", b"18446744073709551616",
    b"", b"-", b"+1", b"01", b"-0", b" 1", b"1 ", b"1.0", b"1e3", b"0x10", b"abc", b"nan", b"inf", b"9" * 40,
    b"5\x00", "٣".encode(),
]  # fmt: skip
FLOATS = [
    b"0", b"1", b"-1", b"0.5", b"-2.25", b"3.0", b"1e3", b"1.5e-3", b"5.0e-324", b"0x1p3", b"0.1", b"10.10",
    b"123456789.125", b"1e17", b"1e21", b"+5", b"-0", b".5", b"5.", b"1e-20", b"3.14159265358979323846",
]  # fmt: skip
NO_FLOATS = [b"", b"nan", b"NaN", b"inf", b"-inf", b"+Infinity", b"1e400", b"1e5000", b" 1", b"1 ", b"1,5", b"abc", b"--1", b"1e", b"0x", b"\x001"]  # fmt: skip
PATTERNS = [
    b"*", b"**", b"k*", b"?", b"??*", b"a:?", b"[a-c]*", b"[^k]*", b"[", b"[a", b"[a-", b"[]", b"[z-a]*",
    b"\\*", b"\\", b"k\\", b"*\\", b"[\\]]", b"", b"*1", b"*:*", b"\xff*", b"h[^e]llo", b"*a*a*a*a*b",
]  # fmt: skip
PAST_SECONDS = [b"1", b"1000000000", b"0", b"-1", b"-1000000000"]
FUTURE_SECONDS = [b"4102444800", b"4102444801", b"9000000000", b"253402300799"]
HUGE = [b"9223372036854775807", b"9223372036854775", b"9223370000000000", b"-9223372036854775808", b"-9223372036854775", b"99999999999999999"]  # fmt: skip
NAMES = [b"me", b"", b"a b", b"n\n", "ü".encode(), b"x" * 100, b"!~", b"worker-1"]

CLIENT_ID = re.compile(rb"<\d>")  # in a script: that of the client of this number


class Words(sorted_sets.SortedSetWords, sorting.SortWords, streams.StreamWords):
    """The words of one conversation: it meets few keys and channels, so that things happen to them."""

    def __init__(self, rng):
        self.rng = rng
        self.keys = rng.sample(KEYS, 5)
        # No two relative deadlines come close: which is later would hang on when they were given.
        self._later = iter(rng.sample(range(2, 100_000), 2000))
        self.members = [bytes(rng.choices(b"abcdef", k=rng.choice([1, 1, 2, 5, 70]))) for _ in range(6)]
        self.channels = rng.sample([b"c", b"d", b"news.it", b"news.art", b"", b"\xfe\r\n"], 3)

    def _of(self, *pools):
        return self.rng.choice(self.rng.choice(pools))

    def key(self):
        return self.rng.choice(self.keys)

    def value(self):
        kind = self.rng.random()
        if kind < 0.3:
            return self.integer()
        if kind < 0.4:
            return self.float()
        if kind < 0.6:
            return bytes(self.rng.choices(b"abc", k=self.rng.randrange(12)))
        if kind < 0.97:
            return self.rng.choice(TEXTS)
        return self.rng.randbytes(self.rng.choice([20, 300, 1500, 70_000]))

    def member(self):
        return self._of(self.members, self.members, [b"%d" % self.rng.randint(-3, 12)], TEXTS)

    def bit(self):
        return self._of([b"0", b"1"], [b"0", b"1"], [b"2", b"-1"], NO_INTEGERS)

    def bit_offset(self):
        return self._of([b"0", b"7", b"8", b"100"], [b"%d" % self.rng.randrange(80)], [b"-1", b"4294967296", b"9999"], NO_INTEGERS)

    def field_type(self):
        return self._of([b"u8", b"i8", b"u1", b"i64", b"u63", b"i16"], [b"%c%d" % (self.rng.choice(b"iu"), self.rng.randrange(1, 64))], [b"u64", b"i65", b"i0", b"x8", b"u", b""])

    def field_offset(self):
        return self._of([b"0", b"#1", b"#3", b"5"], [b"%d" % self.rng.randrange(90)], [b"#", b"#-1", b"-1", b"4294967296", b"#600000000"], NO_INTEGERS)

    def hll_size(self):
        return self.rng.choice([b"0", b"20", b"24", b"30", b"3000"])

    def stream_id(self):
        return self.rng.choice([b"1-1", b"1-2", b"2-0", b"3-0", b"9-9"])

    def few(self):
        return self._of([b"1", b"2", b"3"], [b"0", b"-1", b"-3", b"10"], NO_INTEGERS)

    def fill(self):
        return self.rng.choice([b"1", b"2", b"3", b"5", b"-1", b"-2", b"0", b"-5", b"128"])

    def limit_size(self):  # 7.2 counts a member as often as it is named
        return self.rng.choice([b"0", b"4", b"8", b"512"])

    def hash_entries(self):  # at least what one HSET brings: 7.2 counts a field as often as it is named
        return self.rng.choice([b"3", b"4", b"6", b"512"])

    def hash_value(self):
        return self.rng.choice([b"0", b"1", b"5", b"64", b"1000"])

    def text(self):
        return self.rng.choice(TEXTS)

    def integer(self):
        if self.rng.random() < 0.5:
            return b"%d" % self.rng.randint(-12, 40)
        return self._of(INTEGERS, INTEGERS, INTEGERS, NO_INTEGERS)

    def float(self):
        return self._of(FLOATS, FLOATS, INTEGERS, NO_FLOATS)

    def offset(self):  # of SETRANGE: those between make strings of hundreds of megabytes
        number = self.integer()
        return b"77" if number.isdigit() and 10_000 < int(number) < 1 << 30 else number

    def seconds(self):
        return self._of([self._later_second()], [self._later_second()], PAST_SECONDS[2:], HUGE, NO_INTEGERS)

    def milliseconds(self):
        return self._of([self._later_second() + b"000"], [self._later_second() + b"123"], PAST_SECONDS[2:], HUGE, NO_INTEGERS)

    def _later_second(self):
        return b"%d" % (next(self._later) * 1000)

    def at_seconds(self):
        return self._of(FUTURE_SECONDS, FUTURE_SECONDS, PAST_SECONDS, HUGE, NO_INTEGERS)

    def at_milliseconds(self):
        number = self._of(FUTURE_SECONDS, FUTURE_SECONDS, PAST_SECONDS)
        return number + b"000" if self.rng.random() < 0.8 else self._of(HUGE, NO_INTEGERS)

    def index(self):
        return self._of([b"0", b"0", b"1", b"1", b"2", b"15"], [b"0", b"1"], [b"16", b"-1", b"99"], INTEGERS, NO_INTEGERS)

    def pattern(self):
        if self.rng.random() < 0.5:
            return self.rng.choice(PATTERNS)
        return bytes(self.rng.choices(b"ak1:*?[]^-\\", k=self.rng.randrange(7)))

    def scan_count(self):
        return self._of([b"1", b"10", b"1000"], [b"3", b"100"], [b"0", b"-1"], NO_INTEGERS)

    def type_name(self):
        return self._of([b"string", b"STRING"], [b"list", b"hash", b"stream"])

    def channel(self):
        return self.rng.choice(self.channels)

    def name(self):
        return self.rng.choice(NAMES)

    def user(self):
        return self.rng.choice([b"default", b"default", b"nobody", b""])

    def password(self):
        return self.rng.choice([b"secret", b"", b"wrong"])

    def version(self):
        return self._of([b"2", b"3"], [b"2", b"3"], [b"1", b"4"], NO_INTEGERS)

    def client_id(self):
        return self._of([b"<0>", b"<1>", b"<2>"], [b"<0>", b"<1>", b"99999999"], [b"0", b"-1"], NO_INTEGERS)

    def client_type(self):
        return self.rng.choice([b"normal", b"pubsub", b"replica", b"slave", b"master", b"none", b""])

    def address(self):
        return self.rng.choice([b"127.0.0.1:1", b"nowhere", b""])

    def yes_no(self):
        return self.rng.choice([b"yes", b"no", b"YES", b"maybe"])

    def on_off(self):
        return self.rng.choice([b"on", b"off", b"ON", b"", b"maybe"])

    def policy(self):
        return self.rng.choice([b"noeviction", b"allkeys-lfu", b"volatile-lfu", b"allkeys-lru"])

    def some(self):
        """A whole command, perhaps one that is wrong."""
        lines = ["SET key value set_option*", "MSET pair+", "LCS key key", "COPY key key", "GET key", "OBJECT ENCODING key", "DEL key+", "SELECT index", "MEMORY USAGE key", "any any", "CLIENT LIST"]
        made = self.make(self.rng.choice(lines))
        return made if len(made) > 1 else (*made, b"k")

    def prefix(self):
        return self.rng.choice([b"p", b"k", b"", b"a b"])

    def count(self):
        return self._of([b"1", b"7", b"100"], [b"0", b"-1"], NO_INTEGERS)

    def events(self):
        return self.rng.choice([b"KEA", b"AKE", b"KEmn", b"K$", b"Eg", b"Ex", b"", b"KEq", b"Kgxe", b"nKm", b"g$lshzxetd"])

    def any(self):
        """A word that nobody expected."""
        return self._of(TEXTS, INTEGERS, NO_INTEGERS, FLOATS, PATTERNS, [b"NX", b"GET", b"EX", b"DB", b"COUNT", b"*"])

    # ---- lines

    def make(self, line):
        words = [word for symbol in line.split() for word in self._expand(symbol)]
        # A HELLO that is half wrong is half done by 7.0: see known.py. Others may do harm; and an id that
        # is shown in an error is each server's own.
        if words[0] in sorted_sets.UNMANGLED | sorting.UNMANGLED or words[1:2] == [streams.FAR]:
            return tuple(words)
        if words[0] not in (b"HELLO", b"COMMAND", b"CONFIG", b"DEBUG") and not any(map(CLIENT_ID.fullmatch, words)):
            words = self._mangled(words)
        return tuple(_answerable(self.far_from_now(streams.timeless(words))))

    def _expand(self, symbol):
        if symbol.startswith("="):
            return [symbol[1:].encode()]
        times = {"?": self.rng.randint(0, 1), "*": self.rng.choice([0, 0, 1, 1, 2, 3]), "+": self.rng.randint(1, 3)}
        count = times.get(symbol[-1])
        if count is not None and len(symbol) > 1:
            return [word for _ in range(count) for word in self._expand(symbol[:-1])]
        if symbol in RULES:
            return [word for part in self.rng.choice(RULES[symbol]).split() for word in self._expand(part)]
        if symbol.islower():
            word = getattr(self, symbol)()
            return list(word) if isinstance(word, tuple) else [word]
        return [symbol.encode()]

    def _mangled(self, words):
        """Mostly as they are. Else in other letters, or with a word too few, too many or exchanged."""
        chance = self.rng.random()
        if chance < 0.1:
            at = self.rng.randrange(len(words))
            if words[at].isalpha():
                words[at] = words[at].lower()
        elif chance < 0.18:
            at = self.rng.randrange(len(words))
            kind = self.rng.randrange(5)
            if kind == 0 and at > 0:
                del words[at]
            elif kind == 1:
                words.insert(at + 1, words[at])
            elif kind == 2:
                words.append(self.any())
            elif kind == 3 and at > 0:
                words[at] = self.any()
            elif len(words) > 2:
                other = self.rng.randrange(1, len(words))
                words[max(at, 1)], words[other] = words[other], words[max(at, 1)]
        return words

    def far_from_now(self, words):
        """No deadline may come while the conversation lasts: when it does would be left to chance."""
        names = [word.upper() for word in words]
        places = {"EXPIRE": [2], "PEXPIRE": [2], "SETEX": [2], "PSETEX": [2]}.get(_text(names[0]), [])
        if names[0] in (b"SET", b"GETEX"):
            places = [at + 1 for at, name in enumerate(names) if name in (b"EX", b"PX")]
        for at in places:
            is_number = at < len(words) and words[at].isdigit() and words[at][:1] != b"0"
            if is_number and (int(words[at]) < 600_000 or words[at] in INTEGERS[:-2]):
                words[at] = self._later_second() + b"000"
        return words


def _answerable(words):
    """Nobody waits for billions of members drawn with repetitions, nor asks what 7.2 answers otherwise."""
    if words[0].upper() == b"LPOS":
        words = [b"-1" if word == b"-9223372036854775808" else word for word in words]
    if words[0].upper() in (b"HRANDFIELD", b"SRANDMEMBER", b"ZRANDMEMBER") and len(words) > 2:
        if words[2][:1] == b"-" and len(words[2]) > 5:
            words[2] = b"-9"
    return words


def _text(word):
    return word.decode(errors="replace")

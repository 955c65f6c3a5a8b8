"""Streams: their families of commands, rules and words.

No entry gets its id from a clock, but where that is told: of the key `far`, all of whose ids lie ahead of
any clock. What is pending was delivered just now or long ago. Nobody waits (BLOCK): see test_blocking.py.

In 7.2 a consumer who asks for entries is there from then on, in 7.0 only once there are some. So of consumers
who have nothing it is not told whether they are there, and DELCONSUMER has a family of its own.
"""

STREAMS = """
16 XADD stream xadd_option* new_id stream_pair+
8 XADD stream new_id stream_pair
2 XADD =far NOMKSTREAM * stream_pair
XADD =far far_id stream_pair
3 XTRIM stream trim
4 XDEL stream entry_id+
XLEN stream
3 XRANGE stream range_end range_end range_count?
2 XREVRANGE stream range_end range_end range_count?
XRANGE stream =- =+
XREVRANGE stream =+ =-
2 XREAD xread_option* STREAMS stream after_id
XREAD xread_option* STREAMS stream key after_id after_id
XREAD xread_option* STREAMS stream after_id after_id
3 XSETID stream high_id xsetid_option*
XSETID =far entry_id
3 XGROUP CREATE stream group group_start group_option*
5 XGROUP CREATE stream group =0 MKSTREAM
2 XGROUP SETID stream group group_start entries_read?
XGROUP CREATECONSUMER stream group consumer
8 XREADGROUP GROUP group consumer xreadgroup_option* STREAMS stream =>
2 XREADGROUP GROUP group consumer xreadgroup_option* STREAMS stream after_id
XREADGROUP GROUP group consumer xreadgroup_option* STREAMS stream key => =>
3 XACK stream group entry_id+
2 XPENDING stream group
3 XPENDING stream group idle? range_end range_end few consumer?
XPENDING stream group =- =+ =100
5 XCLAIM stream group consumer claim_idle entry_id+ claim_option*
4 XAUTOCLAIM stream group consumer claim_idle range_end autoclaim_option*
2 XINFO STREAM stream
3 XINFO STREAM stream FULL full_count?
5 XINFO GROUPS stream
XINFO CONSUMERS stream group
XINFO text
XGROUP text stream group
DEBUG DIGEST-VALUE stream
COPY stream key copy_option*
stream_end
CONFIG SET =stream-node-max-entries node_entries
CONFIG SET =stream-node-max-bytes node_bytes
"""

CONSUMERS = """
8 XADD stream new_id stream_pair
2 XDEL stream entry_id+
XTRIM stream trim
4 XGROUP CREATE stream group =0 group_option*
5 XGROUP CREATE stream group =0 MKSTREAM
2 XGROUP CREATECONSUMER stream group consumer
3 XGROUP DELCONSUMER stream group consumer
XGROUP DESTROY stream group
XGROUP SETID stream group group_start entries_read?
8 XREADGROUP GROUP group consumer xreadgroup_option* STREAMS stream =>
XREADGROUP GROUP group consumer xreadgroup_option* STREAMS stream =0
2 XACK stream group entry_id+
3 XPENDING stream group =- =+ =100
XPENDING stream group
6 XCLAIM stream group consumer claim_idle entry_id+ claim_option*
4 XAUTOCLAIM stream group consumer claim_idle range_end autoclaim_option*
3 XINFO STREAM stream FULL full_count?
XINFO GROUPS stream
2 XINFO CONSUMERS stream group
COPY stream stream REPLACE
"""

RULES = {
    "stream_end": [
        "DEL stream", "RENAME key stream", "RENAME stream stream", "SET stream value", "EXPIRE stream seconds",
        "OBJECT ENCODING stream", "XINFO HELP", "XGROUP HELP",
    ],
    "stream_pair": ["member value", "field stream_value", "field stream_value"],
    "trim": ["MAXLEN rough? trim_length", "MAXLEN rough? trim_length", "MINID rough? entry_id", "MAXLEN ~ few LIMIT few"],
    "xadd_option": ["trim", "trim", "NOMKSTREAM", "LIMIT few"],
    "range_count": ["COUNT few"],
    "xread_option": ["COUNT few"],
    "xreadgroup_option": ["COUNT few", "NOACK"],
    "xsetid_option": ["ENTRIESADDED few", "ENTRIESADDED integer", "MAXDELETEDID entry_id"],
    "entries_read": ["ENTRIESREAD few", "ENTRIESREAD integer"],
    "group_option": ["MKSTREAM", "MKSTREAM", "entries_read"],
    "idle": ["IDLE claim_idle"],
    "claim_option": [
        "IDLE long_ago", "TIME at_then", "RETRYCOUNT few", "FORCE", "FORCE", "JUSTID", "LASTID entry_id", "any",
    ],
    "autoclaim_option": ["COUNT few", "JUSTID"],
    "full_count": ["COUNT few"],
}  # fmt: skip

HIGHEST_IDS = [
    b"18446744073709551615-18446744073709551615", b"18446744073709551615", b"18446744073709551614-3", b"+",
    b"5--18446744073709551600",
]
NO_IDS = [
    b"0-0", b"0", b"0-1", b"0-18446744073709551615", b"-", b"$", b">", b"5-", b"-5", b"5-3-1", b"5-*", b"5-3-*", b"*-1", b"", b"abc",
    b"007-01", b"+5-1", b"18446744073709551616", b"5-18446744073709551616", b" 5-1", b"5-1 ", b"5-x", b"1" * 130, b"0x5-1", b"5.0-1",
    b"-1-1", b"1--1", b"1--01x", b"5\x00-7", b"5-\x00", b"5-1\x00x",
]  # fmt: skip
FAR = b"far"  # a key
FAR_MS = 1 << 60


class StreamWords:
    """What Words knows of these families."""

    top = 0  # of the ids that were likely given
    given = (b"1-1",)

    def stream(self):
        """A key; mostly the same, as most of what can happen needs several commands."""
        return self._of(self.keys[:1], self.keys[:1], self.keys[:1], self.keys[:2], self.keys)

    def new_id(self):
        """Mostly higher than those before, or it would be refused."""
        chance = self.rng.random()
        if chance > 0.9:
            return self._of([self.rng.choice(self.given)], NO_IDS)
        self.top += self.rng.choice([0, 1, 1, 1, 2, 300, 70_000]) if chance < 0.87 else 1 << self.rng.randrange(50)
        seq = self._of([b"*"], [b"%d" % self.rng.randrange(5)])
        self.given = (*self.given[-12:], b"%d-%s" % (self.top, seq.replace(b"*", b"0")))
        return b"%d-%s" % (self.top, seq)

    def high_id(self):
        """Higher than all: 7.2 refuses what stands behind a deleted one, 7.0 does not."""
        self.top += self.rng.choice([1, 1, 5])
        return b"%d-%d" % (self.top, self.rng.randrange(5))

    def entry_id(self):
        """Of an entry that may be there."""
        near = self.rng.choice(self.given)
        likely = [near], [near], [near], [near], [near.partition(b"-")[0], near + b"0"]
        return self._of(*likely, *likely, HIGHEST_IDS, NO_IDS)

    def after_id(self):
        return self._of([b"0", b"$"], [self.entry_id()], [self.entry_id()])

    def range_end(self):
        return self._of([b"-", b"+"], [self.entry_id()], [b"(" + self.entry_id()])

    def far_id(self):
        return self.rng.choice([b"%d-*" % FAR_MS, b"%d-1" % (2 * FAR_MS), b"18446744073709551615-*", b"18446744073709551615-18446744073709551614"])

    def group(self):
        return self._of([b"g"], [b"g"], [b"g"], [b"g"], [b"g"], [b"h", b"\x00\xff", b""])

    def consumer(self):
        return self._of([b"ann", b"bob"], [b"ann", b"bob"], [b"ann"], [b"\xfe\r\n", b""])

    def group_start(self):
        return self._of([b"0", b"$"], [b"0"], [self.entry_id()])

    def field(self):
        return self.rng.choice(self.members[:2])

    def stream_value(self):
        return self.rng.choice([b"1", b"-70000", b"abc", b"v" * 70])

    def rough(self):
        return self.rng.choice([b"=", b"~"])

    def trim_length(self):
        return self._of([b"0", b"1", b"2", b"5", b"10"], [b"%d" % self.rng.randrange(15)], [b"100"], [b"-1", b"9223372036854775807"])

    def claim_idle(self):
        edges = [b"x", b"", b"9223372036854775807", b"9223372036854775808"]
        return self._of(*[[b"0"]] * 6, [b"100000", b"-1", b"9999999999"], edges)

    def long_ago(self):
        return self._of([b"500000", b"1000000"], [b"500000"], [b"0", b"-1", b"x"])

    def at_then(self):
        return self._of([b"1000000000000", b"1700000000000"], [b"1700000000000"], [b"0", b"-1", b"x", b"99999999999999"])

    def node_entries(self):
        return self.rng.choice([b"1", b"2", b"3", b"5", b"100", b"0"])

    def node_bytes(self):
        return self.rng.choice([b"0", b"1", b"40", b"100", b"4096", b"4096", b"4096"])


def timeless(words):
    """Without the clock's ids, where all later answers would depend on them."""
    if words[0].upper() == b"XADD" and words[1:2] != [FAR]:
        words = [b"7-*" if word == b"*" else word for word in words]
    if words[0].upper() in (b"XREAD", b"XREADGROUP"):
        words = [b"COUNT" if word.upper() == b"BLOCK" else word for word in words]
    return words

"""SORT: its family of commands, rules and words.

Left out is what Redis leaves to the order of some table: sets that are not sorted, and texts looked up
that are alike; and texts with zero bytes, where Redis compares no further. Sorted sets are large ones here:
redis-server makes them so when it sorts them, which nobody can want. No number overflows: the error of one
is told of the next one, too, since errno stays.
"""

SORTS = """
5 RPUSH key number+
4 SADD key number+
3 ZADD =ranked =0 long_number score_in_order number
2 RPUSH =ranked number+
3 RPUSH =texts sort_text+
2 SADD =texts sort_text+
4 SET weight_key number
SET weight_key value
3 HSET hash_key =f number =g sort_text
4 SORT key sort_option*
4 SORT key BY sort_pattern sort_option*
SORT_RO key sort_option*
SORT_RO key BY sort_pattern sort_option*
3 SORT =ranked BY =unsorted sort_option*
3 SORT =ranked sort_option*
2 SORT key GET sort_pattern GET sort_pattern sort_option*
3 SORT =texts ALPHA text_option*
SORT_RO =texts ALPHA text_option*
SORT =texts BY =unsorted STORE key
2 SORT key STORE key sort_option*
2 SORT =ranked STORE key BY =unsorted sort_option*
SORT key any
LRANGE key =0 =-1
EXPIRE key seconds
SET key value
2 DEL key
CONFIG SET =list-max-listpack-size fill
"""

RULES = {
    "sort_option": ["ASC", "DESC", "DESC", "LIMIT rank few", "LIMIT few rank", "GET sort_pattern", "GET =#", "STORE key"],
    "text_option": ["ASC", "DESC", "DESC", "LIMIT rank few", "GET sort_pattern", "STORE key"],
}

NUMBERS = [b"1", b"2", b"3", b"10", b"-1", b"0.5", b"1e3", b"3.0", b"-0", b"007"]
NUMBER_EDGES = [b"", b" 1", b"1 ", b"inf", b"-inf", b"nan", b"abc", b"0x10", b"1\x00x", b"+5", b" "]
TEXTS = [b"a", b"B", b"ab", b"", b"a b", b"Z", b"10", b"9", "größer".encode(), b"z" * 70]

# An unforeseen word may ask for what this family leaves out.
UNMANGLED = {b"SORT", b"SORT_RO"}


class SortWords:
    """What Words knows of this family."""

    def number(self):
        return self._of(NUMBERS, NUMBERS, [b"%d" % self.rng.randint(-12, 40)], NUMBER_EDGES if self.rng.random() < 0.2 else NUMBERS)

    def score_in_order(self):
        return self.rng.choice([b"1", b"2", b"2", b"-3", b"0.5"])

    def long_number(self):
        return b"%070d" % self.rng.randint(0, 9)

    def sort_text(self):
        return self.rng.choice(TEXTS)

    def weight_key(self):
        return b"w_" + self.rng.choice(NUMBERS)

    def hash_key(self):
        return b"h_" + self.rng.choice(NUMBERS) + self.rng.choice([b"", b"x"])

    def sort_pattern(self):
        return self._of([b"w_*", b"h_*->f", b"h_*x->f", b"h_*->g", b"*"], [b"w_*", b"h_*->f"], [b"w_*->", b"h_*->none", b"w_*->f", b"*->*", b"h_*->f\x00"])

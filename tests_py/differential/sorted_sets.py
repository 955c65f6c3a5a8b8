"""Sorted sets and places on earth: their families of commands, rules and words.

Scores are few, so that they tie, and exact in few digits, which 7.0 and 7.2 print alike. Ranges of bytes are
asked for of one key only, whose members all score 0: of others Redis says that the result is unspecified.
STOREDIST is left out, whose scores 7.0 prints in other digits; and limits below the three members that one
ZADD gives at most: 7.2 converts by what is given, 7.0 by what is added.
"""

SORTED_SETS = """
8 ZADD key zadd_option* scored+
3 ZADD key scored scored scored
2 ZADD key INCR zadd_option* scored
2 ZINCRBY key score member
2 ZREM key member+
ZCARD key
ZCOUNT key score_end score_end
ZSCORE key member
ZMSCORE key member+
2 ZRANK key member
2 ZREVRANK key member
2 ZRANGE key rank rank range_option*
2 ZRANGE key score_end score_end BYSCORE range_option*
ZRANGE key score_end score_end BYSCORE REV range_option*
ZRANGE key rank rank REV WITHSCORES
2 ZRANGESTORE key key rank rank
ZRANGESTORE key key score_end score_end BYSCORE range_option*
ZREVRANGE key rank rank scored_option?
2 ZRANGEBYSCORE key score_end score_end range_option*
ZREVRANGEBYSCORE key score_end score_end range_option*
4 ZADD =lex =0 member =0 member =0 member
2 ZRANGEBYLEX =lex byte_end byte_end limited?
2 ZREVRANGEBYLEX =lex byte_end byte_end limited?
ZRANGE =lex byte_end byte_end BYLEX range_option*
ZLEXCOUNT =lex byte_end byte_end
ZREMRANGEBYLEX =lex byte_end byte_end
ZREMRANGEBYRANK key rank rank
ZREMRANGEBYSCORE key score_end score_end
ZPOPMIN key few?
ZPOPMAX key few?
ZMPOP =1 key side
ZMPOP =2 key key side pop_count?
ZMPOP few key+ side pop_count?
ZRANDMEMBER key
ZRANDMEMBER key few scored_option?
ZSCAN key =0 member_scan_option*
ZUNION =2 key key algebra_option* scored_option?
ZINTER =2 key key algebra_option* scored_option?
ZINTER =1 key scored_option?
ZDIFF =2 key key scored_option?
ZUNION few key+ algebra_option* scored_option?
2 ZUNIONSTORE key =2 key key algebra_option*
2 ZINTERSTORE key =2 key key algebra_option*
ZDIFFSTORE key =3 key key key
ZUNIONSTORE key few key+ algebra_option*
ZINTERCARD =2 key key limit?
SADD key member+
OBJECT ENCODING key
DEBUG DIGEST-VALUE key
COPY key key copy_option*
RENAME key key
EXPIRE key seconds
SET key value
2 DEL key
CONFIG SET =zset-max-listpack-entries packed_size
CONFIG SET =zset-max-listpack-value packed_size
"""

GEO = """
8 GEOADD key geoadd_option* place+
GEOADD key longitude latitude member
GEODIST key place_name place_name unit?
GEOHASH key place_name*
2 GEOPOS key place_name*
6 GEOSEARCH key geo_from geo_by geo_order? geo_count? geo_with*
3 GEOSEARCHSTORE key key geo_from geo_by geo_order? geo_count?
2 GEORADIUS key longitude latitude distance unit geo_with* geo_count? geo_order? geo_store?
2 GEORADIUS_RO key longitude latitude distance unit geo_with* geo_count? geo_order?
2 GEORADIUSBYMEMBER key place_name distance unit geo_with* geo_count? geo_order? geo_store?
GEORADIUSBYMEMBER_RO key place_name distance unit geo_with* geo_count? geo_order?
ZRANGE key =0 =-1 WITHSCORES
ZADD key scored
SET key value
DEL key
DEBUG DIGEST-VALUE key
2 CONFIG SET =zset-max-listpack-entries packed_size
"""

RULES = {
    "scored": ["score member"],
    "zadd_option": ["NX", "XX", "GT", "LT", "CH", "CH"],
    "scored_option": ["WITHSCORES"],
    "limited": ["LIMIT rank rank", "LIMIT =0 few"],
    "range_option": ["WITHSCORES", "WITHSCORES", "limited", "REV", "BYSCORE"],
    "side": ["MIN", "MAX", "MIN", "MAX", "any"],
    "algebra_option": ["WEIGHTS score score", "AGGREGATE SUM", "AGGREGATE MIN", "AGGREGATE MAX", "AGGREGATE any"],
    "place": ["longitude latitude place_name"],
    "geoadd_option": ["NX", "XX", "CH"],
    "geo_from": ["FROMMEMBER place_name", "FROMLONLAT longitude latitude"],
    "geo_by": ["BYRADIUS distance unit", "BYBOX distance distance unit"],
    "geo_order": ["ASC", "DESC"],
    "geo_count": ["COUNT few", "COUNT few ANY"],
    "geo_with": ["WITHDIST", "WITHCOORD", "WITHHASH"],
    "geo_store": ["STORE key"],
}  # fmt: skip

SCORES = [b"0", b"1", b"2", b"3", b"-1", b"0.5", b"-2.25", b"1e3", b"1024", b"3.0", b"-0"]
EDGES = [b"inf", b"-inf", b"+inf", b"1e6", b"-1e6", b"nan", b"", b"abc", b"1 ", b"0x10", b"65536"]
ODD_ENDS = [b" 1", b"1e400", b"-1e400", b"1e-400", b"2\x00x", b" "]
BYTE_ENDS = [b"-", b"+", b"[", b"(", b"[a", b"(a", b"[b", b"(c", b"[f", b"(zz", b"a", b"", b"[1"]
LONGITUDES = [b"0", b"13.361389", b"15.087269", b"-180", b"180", b"179.99", b"-179.99", b"2.349", b"-0.1276", b"-73.97"]
LATITUDES = [b"0", b"38.115556", b"37.502669", b"85", b"-85", b"-33.9", b"48.8567", b"51.507", b"40.78"]
DISTANCES = [b"0", b"1", b"10", b"100", b"200.5", b"1000", b"5000", b"20000", b"0.5", b"30000000"]


# No unforeseen word may become a score here: 7.0 prints many in other digits, also into digests. ZRANK has a
# new option in 7.2.
UNMANGLED = {b"ZADD", b"ZINCRBY", b"ZUNIONSTORE", b"ZINTERSTORE", b"ZUNION", b"ZINTER", b"ZRANK", b"ZREVRANK"}


class SortedSetWords:
    """What Words knows of these families."""

    def score(self):
        return self._of(SCORES, SCORES, SCORES, EDGES)

    def score_end(self):
        word = self._of(SCORES, SCORES, [b"inf", b"-inf", b"+inf", b"-inf"], [*EDGES, *ODD_ENDS])
        return self.rng.choice([word, word, b"(" + word])

    def rank(self):
        return self._of([b"0", b"1", b"2", b"5", b"-1", b"-2", b"-7", b"10"], [b"0", b"-1"], [b"-100", b"100", b"x"])

    def byte_end(self):
        return self.rng.choice(BYTE_ENDS)

    def packed_size(self):
        return self.rng.choice([b"3", b"8", b"128"])

    def place_name(self):
        return self.rng.choice(self.members)

    def longitude(self):
        return self._of(LONGITUDES, LONGITUDES, [b"%.6f" % self.rng.uniform(-180, 180)], [b"181", b"x", b"-180.1"])

    def latitude(self):
        return self._of(LATITUDES, LATITUDES, [b"%.6f" % self.rng.uniform(-85, 85)], [b"85.06", b"-86", b"nan"])

    def distance(self):
        return self._of(DISTANCES, DISTANCES, [b"%.3f" % self.rng.uniform(0, 9000)], [b"-1", b"x", b"nan"])

    def unit(self):
        return self.rng.choice([b"m", b"km", b"ft", b"mi", b"KM", b"km", b"km", b"cm"])

"""redis-py's helpers for bits of strings, in both protocols, on a live node."""

import pytest
import redis


def test_bits_are_set_counted_and_found(redis_py):
    assert [redis_py.setbit("b", at, 1) for at in (1, 7, 7, 100)] == [0, 0, 1, 0]
    assert (redis_py.getbit("b", 7), redis_py.getbit("b", 8), redis_py.getbit("b", 10**6)) == (1, 0, 0)
    assert redis_py.strlen("b") == 13
    assert (redis_py.bitcount("b"), redis_py.bitcount("b", 0, 0)) == (3, 2)
    assert redis_py.bitcount("b", 2, 100, "BIT") == 2
    assert (redis_py.bitpos("b", 1), redis_py.bitpos("b", 0), redis_py.bitpos("b", 1, 1)) == (1, 0, 100)
    assert redis_py.bitpos("b", 1, 2, 50, "BIT") == 7


def test_bits_of_several_strings_are_combined(redis_py):
    redis_py.mset({"a": "abc", "b": "ab"})
    assert redis_py.bitop("AND", "d", "a", "b") == 3
    assert redis_py.get("d") == "ab\x00"
    assert redis_py.bitop("XOR", "d", "a", "b") == 3
    assert redis_py.get("d") == "\x00\x00c"
    assert redis_py.bitop("OR", "d", "a", "none") == 3
    assert redis_py.get("d") == "abc"
    assert redis_py.bitop("NOT", "d", "none") == 0
    assert redis_py.exists("d") == 0


def test_fields_of_bits_are_numbers(redis_py):
    fields = redis_py.bitfield("f")
    assert fields.set("u8", "#1", 200).incrby("u8", "#1", 100).get("i5", 0).execute() == [0, 44, 0]
    fields = redis_py.bitfield("f", default_overflow="SAT")
    assert fields.incrby("u8", "#1", 250).incrby("u8", "#1", 100, overflow="FAIL").execute() == [255, None]
    assert redis_py.bitfield_ro("f", "u8", 8, items=[("u4", 8)]) == [255, 15]


def test_wrong_bits_and_types_are_refused(redis_py):
    with pytest.raises(redis.ResponseError, match="bit offset is not an integer or out of range"):
        redis_py.setbit("b", -1, 1)
    redis_py.rpush("l", 1)
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        redis_py.bitcount("l")

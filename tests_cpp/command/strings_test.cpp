#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(Set, StoresAValueThatGetReads) {
  Harness at;
  EXPECT_EQ(at.run("SET k v"), "OK");
  EXPECT_EQ(at.changes(), "SET k v");
  EXPECT_EQ(at.run("GET k"), "\"v\"");
  EXPECT_EQ(at.run("GET other"), "nil");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.context.dirty, 1);
}

TEST(Set, TakesEmptyAndBinaryKeysAndValues) {
  Harness at;
  EXPECT_EQ(at.run_words({"SET", "", ""}), "OK");
  EXPECT_EQ(at.run_words({"GET", ""}), "\"\"");
  const Bytes odd("\0\r\n\xff", 4);
  at.run_words({"SET", odd, odd + odd});
  EXPECT_EQ(at.run_words({"GET", odd}), '"' + odd + odd + '"');
}

TEST(Set, KeepsValuesOfEverySize) {
  Harness at;
  for (const std::size_t size : {1u, 44u, 45u, 254u, 255u, 4096u, 4097u, 100000u}) {
    const Bytes value(size, 'x');
    at.run_words({"SET", "k", value});
    EXPECT_EQ(at.run("GET k"), '"' + value + '"');
    EXPECT_EQ(at.run("STRLEN k"), std::to_string(size));
  }
}

TEST(Set, TellsReplicasTheInstantAtWhichAKeyExpires) {
  Harness at;
  EXPECT_EQ(at.run("set k v EX 10"), "OK");
  EXPECT_EQ(at.changes(), "SET k v PXAT 1010000");
  at.run("SET k v px 5 NX GET");
  EXPECT_EQ(at.changes(), "");
  at.run("SET k v px 5 XX GET");
  EXPECT_EQ(at.changes(), "SET k v PXAT 1000005");
  at.run("SET k v EXAT 2000");
  EXPECT_EQ(at.changes(), "SET k v PXAT 2000000");
  at.run("set k v pxat 3000000");
  EXPECT_EQ(at.changes(), "set k v pxat 3000000");
  at.run("set k v pxat 3000000 xx");
  EXPECT_EQ(at.changes(), "SET k v PXAT 3000000");
  at.run("setex k 7 v");
  EXPECT_EQ(at.changes(), "SET k v PXAT 1007000");
  at.run("PSETEX k 7 v");
  EXPECT_EQ(at.changes(), "SET k v PXAT 1000007");
}

TEST(Set, ClearsTheTimeToLiveUnlessToldToKeepIt) {
  Harness at;
  at.run("SET k v EX 10");
  at.run("SET k w KEEPTTL");
  EXPECT_EQ(at.run("TTL k"), "10");
  at.run("SET k x");
  EXPECT_EQ(at.run("TTL k"), "-1");
  EXPECT_EQ(at.run("GET k"), "\"x\"");
}

TEST(Set, ObeysItsConditions) {
  Harness at;
  EXPECT_EQ(at.run("SET k v XX"), "nil");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("SET k v NX"), "OK");
  EXPECT_EQ(at.changes(), "SET k v NX");
  EXPECT_EQ(at.run("SET k w nx"), "nil");
  EXPECT_EQ(at.run("SET k w xx"), "OK");
  EXPECT_EQ(at.run("SETNX k x"), "0");
  EXPECT_EQ(at.run("SETNX l x"), "1");
  EXPECT_EQ(at.run("MGET k l"), "[\"w\" \"x\"]");
}

TEST(Set, ReturnsTheOldValueWhenAsked) {
  Harness at;
  EXPECT_EQ(at.run("SET k v GET"), "nil");
  EXPECT_EQ(at.changes(), "SET k v");
  EXPECT_EQ(at.run("SET k w get KEEPTTL"), "\"v\"");
  EXPECT_EQ(at.changes(), "SET k w KEEPTTL");
  EXPECT_EQ(at.run("SET k x NX GET"), "\"w\"");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("SET other x XX GET"), "nil");
  EXPECT_EQ(at.run("GET k"), "\"w\"");
}

TEST(Set, RefusesOptionsThatContradict) {
  Harness at;
  for (const ByteView options :
       {"NX XX", "XX NX", "EX", "EX 1 PX 1", "EX 1 EXAT 1", "PXAT 1 EX 1", "KEEPTTL EX 1",
        "EX 1 KEEPTTL", "PERSIST", "FOO", "GET EX", "EX abc NX XX"}) {
    EXPECT_EQ(at.run("SET k v " + Bytes(options)), "-ERR syntax error") << options;
  }
  EXPECT_EQ(at.run("SET k v EX 1 EX 2"), "OK");
  EXPECT_EQ(at.run("TTL k"), "2");
}

TEST(Set, RefusesTimesThatCannotBe) {
  Harness at;
  const Bytes kInvalid = "-ERR invalid expire time in 'set' command";
  EXPECT_EQ(at.run("SET k v EX abc"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("SET k v EX 1.5"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("SET k v EX 0"), kInvalid);
  EXPECT_EQ(at.run("SET k v PX -1"), kInvalid);
  EXPECT_EQ(at.run("SET k v EX 9223372036854776"), kInvalid);
  EXPECT_EQ(at.run("SET k v EXAT 9223372036854776"), kInvalid);
  EXPECT_EQ(at.run("SET k v PX 9223372036854775807"), kInvalid);
  EXPECT_EQ(at.run("SET k v EX 9223372036854775"), kInvalid);
  EXPECT_EQ(at.run("SET k v EXAT 9223372036854775"), "OK");
  EXPECT_EQ(at.run("SETEX l 0 v"), "-ERR invalid expire time in 'setex' command");
  EXPECT_EQ(at.run("PSETEX l -5 v"), "-ERR invalid expire time in 'psetex' command");
  EXPECT_EQ(at.run("SETEX l x v"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("EXISTS l"), "0");
}

// As in Redis: the key is there for replicas, its deletion follows.
TEST(Set, StoresAKeyWhoseTimeHasComeAndThenHidesIt) {
  Harness at;
  EXPECT_EQ(at.run("SET k v PXAT 1"), "OK");
  EXPECT_EQ(at.changes(), "SET k v PXAT 1");
  EXPECT_EQ(at.run("DBSIZE"), "1");
  EXPECT_EQ(at.run("GET k"), "nil");
  EXPECT_EQ(at.changes(), "DEL k");
  EXPECT_EQ(at.run("DBSIZE"), "0");
}

TEST(Set, TellsItsEvents) {
  Harness at;
  at.listen();
  at.run("SET k v");
  EXPECT_EQ(at.events(), "new k, set k");
  at.run("SET k v EX 1");
  EXPECT_EQ(at.events(), "set k, expire k");
  at.advance(1001);
  at.run("SET k v");
  EXPECT_EQ(at.events(), "expired k, new k, set k");
  at.run("GETSET k w");
  EXPECT_EQ(at.events(), "set k");
  at.run("GETSET m w");
  EXPECT_EQ(at.events(), "keymiss m, new m, set m");
}

TEST(GetSet, IsPropagatedAsSet) {
  Harness at;
  EXPECT_EQ(at.run("GETSET k v"), "nil");
  EXPECT_EQ(at.changes(), "SET k v");
  at.run("EXPIRE k 10");
  EXPECT_EQ(at.run("GETSET k w"), "\"v\"");
  EXPECT_EQ(at.run("TTL k"), "-1");
}

TEST(MSet, SetsAllPairsAndTheLastOfAKeyWins) {
  Harness at;
  EXPECT_EQ(at.run("MSET a 1 b 2 a 3"), "OK");
  EXPECT_EQ(at.changes(), "MSET a 1 b 2 a 3");
  EXPECT_EQ(at.context.dirty, 3);
  EXPECT_EQ(at.run("MGET a b c a"), "[\"3\" \"2\" nil \"3\"]");
  EXPECT_EQ(at.run("MSET a 1 b"), "-ERR wrong number of arguments for 'mset' command");
}

TEST(MSet, NxSetsAllOrNothing) {
  Harness at;
  EXPECT_EQ(at.run("MSETNX a 1 b 2 a 3"), "1");
  EXPECT_EQ(at.run("GET a"), "\"3\"");
  at.changes();
  EXPECT_EQ(at.run("MSETNX c 1 b 3"), "0");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("EXISTS c"), "0");
  EXPECT_EQ(at.run("MSETNX c 1 b"), "-ERR wrong number of arguments for 'msetnx' command");
}

TEST(MGet, ReadsMoreKeysThanOneGroup) {
  Harness at;
  Words set{"MSET"}, get{"MGET"};
  Bytes expected = "[";
  for (int i = 0; i < 100; ++i) {
    const Bytes number = std::to_string(i);
    set.insert(set.end(), {"k" + number, number});
    get.push_back("k" + number);
    expected += (i ? " \"" : "\"") + number + '"';
  }
  at.run_words(set);
  EXPECT_EQ(at.run_words(get), expected + "]");
}

TEST(GetDel, IsPropagatedAsDel) {
  Harness at;
  at.listen();
  EXPECT_EQ(at.run("GETDEL k"), "nil");
  EXPECT_EQ(at.changes(), "");
  at.run("SET k v");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("GETDEL k"), "\"v\"");
  EXPECT_EQ(at.changes(), "DEL k");
  EXPECT_EQ(at.events(), "del k");
  EXPECT_EQ(at.run("EXISTS k"), "0");
}

TEST(GetEx, SetsKeepsOrRemovesTheTimeToLive) {
  Harness at;
  at.run("SET k v");
  at.changes();
  EXPECT_EQ(at.run("GETEX k"), "\"v\"");
  EXPECT_EQ(at.run("GETEX k PERSIST"), "\"v\"");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("GETEX k EX 10"), "\"v\"");
  EXPECT_EQ(at.changes(), "PEXPIREAT k 1010000");
  at.run("getex k exat 3000");
  EXPECT_EQ(at.changes(), "PEXPIREAT k 3000000");
  EXPECT_EQ(at.run("TTL k"), "2000");
  EXPECT_EQ(at.run("GETEX k PERSIST"), "\"v\"");
  EXPECT_EQ(at.changes(), "PERSIST k");
  EXPECT_EQ(at.run("TTL k"), "-1");
}

TEST(GetEx, DeletesAKeyWhoseTimeHasCome) {
  Harness at;
  at.listen();
  at.run("MSET k v l v");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("GETEX k PXAT 1"), "\"v\"");
  EXPECT_EQ(at.changes(), "DEL k");
  EXPECT_EQ(at.events(), "del k");
  at.settings.lazy_expire = true;
  EXPECT_EQ(at.run("GETEX l EXAT 1000"), "\"v\"");
  EXPECT_EQ(at.changes(), "UNLINK l");
  EXPECT_EQ(at.run("DBSIZE"), "0");
}

TEST(GetEx, LooksAtTheKeyBeforeTheNumber) {
  Harness at;
  EXPECT_EQ(at.run("GETEX k EX abc"), "nil");
  EXPECT_EQ(at.run("GETEX k EX"), "-ERR syntax error");
  EXPECT_EQ(at.run("GETEX k PERSIST EX 1"), "-ERR syntax error");
  EXPECT_EQ(at.run("GETEX k EX 1 PERSIST"), "-ERR syntax error");
  EXPECT_EQ(at.run("GETEX k KEEPTTL"), "-ERR syntax error");
  at.run("SET k v");
  EXPECT_EQ(at.run("GETEX k EX abc"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("GETEX k EX 0"), "-ERR invalid expire time in 'getex' command");
}

TEST(Incr, CountsAndKeepsTheTimeToLive) {
  Harness at;
  EXPECT_EQ(at.run("INCR n"), "1");
  EXPECT_EQ(at.run("INCRBY n 41"), "42");
  EXPECT_EQ(at.run("DECR n"), "41");
  at.run("EXPIRE n 10");
  EXPECT_EQ(at.run("DECRBY n -1"), "42");
  EXPECT_EQ(at.run("TTL n"), "10");
  EXPECT_EQ(at.run("GET n"), "\"42\"");
  at.changes();
  at.run("INCRBY n -2");
  EXPECT_EQ(at.changes(), "INCRBY n -2");
}

TEST(Incr, RefusesToOverflow) {
  Harness at;
  const Bytes kOverflow = "-ERR increment or decrement would overflow";
  at.run("SET n 9223372036854775807");
  EXPECT_EQ(at.run("INCR n"), kOverflow);
  EXPECT_EQ(at.run("GET n"), "\"9223372036854775807\"");
  at.run("SET n -9223372036854775808");
  EXPECT_EQ(at.run("DECR n"), kOverflow);
  EXPECT_EQ(at.run("INCRBY n -1"), kOverflow);
  EXPECT_EQ(at.run("DECRBY n 1"), kOverflow);
  EXPECT_EQ(at.run("DECRBY n -9223372036854775808"), "-ERR decrement would overflow");
  EXPECT_EQ(at.run("INCRBY n 9223372036854775808"), "-ERR value is not an integer or out of range");
}

TEST(Incr, RefusesWhatIsNoInteger) {
  Harness at;
  for (const ByteView value : {"a", "", " 1", "1 ", "01", "-0", "+1", "1.0", "0x1"}) {
    at.run_words({"SET", "n", Bytes(value)});
    EXPECT_EQ(at.run("INCR n"), "-ERR value is not an integer or out of range") << value;
  }
  at.changes();
  at.run("INCR n");
  EXPECT_EQ(at.changes(), "");
}

TEST(Incr, CountsWhatIsAnIntegerInAnyEncoding) {
  Harness at;
  at.run("SET n 1");
  at.run("APPEND n 0");
  EXPECT_EQ(at.run("OBJECT ENCODING n"), "\"raw\"");
  EXPECT_EQ(at.run("INCR n"), "11");
  EXPECT_EQ(at.run("OBJECT ENCODING n"), "\"int\"");
}

TEST(IncrByFloat, PropagatesTheSum) {
  Harness at;
  at.listen();
  EXPECT_EQ(at.run("INCRBYFLOAT f 10.5"), "\"10.5\"");
  EXPECT_EQ(at.changes(), "SET f 10.5 KEEPTTL");
  EXPECT_EQ(at.events(), "new f, incrbyfloat f");
  EXPECT_EQ(at.run("INCRBYFLOAT f -0.5"), "\"10\"");
  EXPECT_EQ(at.run("INCRBYFLOAT f 5.0e3"), "\"5010\"");
  at.run("EXPIRE f 10");
  EXPECT_EQ(at.run("INCRBYFLOAT f 0.25"), "\"5010.25\"");
  EXPECT_EQ(at.run("TTL f"), "10");
  at.run("SET n 3");
  EXPECT_EQ(at.run("INCRBYFLOAT n 1"), "\"4\"");
  EXPECT_EQ(at.run("INCR n"), "5");
}

TEST(IncrByFloat, RefusesWhatIsNoNumber) {
  Harness at;
  at.run("SET s abc");
  EXPECT_EQ(at.run("INCRBYFLOAT s 1"), "-ERR value is not a valid float");
  EXPECT_EQ(at.run("INCRBYFLOAT f x"), "-ERR value is not a valid float");
  EXPECT_EQ(at.run("INCRBYFLOAT f nan"), "-ERR value is not a valid float");
  EXPECT_EQ(at.run_words({"INCRBYFLOAT", "f", " 1"}), "-ERR value is not a valid float");
  EXPECT_EQ(at.run("INCRBYFLOAT f inf"), "-ERR increment would produce NaN or Infinity");
  EXPECT_EQ(at.run("EXISTS f"), "0");
}

TEST(Append, MakesAndLengthensStrings) {
  Harness at;
  at.listen();
  EXPECT_EQ(at.run("APPEND k 12"), "2");
  EXPECT_EQ(at.events(), "new k, append k");
  EXPECT_EQ(at.run("OBJECT ENCODING k"), "\"int\"");
  EXPECT_EQ(at.run("APPEND k ab"), "4");
  EXPECT_EQ(at.run("OBJECT ENCODING k"), "\"raw\"");
  EXPECT_EQ(at.run("GET k"), "\"12ab\"");
  at.changes();
  EXPECT_EQ(at.run("APPEND k ''"), "4");
  EXPECT_EQ(at.changes(), "APPEND k ");
}

TEST(Append, ReachesAnySizeByPieces) {
  Harness at;
  Bytes whole;
  for (int i = 0; i < 300; ++i) {
    const Bytes piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    whole += piece;
    EXPECT_EQ(at.run_words({"APPEND", "k", piece}), std::to_string(whole.size()));
  }
  EXPECT_EQ(at.run("GET k"), '"' + whole + '"');
}

TEST(Strings, StayWithinTheLimitOfABulk) {
  Harness at;
  at.settings.bulk_max = 100;
  const Bytes kTooMuch = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)";
  at.run_words({"SET", "k", Bytes(90, 'x')});
  EXPECT_EQ(at.run("APPEND k 0123456789"), "100");
  EXPECT_EQ(at.run("APPEND k 0"), kTooMuch);
  EXPECT_EQ(at.run("SETRANGE k 99 x"), "100");
  EXPECT_EQ(at.run("SETRANGE k 100 x"), kTooMuch);
  EXPECT_EQ(at.run("SETRANGE n 9223372036854775807 x"), kTooMuch);
  at.context.from_primary = true;
  EXPECT_EQ(at.run("APPEND k 0"), "101");
}

TEST(SetRange, OverwritesAndFillsWithZeros) {
  Harness at;
  at.listen();
  EXPECT_EQ(at.run("SETRANGE k 0 ''"), "0");
  EXPECT_EQ(at.run("EXISTS k"), "0");
  at.events();
  EXPECT_EQ(at.run("SETRANGE k 3 ab"), "5");
  EXPECT_EQ(at.events(), "new k, setrange k");
  EXPECT_EQ(at.changes(), "SETRANGE k 3 ab");
  EXPECT_EQ(at.run("GET k"), Bytes("\"\0\0\0ab\"", 7));
  EXPECT_EQ(at.run("SETRANGE k 9 ''"), "5");
  EXPECT_EQ(at.changes(), "");
  at.run("SET n 12345");
  EXPECT_EQ(at.run("SETRANGE n 1 xx"), "5");
  EXPECT_EQ(at.run("GET n"), "\"1xx45\"");
  EXPECT_EQ(at.run("OBJECT ENCODING n"), "\"raw\"");
  EXPECT_EQ(at.run("SETRANGE k -1 x"), "-ERR offset is out of range");
  EXPECT_EQ(at.run("SETRANGE k abc x"), "-ERR value is not an integer or out of range");
}

TEST(GetRange, CountsFromEitherEnd) {
  Harness at;
  at.run("SET k 'This is a string'");
  EXPECT_EQ(at.run("GETRANGE k 0 3"), "\"This\"");
  EXPECT_EQ(at.run("GETRANGE k -3 -1"), "\"ing\"");
  EXPECT_EQ(at.run("SUBSTR k 0 -1"), "\"This is a string\"");
  EXPECT_EQ(at.run("GETRANGE k 10 100"), "\"string\"");
  EXPECT_EQ(at.run("GETRANGE k 100 200"), "\"\"");
  EXPECT_EQ(at.run("GETRANGE k 5 3"), "\"\"");
  EXPECT_EQ(at.run("GETRANGE k -1 -3"), "\"\"");
  EXPECT_EQ(at.run("GETRANGE k -100 3"), "\"This\"");
  EXPECT_EQ(at.run("GETRANGE k -100 -100"), "\"T\"");
  EXPECT_EQ(at.run("GETRANGE other 0 -1"), "\"\"");
  EXPECT_EQ(at.run("GETRANGE k -9223372036854775808 9223372036854775807"), "\"This is a string\"");
  EXPECT_EQ(at.run("GETRANGE k a 1"), "-ERR value is not an integer or out of range");
  at.run("SET n 12345");
  EXPECT_EQ(at.run("GETRANGE n 1 2"), "\"23\"");
  EXPECT_EQ(at.run("STRLEN n"), "5");
  EXPECT_EQ(at.run("STRLEN other"), "0");
}

TEST(Encoding, IsWhatRedisWouldSay) {
  Harness at;
  const auto encoding_of = [&](Bytes value) {
    at.run_words({"SET", "k", std::move(value)});
    return at.run("OBJECT ENCODING k");
  };
  EXPECT_EQ(encoding_of("12"), "\"int\"");
  EXPECT_EQ(encoding_of("-9223372036854775808"), "\"int\"");
  EXPECT_EQ(encoding_of("9223372036854775808"), "\"embstr\"");
  EXPECT_EQ(encoding_of("012"), "\"embstr\"");
  EXPECT_EQ(encoding_of(Bytes(44, 'x')), "\"embstr\"");
  EXPECT_EQ(encoding_of(Bytes(45, 'x')), "\"raw\"");
  EXPECT_EQ(encoding_of(Bytes(5000, 'x')), "\"raw\"");
  at.run("INCRBYFLOAT f 1.5");
  EXPECT_EQ(at.run("OBJECT ENCODING f"), "\"embstr\"");
}

}  // namespace
}  // namespace replserver

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(Del, CountsWhatItDeleted) {
  Harness at;
  at.listen();
  at.run("MSET a 1 b 2 c 3");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("DEL a nothing a b"), "2");
  EXPECT_EQ(at.changes(), "DEL a nothing a b");
  EXPECT_EQ(at.events(), "del a, del b");
  EXPECT_EQ(at.run("DEL nothing"), "0");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("unlink c"), "1");
  EXPECT_EQ(at.changes(), "unlink c");
  EXPECT_EQ(at.run("DBSIZE"), "0");
}

TEST(Exists, CountsAKeyAsOftenAsItIsNamed) {
  Harness at;
  at.run("SET a 1");
  EXPECT_EQ(at.run("EXISTS a a b"), "2");
  EXPECT_EQ(at.run("TOUCH a a b"), "2");
  EXPECT_EQ(at.run("TYPE a"), "string");
  EXPECT_EQ(at.run("TYPE b"), "none");
}

TEST(Reads, AreCountedAndMissesTold) {
  Harness at;
  at.listen();
  at.run("SET a 1");
  at.events();
  at.run("GET a");
  at.run("EXISTS a b");
  at.run("TTL b");
  EXPECT_EQ(at.events(), "keymiss b, keymiss b");
  at.run("OBJECT ENCODING b");
  EXPECT_EQ(at.events(), "");
  EXPECT_EQ(at.context.stats.hits, 2u);
  EXPECT_EQ(at.context.stats.misses, 3u);
  at.run("INCR b");
  at.run("DEL c");
  EXPECT_EQ(at.context.stats.misses, 3u);
}

TEST(Reads, TouchTheKeyUnlessTheClientSaidNoTouch) {
  Harness at;
  at.run("SET a 1");
  at.advance(5000);
  EXPECT_EQ(at.run("OBJECT IDLETIME a"), "5");
  at.run("EXISTS a");
  at.run("TYPE a");
  at.run("TTL a");
  EXPECT_EQ(at.run("OBJECT IDLETIME a"), "5");
  at.context.no_touch = true;
  at.run("GET a");
  EXPECT_EQ(at.run("OBJECT IDLETIME a"), "5");
  at.run("TOUCH a");
  EXPECT_EQ(at.run("OBJECT IDLETIME a"), "0");
  at.advance(5000);
  at.context.no_touch = false;
  at.run("GET a");
  EXPECT_EQ(at.run("OBJECT IDLETIME a"), "0");
}

TEST(Rename, MovesTheValueAndItsTimeToLive) {
  Harness at;
  at.listen();
  at.run("SET a 1 EX 10");
  at.run("SET b 2");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("RENAME a b"), "OK");
  EXPECT_EQ(at.changes(), "RENAME a b");
  EXPECT_EQ(at.events(), "new b, rename_from a, rename_to b");
  EXPECT_EQ(at.run("MGET a b"), "[nil \"1\"]");
  EXPECT_EQ(at.run("TTL b"), "10");
  EXPECT_EQ(at.run("DBSIZE"), "1");
}

TEST(Rename, ToTheSameNameChangesNothing) {
  Harness at;
  at.run("SET a 1");
  at.changes();
  EXPECT_EQ(at.run("RENAME a a"), "OK");
  EXPECT_EQ(at.run("RENAMENX a a"), "0");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("RENAME b b"), "-ERR no such key");
  EXPECT_EQ(at.run("RENAMENX b c"), "-ERR no such key");
}

TEST(Rename, NxLeavesATakenName) {
  Harness at;
  at.run("MSET a 1 b 2");
  at.changes();
  EXPECT_EQ(at.run("RENAMENX a b"), "0");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("RENAMENX a c"), "1");
  EXPECT_EQ(at.run("MGET a b c"), "[nil \"2\" \"1\"]");
  at.run("SET e 1 PX 5");
  at.advance(6);
  at.changes();
  EXPECT_EQ(at.run("RENAMENX b e"), "1");
  EXPECT_EQ(at.changes(), "DEL e; RENAMENX b e");
}

TEST(Move, TakesAKeyToAnotherDatabase) {
  Harness at;
  at.listen();
  at.run("SET a 1 EX 10");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("MOVE a 1"), "1");
  EXPECT_EQ(at.changes(), "MOVE a 1");
  EXPECT_EQ(at.events(), "new a in db1, move_from a, move_to a in db1");
  EXPECT_EQ(at.run("EXISTS a"), "0");
  at.context.db = 1;
  EXPECT_EQ(at.run("GET a"), "\"1\"");
  EXPECT_EQ(at.run("TTL a"), "10");
  at.context.db = 0;
  EXPECT_EQ(at.run("MOVE a 1"), "0");
  at.run("SET a 2");
  at.changes();
  EXPECT_EQ(at.run("MOVE a 1"), "0");
  EXPECT_EQ(at.changes(), "");
}

TEST(Move, RefusesPlacesThatAreNone) {
  Harness at;
  EXPECT_EQ(at.run("MOVE a 0"), "-ERR source and destination objects are the same");
  EXPECT_EQ(at.run("MOVE a 4"), "-ERR DB index is out of range");
  EXPECT_EQ(at.run("MOVE a -1"), "-ERR DB index is out of range");
  EXPECT_EQ(at.run("MOVE a x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("MOVE a 99999999999"),
            "-ERR value is out of range, value must between -2147483648 and 2147483647");
}

TEST(Move, DeletesAnExpiredKeyInTheTarget) {
  Harness at;
  at.context.db = 2;
  at.run("SET a old PX 5");
  at.context.db = 0;
  at.run("SET a new");
  at.changes();
  at.advance(6);
  EXPECT_EQ(at.run("MOVE a 2"), "1");
  EXPECT_EQ(at.changes(), "db2 DEL a; MOVE a 2");
}

TEST(Copy, LeavesTheSource) {
  Harness at;
  at.listen();
  at.run("SET a 1 EX 10");
  at.changes();
  at.events();
  EXPECT_EQ(at.run("COPY a b"), "1");
  EXPECT_EQ(at.changes(), "COPY a b");
  EXPECT_EQ(at.events(), "new b, copy_to b");
  EXPECT_EQ(at.run("MGET a b"), "[\"1\" \"1\"]");
  EXPECT_EQ(at.run("TTL b"), "10");
  at.run("SET b 2");
  EXPECT_EQ(at.run("COPY a b"), "0");
  EXPECT_EQ(at.run("COPY a b REPLACE"), "1");
  EXPECT_EQ(at.run("GET b"), "\"1\"");
  EXPECT_EQ(at.run("COPY a a DB 3"), "1");
  EXPECT_EQ(at.run("COPY nothing b"), "0");
  at.context.db = 3;
  EXPECT_EQ(at.run("INCR a"), "2");
  at.context.db = 0;
  EXPECT_EQ(at.run("GET a"), "\"1\"");
}

TEST(Copy, RefusesPlacesThatAreNone) {
  Harness at;
  EXPECT_EQ(at.run("COPY a a"), "-ERR source and destination objects are the same");
  EXPECT_EQ(at.run("COPY a a DB 0"), "-ERR source and destination objects are the same");
  EXPECT_EQ(at.run("COPY a b DB 4"), "-ERR DB index is out of range");
  EXPECT_EQ(at.run("COPY a b DB x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("COPY a b DB"), "-ERR syntax error");
  EXPECT_EQ(at.run("COPY a b FOO"), "-ERR syntax error");
}

TEST(Copy, OfALongValueIsItsOwn) {
  Harness at;
  at.run_words({"SET", "a", Bytes(10000, 'x')});
  at.run("COPY a b");
  at.run("APPEND a y");
  EXPECT_EQ(at.run("STRLEN a"), "10001");
  EXPECT_EQ(at.run("STRLEN b"), "10000");
}

TEST(Object, TellsWhatItKnows) {
  Harness at;
  at.run("MSET n 5 big 10000 s text");
  EXPECT_EQ(at.run("OBJECT REFCOUNT n"), "2147483647");
  EXPECT_EQ(at.run("OBJECT REFCOUNT big"), "1");
  EXPECT_EQ(at.run("object refcount s"), "1");
  EXPECT_EQ(at.run("OBJECT ENCODING s"), "\"embstr\"");
  EXPECT_EQ(at.run("OBJECT ENCODING nothing"), "nil");
  EXPECT_EQ(at.run("OBJECT FREQ nothing"), "nil");
  EXPECT_EQ(at.run("OBJECT FREQ s").substr(0, 45), "-ERR An LFU maxmemory policy is not selected,");
  at.keyspace.set_access_rules({.lfu = true});
  at.run("SET f 1");
  EXPECT_EQ(at.run("OBJECT FREQ f"), "5");
  EXPECT_EQ(at.run("OBJECT IDLETIME f").substr(0, 41), "-ERR An LFU maxmemory policy is selected,");
  EXPECT_EQ(at.run("OBJECT HELP").substr(0, 7), "[OBJECT");
}

TEST(Databases, AreEmptiedAndToldSoEvenWhenEmpty) {
  Harness at;
  EXPECT_EQ(at.run("FLUSHDB"), "OK");
  EXPECT_EQ(at.changes(), "FLUSHDB");
  EXPECT_EQ(at.context.dirty, 0);
  at.run("MSET a 1 b 2");
  at.context.db = 1;
  at.run("SET c 3");
  EXPECT_EQ(at.run("FLUSHDB SYNC"), "OK");
  EXPECT_EQ(at.run("DBSIZE"), "0");
  at.context.db = 0;
  EXPECT_EQ(at.run("DBSIZE"), "2");
  at.context.dirty = 0;
  EXPECT_EQ(at.run("FLUSHALL async"), "OK");
  EXPECT_EQ(at.context.dirty, 2);
  EXPECT_EQ(at.run("DBSIZE"), "0");
  EXPECT_EQ(at.run("FLUSHALL foo"), "-ERR syntax error");
  EXPECT_EQ(at.run("FLUSHDB SYNC ASYNC"), "-ERR syntax error");
}

TEST(Databases, AreSwapped) {
  Harness at;
  at.run("SET a 1");
  at.changes();
  EXPECT_EQ(at.run("SWAPDB 0 2"), "OK");
  EXPECT_EQ(at.changes(), "SWAPDB 0 2");
  EXPECT_EQ(at.run("EXISTS a"), "0");
  EXPECT_EQ(at.run("SWAPDB 1 1"), "OK");
  at.context.db = 2;
  EXPECT_EQ(at.run("GET a"), "\"1\"");
  EXPECT_EQ(at.run("SWAPDB x 1"), "-ERR invalid first DB index");
  EXPECT_EQ(at.run("SWAPDB 9 x"), "-ERR invalid second DB index");
  EXPECT_EQ(at.run("SWAPDB 99999999999 1"), "-ERR invalid first DB index");
  EXPECT_EQ(at.run("SWAPDB 0 4"), "-ERR DB index is out of range");
}

}  // namespace
}  // namespace replserver

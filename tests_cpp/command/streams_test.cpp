#include <gtest/gtest.h>

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(StreamCommands, ReadWhatWasAppendedInBothDirections) {
  Harness at;
  EXPECT_EQ(at.run("XADD s 1-1 a 1"), "\"1-1\"");
  EXPECT_EQ(at.run("XADD s 1-* a 2 b 3"), "\"1-2\"");
  EXPECT_EQ(at.run("XADD s 2 a 3"), "\"2-0\"");
  EXPECT_EQ(at.changes(), "XADD s 1-1 a 1; XADD s 1-2 a 2 b 3; XADD s 2 a 3");
  EXPECT_EQ(at.run("XLEN s"), "3");
  EXPECT_EQ(at.run("XRANGE s - +"),
            "[[\"1-1\" [\"a\" \"1\"]] [\"1-2\" [\"a\" \"2\" \"b\" \"3\"]] [\"2-0\" [\"a\" "
            "\"3\"]]]");
  EXPECT_EQ(at.run("XREVRANGE s + - COUNT 1"), "[[\"2-0\" [\"a\" \"3\"]]]");
  EXPECT_EQ(at.run("XRANGE s (1-1 (2-0"), "[[\"1-2\" [\"a\" \"2\" \"b\" \"3\"]]]");
  EXPECT_EQ(at.run("XRANGE s - + COUNT 0"), "nil");
  EXPECT_EQ(at.run("XRANGE none - +"), "[]");
}

TEST(StreamCommands, TakeTheirIdsFromTheClockUnlessItStandsBehindTheStream) {
  Harness at;
  EXPECT_EQ(at.run("XADD s * a 1"), "\"1000000-0\"");
  EXPECT_EQ(at.run("XADD s * a 1"), "\"1000000-1\"");
  EXPECT_EQ(at.changes(), "XADD s 1000000-0 a 1; XADD s 1000000-1 a 1");
  EXPECT_EQ(at.run("XADD s 1-1 a 1"),
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item");
  EXPECT_EQ(at.run("XADD t 0-0 a 1"), "-ERR The ID specified in XADD must be greater than 0-0");
  EXPECT_EQ(at.run("XADD t 0-* a 1"), "\"0-1\"");
  EXPECT_EQ(at.run("XADD u NOMKSTREAM * a 1"), "nil");
}

TEST(StreamCommands, TellReplicasExactlyWhatARoughTrimLeft) {
  Harness at;
  CollectionLimits limits;
  limits.stream_node_max_entries = 2;
  at.keyspace.set_limits(limits);
  for (int id = 1; id <= 5; ++id) at.run("XADD s " + std::to_string(id) + " a b");
  at.changes();
  EXPECT_EQ(at.run("XTRIM s MAXLEN ~ 2"), "2");
  EXPECT_EQ(at.changes(), "XTRIM s MAXLEN = 3");
  EXPECT_EQ(at.run("XADD s MINID ~ 5 6 a b"), "\"6-0\"");
  EXPECT_EQ(at.changes(), "XADD s MINID = 5-0 6 a b");
  EXPECT_EQ(at.run("XTRIM s MAXLEN 0"), "2");
  EXPECT_EQ(at.run("EXISTS s"), "1") << "an empty stream stays";
  EXPECT_EQ(at.run("XADD s 6 a b"),
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item");
}

TEST(StreamCommands, DeleteEntriesAndKeepCounting) {
  Harness at;
  for (int id = 1; id <= 3; ++id) at.run("XADD s " + std::to_string(id) + " a b");
  at.changes();
  EXPECT_EQ(at.run("XDEL s 2 9"), "1");
  EXPECT_EQ(at.changes(), "XDEL s 2 9");
  EXPECT_EQ(at.run("XLEN s"), "2");
  EXPECT_EQ(at.run("XSETID s 1"),
            "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  EXPECT_EQ(at.run("XSETID s 7-7 ENTRIESADDED 20 MAXDELETEDID 3-0"), "OK");
  EXPECT_EQ(at.run("XADD s 7-* a b"), "\"7-8\"");
}

TEST(StreamCommands, RefuseOtherTypes) {
  Harness at;
  at.run("SET s x");
  for (const ByteView line : {"XADD s * a b", "XLEN s", "XRANGE s - +", "XREVRANGE s + -",
                              "XDEL s 1", "XTRIM s MAXLEN 1", "XSETID s 1"}) {
    EXPECT_EQ(at.run(line), "-" + Bytes(kWrongType)) << line;
  }
}

TEST(StreamGroupCommands, GiveEachEntryToOneConsumerUntilItIsAcknowledged) {
  Harness at;
  EXPECT_EQ(at.run("XGROUP CREATE s g $ MKSTREAM"), "OK");
  EXPECT_EQ(at.run("XGROUP CREATE s g $"), "-BUSYGROUP Consumer Group name already exists");
  at.run("XADD s 1 a 1");
  at.run("XADD s 2 a 2");
  at.changes();
  EXPECT_EQ(at.run("XREADGROUP GROUP g ann COUNT 1 STREAMS s >"),
            "{\"s\" [[\"1-0\" [\"a\" \"1\"]]]}");
  EXPECT_EQ(at.changes(), "XCLAIM s g ann 0 1-0 TIME 1000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-0");
  EXPECT_EQ(at.run("XREADGROUP GROUP g bob NOACK STREAMS s >"),
            "{\"s\" [[\"2-0\" [\"a\" \"2\"]]]}");
  EXPECT_EQ(at.changes(), "XGROUP CREATECONSUMER s g bob; XGROUP SETID s g 2-0 ENTRIESREAD 2");
  EXPECT_EQ(at.run("XREADGROUP GROUP g bob BLOCK 5 STREAMS s >"), "nil");
  EXPECT_EQ(at.run("XPENDING s g"), "[1 \"1-0\" \"1-0\" [[\"ann\" \"1\"]]]");
  at.advance(50);
  EXPECT_EQ(at.run("XPENDING s g - + 9"), "[[\"1-0\" \"ann\" 50 1]]");
  EXPECT_EQ(at.run("XREADGROUP GROUP g ann STREAMS s 0"), "{\"s\" [[\"1-0\" [\"a\" \"1\"]]]}");
  EXPECT_EQ(at.run("XACK s g 1 2"), "1");
  EXPECT_EQ(at.changes(), "XACK s g 1 2");
  EXPECT_EQ(at.run("XPENDING s g"), "[0 nil nil nil]");
}

TEST(StreamGroupCommands, GiveWhatIsPendingToAnotherConsumer) {
  Harness at;
  at.run("XGROUP CREATE s g 0 MKSTREAM");
  at.run("XADD s 1 a 1");
  at.run("XADD s 2 a 2");
  at.run("XREADGROUP GROUP g ann STREAMS s >");
  at.advance(100);
  at.changes();
  EXPECT_EQ(at.run("XCLAIM s g bob 500 1"), "[]");
  EXPECT_EQ(at.changes(), "XGROUP CREATECONSUMER s g bob");
  EXPECT_EQ(at.run("XCLAIM s g bob 50 1 JUSTID"), "[\"1-0\"]");
  EXPECT_EQ(at.changes(), "XCLAIM s g bob 0 1 TIME 1000100 RETRYCOUNT 1 FORCE JUSTID LASTID 2-0");
  at.run("XDEL s 2");
  at.changes();
  EXPECT_EQ(at.run("XAUTOCLAIM s g ann 0 - COUNT 9"),
            "[\"0-0\" [[\"1-0\" [\"a\" \"1\"]]] [\"2-0\"]]");
  EXPECT_EQ(at.changes(),
            "XCLAIM s g ann 0 1-0 TIME 1000100 RETRYCOUNT 2 FORCE JUSTID LASTID 2-0; "
            "XCLAIM s g ann 0 2-0 TIME 1000000 RETRYCOUNT 1 FORCE JUSTID LASTID 2-0");
  EXPECT_EQ(at.run("XGROUP DELCONSUMER s g ann"), "1");
  EXPECT_EQ(at.run("XGROUP DESTROY s g"), "1");
}

TEST(StreamCommands, ReadSeveralStreamsAtOnce) {
  Harness at;
  at.run("XADD s 1 a 1");
  at.run("XADD t 5 b 2");
  EXPECT_EQ(at.run("XREAD STREAMS s none t 0 0 4"),
            "{\"s\" [[\"1-0\" [\"a\" \"1\"]]] \"t\" [[\"5-0\" [\"b\" \"2\"]]]}");
  EXPECT_EQ(at.run("XREAD STREAMS s $"), "nil");
  EXPECT_EQ(at.run("XREAD STREAMS s >"),
            "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> "
            "<consumer> option.");
}

TEST(StreamGroupCommands, TellHowFarAGroupAndItsConsumersAre) {
  Harness at;
  at.run("XGROUP CREATE s g 0 MKSTREAM");
  at.run("XADD s 1 a 1");
  at.run("XADD s 2 a 2");
  at.run("XREADGROUP GROUP g ann COUNT 1 STREAMS s >");
  at.advance(70);
  EXPECT_EQ(at.run("XINFO GROUPS s"),
            "[{\"name\" \"g\" \"consumers\" 1 \"pending\" 1 \"last-delivered-id\" \"1-0\" "
            "\"entries-read\" 1 \"lag\" 1}]");
  EXPECT_EQ(at.run("XINFO CONSUMERS s g"),
            "[{\"name\" \"ann\" \"pending\" 1 \"idle\" 70 \"inactive\" 70}]");
  EXPECT_EQ(at.run("XINFO GROUPS none"), "-ERR no such key");
  EXPECT_EQ(at.run("XGROUP SETID s g -"), "OK");
}

}  // namespace
}  // namespace replserver

#include <gtest/gtest.h>

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(ListCommands, ReadWhatWasPushedFromBothEnds) {
  Harness at;
  EXPECT_EQ(at.run("RPUSH l b c"), "2");
  EXPECT_EQ(at.run("LPUSH l a 0"), "4");
  EXPECT_EQ(at.changes(), "RPUSH l b c; LPUSH l a 0");
  EXPECT_EQ(at.run("LRANGE l 0 -1"), "[\"0\" \"a\" \"b\" \"c\"]");
  EXPECT_EQ(at.run("LRANGE l -3 1"), "[\"a\"]");
  EXPECT_EQ(at.run("LRANGE l 5 9"), "[]");
  EXPECT_EQ(at.run("LINDEX l -1"), "\"c\"");
  EXPECT_EQ(at.run("LINDEX l 4"), "nil");
  EXPECT_EQ(at.run("LLEN l"), "4");
  EXPECT_EQ(at.run("LPUSHX nothing a"), "0");
  EXPECT_EQ(at.changes(), "");
}

TEST(ListCommands, RefuseOtherTypes) {
  Harness at;
  at.run("SET l x");
  for (const ByteView line :
       {"LPUSH l a", "RPUSHX l a", "LPOP l", "RPOP l 1", "LLEN l", "LINDEX l 0", "LSET l 0 a",
        "LINSERT l BEFORE a b", "LRANGE l 0 1", "LREM l 0 a", "LTRIM l 0 1", "LPOS l a",
        "LMOVE l m LEFT LEFT", "RPOPLPUSH l l", "LMPOP 1 l LEFT"}) {
    EXPECT_EQ(at.run(line), "-" + Bytes(kWrongType)) << line;
  }
  at.run("RPUSH m a");
  EXPECT_EQ(at.run("RPOPLPUSH m l"), "-" + Bytes(kWrongType));
  EXPECT_EQ(at.run("LLEN m"), "1") << "nothing was taken";
}

TEST(ListCommands, TakeElementsAndRemoveEmptyLists) {
  Harness at;
  at.run("RPUSH l 1 2 3 4");
  at.changes();
  EXPECT_EQ(at.run("LPOP l"), "\"1\"");
  EXPECT_EQ(at.run("RPOP l 2"), "[\"4\" \"3\"]");
  EXPECT_EQ(at.run("LPOP l 0"), "[]");
  EXPECT_EQ(at.changes(), "LPOP l; RPOP l 2");
  EXPECT_EQ(at.run("LMPOP 2 nothing l RIGHT COUNT 9"), "[\"l\" [\"2\"]]");
  EXPECT_EQ(at.changes(), "RPOP l 1");
  EXPECT_EQ(at.run("EXISTS l"), "0");
  EXPECT_EQ(at.run("LPOP l"), "nil");
  EXPECT_EQ(at.run("LPOP l 1"), "nil");
  EXPECT_EQ(at.run("LMPOP 1 l LEFT"), "nil");
}

TEST(ListCommands, MoveAnElementAlsoWithinOneList) {
  Harness at;
  at.run("RPUSH l 1 2 3");
  EXPECT_EQ(at.run("LMOVE l l LEFT RIGHT"), "\"1\"");
  EXPECT_EQ(at.run("LRANGE l 0 -1"), "[\"2\" \"3\" \"1\"]");
  EXPECT_EQ(at.run("RPOPLPUSH l m"), "\"1\"");
  EXPECT_EQ(at.run("LMOVE nothing m LEFT LEFT"), "nil");
  at.run("RPUSH one 1");
  EXPECT_EQ(at.run("RPOPLPUSH one one"), "\"1\"");
  EXPECT_EQ(at.run("LLEN one"), "1");
}

TEST(ListCommands, NotifyOfEachKeyTheyTouch) {
  Harness at;
  at.listen();
  at.run("RPUSH l 1 2 3");
  EXPECT_EQ(at.events(), "new l, rpush l");
  at.run("LMOVE l m LEFT RIGHT");
  EXPECT_EQ(at.events(), "new m, rpush m, lpop l");
  at.run("LSET l 0 x");
  at.run("LINSERT l AFTER x y");
  EXPECT_EQ(at.events(), "lset l, linsert l");
  at.run("LREM l 0 y");
  at.run("LTRIM l 5 9");
  EXPECT_EQ(at.events(), "lrem l, ltrim l, del l");
  at.run("RPOPLPUSH m l");
  EXPECT_EQ(at.events(), "new l, lpush l, rpop m, del m");
}

TEST(ListCommands, FindPositionsByRankCountAndLength) {
  Harness at;
  at.run("RPUSH l a b c 1 2 3 c c");
  EXPECT_EQ(at.run("LPOS l c"), "2");
  EXPECT_EQ(at.run("LPOS l c RANK 2"), "6");
  EXPECT_EQ(at.run("LPOS l c RANK -1"), "7");
  EXPECT_EQ(at.run("LPOS l c COUNT 0"), "[2 6 7]");
  EXPECT_EQ(at.run("LPOS l c COUNT 2 RANK -1"), "[7 6]");
  EXPECT_EQ(at.run("LPOS l 3 MAXLEN 5"), "nil");
  EXPECT_EQ(at.run("LPOS l 3 MAXLEN 6"), "5");
  EXPECT_EQ(at.run("LPOS nothing c COUNT 1"), "[]");
}

}  // namespace
}  // namespace replserver

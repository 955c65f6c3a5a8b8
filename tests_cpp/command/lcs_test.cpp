#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(Lcs, FindsTheSubsequence) {
  Harness at;
  at.run("MSET key1 ohmytext key2 mynewtext");
  EXPECT_EQ(at.run("LCS key1 key2"), "\"mytext\"");
  EXPECT_EQ(at.run("LCS key1 key2 LEN"), "6");
  EXPECT_EQ(at.run("LCS key1 nothing"), "\"\"");
  EXPECT_EQ(at.run("LCS key1 nothing LEN"), "0");
  EXPECT_EQ(at.run("LCS key1 key1"), "\"ohmytext\"");
}

TEST(Lcs, TellsWhereItLies) {
  Harness at;
  at.run("MSET key1 ohmytext key2 mynewtext");
  EXPECT_EQ(at.run("LCS key1 key2 IDX"), "{\"matches\" [[[4 7] [5 8]] [[2 3] [0 1]]] \"len\" 6}");
  EXPECT_EQ(at.run("LCS key1 key2 IDX MINMATCHLEN 4 WITHMATCHLEN"),
            "{\"matches\" [[[4 7] [5 8] 4]] \"len\" 6}");
  EXPECT_EQ(at.run("LCS key1 key2 idx minmatchlen -5"),
            "{\"matches\" [[[4 7] [5 8]] [[2 3] [0 1]]] \"len\" 6}");
  EXPECT_EQ(at.run("LCS nothing key2 IDX"), "{\"matches\" [] \"len\" 0}");
}

TEST(Lcs, ReadsIntegersAsText) {
  Harness at;
  at.run("MSET a 12345 b 1x3x5");
  EXPECT_EQ(at.run("LCS a b"), "\"135\"");
}

TEST(Lcs, RefusesWhatItCannotDo) {
  Harness at;
  EXPECT_EQ(at.run("LCS a b LEN IDX"),
            "-ERR If you want both the length and indexes, please just use IDX.");
  EXPECT_EQ(at.run("LCS a b MINMATCHLEN"), "-ERR syntax error");
  EXPECT_EQ(at.run("LCS a b MINMATCHLEN x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("LCS a b FOO"), "-ERR syntax error");
  at.settings.bulk_max = 1000;
  at.run_words({"SET", "a", Bytes(100, 'x')});
  EXPECT_EQ(at.run("LCS a a"),
            "-ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
}

}  // namespace
}  // namespace replserver

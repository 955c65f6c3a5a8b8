#include "node/slowlog.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

void add(Slowlog& log, Args words, std::size_t length_max = 128) {
  log.add(words, 1700000000, 25000, "127.0.0.1:1000", "me", length_max);
}

TEST(Slowlog, TellsTheNewestFirstAndNumbersThemFromZero) {
  Slowlog log;
  add(log, std::vector<ByteView>{"GET", "a"});
  add(log, std::vector<ByteView>{"GET", "b"});
  ASSERT_EQ(log.entries().size(), 2u);
  EXPECT_EQ(log.entries()[0].id, 1u);
  EXPECT_EQ(log.entries()[0].words, (Words{"GET", "b"}));
  EXPECT_EQ(log.entries()[1].id, 0u);
  EXPECT_EQ(log.entries()[1].client_name, "me");
}

TEST(Slowlog, ForgetsTheOldestBeyondItsLengthAndKeepsCounting) {
  Slowlog log;
  for (int i = 0; i < 5; ++i) add(log, std::vector<ByteView>{"PING"}, 2);
  ASSERT_EQ(log.entries().size(), 2u);
  EXPECT_EQ(log.entries().back().id, 3u);
  log.reset();
  add(log, std::vector<ByteView>{"PING"}, 0);
  EXPECT_TRUE(log.entries().empty());
  add(log, std::vector<ByteView>{"PING"});
  EXPECT_EQ(log.entries().front().id, 6u);
}

TEST(Slowlog, CutsLongWordsAndSaysHowMuchIsMissing) {
  Slowlog log;
  const Bytes fits(128, 'a'), too_long(130, 'b');
  add(log, std::vector<ByteView>{"SET", fits, too_long});
  EXPECT_EQ(log.entries()[0].words[1], fits);
  EXPECT_EQ(log.entries()[0].words[2], Bytes(128, 'b') + "... (2 more bytes)");
}

TEST(Slowlog, KeepsThirtyTwoWordsAndCountsTheRestInTheLastOne) {
  Slowlog log;
  add(log, std::vector<ByteView>(32, "w"));
  EXPECT_EQ(log.entries()[0].words.back(), "w");
  add(log, std::vector<ByteView>(40, "w"));
  ASSERT_EQ(log.entries()[0].words.size(), 32u);
  EXPECT_EQ(log.entries()[0].words.back(), "... (9 more arguments)");
}

}  // namespace
}  // namespace replserver

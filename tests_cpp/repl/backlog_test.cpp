#include "repl/backlog.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace replserver {
namespace {

TEST(Backlog, BeginsEmptyAtItsOffset) {
  const Backlog backlog(1000, 1 << 20);
  EXPECT_EQ(backlog.first(), 1000u);
  EXPECT_EQ(backlog.end(), 1000u);
  EXPECT_EQ(backlog.tail(1000), "");
}

TEST(Backlog, IsNeverSmallerThanRedisAllows) {
  EXPECT_EQ(Backlog(0, 1).capacity(), Backlog::kCapacityMin);
}

TEST(Backlog, CanBeReadFromEveryOffsetItKeeps) {
  Backlog backlog(7, 1 << 20);
  Bytes written;
  for (int i = 0; i < 20000; ++i) {
    const Bytes word = std::to_string(i) + ",";
    backlog.append(word);
    written += word;
  }
  ASSERT_GT(written.size(), Backlog::kBlockSize);  // more than one block
  for (std::size_t at = 0; at <= written.size(); at += 997) {
    EXPECT_EQ(backlog.tail(7 + at), written.substr(at));
  }
}

TEST(Backlog, KeepsItsCapacityAndForgetsWhatIsOlder) {
  Backlog backlog(0, 20000);
  for (int i = 0; i < 100; ++i) backlog.append(Bytes(1000, static_cast<char>('a' + i % 26)));
  EXPECT_EQ(backlog.end(), 100000u);
  EXPECT_EQ(backlog.end() - backlog.first(), 20000u);
  EXPECT_LE(backlog.memory(), 3 * Backlog::kBlockSize);
}

TEST(Backlog, KeepsWhatFitsWhenResized) {
  Backlog backlog(0, 100000);
  backlog.append(Bytes(90000, 'x'));
  backlog.append(Bytes(10000, 'y'));
  backlog.resize(20000);
  EXPECT_EQ(backlog.tail(backlog.first()), Bytes(10000, 'x') + Bytes(10000, 'y'));
  backlog.resize(200000);
  EXPECT_EQ(backlog.first(), 80000u);  // what is forgotten does not come back
}

TEST(Backlog, KeepsForASlowReaderWhatCannotBeResumedFromAnyMore) {
  Backlog backlog(0, 16384);
  backlog.pin(100);
  const Bytes written(500'000, 'x');
  backlog.append(written);
  EXPECT_EQ(backlog.first(), written.size() - 16384);
  EXPECT_EQ(backlog.tail(100).size(), written.size() - 100);
  backlog.pin(Backlog::kNoPin);
  EXPECT_EQ(backlog.begin(), backlog.first());
  EXPECT_LE(backlog.memory(), 3 * Backlog::kBlockSize);
}

TEST(Backlog, AgreesWithAPlainStringUnderRandomAppends) {
  const std::uint64_t seed = 20261120;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Backlog backlog(0, 150000);
  Bytes all;
  for (int i = 0; i < 2000; ++i) {
    const Bytes piece(random.below(3000), static_cast<char>('a' + random.below(26)));
    backlog.append(piece);
    all += piece;
    const Offset at = backlog.first() + random.below(backlog.end() - backlog.first() + 1);
    ASSERT_EQ(backlog.tail(at), all.substr(at));
  }
}

}  // namespace
}  // namespace replserver

#include "resp/output.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace replserver::resp {
namespace {

Bytes contents(const Output& output) {
  std::vector<ByteView> pieces;
  output.views(pieces, SIZE_MAX);
  Bytes all;
  for (const ByteView piece : pieces) {
    EXPECT_FALSE(piece.empty());
    all += piece;
  }
  return all;
}

SharedBytes big_value(char letter = 'x') {
  return SharedBytes::copy_of(Bytes(Output::kShareFrom, letter));
}

TEST(Output, HoldsWhatWasAppended) {
  Output output;
  EXPECT_TRUE(output.empty());
  output.append("");
  output.append("one ");
  std::memcpy(output.reserve(3), "two", 3);
  output.commit(3);
  EXPECT_EQ(contents(output), "one two");
  EXPECT_EQ(output.size(), 7u);
}

TEST(Output, ForgetsWhatWasSent) {
  Output output;
  output.append("one two");
  output.sent(0);
  output.sent(4);
  EXPECT_EQ(contents(output), "two");
  output.append("!");
  output.sent(3);
  EXPECT_EQ(contents(output), "!");
  output.sent(1);
  EXPECT_TRUE(output.empty());
  EXPECT_EQ(contents(output), "");
}

TEST(Output, SendsBigSharedBytesFromWhereTheyLive) {
  Output output;
  const SharedBytes value = big_value();
  output.append("before");
  output.append_shared(value);
  output.append("after");
  EXPECT_FALSE(value.only_owner());
  EXPECT_EQ(contents(output), "before" + Bytes(value.view()) + "after");
  std::vector<ByteView> pieces;
  output.views(pieces);
  EXPECT_EQ(pieces.at(1).data(), value.view().data());
  output.sent(6 + value.size());
  EXPECT_TRUE(value.only_owner());
  EXPECT_EQ(contents(output), "after");
}

TEST(Output, CopiesSmallSharedBytes) {
  Output output;
  const SharedBytes value = SharedBytes::copy_of("small");
  output.append_shared(value);
  EXPECT_TRUE(value.only_owner());
  EXPECT_EQ(contents(output), "small");
}

TEST(Output, UsesTheRestOfABlockBehindSharedBytes) {
  Output output;
  for (int index = 0; index < 10; ++index) {
    output.append("header");
    output.append_shared(big_value());
  }
  EXPECT_LT(output.memory(), 10 * Output::kShareFrom + 2 * Output::kSmallBlockSize + 4096);
}

TEST(Output, GivesAsManyPiecesAsAsked) {
  Output output;
  for (int index = 0; index < 10; ++index) output.append_shared(big_value());
  std::vector<ByteView> pieces;
  output.views(pieces, 3);
  EXPECT_EQ(pieces.size(), 3u);
  output.views(pieces, 64);
  EXPECT_EQ(pieces.size(), 13u);
}

TEST(Output, ReservesMoreThanABlockWhenAsked) {
  Output output;
  output.append("x");
  char* const room = output.reserve(100000);
  std::fill_n(room, 100000, 'y');
  output.commit(100000);
  EXPECT_EQ(contents(output), "x" + Bytes(100000, 'y'));
}

TEST(Output, IsLightWhenDrained) {
  Output output;
  EXPECT_EQ(output.memory(), 0u);
  output.append(Bytes(1 << 20, 'x'));
  for (int index = 0; index < 1000; ++index) output.append_shared(big_value());
  EXPECT_GE(output.memory(), output.size());
  output.sent(output.size());
  EXPECT_LE(output.memory(), Output::kBlockSize + 1024);
  output.append("small");
  output.shrink();  // not while there is something to send
  EXPECT_EQ(contents(output), "small");
  output.clear();
  output.shrink();
  EXPECT_EQ(output.memory(), 0u);
  output.append("again");
  EXPECT_EQ(contents(output), "again");
}

TEST(Output, KeepsABlockToGoOnWith) {
  Output output;
  output.append(Bytes(5000, 'x'));
  output.sent(5000);
  const std::size_t held = output.memory();
  output.append(Bytes(5000, 'y'));
  EXPECT_EQ(output.memory(), held);
}

TEST(Output, CountsWhatItHolds) {
  Output output;
  output.append_shared(big_value());
  const std::size_t with_value = output.memory();
  EXPECT_GE(with_value, Output::kShareFrom);
  output.append(Bytes(100000, 'x'));
  EXPECT_GE(output.memory(), with_value + 100000);
  output.sent(Output::kShareFrom);
  EXPECT_LT(output.memory(), 100000 + 20000u);
}

TEST(Output, TakesBackWhatCameAfterAMark) {
  Output output;
  output.append("kept");
  const std::size_t mark = output.mark();
  output.append(" dropped");
  output.append_shared(big_value());
  output.append(Bytes(50000, 'x'));
  output.truncate(mark);
  EXPECT_EQ(contents(output), "kept");
  output.append("!");
  EXPECT_EQ(contents(output), "kept!");
  output.truncate(0);
  EXPECT_TRUE(output.empty());
}

TEST(Output, PutsALateHeaderWhereTheMarkWas) {
  for (const std::size_t behind : {0, 1, 500, 20000}) {
    for (const bool shared : {false, true}) {
      Output output;
      output.append("before ");
      const std::size_t mark = output.mark();
      if (shared) output.append_shared(big_value());
      output.append(Bytes(behind, 'x'));
      const Bytes expected = "before *3 " + contents(output).substr(7);
      output.insert(mark, "*3 ");
      EXPECT_EQ(contents(output), expected);
      EXPECT_EQ(output.size(), expected.size());
    }
  }
}

TEST(Output, MovesWithItsBytes) {
  Output first;
  first.append("bytes");
  Output second = std::move(first);
  EXPECT_EQ(contents(second), "bytes");
  EXPECT_TRUE(first.empty());
  first.append("new");
  EXPECT_EQ(contents(first), "new");
  second.append("!");
  EXPECT_EQ(contents(second), "bytes!");
}

// Against the plain string it stands for.
TEST(Output, IsAStringWhateverHappens) {
  constexpr std::uint64_t kSeed = 99;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  Output output;
  Bytes model;
  std::vector<std::size_t> marks;
  for (int round = 0; round < 10000; ++round) {
    const std::uint64_t action = random.below(13);
    if (action < 6) {
      const Bytes text = random.hex(random.below(random.below(10) ? 100 : 20000));
      if (action == 0 && !text.empty()) {
        std::memcpy(output.reserve(text.size()), text.data(), text.size());
        output.commit(text.size());
      } else {
        output.append(text);
      }
      model += text;
    } else if (action == 6) {
      const Bytes text = random.hex(Output::kShareFrom - 10 + random.below(20));
      output.append_shared(SharedBytes::copy_of(text));
      model += text;
    } else if (action < 9) {
      const std::size_t size = action == 7 ? model.size() : random.below(model.size() + 1);
      output.sent(size);
      model.erase(0, size);
      marks.clear();
    } else if (action < 11) {
      EXPECT_EQ(output.mark(), model.size());
      marks.push_back(output.mark());
    } else if (!marks.empty()) {
      const std::size_t mark = marks.back();
      marks.pop_back();
      if (action == 11) {
        output.insert(mark, "*12345\r\n");
        model.insert(mark, "*12345\r\n");
      } else {
        output.truncate(mark);
        model.resize(mark);
      }
    }
    ASSERT_EQ(output.size(), model.size()) << "round " << round;
    ASSERT_TRUE(contents(output) == model) << "round " << round;
    ASSERT_GE(output.memory(), model.size());
    ASSERT_LE(output.memory(), 2 * model.size() + 300000);
  }
  output.clear();
  EXPECT_LE(output.memory(), Output::kBlockSize + 1024);
}

}  // namespace
}  // namespace replserver::resp

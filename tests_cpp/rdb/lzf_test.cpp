#include "rdb/lzf.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace replserver {
namespace {

Bytes compressed(ByteView from) {
  Bytes to(from.size() + from.size() / 16 + 16, 0);
  to.resize(lzf_compress(from, to.data(), to.size()));
  return to;
}

// nullopt: refused.
std::optional<Bytes> decompressed(ByteView from, std::size_t size) {
  Bytes to(size, 0);
  if (!lzf_decompress(from, to.data(), size)) return std::nullopt;
  return to;
}

TEST(Lzf, GivesBackWhatItWasGiven) {
  Random random(1);
  for (int round = 0; round < 3000; ++round) {
    Bytes text(random.below(round % 100 == 0 ? 60'000 : 400), 0);
    const std::uint64_t letters = 1 + random.below(30);
    for (char& letter : text) letter = static_cast<char>('a' + random.below(letters));
    ASSERT_EQ(decompressed(compressed(text), text.size()), text) << "round " << round;
  }
}

TEST(Lzf, ReachesAsFarAndRepeatsAsLongAsTheFormatAllows) {
  for (const std::size_t distance : {8190, 8191, 8192, 8193, 8194}) {
    Random random(distance);
    Bytes text = "the same";
    while (text.size() < distance) text += static_cast<char>(random.next());
    text += "the same";
    EXPECT_EQ(decompressed(compressed(text), text.size()), text) << distance;
  }
  for (const std::size_t length : {1, 2, 3, 4, 8, 9, 263, 264, 265, 266, 267, 1000}) {
    const Bytes text(length, 'x');
    EXPECT_EQ(decompressed(compressed(text), length), text) << length;
  }
  EXPECT_EQ(compressed(Bytes(265, 'x')), Bytes("\0x\xe0\xff\0", 5));
}

TEST(Lzf, SaysNothingWhenTheRoomDoesNotSuffice) {
  const Bytes text = "no three letters of this come twice";
  char to[64];
  EXPECT_EQ(lzf_compress(text, to, text.size() - 1), 0u);
  const Bytes repeats(100, 'x');
  const std::size_t size = lzf_compress(repeats, to, sizeof to);
  ASSERT_GT(size, 0u);
  for (std::size_t room = 0; room < size; ++room) EXPECT_EQ(lzf_compress(repeats, to, room), 0u);
  EXPECT_EQ(lzf_compress(repeats, to, size), size);
}

TEST(Lzf, RefusesWhatDoesNotFit) {
  EXPECT_EQ(decompressed(Bytes("\2abc", 4), 3), "abc");
  EXPECT_EQ(decompressed(Bytes("\2abc", 4), 4), std::nullopt);  // ends too early
  EXPECT_EQ(decompressed(Bytes("\2abc", 4), 2), std::nullopt);  // says more
  EXPECT_EQ(decompressed(Bytes("\2ab", 3), 3), std::nullopt);   // its own end is missing
  EXPECT_EQ(decompressed(Bytes("\0a\x20\0", 4), 4), "aaaa");
  EXPECT_EQ(decompressed(Bytes("\0a\x20\1", 4), 4), std::nullopt);  // from before the beginning
  EXPECT_EQ(decompressed(Bytes("\0a\x20", 3), 4), std::nullopt);
  EXPECT_EQ(decompressed(Bytes("\0a\xe0", 3), 10), std::nullopt);
  EXPECT_EQ(decompressed("", 0), "");
}

}  // namespace
}  // namespace replserver

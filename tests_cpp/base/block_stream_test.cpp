#include "base/block_stream.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "base/random.hpp"

namespace replserver {
namespace {

Bytes rest(const BlockStream& stream, std::uint64_t offset) {
  Bytes bytes;
  for (ByteView piece = stream.read(offset); !piece.empty(); piece = stream.read(offset)) {
    bytes += piece;
    offset += piece.size();
  }
  return bytes;
}

TEST(BlockStream, BeginsEmptyAtItsOffset) {
  const BlockStream stream(64, 1000);
  EXPECT_EQ(stream.begin(), 1000u);
  EXPECT_EQ(stream.end(), 1000u);
  EXPECT_TRUE(stream.read(1000).empty());
  EXPECT_EQ(stream.memory(), 0u);
}

TEST(BlockStream, GivesRoomOnlyWithinOneBlock) {
  BlockStream stream(64);
  stream.append(Bytes(40, 'x'));
  EXPECT_EQ(stream.room(30), nullptr);
  EXPECT_EQ(stream.room(65), nullptr);
  char* const room = stream.room(24);
  ASSERT_NE(room, nullptr);
  std::memcpy(room, "abc", 3);
  stream.commit(3);
  EXPECT_EQ(rest(stream, 38), "xxabc");
}

TEST(BlockStream, UsesForgottenBlocksAgain) {
  BlockStream stream(64);
  for (int i = 0; i < 100; ++i) {
    stream.append(Bytes(64, 'x'));
    stream.forget(stream.end());
  }
  EXPECT_LE(stream.memory(), 2 * 64u);
  EXPECT_EQ(stream.begin(), 6400u);
  stream.append("y");
  EXPECT_EQ(rest(stream, 6400), "y");
}

TEST(BlockStream, AgreesWithAPlainString) {
  const std::uint64_t seed = 20261121;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  BlockStream stream(97);
  Bytes all;
  for (int i = 0; i < 3000; ++i) {
    const Bytes piece(random.below(200), static_cast<char>('a' + random.below(26)));
    if (char* const room = stream.room(piece.size()); room != nullptr && random.below(2) == 0) {
      std::memcpy(room, piece.data(), piece.size());
      stream.commit(piece.size());
    } else {
      stream.append(piece);
    }
    all += piece;
    if (random.below(4) == 0) {
      stream.forget(stream.begin() + random.below(stream.end() - stream.begin() + 1));
    }
    const std::uint64_t at = stream.begin() + random.below(stream.end() - stream.begin() + 1);
    ASSERT_EQ(rest(stream, at), all.substr(at));
  }
}

}  // namespace
}  // namespace replserver

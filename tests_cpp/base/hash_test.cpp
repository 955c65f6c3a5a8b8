#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "base/random.hpp"

namespace replserver {
namespace {

// SipHash-c-d as its paper states it, byte by byte.
std::uint64_t sip_by_the_paper(int c, int d, ByteView bytes, const HashSeed& seed) {
  std::uint64_t v[4] = {seed.low ^ 0x736f6d6570736575, seed.high ^ 0x646f72616e646f6d,
                        seed.low ^ 0x6c7967656e657261, seed.high ^ 0x7465646279746573};
  const auto rounds = [&](int count) {
    while (count-- > 0) {
      v[0] += v[1], v[1] = std::rotl(v[1], 13) ^ v[0], v[0] = std::rotl(v[0], 32);
      v[2] += v[3], v[3] = std::rotl(v[3], 16) ^ v[2];
      v[0] += v[3], v[3] = std::rotl(v[3], 21) ^ v[0];
      v[2] += v[1], v[1] = std::rotl(v[1], 17) ^ v[2], v[2] = std::rotl(v[2], 32);
    }
  };
  Bytes padded(bytes);
  while (padded.size() % 8 != 7) padded += '\0';
  padded += static_cast<char>(bytes.size());
  for (std::size_t at = 0; at < padded.size(); at += 8) {
    std::uint64_t word = 0;
    for (std::size_t index = 8; index-- > 0;) {
      word = word << 8 | static_cast<unsigned char>(padded[at + index]);
    }
    v[3] ^= word;
    rounds(c);
    v[0] ^= word;
  }
  v[2] ^= 0xff;
  rounds(d);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

constexpr HashSeed kPaperSeed{0x0706050403020100, 0x0f0e0d0c0b0a0908};

TEST(KeyedHash, IsCheckedAgainstSipHashWithThePapersVector) {
  Bytes bytes;
  for (char c = 0; c < 15; ++c) bytes += c;
  EXPECT_EQ(sip_by_the_paper(2, 4, bytes, kPaperSeed), 0xa129ca6149be45e5);
}

TEST(KeyedHash, IsSipHashOneTwoAtEveryLengthAndAlignment) {
  constexpr std::uint64_t kRandomSeed = 1;
  Random random(kRandomSeed);
  Bytes room;
  for (int index = 0; index < 200; ++index) room += static_cast<char>(random.next());
  for (std::size_t size = 0; size <= 100; ++size) {
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const HashSeed seed{random.next(), random.next()};
      const ByteView bytes = ByteView(room).substr(offset, size);
      ASSERT_EQ(keyed_hash(bytes, seed), sip_by_the_paper(1, 2, bytes, seed))
          << "size " << size << ", offset " << offset;
    }
  }
}

TEST(KeyedHash, TakesAViewOfNothing) {
  EXPECT_EQ(keyed_hash({}, kPaperSeed), keyed_hash("", kPaperSeed));
}

TEST(KeyedHash, DependsOnBothHalvesOfTheSeed) {
  const std::set<std::uint64_t> hashes = {keyed_hash("key", {1, 2}), keyed_hash("key", {2, 2}),
                                          keyed_hash("key", {1, 3})};
  EXPECT_EQ(hashes.size(), 3u);
}

}  // namespace
}  // namespace replserver

#include "rdb/crc64.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace replserver {
namespace {

Bytes random_bytes(Random& random, std::size_t size) {
  Bytes bytes(size, 0);
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

TEST(Crc64, GivesTheCheckValueOfItsVariant) {
  EXPECT_EQ(crc64(0, "123456789"), 0xe9c6d914c4b8d9ca);
  EXPECT_EQ(crc64_by_tables(0, "123456789"), 0xe9c6d914c4b8d9ca);
  EXPECT_EQ(crc64(0, ""), 0u);
}

TEST(Crc64, IsTheSameBothWaysForEveryLengthAndAlignment) {
  if (!crc64_can_fold()) GTEST_SKIP() << "this CPU has no carry-less multiplication";
  Random random(1);
  const Bytes bytes = random_bytes(random, 700);
  for (std::size_t size = 0; size < 600; ++size) {
    const ByteView part = ByteView(bytes).substr(size % 17, size);
    const std::uint64_t before = random.next();
    ASSERT_EQ(crc64_by_folding(before, part), crc64_by_tables(before, part)) << size;
  }
}

TEST(Crc64, GoesOnWhereItWasLeft) {
  Random random(2);
  const Bytes bytes = random_bytes(random, 100'000);
  std::uint64_t crc = 0;
  for (ByteView left = bytes; !left.empty();) {
    const std::size_t part = std::min<std::size_t>(left.size(), random.below(3000));
    crc = crc64(crc, left.substr(0, part));
    left.remove_prefix(part);
  }
  EXPECT_EQ(crc, crc64(0, bytes));
}

}  // namespace
}  // namespace replserver

#include "base/c_number.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace replserver {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(CNumber, IsReadAsACString) {
  const auto read = [](ByteView word) { return parse_c_number(word, OutOfRange::refused); };
  EXPECT_EQ(read(""), 0.0);
  EXPECT_EQ(read(" \t1.5"), 1.5);
  EXPECT_EQ(read(ByteView("2\0x", 3)), 2.0);
  EXPECT_EQ(read(ByteView("\0x", 2)), 0.0);
  for (const ByteView word : {" ", "1 ", "x", "nan", "1e400", "1e-400", "- 1"}) {
    EXPECT_EQ(read(word), std::nullopt) << word;
  }
}

TEST(CNumber, MayBeClamped) {
  const auto read = [](ByteView word) { return parse_c_number(word, OutOfRange::clamped); };
  EXPECT_EQ(read("1e400"), kInfinity);
  EXPECT_EQ(read(" -1e400"), -kInfinity);
  EXPECT_EQ(read("+1e9999"), kInfinity);
  EXPECT_EQ(read("1e-400"), 0.0);
  EXPECT_EQ(read("-1e-9999"), 0.0);
  EXPECT_EQ(read("inf"), kInfinity);
  for (const ByteView word : {"1e400x", "nan", "--1e400", "", " "}) {
    EXPECT_EQ(read(word).has_value(), word.empty()) << word;
  }
}

}  // namespace
}  // namespace replserver

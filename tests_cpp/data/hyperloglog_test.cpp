#include "data/hyperloglog.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.hpp"

namespace replserver::hll {
namespace {

Registers registers_of(ByteView bytes) {
  Registers registers{};
  EXPECT_TRUE(merge(registers, bytes));
  return registers;
}

TEST(HyperLogLog, BeginsAsOneRunOfZeros) {
  EXPECT_EQ(make(), Bytes("HYLL\1\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", 18));
  EXPECT_EQ(cached_cardinality(make()), 0u);
  EXPECT_EQ(describe(make()), "Z:16384");
}

TEST(HyperLogLog, KeepsTheSameRegistersInBothEncodings) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Bytes sparse = make(), dense = make();
    ASSERT_TRUE(make_dense(dense));
    Registers model{};
    for (int step = 0; step < 2000; ++step) {
      const Mark mark{static_cast<std::uint32_t>(random.below(kRegisters)),
                      static_cast<std::uint8_t>(1 + random.below(4))};
      const bool rises = model[mark.index] < mark.value;
      model[mark.index] = std::max(model[mark.index], mark.value);
      ASSERT_EQ(raise_sparse(sparse, mark, SIZE_MAX), rises);
      ASSERT_EQ(raise_dense(dense.data(), mark), rises);
    }
    ASSERT_FALSE(is_dense(sparse));
    ASSERT_EQ(registers_of(sparse), model);
    ASSERT_EQ(registers_of(dense), model);
    ASSERT_TRUE(make_dense(sparse));
    ASSERT_EQ(sparse, dense);
  }
}

TEST(HyperLogLog, BecomesDenseBeyondItsLimitOrAValueThatRunsCannotHold) {
  Bytes bytes = make();
  EXPECT_EQ(raise_sparse(bytes, {5, 33}, SIZE_MAX), true);
  EXPECT_TRUE(is_dense(bytes));
  bytes = make();
  std::uint32_t index = 0;
  while (!is_dense(bytes)) ASSERT_EQ(raise_sparse(bytes, {index += 7, 2}, 300), true);
  EXPECT_GT(index, 7u * 50);
  EXPECT_EQ(bytes.size(), kDenseSize);
}

TEST(HyperLogLog, JoinsNeighboursOfOneValue) {
  Bytes bytes = make();
  for (const std::uint32_t index : {10u, 12u, 11u, 13u, 14u}) raise_sparse(bytes, {index, 3}, 3000);
  EXPECT_EQ(describe(bytes), "z:10 v:3,4 v:3,1 Z:16369");
}

TEST(HyperLogLog, EstimatesWithinTwoPercent) {
  Bytes bytes = make();
  for (int number = 0; number < 100'000; ++number) {
    raise(bytes, mark_of("element:" + std::to_string(number)), 3000);
  }
  const auto counted = static_cast<double>(estimate(registers_of(bytes)));
  EXPECT_NEAR(counted, 100'000, 2'000);
}

TEST(HyperLogLog, RefusesRunsThatDoNotMakeUpAllRegisters) {
  Registers registers{};
  Bytes cut = make();
  cut.pop_back();
  EXPECT_FALSE(merge(registers, cut));
  EXPECT_FALSE(make_dense(cut));
  EXPECT_EQ(raise_sparse(cut, {1, 1}, 3000), std::nullopt);
  Bytes more = make() + Bytes(1, '\0');
  EXPECT_FALSE(merge(registers, more));
  Bytes fewer = make();
  fewer.back() = '\xfe';
  EXPECT_FALSE(merge(registers, fewer));
  EXPECT_EQ(raise_sparse(fewer, {16383, 1}, 3000), std::nullopt);
  EXPECT_FALSE(is_one("HYLL"));
  EXPECT_FALSE(is_one(Bytes("HYLL") + Bytes(100, '\0'))) << "dense, and too short";
}

}  // namespace
}  // namespace replserver::hll

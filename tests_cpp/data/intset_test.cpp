#include "data/intset.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "data/hex.hpp"

namespace replserver {
namespace {

Bytes bytes_of(std::initializer_list<std::int64_t> values) {
  Arena arena;
  Intset set(arena);
  for (const std::int64_t value : values) set.add(value);
  return Bytes(set.view().bytes());
}

std::vector<std::int64_t> values_of(IntsetView view) {
  std::vector<std::int64_t> values;
  for (std::size_t index = 0; index < view.count(); ++index) values.push_back(view.at(index));
  return values;
}

using Values = std::vector<std::int64_t>;

TEST(Intset, IsEmptyAndNarrowAtFirst) {
  Arena arena;
  Intset set(arena);
  EXPECT_EQ(set.view().bytes(), from_hex("0200000000000000"));
  EXPECT_FALSE(set.view().contains(0));
  EXPECT_FALSE(set.remove(0));
}

TEST(Intset, KeepsItsValuesSortedAndOnce) {
  Arena arena;
  Intset set(arena);
  for (const std::int64_t value : {5, -3, 9, 0, 7}) EXPECT_TRUE(set.add(value));
  EXPECT_FALSE(set.add(9));
  EXPECT_FALSE(set.add(-3));
  EXPECT_EQ(values_of(set.view()), (Values{-3, 0, 5, 7, 9}));
  EXPECT_TRUE(set.remove(5));
  EXPECT_FALSE(set.remove(5));
  EXPECT_EQ(values_of(set.view()), (Values{-3, 0, 7, 9}));
}

TEST(Intset, WidensForAValueBelowOrAboveAllOthers) {
  const std::pair<std::int64_t, std::size_t> edges[] = {
      {INT16_MAX, 2},     {INT16_MAX + 1, 4}, {INT32_MAX, 4}, {std::int64_t{INT32_MAX} + 1, 8},
      {INT64_MAX, 8},     {INT16_MIN, 2},     {-32769, 4},    {INT32_MIN, 4},
      {-2147483649LL, 8}, {INT64_MIN, 8}};
  for (const auto& [value, width] : edges) {
    Arena arena;
    Intset set(arena);
    set.add(-1);
    set.add(1);
    EXPECT_TRUE(set.add(value));
    EXPECT_EQ(set.view().width(), width) << value;
    EXPECT_EQ(values_of(set.view()), value < 0 ? (Values{value, -1, 1}) : (Values{-1, 1, value}));
  }
}

TEST(Intset, StaysWideWhenItsWidestValueIsRemoved) {
  Arena arena;
  Intset set(arena);
  set.add(1);
  set.add(INT64_MAX);
  set.remove(INT64_MAX);
  EXPECT_EQ(set.view().width(), 8u);
  EXPECT_TRUE(set.view().contains(1));
}

TEST(Intset, TellsWhereAValueWouldBe) {
  Arena arena;
  Intset set(arena);
  for (const std::int64_t value : {10, 20, 30}) set.add(value);
  EXPECT_EQ(set.view().lower_bound(INT64_MIN), 0u);
  EXPECT_EQ(set.view().lower_bound(10), 0u);
  EXPECT_EQ(set.view().lower_bound(11), 1u);
  EXPECT_EQ(set.view().lower_bound(30), 2u);
  EXPECT_EQ(set.view().lower_bound(INT64_MAX), 3u);
}

TEST(Intset, DrawsEachOfItsValues) {
  Arena arena;
  Intset set(arena);
  for (std::int64_t value = 0; value < 20; ++value) set.add(value * 1000);
  Random random(1);
  std::set<std::int64_t> drawn;
  for (int draw = 0; draw < 1000; ++draw) drawn.insert(set.view().random(random));
  EXPECT_EQ(drawn.size(), 20u);
}

// From DUMP of redis-server 7.0.15.
TEST(Intset, HasTheBytesThatRedisGivesIt) {
  EXPECT_EQ(bytes_of({3, 1, -2, 32767}), from_hex("0200000004000000"
                                                  "feff01000300ff7f"));
  EXPECT_EQ(bytes_of({1, -5, 32768, -70000}), from_hex("0400000004000000"
                                                       "90eefefffbffffff0100000000800000"));
  EXPECT_EQ(bytes_of({1, 2, 4294967296, INT64_MIN}),
            from_hex("0800000004000000"
                     "0000000000000080010000000000000002000000000000000000000001"
                     "000000"));
  Arena arena;
  Intset narrowed(arena);
  for (const std::int64_t value : {7, 100000, 8}) narrowed.add(value);
  narrowed.remove(100000);
  EXPECT_EQ(narrowed.view().bytes(), from_hex("0400000002000000"
                                              "0700000008000000"));
}

TEST(Intset, RefusesBytesThatAreNone) {
  const auto text = [](ByteView hex) {
    const Bytes bytes = from_hex(hex);
    const auto view = IntsetView::check(bytes, PackedCheck::whole);
    return view ? Bytes("accepted") : view.error().text;
  };
  EXPECT_EQ(text("0200000002000000"
                 "0100"
                 "0200"),
            "accepted");
  EXPECT_EQ(text(""), "intset: header is cut off at byte 0");
  EXPECT_EQ(text("02000000010000"), "intset: header is cut off at byte 7");
  EXPECT_EQ(text("0300000001000000"
                 "010000"),
            "intset: no such width at byte 0");
  EXPECT_EQ(text("0200000000000000"), "intset: no values at byte 4");
  EXPECT_EQ(text("0200000002000000"
                 "0100"),
            "intset: count is not that of the bytes at byte 4");
  EXPECT_EQ(text("02000000ffffffff"
                 "0100"),
            "intset: count is not that of the bytes at byte 4");
  EXPECT_EQ(text("0200000001000000"
                 "0100"
                 "00"),
            "intset: count is not that of the bytes at byte 4");
  EXPECT_EQ(text("0200000002000000"
                 "0100"
                 "0100"),
            "intset: value is not above the one before it at byte 10");
  EXPECT_EQ(text("0200000002000000"
                 "0100"
                 "ffff"),
            "intset: value is not above the one before it at byte 10");
}

TEST(Intset, ChecksOnlyTheHeaderOfBytesItIsToldToTrust) {
  const Bytes unsorted = from_hex(
      "0200000002000000"
      "0200"
      "0100");
  EXPECT_TRUE(IntsetView::check(unsorted, PackedCheck::header));
  EXPECT_FALSE(IntsetView::check(unsorted, PackedCheck::whole));
}

TEST(Intset, IsAcceptedFromBytesThatAreNotAligned) {
  const Bytes shifted = "x" + bytes_of({1, 2, INT64_MAX});
  const auto view = IntsetView::check(ByteView(shifted).substr(1), PackedCheck::whole);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->contains(INT64_MAX));
  EXPECT_EQ(view->at(1), 2);
}

TEST(Intset, TakesFromItsArenaWhatItsSizeAsksFor) {
  Arena arena;
  void* kept = nullptr;
  {
    Intset set(arena);
    set.reserve(3000);
    for (std::int64_t value = 0; value < 3000; ++value) set.add(value);
    for (std::int64_t value = 1; value < 3000; value += 2) set.remove(value);
    kept = set.release();
  }
  EXPECT_EQ(arena.used(), PackedBuffer::memory(IntsetView(kept).size()));
  {
    Intset set = Intset::adopt(arena, kept);
    EXPECT_EQ(set.view().count(), 1500u);
  }
  EXPECT_EQ(arena.used(), 0u);
}

// Of every width, and around its limits.
std::int64_t any_value(Random& random) {
  const auto near = static_cast<std::int64_t>(random.below(40)) - 20;
  switch (random.below(8)) {
    case 0:
      return INT16_MAX + near;
    case 1:
      return INT16_MIN + near;
    case 2:
      return INT32_MAX + near;
    case 3:
      return INT32_MIN + near;
    case 4:
      return static_cast<std::int64_t>(random.next());
    default:
      return near;
  }
}

TEST(Intset, AgreesWithASetThroughRandomChanges) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Arena arena;
    Intset set(arena);
    std::set<std::int64_t> model;
    const bool narrow = seed % 4 == 0;
    for (int step = 0; step < 400; ++step) {
      const std::int64_t value =
          narrow ? static_cast<std::int64_t>(random.below(300)) - 150 : any_value(random);
      if (random.below(5) < (step < 250 ? 4u : 1u)) {
        ASSERT_EQ(set.add(value), model.insert(value).second);
      } else {
        ASSERT_EQ(set.remove(value), model.erase(value) == 1);
      }
      ASSERT_EQ(set.view().contains(value), model.count(value) == 1);
      if (random.below(10) == 0) set = Intset::adopt(arena, set.release());
    }
    ASSERT_EQ(values_of(set.view()), Values(model.begin(), model.end()));
    std::size_t index = 0;
    for (const std::int64_t value : model) ASSERT_EQ(set.view().lower_bound(value), index++);
    const auto checked = IntsetView::check(set.view().bytes(), PackedCheck::whole);
    ASSERT_EQ(checked.has_value(), !model.empty());
    const Intset copy = Intset::copy_of(arena, set.view());
    ASSERT_EQ(copy.view().bytes(), set.view().bytes());
  }
}

}  // namespace
}  // namespace replserver

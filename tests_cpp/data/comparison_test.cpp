#include "data/comparison.hpp"

#include <gtest/gtest.h>

#include "data/change.hpp"
#include "data/digest.hpp"
#include "data/keyspace.hpp"
#include "data/list.hpp"

namespace replserver {
namespace {

class ComparisonTest : public testing::Test {
 protected:
  static void set(Keyspace& keyspace, int index, ByteView name, ByteView value,
                  std::optional<UnixMs> expiry = std::nullopt) {
    keyspace.database(index).set_string(keyspace.make_key(name), value, expiry);
  }

  // "0:key" of each key that differs; '-' before those that `other` lacks, '+' that it has more.
  Bytes told(UnixMs now = 0) const {
    const std::vector<bool> parts = differing_parts(summary(one), summary(other));
    const auto left = states(one, parts), right = states(other, parts);
    Bytes told;
    for (const KeyDifference& difference : differences(left, right, now)) {
      const KeyState& known = difference.one != nullptr ? *difference.one : *difference.other;
      if (difference.other == nullptr) told += "-";
      if (difference.one == nullptr) told += "+";
      told += std::to_string(known.database) + ":" + known.key + " ";
    }
    return told;
  }

  Random random{1};
  Keyspace one{16, random}, other{16, random};  // each with a hash seed of its own
};

TEST_F(ComparisonTest, FindsNothingInEqualData) {
  for (int number = 0; number < 1000; ++number) {
    set(one, 0, std::to_string(number), "x", 1000 + number);
    set(other, 0, std::to_string(999 - number), "x", 1999 - number);
  }
  EXPECT_EQ(told(), "");
}

TEST_F(ComparisonTest, FindsWhatOnlyOneOfThemHas) {
  for (Keyspace* keyspace : {&one, &other}) set(*keyspace, 0, "both", "x");
  set(one, 0, "first", "x");
  set(other, 2, "second", "x");
  EXPECT_EQ(told(), "-0:first +2:second ");
}

TEST_F(ComparisonTest, FindsOtherValuesTypesDatabasesAndTimes) {
  for (Keyspace* keyspace : {&one, &other}) {
    const bool is_first = keyspace == &one;
    set(*keyspace, 0, "time", "x", is_first ? 1000 : 1001);
    set(*keyspace, 0, "value", is_first ? "x" : "y");
    set(*keyspace, is_first ? 0 : 1, "moved", "x");
  }
  set(one, 0, "type", "x");
  other.database(0).change<List>(other.make_key("type"))->push(ListEnd::back, "x");
  EXPECT_EQ(told(), "-0:moved 0:time 0:type 0:value +1:moved ");
}

TEST_F(ComparisonTest, TellsNothingOfAKeyThatOneHasExpiredBeforeTheOther) {
  set(one, 0, "a", "x", 1000);
  set(other, 0, "b", "x", 1000);
  for (Keyspace* keyspace : {&one, &other}) set(*keyspace, 0, "c", "x", keyspace == &one ? 7 : 8);
  EXPECT_EQ(told(999), "-0:a +0:b 0:c ");
  EXPECT_EQ(told(1000), "0:c ");
}

TEST_F(ComparisonTest, SeesThatTwoKeysHaveChangedTheirValues) {
  set(one, 0, "a", "1");
  set(one, 0, "b", "2");
  set(other, 0, "a", "2");
  set(other, 0, "b", "1");
  EXPECT_EQ(told(), "0:a 0:b ");
}

TEST_F(ComparisonTest, TakesAValueForTheSameInEveryEncoding) {
  set(one, 0, "n", "12345");
  other.database(0).set_raw(other.make_key("n"), "12345", Database::Expiry::clear);
  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace replserver

#include "data/set.hpp"

#include <gtest/gtest.h>

#include <set>

#include "data/keyspace.hpp"

namespace replserver {
namespace {

class Sets : public testing::Test {
 protected:
  Sets() { keyspace.check_door(); }

  Database& database() { return keyspace.database(0); }
  Key key() { return database().make_key("k"); }
  Change<Set> change() { return database().change<Set>(key()); }
  SetView view() { return SetView(*database().find(key())); }
  std::set<Bytes> members() {
    std::set<Bytes> found;
    view().for_each([&](ByteView member) { EXPECT_TRUE(found.insert(Bytes(member)).second); });
    return found;
  }
  void add_all(std::initializer_list<ByteView> given) {
    Change<Set> set = change();
    for (const ByteView member : given) set->add(member);
  }
  void set_limits(std::int64_t intset, std::int64_t listpack) {
    CollectionLimits limits;
    limits.set_max_intset_entries = intset;
    limits.set_max_listpack_entries = listpack;
    limits.set_max_listpack_value = 8;
    keyspace.set_limits(limits);
  }

  Random random{1};
  Keyspace keyspace{2, random};
};

TEST_F(Sets, OfIntegersAreIntsetsUntilThereAreTooMany) {
  set_limits(3, 128);
  add_all({"3", "-1", "2"});
  EXPECT_EQ(view().encoding(), Encoding::intset);
  add_all({"4"});
  EXPECT_EQ(view().encoding(), Encoding::table);
  EXPECT_EQ(members(), (std::set<Bytes>{"-1", "2", "3", "4"}));
}

TEST_F(Sets, AreListpacksFromTheFirstTextUntilTheyAreLargeOrLong) {
  set_limits(512, 3);
  add_all({"1", "a"});
  EXPECT_EQ(view().encoding(), Encoding::listpack);
  add_all({"b"});
  EXPECT_EQ(view().encoding(), Encoding::listpack);
  add_all({"c"});
  EXPECT_EQ(view().encoding(), Encoding::table);
  database().erase(key());
  add_all({"123456789"});
  EXPECT_EQ(view().encoding(), Encoding::intset);
  add_all({"a"});
  EXPECT_EQ(view().encoding(), Encoding::table) << "the integer is too long for a listpack";
}

TEST_F(Sets, ThatBecomeEmptyAreGone) {
  add_all({"a"});
  Change<Set> set = change();
  EXPECT_TRUE(set->remove("a"));
  EXPECT_FALSE(set.finish());
  EXPECT_EQ(database().find(key()), nullptr);
}

TEST_F(Sets, ThatNobodyFilledLeaveNoKey) {
  EXPECT_FALSE(change().finish());
  EXPECT_EQ(database().size(), 0u);
}

TEST_F(Sets, AreCopiedAndGoTheirOwnWays) {
  set_limits(2, 2);
  for (const auto& given : {std::vector<ByteView>{"1", "2"}, {"a", "b"}, {"1", "2", "3", "a"}}) {
    database().erase(key());
    Change<Set> set = change();
    for (const ByteView member : given) set->add(member);
    set.finish();
    const auto before = members();
    database().copy(key(), keyspace.database(1), key());
    add_all({"more"});
    const SetView copied(*keyspace.database(1).find(key()));
    std::set<Bytes> found;
    copied.for_each([&](ByteView member) { found.emplace(member); });
    EXPECT_EQ(found, before);
  }
}

TEST_F(Sets, LargeOnesAreFreedInSteps) {
  Change<Set> set = change();
  for (int member = 0; member < 100'000; ++member) set->add(std::to_string(member) + "x");
  set.finish();
  const std::size_t full = keyspace.used_memory();
  database().erase(key());
  EXPECT_EQ(database().size(), 0u);
  EXPECT_GT(keyspace.used_memory(), full / 2) << "most is still to be freed";
  int steps = 0;
  while (keyspace.maintain(64)) ++steps;
  EXPECT_GT(steps, 10);
  EXPECT_LT(keyspace.used_memory(), full / 20);
}

TEST_F(Sets, BehaveAsAPlainSetDoes) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random chance(seed);
    set_limits(static_cast<std::int64_t>(chance.below(20)),
               static_cast<std::int64_t>(chance.below(20)));
    database().erase(key());
    std::set<Bytes> model;
    for (int step = 0; step < 100; ++step) {
      Bytes member = std::to_string(static_cast<std::int64_t>(chance.below(30)) - 5);
      if (chance.below(3) == 0) member.append(chance.below(12), 'x');
      Change<Set> set = change();
      if (chance.below(3) == 0) {
        ASSERT_EQ(set->remove(member), model.erase(member) == 1);
      } else {
        ASSERT_EQ(set->add(member), model.insert(member).second);
      }
      ASSERT_EQ(set.finish(), !model.empty());
      if (model.empty()) continue;
      ASSERT_EQ(members(), model);
      ASSERT_TRUE(model.contains(view().random(chance)));
      ASSERT_EQ(view().contains(member), model.contains(member));
      ASSERT_EQ(view().size(), model.size());
    }
  }
}

TEST_F(Sets, AreWalkedInPiecesWithoutAMiss) {
  set_limits(0, 0);
  std::set<Bytes> all;
  Change<Set> set = change();
  for (int member = 0; member < 5000; ++member) {
    all.insert(std::to_string(member));
    set->add(std::to_string(member));
  }
  set.finish();
  std::set<Bytes> met;
  std::uint64_t cursor = 0;
  do {
    cursor = view().scan(cursor, 10, [&](ByteView member) { met.emplace(member); });
  } while (cursor != 0);
  EXPECT_EQ(met, all);
}

}  // namespace
}  // namespace replserver

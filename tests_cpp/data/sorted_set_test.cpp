#include "data/sorted_set.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "data/change.hpp"
#include "data/keyspace.hpp"

namespace replserver {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

class SortedSets : public testing::Test {
 protected:
  SortedSets() { keyspace.check_door(); }

  Database& database() { return keyspace.database(0); }
  Key key() { return database().make_key("k"); }
  SortedSetView view() { return SortedSetView(*database().find(key())); }
  void put(ByteView member, double score) {
    database().change<SortedSet>(key())->update(
        member, [&](std::optional<double>) { return std::optional(score); });
  }
  Bytes listed() {
    Bytes text;
    view().for_each([&](ByteView member, double score) {
      text += Bytes(member) + "=" + format_double(score) + " ";
    });
    return text;
  }
  void set_limits(std::int64_t entries, std::int64_t value) {
    CollectionLimits limits;
    limits.zset_max_listpack_entries = entries;
    limits.zset_max_listpack_value = value;
    keyspace.set_limits(limits);
  }

  Random random{1};
  Keyspace keyspace{2, random};
};

TEST_F(SortedSets, BecomeTreesWhenTheyAreLargeOrTheirMembersLong) {
  set_limits(2, 3);
  put("b", 1);
  put("a", 1);
  EXPECT_EQ(view().encoding(), Encoding::listpack);
  put("c", -1);
  EXPECT_EQ(view().encoding(), Encoding::tree);
  EXPECT_EQ(listed(), "c=-1 a=1 b=1 ");
  database().erase(key());
  put("long", 0);
  EXPECT_EQ(view().encoding(), Encoding::tree);
}

TEST_F(SortedSets, KeepEveryScoreInBothForms) {
  for (const std::int64_t entries : {128, 0}) {
    set_limits(entries, 64);
    put("low", -kInf);
    put("high", kInf);
    put("tenth", 0.1);
    put("large", 1e300);
    put("whole", 9007199254740993.0);
    put("12", 12);
    EXPECT_EQ(listed(), "low=-inf tenth=0.1 12=12 whole=9007199254740992 large=1e+300 high=inf ");
    EXPECT_EQ(view().score("tenth"), 0.1);
    EXPECT_EQ(view().standing("12")->rank, 2u);
    database().erase(key());
  }
}

TEST_F(SortedSets, HoldWhatAModelHoldsWhateverTheirForm) {
  for (const std::int64_t entries : {1000, 20, 0}) {
    SCOPED_TRACE(entries);
    set_limits(entries, 64);
    std::map<Bytes, double> model;
    for (int step = 0; step < 2000; ++step) {
      const Bytes member = std::to_string(random.below(100));
      const auto score = static_cast<double>(random.below(10)) / 4;
      if (random.below(3) > 0) {
        put(member, score);
        model[member] = score;
      } else if (!model.empty()) {
        Change<SortedSet> set = database().change<SortedSet>(key());
        EXPECT_EQ(set->remove(member), model.erase(member) == 1);
        set.finish();
      }
      if (model.empty()) continue;
      std::set<std::pair<double, Bytes>> ordered;
      for (const auto& [name, value] : model) ordered.emplace(value, name);
      Bytes expected;
      for (const auto& [value, name] : ordered) expected += name + "=" + format_double(value) + " ";
      ASSERT_EQ(listed(), expected) << "seed 1, step " << step;
    }
    database().erase(key());
  }
}

TEST_F(SortedSets, AreGatheredInAnyOrder) {
  for (const std::int64_t entries : {128, 3}) {
    set_limits(entries, 64);
    ScoreGathering gathering(database().value_context());
    const auto sum = [](double one, double other) { return one + other; };
    for (const ByteView member : {"d", "b", "c", "a", "b", "e"}) gathering.add(member, 1, sum);
    SortedSet set = gathering.finish();
    EXPECT_EQ(set.encoding(), entries == 3 ? Encoding::tree : Encoding::listpack);
    database().store(key(), set);
    EXPECT_EQ(listed(), "a=1 c=1 d=1 e=1 b=2 ");
    if (entries == 3) view().large().tree.invariants();
    database().erase(key());
  }
}

}  // namespace
}  // namespace replserver

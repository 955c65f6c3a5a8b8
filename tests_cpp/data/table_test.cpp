#include "data/table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace replserver {
namespace {

struct Item {
  Bytes name;
};

struct ItemTraits {
  using Item = replserver::Item;
  static constexpr bool kExpires = false;
  static ByteView key(const Item& item) { return item.name; }
  static bool has_key(const Item& item, ByteView key) { return item.name == key; }
};
using Table = SegmentTable<ItemTraits>;

constexpr SegmentShape kTiny{.homes = 2, .stashes = 1};

class Items {
 public:
  explicit Items(const SegmentShape& shape = {}, std::uint64_t seed = 1)
      : seed_{seed, ~seed}, table(arena_, seed_, shape) {}

  void add(const Bytes& name) {
    Item& item = items_[name];
    item.name = name;
    table.insert(&item, hash(name));
  }
  void add_many(int count) {
    for (int number = 0; number < count; ++number) add("item " + std::to_string(number));
  }
  void remove(const Bytes& name) {
    const auto place = table.locate(name, hash(name));
    ASSERT_TRUE(place);
    EXPECT_EQ(table.erase(place, hash(name)), &items_[name]);
    items_.erase(name);
  }
  const Item* find(const Bytes& name) const { return table.find(name, hash(name)); }
  std::uint64_t hash(const Bytes& name) const { return keyed_hash(name, seed_); }
  const std::map<Bytes, Item>& all() const { return items_; }
  std::multiset<Bytes> scanned(std::size_t count) const {
    std::multiset<Bytes> names;
    std::uint64_t cursor = 0;
    do {
      cursor = table.scan(cursor, count, [&](const Item& item) { names.insert(item.name); });
    } while (cursor != 0);
    return names;
  }

 private:
  Arena arena_;
  HashSeed seed_;
  std::map<Bytes, Item> items_;

 public:
  Table table;
};

TEST(SegmentTable, TakesNoMemoryWhileEmpty) {
  Items items;
  EXPECT_EQ(items.table.memory(), 0u);
  EXPECT_EQ(items.find("nothing"), nullptr);
  EXPECT_TRUE(items.scanned(10).empty());
}

TEST(SegmentTable, FindsWhatWasInsertedAndNothingElse) {
  Items items;
  items.add_many(50000);
  EXPECT_EQ(items.table.size(), 50000u);
  for (const auto& [name, item] : items.all()) ASSERT_EQ(items.find(name), &item);
  for (int number = 50000; number < 60000; ++number) {
    ASSERT_EQ(items.find("item " + std::to_string(number)), nullptr);
  }
}

TEST(SegmentTable, FillsItsSegmentsWellBeforeTheySplit) {
  Items items;
  std::size_t fullest = 0;
  for (int number = 0; items.table.segments() < 64; ++number) {
    items.add(std::to_string(number));
    fullest = std::max(
        fullest, items.table.size() * 100 / items.table.segments() / items.table.shape().slots());
  }
  EXPECT_GE(fullest, 80u);  // percent
}

TEST(SegmentTable, ShrinksInStepsToNothing) {
  Items items;
  items.add_many(20000);
  const std::size_t segments = items.table.segments();
  for (int number = 0; number < 20000; ++number) {
    items.remove("item " + std::to_string(number));
    if (number % 4 == 0) items.table.merge_step(1);
  }
  EXPECT_LT(items.table.segments(), segments);
  while (items.table.merge_step(10)) {
  }
  EXPECT_EQ(items.table.memory(), 0u);
}

// Names whose hashes share their first eighteen bits: more than the words of a segment keep.
std::vector<Bytes> names_alike(const Items& items, std::size_t count) {
  std::vector<Bytes> alike;
  for (int number = 0; alike.size() < count; ++number) {
    Bytes name = std::to_string(number);
    if (items.hash(name) >> 46 == 4711) alike.push_back(std::move(name));
  }
  return alike;
}

TEST(SegmentTable, SplitsUntilHashesThatBeginAlikeAreParted) {
  Items items(kTiny);
  const auto alike = names_alike(items, 60);
  for (int round = 0; round < 2; ++round) {
    for (const Bytes& name : alike) items.add(name);
    items.add_many(100);
    for (const auto& [name, item] : items.all()) ASSERT_EQ(items.find(name), &item);
    for (std::size_t which = 5; which < alike.size(); ++which) items.remove(alike[which]);
    while (items.table.merge_step(100)) {
    }
    for (const auto& [name, item] : items.all()) ASSERT_EQ(items.find(name), &item);
    const auto left = items.all();
    for (const auto& [name, item] : left) items.remove(name);
  }
}

TEST(SegmentTable, AgreesWithAMapThroughRandomChanges) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Items items(seed % 2 ? kTiny : SegmentShape{.homes = 7, .stashes = 2}, seed);
    const std::uint64_t names = 50 + random.below(1000);
    for (int step = 0; step < 5000; ++step) {
      const Bytes name = std::to_string(random.below(names));
      const bool growing = step / 1000 % 2 == 0;
      if (items.find(name) == nullptr) {
        ASSERT_EQ(items.all().count(name), 0u);
        if (random.below(10) < (growing ? 9u : 2u)) items.add(name);
      } else if (random.below(10) < (growing ? 1u : 8u)) {
        items.remove(name);
      }
      if (random.below(8) == 0) items.table.merge_step(random.below(5));
    }
    ASSERT_EQ(items.table.size(), items.all().size());
    for (const auto& [name, item] : items.all()) ASSERT_EQ(items.find(name), &item);
    const auto scanned = items.scanned(1 + random.below(30));
    ASSERT_EQ(scanned.size(), items.all().size());  // nothing changed meanwhile: no duplicates
  }
}

TEST(SegmentTable, ScansEveryItemThatStaysWhileItGrowsAndShrinks) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Items items(seed % 3 ? kTiny : SegmentShape{}, seed);
    std::set<Bytes> staying;
    for (std::uint64_t number = 20 + random.below(2000); number > 0; --number) {
      const Bytes name = "stays " + std::to_string(number);
      items.add(name);
      staying.insert(name);
    }
    std::vector<Bytes> guests;
    std::uint64_t cursor = 0;
    std::size_t told = 0;
    do {
      cursor = items.table.scan(cursor, 1 + random.below(20), [&](const Item& item) {
        staying.erase(item.name);
        ++told;
      });
      const std::uint64_t mood = random.below(3);
      for (std::uint64_t count = random.below(200); mood == 0 && count > 0; --count) {
        guests.push_back("guest " + std::to_string(random.next()));
        items.add(guests.back());
      }
      for (std::uint64_t count = random.below(400); mood == 1 && count > 0 && !guests.empty();
           --count) {
        items.remove(guests.back());
        guests.pop_back();
      }
      if (mood == 2) items.table.merge_step(random.below(100));
    } while (cursor != 0);
    EXPECT_TRUE(staying.empty()) << *staying.begin();
  }
}

TEST(SegmentTable, ScansAboutAsManyAsAsked) {
  Items items;
  items.add_many(10000);
  std::size_t found = 0;
  items.table.scan(0, 10, [&](const Item&) { ++found; });
  EXPECT_GE(found, 10u);
  EXPECT_LE(found, 30u);
}

TEST(SegmentTable, ScansFromAnyCursorAClientInvents) {
  Random random(1);
  Items items;
  items.add_many(3000);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    std::uint64_t cursor = random.next() >> random.below(64);
    for (int step = 0; step < 10000; ++step) {
      cursor = items.table.scan(cursor, 100, [](const Item&) {});
      if (cursor == 0) break;
    }
    ASSERT_EQ(cursor, 0u);
  }
  std::size_t found = 0;
  EXPECT_EQ(items.table.scan(0, SIZE_MAX, [&](const Item&) { ++found; }), 0u);
  EXPECT_EQ(found, 3000u);
}

// Chi-square over all items: uniform, although segments have different depths.
TEST(SegmentTable, DrawsEveryItemEquallyOften) {
  Items items(kTiny, 3);
  items.add_many(200);
  for (int number = 0; number < 120; ++number) items.remove("item " + std::to_string(number));
  std::map<Bytes, double> drawn;
  Random random(5);
  constexpr double kDraws = 80000;
  for (int draw = 0; draw < kDraws; ++draw) ++drawn[items.table.random(random)->name];
  ASSERT_EQ(drawn.size(), 80u);
  double chi_square = 0;
  const double expected = kDraws / 80;
  for (const auto& [name, count] : drawn) {
    chi_square += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_square, 133);  // 79 degrees of freedom: exceeded once in 10000 seeds
}

TEST(SegmentTable, DrawsTheLastItemOfALargeTable) {
  Items items;
  items.add_many(60000);
  for (int number = 1; number < 60000; ++number) items.remove("item " + std::to_string(number));
  Random random(1);
  EXPECT_EQ(items.table.random(random)->name, "item 0");
}

TEST(SegmentTable, WalksEveryItemOnceWhileItGrows) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Items items(kTiny, seed);
    items.add_many(static_cast<int>(1 + random.below(300)));
    const std::size_t before = items.all().size();
    std::multiset<Bytes> walked;
    HashCursor cursor = items.table.first();
    int guests = 0;
    while (!cursor.done) {
      const std::uint64_t adding = random.below(4);
      for (std::uint64_t count = 0; count < adding; ++count) {
        items.add("guest " + std::to_string(guests++));
      }
      items.table.walk_home(cursor, [&](const Item& item) {
        EXPECT_FALSE(
            cursor.passed(items.hash(item.name), items.table.home_of(items.hash(item.name))));
        if (item.name[0] == 'i') walked.insert(item.name);
      });
    }
    EXPECT_EQ(walked.size(), before);
    EXPECT_EQ(std::set<Bytes>(walked.begin(), walked.end()).size(), before);
  }
}

}  // namespace
}  // namespace replserver

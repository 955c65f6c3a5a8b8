#include <gtest/gtest.h>

#include "data/keyspace.hpp"
#include "data/set.hpp"

namespace replserver {
namespace {

struct Fresh {
  Random random{1};
  Keyspace keyspace{1, random};
  Keyspace::Databases databases = keyspace.make_databases();
  Database& database = *databases[0];

  Database::Loading key(ByteView name) const { return {.key = keyspace.make_key(name)}; }
};

TEST(DatabaseLoad, KeepsStringsAsAnyWriteWould) {
  Fresh fresh;
  Database& database = fresh.database;
  EXPECT_EQ(database.load_string(fresh.key("a"), "12")->encoding(), Encoding::integer);
  EXPECT_EQ(database.load_string(fresh.key("b"), "text")->encoding(), Encoding::embedded);
  EXPECT_EQ(database.load_string(fresh.key("c"), Bytes(5000, 'c'))->encoding(), Encoding::raw);
  EXPECT_EQ(database.load_integer(fresh.key("d"), -5)->integer(), -5);
  Database::Loading expiring = fresh.key("e");
  expiring.expiry = 5;
  database.load_string(expiring, SharedBytes::copy_of(Bytes(5000, 'e')));
  EXPECT_EQ(database.find(expiring.key)->expiry(), 5);
  EXPECT_EQ(database.next_expiry(), 5);
  EXPECT_EQ(database.size(), 5u);
}

TEST(DatabaseLoad, LeavesWhatIsThereAlone) {
  Fresh fresh;
  fresh.database.load_string(fresh.key("a"), "first");
  EXPECT_EQ(fresh.database.load_string(fresh.key("a"), "second"), nullptr);
  EXPECT_EQ(fresh.database.load_string(fresh.key("a"), SharedBytes::copy_of(Bytes(5000, 'x'))),
            nullptr);
  EXPECT_EQ(fresh.database.load_integer(fresh.key("a"), 3), nullptr);
  Set set = fresh.database.make<Set>();
  set.add("member");
  EXPECT_EQ(fresh.database.load(fresh.key("a"), set), nullptr);
  fresh.database.drop(set);
  EXPECT_EQ(fresh.database.find(fresh.key("a").key)->inline_bytes(), "first");
}

TEST(DatabaseLoad, TellsNoWatcher) {
  Fresh fresh;
  int told = 0;
  fresh.keyspace.set_observer(
      {.changed = [](void* count, int, ByteView) { ++*static_cast<int*>(count); },
       .context = &told,
       .watching = true});
  fresh.database.load_string(fresh.key("a"), "b");
  EXPECT_EQ(told, 0);
}

TEST(DatabaseLoad, FindsAllKeysHoweverManyWereExpected) {
  constexpr std::size_t kKeys = 20'000;
  for (const std::size_t expected : {std::size_t{0}, std::size_t{10}, kKeys, kKeys * 20}) {
    Fresh fresh;
    fresh.database.presize(expected);
    for (std::size_t index = 0; index < kKeys; ++index) {
      ASSERT_NE(fresh.database.load_integer(fresh.key(std::to_string(index)), 1), nullptr);
    }
    for (std::size_t index = 0; index < kKeys; ++index) {
      ASSERT_NE(fresh.database.find(fresh.key(std::to_string(index)).key), nullptr);
    }
    EXPECT_EQ(fresh.database.size(), kKeys);
  }
}

TEST(DatabaseLoad, GivesBackTheRoomThatNobodyCameFor) {
  Fresh fresh;
  fresh.database.presize(100'000);
  fresh.database.load_string(fresh.key("a"), "b");
  const std::size_t before = fresh.database.table_memory();
  fresh.keyspace.replace_all(std::move(fresh.databases), Keyspace::Flush::now);
  while (fresh.keyspace.maintain(1000)) continue;
  EXPECT_LT(fresh.keyspace.database(0).table_memory(), before / 100);
  EXPECT_NE(fresh.keyspace.database(0).find(fresh.key("a").key), nullptr);
}

}  // namespace
}  // namespace replserver

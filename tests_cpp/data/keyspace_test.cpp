#include "data/keyspace.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace replserver {
namespace {

class KeyspaceTest : public testing::Test {
 protected:
  KeyspaceTest() : random(1), keyspace(4, random) { keyspace.check_door(); }

  void set(int index, const Bytes& name, std::optional<UnixMs> expiry = std::nullopt,
           ByteView value = "value") {
    keyspace.database(index).set_string(keyspace.make_key(name), value, expiry);
  }
  bool has(int index, const Bytes& name) {
    return keyspace.database(index).find(keyspace.make_key(name)) != nullptr;
  }
  void fill(int index, int count, std::optional<UnixMs> expiry = std::nullopt) {
    for (int number = 0; number < count; ++number) set(index, std::to_string(number), expiry);
  }
  void maintain() {
    for (int step = 0; step < 100000; ++step) {
      if (!keyspace.maintain(1000)) return;
    }
    FAIL() << "upkeep never ends";
  }

  Random random;
  Keyspace keyspace;
};

TEST_F(KeyspaceTest, SwapsDatabasesWithTheirNumbers) {
  set(0, "zero");
  set(2, "two");
  keyspace.swap(0, 2);
  EXPECT_TRUE(has(2, "zero"));
  EXPECT_TRUE(has(0, "two"));
  EXPECT_EQ(keyspace.database(0).index(), 0);
  EXPECT_EQ(keyspace.database(2).index(), 2);
}

TEST_F(KeyspaceTest, GivesMemoryBackAtOnceWhenFlushed) {
  const std::size_t empty = keyspace.used_memory();
  fill(0, 100000);
  set(1, "long", std::nullopt, Bytes(1 << 20, 'x'));
  EXPECT_GT(keyspace.used_memory(), empty + 4'000'000);
  EXPECT_EQ(keyspace.flush_all(Keyspace::Flush::now), 100001u);
  EXPECT_EQ(keyspace.used_memory(), empty);
  EXPECT_EQ(keyspace.reserved_memory(), empty);
  EXPECT_EQ(keyspace.size(), 0u);
}

TEST_F(KeyspaceTest, FlushesInStepsWhenAsked) {
  const std::size_t empty = keyspace.used_memory();
  fill(1, 100000);
  fill(0, 10);
  EXPECT_EQ(keyspace.flush(1, Keyspace::Flush::in_steps), 100000u);
  EXPECT_EQ(keyspace.size(), 10u);
  EXPECT_EQ(keyspace.keys_to_free(), 100000u);
  EXPECT_GT(keyspace.retired_memory(), 3'000'000u);
  maintain();
  EXPECT_EQ(keyspace.keys_to_free(), 0u);
  EXPECT_EQ(keyspace.retired_memory(), 0u);
  EXPECT_GT(keyspace.used_memory(), empty);
}

TEST_F(KeyspaceTest, TakesTheDataOfAFinishedLoad) {
  set(0, "old");
  auto loaded = keyspace.make_databases();
  loaded[3]->set_string(keyspace.make_key("new"), "value", 9000);
  keyspace.replace_all(std::move(loaded), Keyspace::Flush::now);
  EXPECT_FALSE(has(0, "old"));
  EXPECT_TRUE(has(3, "new"));
  EXPECT_EQ(keyspace.next_expiry(), 9000);
}

TEST_F(KeyspaceTest, ShrinksToNothingWhenAllIsErased) {
  const std::size_t empty = keyspace.used_memory();
  fill(0, 200000);
  for (int number = 0; number < 200000; ++number) {
    keyspace.database(0).erase(keyspace.make_key(std::to_string(number)));
  }
  maintain();
  EXPECT_EQ(keyspace.used_memory(), empty);
  EXPECT_EQ(keyspace.reserved_memory(), empty);
  EXPECT_FALSE(keyspace.maintain(1));
  fill(0, 1000);
  EXPECT_EQ(keyspace.size(), 1000u);
}

TEST_F(KeyspaceTest, UsesWhatItHolds) {
  for (int number = 0; number < 100000; ++number) {
    set(0, "key:" + std::to_string(number), std::nullopt, Bytes(random.below(600), 'x'));
  }
  EXPECT_LE(keyspace.reserved_memory(), keyspace.used_memory() + keyspace.used_memory() / 10);
}

// ---- expiry ----

TEST_F(KeyspaceTest, ExpiresExactlyTheKeysWhoseTimeHasCome) {
  std::map<Bytes, UnixMs> expected;
  for (int number = 0; number < 30000; ++number) {
    const Bytes name = std::to_string(number);
    const auto expiry = static_cast<UnixMs>(1 + random.below(1000));
    set(number % 3, name, number % 2 ? std::optional<UnixMs>(expiry) : std::nullopt);
    if (number % 2) expected[name] = expiry;
  }
  for (UnixMs now = 1; now <= 1001; now += 100) {
    std::set<Bytes> gone;
    Keyspace::Expired step;
    do {
      step = keyspace.expire_step(now, 500, [&](int index, ByteView key) {
        EXPECT_EQ(std::stoi(Bytes(key)) % 3, index);
        EXPECT_LT(expected.at(Bytes(key)), now);
        EXPECT_TRUE(gone.insert(Bytes(key)).second);
      });
    } while (step.more);
    for (const Bytes& name : gone) expected.erase(name);
    for (const auto& [name, expiry] : expected) ASSERT_GE(expiry, now);
    EXPECT_GE(keyspace.next_expiry(), now);
  }
  EXPECT_TRUE(expected.empty());
  EXPECT_EQ(keyspace.size(), 15000u);
  EXPECT_EQ(keyspace.next_expiry(), Database::kNoExpiry);
}

TEST_F(KeyspaceTest, ExpiresInBoundedSteps) {
  fill(0, 20000, 100);
  std::size_t steps = 0, most = 0, all = 0;
  Keyspace::Expired step;
  do {
    step = keyspace.expire_step(1000, 200, [](int, ByteView) {});
    most = std::max(most, step.erased);
    all += step.erased;
    ++steps;
  } while (step.more);
  EXPECT_EQ(all, 20000u);
  EXPECT_GE(steps, 30u);
  EXPECT_LE(most, 200u + SegmentShape{}.slots());
}

TEST_F(KeyspaceTest, DoesNothingBeforeTheFirstKeyExpires) {
  fill(0, 1000);
  set(0, "later", 5000);
  EXPECT_EQ(keyspace.next_expiry(), 5000);
  EXPECT_EQ(keyspace.expire_step(5000, 100000, [](int, ByteView) {}).erased, 0u);
  EXPECT_EQ(keyspace.expire_step(5001, 100000, [](int, ByteView) {}).erased, 1u);
  EXPECT_FALSE(keyspace.expire_step(9000, 100000, [](int, ByteView) {}).more);
}

// ---- eviction ----

TEST_F(KeyspaceTest, EvictsNothingUnlessToldTo) {
  fill(0, 100);
  EXPECT_FALSE(keyspace.evict_one(EvictionPolicy::noeviction, 5, random));
  for (const auto policy : {EvictionPolicy::volatile_lru, EvictionPolicy::volatile_lfu,
                            EvictionPolicy::volatile_random, EvictionPolicy::volatile_ttl}) {
    EXPECT_FALSE(keyspace.evict_one(policy, 5, random));
  }
  EXPECT_EQ(keyspace.size(), 100u);
}

TEST_F(KeyspaceTest, EvictsEverythingUnderAnyPolicyForAllKeys) {
  for (const auto policy :
       {EvictionPolicy::allkeys_lru, EvictionPolicy::allkeys_lfu, EvictionPolicy::allkeys_random}) {
    fill(0, 3000);
    fill(3, 50);
    for (int count = 0; count < 3050; ++count) {
      const auto evicted = keyspace.evict_one(policy, 5, random);
      ASSERT_TRUE(evicted) << count;
      ASSERT_FALSE(has(evicted->database, Bytes(evicted->key)));
    }
    EXPECT_FALSE(keyspace.evict_one(policy, 5, random));
    EXPECT_EQ(keyspace.size(), 0u);
  }
}

TEST_F(KeyspaceTest, EvictsOnlyKeysThatExpireUnderVolatilePolicies) {
  for (const auto policy : {EvictionPolicy::volatile_lru, EvictionPolicy::volatile_lfu,
                            EvictionPolicy::volatile_random, EvictionPolicy::volatile_ttl}) {
    fill(0, 20000);
    for (int number = 0; number < 20; ++number) set(0, "volatile " + std::to_string(number), 9000);
    for (int count = 0; count < 20; ++count) {
      const auto evicted = keyspace.evict_one(policy, 5, random);
      ASSERT_TRUE(evicted);
      EXPECT_EQ(evicted->key.substr(0, 8), "volatile");
    }
    EXPECT_FALSE(keyspace.evict_one(policy, 5, random));
  }
}

// Of keys used at different times, those that go are among the longest idle: with five samples and
// the pool, mostly from the first quarter.
TEST_F(KeyspaceTest, EvictsKeysThatWereNotUsedForLong) {
  for (int number = 0; number < 4000; ++number) {
    keyspace.set_time(number * 1000);
    set(0, std::to_string(number));
  }
  int old = 0;
  for (int count = 0; count < 500; ++count) {
    const auto evicted = keyspace.evict_one(EvictionPolicy::allkeys_lru, 5, random);
    old += std::stoi(Bytes(evicted->key)) < 1000;
  }
  EXPECT_GE(old, 450);
}

TEST_F(KeyspaceTest, EvictsTheKeysThatExpireFirst) {
  for (int number = 0; number < 4000; ++number) set(0, std::to_string(number), 10'000 + number);
  int soon = 0;
  for (int count = 0; count < 500; ++count) {
    const auto evicted = keyspace.evict_one(EvictionPolicy::volatile_ttl, 5, random);
    soon += std::stoi(Bytes(evicted->key)) < 1000;
  }
  EXPECT_GE(soon, 450);
}

TEST_F(KeyspaceTest, EvictsSeldomUsedKeys) {
  keyspace.set_access_rules({.lfu = true});
  keyspace.set_time(60'000'000);
  fill(0, 2000);
  for (int number = 0; number < 1000; ++number) {
    const Bytes name = std::to_string(number);
    const Key key = keyspace.make_key(name);
    for (int use = 0; use < 50; ++use) {
      keyspace.database(0).touch(keyspace.database(0).find(key));
    }
  }
  int seldom = 0;
  for (int count = 0; count < 500; ++count) {
    const auto evicted = keyspace.evict_one(EvictionPolicy::allkeys_lfu, 5, random);
    seldom += std::stoi(Bytes(evicted->key)) >= 1000;
  }
  EXPECT_GE(seldom, 480);
}

// ---- WATCH ----

struct Seen {
  std::vector<Bytes> events;
  static void changed(void* context, int database, ByteView key) {
    static_cast<Seen*>(context)->events.push_back(std::to_string(database) + " " + Bytes(key));
  }
  static void replaced(void* context, int database, const Database& before, const Database* after) {
    static_cast<Seen*>(context)->events.push_back(std::to_string(database) + " had " +
                                                  std::to_string(before.size()) + " has " +
                                                  (after ? std::to_string(after->size()) : "none"));
  }
};

TEST_F(KeyspaceTest, TellsAnObserverOfEveryChangeWhileItWatches) {
  Seen seen;
  keyspace.set_observer({Seen::changed, Seen::replaced, &seen, false});
  set(0, "before");
  keyspace.set_watching(true);
  set(1, "key");
  set(1, "key", 100);
  keyspace.database(1).set_expiry(keyspace.make_key("key"), std::nullopt);
  keyspace.database(1).touch(keyspace.database(1).find(keyspace.make_key("key")), 1);
  keyspace.database(1).erase(keyspace.make_key("nothing"));
  keyspace.database(1).rename(keyspace.make_key("key"), keyspace.make_key("other"));
  keyspace.swap(0, 1);
  keyspace.flush(1, Keyspace::Flush::now);
  keyspace.set_watching(false);
  set(0, "after");
  EXPECT_EQ(seen.events,
            (std::vector<Bytes>{"1 key", "1 key", "1 key", "1 key", "1 other", "0 had 1 has 1",
                                "1 had 1 has 1", "1 had 1 has none"}));
}

}  // namespace
}  // namespace replserver

#include "node/watch.hpp"

#include <gtest/gtest.h>

#include "data/keyspace.hpp"

namespace replserver {
namespace {

using Presence = Watches::Presence;

bool fails(const Watches& watches, const ClientSession& session, Presence now) {
  return watches.fails(session, [&](int, ByteView) { return now; });
}

struct TwoSessions {
  TwoSessions() {
    first.id = 1;
    second.id = 2;
  }
  ClientSession first, second;
  Watches watches;
};

TEST(Watches, FailForEverySessionThatWatchedAChangedKey) {
  TwoSessions at;
  at.watches.watch(at.first, 0, "k", false);
  at.watches.watch(at.second, 0, "k", false);
  at.watches.changed(0, "k");
  EXPECT_TRUE(fails(at.watches, at.first, Presence::alive));
  EXPECT_TRUE(fails(at.watches, at.second, Presence::alive));
}

TEST(Watches, TellDatabasesAndKeysApart) {
  TwoSessions at;
  at.watches.watch(at.first, 0, "k", false);
  at.watches.changed(1, "k");
  at.watches.changed(0, "kk");
  EXPECT_FALSE(fails(at.watches, at.first, Presence::alive));
}

TEST(Watches, CountDistinctKeys) {
  TwoSessions at;
  at.watches.watch(at.first, 0, "k", false);
  at.watches.watch(at.first, 0, "k", false);
  at.watches.watch(at.second, 0, "k", false);
  at.watches.watch(at.second, 1, "k", false);
  EXPECT_EQ(at.watches.keys(), 2u);
  EXPECT_EQ(at.first.watched_keys, 1u);
  EXPECT_EQ(at.second.watched_keys, 2u);
  at.watches.unwatch(at.second);
  EXPECT_EQ(at.watches.keys(), 1u);
  at.watches.changed(0, "k");
  EXPECT_EQ(at.watches.keys(), 0u) << "of no use to a session whose EXEC fails anyway";
}

TEST(Watches, ForgetChangesOnUnwatch) {
  TwoSessions at;
  at.watches.watch(at.first, 0, "k", false);
  at.watches.changed(0, "k");
  at.watches.unwatch(at.first);
  EXPECT_FALSE(fails(at.watches, at.first, Presence::alive));
}

TEST(Watches, NoticeAKeyThatExpiredUnseen) {
  TwoSessions at;
  at.watches.watch(at.first, 0, "k", false);
  EXPECT_FALSE(fails(at.watches, at.first, Presence::alive));
  EXPECT_FALSE(fails(at.watches, at.first, Presence::absent));
  EXPECT_TRUE(fails(at.watches, at.first, Presence::expired));
}

TEST(Watches, TakeTheDeletionOfAStaleKeyForNoChange) {
  TwoSessions at;
  at.watches.watch(at.first, 0, "k", true);
  EXPECT_FALSE(fails(at.watches, at.first, Presence::expired));
  at.watches.changed(0, "k");
  EXPECT_FALSE(fails(at.watches, at.first, Presence::absent));
}

TEST(Watches, TakeTheWritingOfAStaleKeyForAChange) {
  TwoSessions at;
  at.watches.watch(at.first, 0, "k", true);
  at.watches.changed(0, "k");
  EXPECT_TRUE(fails(at.watches, at.first, Presence::alive));
  at.watches.changed(0, "k");  // and deleted again
  EXPECT_TRUE(fails(at.watches, at.first, Presence::absent));
}

struct SwappedDatabases : TwoSessions {
  static constexpr UnixMs kNow = 1000;
  Random random{1};
  Keyspace keyspace{2, random};
  const Database& empty = keyspace.database(0);
  const Database& full = keyspace.database(1);

  SwappedDatabases() {
    Database& database = keyspace.database(1);
    database.set_string(database.make_key("k"), "v", std::nullopt);
    database.set_string(database.make_key("stale"), "v", kNow - 1);
  }
  // Whether a transaction fails that watched `key` in a database which then gave way to another.
  bool replaced(ByteView key, bool stale, const Database& before, const Database* after) {
    watches.watch(first, 0, key, stale);
    watches.replaced(0, before, after, kNow);
    const bool outcome = first.watched_key_changed;
    watches.unwatch(first);
    return outcome;
  }
};

TEST(Watches, FailWhenADatabaseTakesTheKeyAway) {
  SwappedDatabases at;
  EXPECT_TRUE(at.replaced("k", false, at.full, nullptr));
  EXPECT_TRUE(at.replaced("k", false, at.full, &at.empty));
}

TEST(Watches, FailWhenADatabaseBringsTheKey) {
  SwappedDatabases at;
  EXPECT_TRUE(at.replaced("k", false, at.empty, &at.full));
}

TEST(Watches, DoNotMindAFlushOfWhatWasNotThere) {
  SwappedDatabases at;
  EXPECT_FALSE(at.replaced("missing", false, at.full, nullptr));
  EXPECT_FALSE(at.replaced("stale", true, at.full, nullptr));
}

TEST(Watches, TakeAStaleKeyForAbsentInBothDatabases) {
  SwappedDatabases at;
  EXPECT_FALSE(at.replaced("stale", false, at.empty, &at.full));
  EXPECT_FALSE(at.replaced("stale", true, at.full, &at.full));
  EXPECT_TRUE(at.replaced("stale", false, at.full, nullptr)) << "it lived when it was watched";
}

TEST(Watches, RememberThatAFlushTookAStaleKey) {
  SwappedDatabases at;
  at.watches.watch(at.first, 0, "stale", true);
  at.watches.replaced(0, at.full, nullptr, SwappedDatabases::kNow);
  at.watches.changed(0, "stale");  // cannot be its deletion any more
  EXPECT_TRUE(at.first.watched_key_changed);
}

}  // namespace
}  // namespace replserver

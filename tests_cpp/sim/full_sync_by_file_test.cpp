// Full syncs that go by a file (repl-diskless-load), on disks that are slow, full, or fail.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

const Words kByFile = {"repl-diskless-load", "disabled"};

// "b" has data of its own, and is yet to follow "a".
struct Pair {
  explicit Pair(const std::vector<Words>& of_replica = {kByFile}) {
    cluster.start("a", {{"enable-debug-command", "yes"}, {"repl-timeout", "10"}});
    cluster.ask("a", "DEBUG POPULATE 2000 key 100");
    cluster.start("b", of_replica);
    cluster.ask("b", "SET old data");
  }
  void follow() { cluster.follow("b", "a"); }
  // With each operation on a disk taking up to so long.
  void follow_slowly(ByteView until_said, Duration slow = milliseconds(20)) {
    world.slow_disks(slow);
    follow();
    ASSERT_TRUE(cluster.until_said("b", until_said));
  }
  bool has_said(ByteView what) const { return cluster.said("b", what) > 0; }
  Bytes old() { return cluster.ask("b", "GET old"); }
  void expect_synced() {
    ASSERT_TRUE(cluster.settle());
    cluster.expect_same("a", "b");
    EXPECT_EQ(cluster.ask("b", "EXISTS old"), "0");
    EXPECT_EQ(world.disk("b").paths(), std::vector<Bytes>{"dump.rdb"});
  }

  Cluster cluster;
  World& world = cluster.world;
};

TEST(FullSyncByFile, ServesTheOldDataUntilTheFileIsThere) {
  Pair pair;
  pair.follow_slowly("with EOF to disk");
  while (!pair.has_said("Flushing old data")) {
    ASSERT_EQ(pair.old(), R"("data")");
    ASSERT_TRUE(pair.world.step());
  }
  pair.expect_synced();
  EXPECT_EQ(pair.cluster.info("a", "sync_full"), "1");
}

TEST(FullSyncByFile, SaysThatItLoadsFromThenOn) {
  Pair pair;
  pair.follow_slowly("sync: Loading DB in memory");
  EXPECT_NE(pair.old().find("LOADING"), Bytes::npos);
  EXPECT_NE(pair.cluster.ask("b", "REPLICAOF NO ONE").find("LOADING"), Bytes::npos);
  EXPECT_EQ(pair.cluster.info("b", "master_sync_in_progress"), "1");
  const ByteView persistence[] = {"INFO", "persistence"};
  EXPECT_NE(pair.world.execute("b", persistence).find("\nloading:1\r"), Bytes::npos);
  pair.expect_synced();
}

TEST(FullSyncByFile, KeepsTheOldDataWhenTheDiskIsFull) {
  Pair pair;
  pair.world.disk("b").limit(1000);
  pair.follow();
  ASSERT_TRUE(pair.cluster.until_said("b", "Write error or short write"));
  EXPECT_EQ(pair.old(), R"("data")");
  pair.world.run_for(milliseconds(1));
  EXPECT_TRUE(pair.world.disk("b").paths().empty());
  pair.world.disk("b").limit(std::nullopt);
  pair.expect_synced();
}

TEST(FullSyncByFile, HealsWhicheverOperationOnTheDiskFails) {
  std::set<Bytes> troubles;
  for (std::uint64_t operation = 0;; ++operation) {
    Pair pair;
    Disk& disk = pair.world.disk("b");
    disk.fail_at(disk.operations() + operation);
    pair.follow();
    pair.expect_synced();
    Bytes trouble;
    for (const ByteView words : {"Opening the temp file", "Write error", "trying to sync the temp",
                                 "trying to rename the temp", "Failed trying to load"}) {
      if (pair.has_said(words)) trouble = words;
    }
    if (trouble.empty()) break;  // there are no more
    troubles.insert(trouble);
    EXPECT_EQ(pair.cluster.info("a", "sync_full"), "2") << trouble;
  }
  EXPECT_EQ(troubles.size(), 5u);
}

TEST(FullSyncByFile, LeavesNoFileBehindALinkThatEnds) {
  Pair pair;
  pair.follow_slowly("with EOF to disk");
  pair.world.cut("a", "b");
  ASSERT_TRUE(
      pair.cluster.until_said("b", "I/O error trying to sync with MASTER: connection lost"));
  EXPECT_EQ(pair.old(), R"("data")");
  pair.expect_synced();
}

TEST(FullSyncByFile, IsGivenUpByAPromotion) {
  Pair pair;
  pair.follow_slowly("with EOF to disk");
  EXPECT_EQ(pair.cluster.ask("b", "REPLICAOF NO ONE"), "OK");
  pair.world.run_for(seconds(1));
  EXPECT_EQ(pair.old(), R"("data")");
  EXPECT_TRUE(pair.world.disk("b").paths().empty());
}

TEST(FullSyncByFile, KeepsItsPrimaryThroughALoadThatTakesLong) {
  Pair pair;
  pair.follow_slowly("sync: Loading DB in memory", seconds(15));  // the primary's patience is 10 s
  pair.cluster.ask("a", "SET written meanwhile");
  pair.expect_synced();
  EXPECT_EQ(pair.cluster.info("a", "sync_full"), "1");
}

TEST(FullSyncByFile, ResumesWhenTheLinkHasEndedDuringTheLoad) {
  Pair pair;
  pair.follow_slowly("sync: Loading DB in memory");
  pair.world.cut("a", "b");
  pair.cluster.ask("a", "SET written meanwhile");
  pair.expect_synced();
  EXPECT_EQ(pair.cluster.info("a", "sync_full"), "1");
  EXPECT_EQ(pair.cluster.info("a", "sync_partial_ok"), "1");
}

TEST(FullSyncByFile, LetsNoSaveOfOldDataTakeItsPlace) {
  Pair pair;
  pair.follow_slowly("with EOF to disk");
  EXPECT_EQ(pair.cluster.ask("b", "BGSAVE"), "Background saving started");
  pair.expect_synced();
  pair.world.crash("b");
  pair.world.slow_disks({});
  pair.cluster.start("b");
  EXPECT_EQ(pair.cluster.ask("b", "EXISTS old key:1"), "1");
  EXPECT_EQ(pair.cluster.position("b").offset, pair.cluster.position("a").offset);
}

TEST(FullSyncByFile, LeavesTheFileToAReloadThatIsUnderWay) {
  Pair pair({kByFile, {"enable-debug-command", "yes"}});
  pair.cluster.ask("b", "SAVE");
  pair.follow_slowly("with EOF to disk", seconds(1));
  EXPECT_EQ(pair.cluster.ask("b", "DEBUG RELOAD NOSAVE"), "OK");
  EXPECT_EQ(pair.old(), R"("data")");
  EXPECT_TRUE(pair.has_said("DEBUG RELOAD is under way"));
  pair.expect_synced();
}

TEST(FullSyncByFile, LoadsWhatHasComeWhateverItsFileIsCalledMeanwhile) {
  Pair pair({kByFile, {"enable-protected-configs", "yes"}});
  pair.follow_slowly("with EOF to disk");
  EXPECT_EQ(pair.cluster.ask("b", "CONFIG SET dbfilename other.rdb"), "OK");
  pair.expect_synced();
  EXPECT_EQ(pair.cluster.info("a", "sync_full"), "1");
}

TEST(FullSyncByFile, IsNoFileInTheEndWhereNobodyWantsOne) {
  Pair pair({kByFile, {"rdb-del-sync-files", "yes"}});
  pair.follow();
  ASSERT_TRUE(pair.cluster.settle());
  EXPECT_TRUE(pair.world.disk("b").paths().empty());
}

TEST(FullSyncByFile, IsForThoseWithDataIfToldSo) {
  const Words on_empty = {"repl-diskless-load", "on-empty-db"};
  Pair pair({on_empty});
  pair.follow();
  pair.expect_synced();
  EXPECT_TRUE(pair.has_said("to disk"));

  pair.cluster.start("c", {on_empty, {"replicaof", "a", "6379"}});
  ASSERT_TRUE(pair.cluster.settle());
  EXPECT_EQ(pair.cluster.said("c", "to disk"), 0u);
  EXPECT_TRUE(pair.world.disk("c").paths().empty());
}

TEST(FullSyncByFile, HoldsNothingOfAHistoryWhenItsLoadFails) {
  Pair pair;
  pair.world.link("b", "a").add(
      {{.kind = LinkPlace::Kind::payload, .number = 5000}, {.what = LinkAction::What::corrupt}});
  pair.follow();
  ASSERT_TRUE(pair.cluster.until_said(
      "b", "Failed trying to load the MASTER synchronization DB from disk"));
  EXPECT_EQ(pair.cluster.ask("b", "DBSIZE"), "0");
  EXPECT_EQ(pair.cluster.position("b").offset, 0u);
  EXPECT_NE(pair.cluster.position("b").history, pair.cluster.position("a").history);
  pair.expect_synced();
}

TEST(CompatRedis, WaitsWhereRedisDoes) {
  const Words as_redis = {"compat", "redis"};
  Cluster cluster;
  cluster.start("a", {as_redis});
  cluster.start("b", {as_redis});
  const Instant start = cluster.world.now().mono;
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.settle());
  EXPECT_GE(cluster.world.now().mono - start, seconds(5));
  EXPECT_EQ(cluster.ask("a", "WAIT 1 0"), "0");  // not acknowledged yet
  cluster.world.run_for(seconds(1));
  EXPECT_EQ(cluster.ask("a", "WAIT 1 0"), "1");
}

}  // namespace
}  // namespace replserver::sim

// Full syncs that a primary keeps in a file until its replicas have them (repl-diskless-sync no), on
// disks that are slow, full, or fail.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

struct Primary {
  Primary() {
    cluster.start("a", {{"enable-debug-command", "yes"}, {"repl-diskless-sync", "no"}});
    cluster.ask("a", "DEBUG POPULATE 2000 key 100");
    for (const Bytes name : {"b", "c"}) cluster.start(name, {{"repl-timeout", "10"}});
  }
  void expect_synced(const Bytes& name) {
    ASSERT_TRUE(cluster.settle());
    cluster.expect_same("a", name);
  }
  void expect_no_file() {
    world.run_for(seconds(20));  // as long as the slowest disk takes
    EXPECT_TRUE(world.disk("a").paths().empty());
  }

  Cluster cluster;
  World& world = cluster.world;
};

TEST(FullSyncFromFile, TellsItsSizeAndLeavesNoFile) {
  Primary primary;
  primary.cluster.follow("b", "a");
  primary.expect_synced("b");
  primary.expect_no_file();
  EXPECT_EQ(primary.cluster.said("a", "Starting BGSAVE for SYNC with target: disk"), 1u);
  EXPECT_EQ(primary.cluster.said("b", " bytes from master to parser"), 1u);
}

TEST(FullSyncFromFile, KeepsItsReplicasWhileTheDiskIsSlow) {
  Primary primary;
  primary.world.slow_disks(seconds(15));  // each time; the replicas' patience is 10 s
  primary.cluster.follow("b", "a");
  ASSERT_TRUE(primary.cluster.until_said("a", "target: disk"));
  primary.cluster.ask("a", "SET written meanwhile");
  primary.expect_synced("b");
  primary.expect_no_file();
  EXPECT_EQ(primary.cluster.info("a", "sync_full"), "1");
}

TEST(FullSyncFromFile, HealsWhicheverOperationOnTheDiskFails) {
  std::set<Bytes> troubles;
  for (std::uint64_t operation = 0;; ++operation) {
    Primary primary;
    Disk& disk = primary.world.disk("a");
    disk.fail_at(disk.operations() + operation);
    primary.cluster.follow("b", "a");
    primary.expect_synced("b");
    Bytes trouble;
    for (const ByteView words : {"Failed opening the temp", "Write error", "Read error"}) {
      if (primary.cluster.said("a", words) > 0) trouble = words;
    }
    if (trouble.empty()) break;  // but for the file's removal there are no more
    primary.expect_no_file();
    troubles.insert(trouble);
    EXPECT_EQ(primary.cluster.info("a", "sync_full"), "2") << trouble;
  }
  EXPECT_EQ(troubles.size(), 3u);
}

TEST(FullSyncFromFile, RefusesItsReplicasWhileTheDiskIsFull) {
  Primary primary;
  primary.world.disk("a").limit(1000);
  primary.cluster.follow("b", "a");
  ASSERT_TRUE(primary.cluster.until_said("a", "Write error saving DB on disk for replicas"));
  ASSERT_TRUE(primary.cluster.until_said("b", "I/O error reading bulk count from MASTER"));
  primary.world.disk("a").limit(std::nullopt);
  primary.expect_synced("b");
}

TEST(FullSyncFromFile, IsForAllThatAskedTogetherAndStayed) {
  Primary primary;
  primary.world.slow_disks(milliseconds(20));
  primary.cluster.follow("b", "a");
  primary.cluster.follow("c", "a");
  ASSERT_TRUE(primary.cluster.until_said("a", "target: disk"));
  primary.world.cut("a", "b");
  primary.expect_synced("c");
  primary.cluster.expect_same("b", "c");
  primary.expect_no_file();
}

TEST(FullSyncFromFile, IsGivenUpWithItsLastReplica) {
  Primary primary;
  primary.world.slow_disks(milliseconds(20));
  primary.cluster.follow("b", "a");
  ASSERT_TRUE(primary.cluster.until_said("a", "target: disk"));
  primary.world.stop("b");
  primary.expect_no_file();
}

}  // namespace
}  // namespace replserver::sim

// Who follows whom, and what of it needs a full sync: scenarios in virtual time.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

class Replication : public ::testing::Test {
 protected:
  void fill(const Bytes& name, int keys, const Bytes& value = "value") {
    for (int i = 0; i < keys; ++i) cluster.ask(name, "SET key:" + std::to_string(i) + " " + value);
  }
  // A pair in sync.
  void pair(std::initializer_list<Words> directives = {}) {
    cluster.start("a", directives);
    cluster.start("b", directives);
    fill("a", 10);
    cluster.follow("b", "a");
    ASSERT_TRUE(cluster.settle());
  }
  void expect_syncs(const Bytes& primary, int full, int partial) {
    EXPECT_EQ(cluster.info(primary, "sync_full"), std::to_string(full));
    EXPECT_EQ(cluster.info(primary, "sync_partial_ok"), std::to_string(partial));
  }

  Cluster cluster;
  World& world = cluster.world;
};

TEST_F(Replication, BringsAllDataToANewReplica) {
  pair();
  EXPECT_EQ(cluster.ask("b", "DBSIZE"), "10");
  cluster.ask("a", "RPUSH list 1 2 3");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("b", "LRANGE list 0 -1"), R"(["1" "2" "3"])");
  cluster.expect_same("a", "b");
  expect_syncs("a", 1, 0);
}

TEST_F(Replication, ResumesAfterACutFromTheBacklog) {
  pair();
  cluster.part("b", "a");
  world.run_for(seconds(3));
  EXPECT_EQ(cluster.info("b", "master_link_status"), "down");
  fill("a", 50, "written while apart");
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  expect_syncs("a", 1, 1);
}

TEST_F(Replication, TakesAFullSyncWhereTheBacklogHasForgotten) {
  pair({{"repl-backlog-size", "16kb"}});
  cluster.part("b", "a");
  world.run_for(seconds(3));
  fill("a", 50, Bytes(1000, 'x'));
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  expect_syncs("a", 2, 0);
  EXPECT_EQ(cluster.info("a", "sync_partial_err"), "2");  // b had first named a history of its own
}

TEST_F(Replication, HandsAHistoryOnThroughAChain) {
  pair();
  cluster.start("c");
  cluster.follow("c", "b");
  ASSERT_TRUE(cluster.settle());
  cluster.ask("a", "SELECT 3");
  cluster.ask("a", "SET in three");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "c");
  world.cut("a", "b");
  cluster.ask("a", "INCR n");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "c");
  expect_syncs("a", 1, 1);
  expect_syncs("b", 1, 0);  // c has not noticed
}

TEST_F(Replication, LetsOthersResumeFromAPromotedReplica) {
  pair();
  cluster.start("c");
  cluster.follow("c", "a");
  ASSERT_TRUE(cluster.settle());
  const Bytes former = cluster.position("a").history;
  cluster.ask("b", "REPLICAOF NO ONE");
  EXPECT_EQ(cluster.info("b", "master_replid2"), former);
  cluster.ask("b", "SET after promotion");
  cluster.follow("c", "b");
  cluster.follow("a", "b");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  cluster.expect_same("c", "b");
  expect_syncs("b", 0, 2);
  EXPECT_EQ(cluster.ask("a", "GET after"), R"("promotion")");
}

TEST_F(Replication, ReplacesWhatAnOldPrimaryHasWrittenByItself) {
  pair();
  cluster.part("b", "a");
  cluster.ask("a", "SET nobody has");
  cluster.ask("b", "REPLICAOF NO ONE");
  cluster.ask("b", "SET other data");
  cluster.heal("b", "a");
  cluster.follow("a", "b");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  expect_syncs("b", 1, 0);
  EXPECT_EQ(cluster.ask("a", "GET nobody"), "nil");
}

TEST_F(Replication, RefusesToResumeAPromotedReplicaUnderTheOldName) {
  pair();
  cluster.ask("b", "REPLICAOF NO ONE");
  cluster.ask("b", "SET its own");
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  expect_syncs("a", 2, 0);
  EXPECT_EQ(cluster.ask("b", "GET its"), "nil");
}

TEST_F(Replication, ReplacesAllDataWhenAnotherPrimaryIsFollowed) {
  pair();
  cluster.start("c");
  cluster.ask("c", "SET only here");
  cluster.follow("b", "c");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("b", "c");
  EXPECT_EQ(cluster.ask("b", "DBSIZE"), "1");
  EXPECT_EQ(cluster.info("a", "connected_slaves"), "0");
}

TEST_F(Replication, GoesOnWhereAReplicaWasWhenItIsStartedAgain) {
  pair();
  cluster.ask("b", "SHUTDOWN SAVE");
  ASSERT_FALSE(world.is_running("b"));
  cluster.ask("a", "SET written meanwhile");
  cluster.start("b", {{"replicaof", "a", "6379"}});
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  expect_syncs("a", 1, 1);
  cluster.ask("a", "SET stream flows");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

TEST_F(Replication, LetsReplicasResumeFromAPrimaryThatIsStartedAgain) {
  pair();
  const Bytes former = cluster.position("a").history;
  cluster.ask("a", "SHUTDOWN SAVE");
  ASSERT_FALSE(world.is_running("a"));
  world.run_for(seconds(5));
  cluster.start("a");
  EXPECT_NE(cluster.position("a").history, former);
  ASSERT_TRUE(cluster.settle());
  cluster.ask("a", "SET after restart");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  expect_syncs("a", 0, 1);
  EXPECT_EQ(cluster.said("b", "Master replication ID changed to"), 1u);
}

TEST_F(Replication, SendsWhatIsWrittenDuringAFullSync) {
  cluster.start("a", {{"rdb-key-save-delay", "50"}});  // µs: the walk takes 100 ms
  cluster.start("b");
  fill("a", 2000);
  cluster.follow("b", "a");
  ASSERT_TRUE(world.run_until([&] { return cluster.said("a", "Starting BGSAVE for SYNC") == 1; },
                              seconds(5)));
  for (int i = 0; i < 200; ++i) {
    cluster.ask("a", "INCR counter");
    cluster.ask("a", "APPEND key:" + std::to_string(i * 7) + " more");
    cluster.ask("a", "DEL key:" + std::to_string(i * 5));
    world.run_for(Duration(300));
  }
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.ask("b", "GET counter"), R"("200")");
  expect_syncs("a", 1, 0);
}

TEST_F(Replication, SharesOneSnapshotAmongReplicasThatComeTogether) {
  cluster.start("a", {{"repl-diskless-sync-delay", "5"}});
  fill("a", 100);
  for (const Bytes name : {"b", "c"}) {
    cluster.start(name);
    cluster.follow(name, "a");
    world.run_for(seconds(2));
  }
  EXPECT_EQ(cluster.said("a", "Starting BGSAVE for SYNC"), 0u);
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.said("a", "Starting BGSAVE for SYNC"), 1u);
  cluster.expect_same("a", "b");
  cluster.expect_same("a", "c");
}

TEST_F(Replication, StartsTheSnapshotEarlyOnceEnoughReplicasWait) {
  cluster.start("a",
                {{"repl-diskless-sync-delay", "50"}, {"repl-diskless-sync-max-replicas", "2"}});
  cluster.start("b");
  cluster.start("c");
  cluster.follow("b", "a");
  world.run_for(seconds(2));
  EXPECT_FALSE(cluster.is_up("b"));
  cluster.follow("c", "a");
  EXPECT_TRUE(cluster.settle(seconds(2)));
}

TEST_F(Replication, CountsATransactionOnlyWhenAllOfItHasCome) {
  pair();
  const ClientId client = world.connect("a");
  world.call(client, {"MULTI"}, seconds(1));
  world.call(client, {"INCR", "one"}, seconds(1));
  world.call(client, {"INCR", "two"}, seconds(1));
  const Offset before = cluster.position("b").offset;
  cluster.cut_after("b", "a", LinkWay::down, 60);  // SELECT is said already, MULTI and an INCR fit
  world.call(client, {"EXEC"}, seconds(1));
  ASSERT_TRUE(world.run_until(
      [&] { return cluster.said("b", "Connection with master lost.") == 1; }, seconds(5)));
  EXPECT_EQ(cluster.position("b").offset, before);
  EXPECT_EQ(cluster.ask("b", "MGET one two"), "[nil nil]");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("b", "MGET one two"), R"(["1" "1"])");
  cluster.expect_same("a", "b");
  expect_syncs("a", 1, 1);
}

TEST_F(Replication, HidesOnAReplicaWhatHasExpiredUntilThePrimaryDeletesIt) {
  pair({{"hz", "1"}});
  cluster.ask("a", "SET short life PX 1500");
  ASSERT_TRUE(cluster.settle());
  cluster.ask("a", "DEBUG SET-ACTIVE-EXPIRE 0");
  world.run_for(seconds(5));
  EXPECT_EQ(cluster.ask("b", "GET short"), "nil");
  EXPECT_EQ(cluster.ask("b", "DBSIZE"), "11");  // it is still there
  const Offset before = cluster.position("b").offset;
  EXPECT_EQ(cluster.ask("a", "GET short"), "nil");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("b", "DBSIZE"), "10");
  EXPECT_GT(cluster.position("b").offset, before);
  cluster.expect_same("a", "b");
}

}  // namespace
}  // namespace replserver::sim

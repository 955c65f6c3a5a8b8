// What replication does when links fail, fall silent or lead nowhere: scenarios in virtual time.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

class ReplicationFaults : public ::testing::Test {
 protected:
  void start_pair(std::initializer_list<Words> directives = {}) {
    cluster.start("a", directives);
    cluster.start("b", directives);
    cluster.ask("a", "SET k v");
  }
  void pair(std::initializer_list<Words> directives = {}) {
    start_pair(directives);
    cluster.follow("b", "a");
    ASSERT_TRUE(cluster.settle());
  }

  Cluster cluster;
  World& world = cluster.world;
};

TEST_F(ReplicationFaults, ANodeThatFollowsItselfKeepsItsData) {
  start_pair();
  cluster.follow("a", "a");
  ASSERT_TRUE(cluster.until_said("a", "-NOMASTERLINK"));
  world.run_for(seconds(30));
  EXPECT_EQ(cluster.info("a", "master_link_status"), "down");
  EXPECT_EQ(cluster.ask("a", "GET k"), R"("v")");
  cluster.ask("a", "REPLICAOF NO ONE");
  EXPECT_EQ(cluster.ask("a", "SET k again"), "OK");
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationFaults, TwoNodesThatFollowEachOtherKeepTheirDataAndHeal) {
  start_pair();
  cluster.ask("b", "SET other 1");
  cluster.follow("a", "b");
  cluster.follow("b", "a");
  world.run_for(seconds(30));
  EXPECT_GE(cluster.said("a", "-NOMASTERLINK"), 20u);
  EXPECT_GE(cluster.said("b", "-NOMASTERLINK"), 20u);
  EXPECT_EQ(cluster.ask("a", "GET k"), R"("v")");
  EXPECT_EQ(cluster.ask("b", "GET other"), R"("1")");
  cluster.ask("a", "REPLICAOF NO ONE");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("v")");
}

TEST_F(ReplicationFaults, TwoThatFollowedEachOtherInSyncHealAlso) {
  pair();
  cluster.follow("a", "b");
  const Offset before = cluster.position("a").offset;
  world.run_for(seconds(70));  // nobody is left to send PING
  EXPECT_GE(cluster.said("a", "MASTER timeout"), 1u);
  EXPECT_GE(cluster.said("b", "MASTER timeout"), 1u);
  EXPECT_EQ(cluster.position("a").offset, before);
  EXPECT_EQ(cluster.position("b").offset, before);
  cluster.ask("b", "REPLICAOF NO ONE");
  cluster.ask("b", "SET k new");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("b", "sync_full"), "0");
}

TEST_F(ReplicationFaults, AWrongPasswordIsLoggedAndHealsWithTheRightOne) {
  cluster.start("a", {{"requirepass", "secret"}});
  cluster.start("b", {{"masterauth", "wrong"}});
  cluster.ask("a", "SET k v");
  cluster.ask("b", "SET old data");
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.until_said("b", "Unable to AUTH to MASTER: -WRONGPASS"));
  world.run_for(seconds(10));
  EXPECT_LE(cluster.said("b", "Unable to AUTH"), 12u);  // once a second
  EXPECT_GE(cluster.said("b", "Unable to AUTH"), 9u);
  EXPECT_EQ(cluster.ask("b", "GET old"), R"("data")");
  cluster.ask("b", "CONFIG SET masterauth secret");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationFaults, APrimaryThatWantsAPasswordIsNotFollowedWithoutOne) {
  cluster.start("a", {{"requirepass", "secret"}});
  cluster.start("b");
  cluster.follow("b", "a");
  world.run_for(seconds(10));
  EXPECT_FALSE(cluster.is_up("b"));
  EXPECT_EQ(cluster.info("a", "connected_slaves"), "0");
  cluster.ask("b", "CONFIG SET masterauth secret");
  ASSERT_TRUE(cluster.settle());
}

TEST_F(ReplicationFaults, APrimaryThatIsAwayIsAskedForOnceASecond) {
  pair();
  world.crash("a");
  world.run_for(seconds(30));
  const std::size_t refused =
      cluster.said("b", "Error condition on socket for SYNC: Connection refused");
  EXPECT_GE(refused, 28u);
  EXPECT_LE(refused, 31u);
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("v")");
  const Bytes down = cluster.info("b", "master_link_down_since_seconds");
  EXPECT_TRUE(down == "29" || down == "30") << down;
}

TEST_F(ReplicationFaults, ASilentPrimaryIsGivenUpAndAskedAnew) {
  pair();
  cluster.silence("b", "a", LinkWay::down);
  cluster.ask("a", "SET lost word");
  ASSERT_TRUE(cluster.until_said("b", "MASTER timeout: no data nor PING received..."));
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.ask("b", "GET lost"), R"("word")");
  EXPECT_EQ(cluster.info("a", "sync_full"), "1");
}

TEST_F(ReplicationFaults, ASilentReplicaIsGivenUp) {
  pair();
  cluster.silence("b", "a", LinkWay::up);
  ASSERT_TRUE(
      cluster.until_said("a", "Disconnecting timedout replica (streaming sync): 127.0.0.1:6380"));
  cluster.heal("b", "a");
  cluster.ask("a", "SET more data");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("a", "sync_full"), "1");
  EXPECT_EQ(cluster.info("a", "connected_slaves"), "1");
}

TEST_F(ReplicationFaults, ANodeThatIsFrozenForLongIsFollowedAgainFromTheBacklog) {
  pair();
  cluster.silence("b", "a");
  cluster.ask("a", "SET more data");
  world.run_for(seconds(200));
  EXPECT_EQ(cluster.info("a", "connected_slaves"), "0");
  EXPECT_GE(cluster.said("b", "Timeout connecting to the MASTER..."), 1u);
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("a", "sync_full"), "1");
}

TEST_F(ReplicationFaults, ASilentPayloadIsGivenUp) {
  start_pair();
  for (int i = 0; i < 50; ++i)
    cluster.ask("a", "SET key:" + std::to_string(i) + " " + Bytes(1000, 'x'));
  world.link("b", "a").add(
      {{.kind = LinkPlace::Kind::payload, .number = 20'000}, {LinkAction::What::silence}});
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.until_said("b", "Loading DB in memory", seconds(5)));
  cluster.ask("b", "SET x y");
  ASSERT_TRUE(cluster.until_said("b", "Timeout receiving bulk data from MASTER..."));
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationFaults, TooFewGoodReplicasForbidWrites) {
  pair({{"min-replicas-to-write", "1"}, {"min-replicas-max-lag", "5"}});
  EXPECT_EQ(cluster.ask("a", "SET k 2"), "OK");
  cluster.silence("b", "a", LinkWay::up);
  world.run_for(seconds(4));
  EXPECT_EQ(cluster.ask("a", "SET k 3"), "OK");
  world.run_for(seconds(4));
  EXPECT_EQ(cluster.ask("a", "SET k 4"), "-NOREPLICAS Not enough good replicas to write.");
  EXPECT_EQ(cluster.ask("a", "GET k"), R"("3")");
  ASSERT_TRUE(cluster.until_said("a", "Disconnecting timedout replica"));
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.until_said("a", "Partial resynchronization request from"));
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("a", "SET k 5"), "OK");
}

TEST_F(ReplicationFaults, WaitCountsTheReplicasThatHaveWhatTheClientWrote) {
  pair();
  cluster.start("c");
  cluster.follow("c", "a");
  ASSERT_TRUE(cluster.settle());
  const ClientId client = world.connect("a");
  world.call(client, {"SET", "k", "1"}, seconds(1));
  EXPECT_EQ(as_text(*world.call(client, {"WAIT", "2", "0"}, seconds(1))), "2");
  cluster.silence("b", "a", LinkWay::down);
  world.call(client, {"SET", "k", "2"}, seconds(1));
  const Instant start = world.now().mono;
  EXPECT_EQ(as_text(*world.call(client, {"WAIT", "2", "700"}, seconds(5))), "1");
  EXPECT_GE(world.now().mono - start, milliseconds(700));
  EXPECT_LE(world.now().mono - start, milliseconds(900));
}

TEST_F(ReplicationFaults, ABacklogWithoutReplicasIsLetGo) {
  pair({{"repl-backlog-ttl", "100"}});
  const Bytes id = cluster.position("a").history;
  cluster.part("b", "a");
  world.run_for(seconds(90));
  EXPECT_EQ(cluster.info("a", "repl_backlog_active"), "1");
  world.run_for(seconds(20));
  EXPECT_EQ(cluster.info("a", "repl_backlog_active"), "0");
  EXPECT_EQ(cluster.said("a", "Replication backlog freed after 100 seconds"), 1u);
  EXPECT_NE(cluster.position("a").history, id);
  cluster.ask("a", "SET uncounted write");
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("a", "sync_full"), "2");
}

TEST_F(ReplicationFaults, AReplicaWithoutItsPrimaryRefusesToServeStaleDataIfToldSo) {
  pair({{"replica-serve-stale-data", "no"}});
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("v")");
  cluster.part("b", "a");
  world.run_for(seconds(1));
  EXPECT_EQ(cluster.ask("b", "GET k"),
            "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
  EXPECT_NE(cluster.info("b", "role"), "(none)");
  cluster.heal("b", "a");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("v")");
}

TEST_F(ReplicationFaults, ACutDuringAFullSyncLeavesTheOldDataServed) {
  start_pair();
  cluster.ask("b", "SET old data");
  cluster.cut_after("b", "a", LinkWay::down, 400);
  for (int i = 0; i < 50; ++i)
    cluster.ask("a", "SET key:" + std::to_string(i) + " " + Bytes(100, 'x'));
  cluster.follow("b", "a");
  ASSERT_TRUE(world.run_until([&] { return cluster.cuts("b", "a") == 1; }, seconds(5)));
  world.run_for(milliseconds(10));
  EXPECT_EQ(cluster.ask("b", "GET old"), R"("data")");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

}  // namespace
}  // namespace replserver::sim

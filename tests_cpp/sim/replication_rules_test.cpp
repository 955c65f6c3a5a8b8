// What primaries and replicas may do and what they tell of themselves: scenarios in virtual time.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

class ReplicationRules : public ::testing::Test {
 protected:
  void pair(const std::vector<Words>& directives = {}) {
    cluster.start("a", directives);
    cluster.start("b", directives);
    cluster.ask("a", "SET k v");
    cluster.follow("b", "a");
    ASSERT_TRUE(cluster.settle());
  }
  // A client's reply, over the network.
  Bytes say(const Bytes& name, const Words& words) {
    const auto reply = world.call(world.connect(name), words, seconds(5));
    return reply ? as_text(*reply) : "(none)";
  }
  // That a node has said all this, in this order.
  void expect_story(const Bytes& name, const std::vector<Bytes>& phrases) {
    std::size_t found = 0;
    for (const Bytes& line : world.transcript()) {
      const bool is_its = line.find(" " + name + ":") != Bytes::npos;
      if (found < phrases.size() && is_its && line.find(phrases[found]) != Bytes::npos) ++found;
    }
    EXPECT_EQ(found, phrases.size())
        << name << " has not said: " << (found < phrases.size() ? phrases[found] : "");
  }

  Cluster cluster;
  World& world = cluster.world;
};

TEST_F(ReplicationRules, ANodeIsAPrimaryUntilItIsToldToFollow) {
  cluster.start("a");
  EXPECT_EQ(cluster.info("a", "role"), "master");
  EXPECT_EQ(say("a", {"SET", "k", "v"}), "OK");
  cluster.start("b");
  EXPECT_EQ(say("b", {"SLAVEOF", "a", "6379"}), "OK");
  EXPECT_EQ(cluster.info("b", "role"), "slave");
  EXPECT_EQ(cluster.info("b", "master_host"), "a");
  EXPECT_EQ(cluster.info("b", "master_link_status"), "down");  // it is told at once, and done later
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(say("b", {"SLAVEOF", "NO", "ONE"}), "OK");
  EXPECT_EQ(cluster.info("b", "role"), "master");
  EXPECT_EQ(say("b", {"GET", "k"}), R"("v")");
  EXPECT_EQ(say("b", {"SET", "k", "w"}), "OK");
}

TEST_F(ReplicationRules, AReplicaReadsAndRefusesToWriteUnlessToldOtherwise) {
  pair();
  const Bytes refusal = "-READONLY You can't write against a read only replica.";
  EXPECT_EQ(say("b", {"SET", "k", "w"}), refusal);
  EXPECT_EQ(say("b", {"GET", "k"}), R"("v")");
  EXPECT_EQ(say("b", {"CONFIG", "SET", "slave-read-only", "no"}), "OK");
  EXPECT_EQ(say("b", {"SET", "own", "1"}), "OK");
  world.run_for(seconds(2));
  EXPECT_EQ(cluster.ask("a", "EXISTS own"), "0");  // data flow one way only
  EXPECT_EQ(cluster.position("b"), cluster.position("a"));
  EXPECT_EQ(say("b", {"CONFIG", "SET", "replica-read-only", "yes"}), "OK");
  EXPECT_EQ(say("b", {"DEL", "own"}), refusal);
}

TEST_F(ReplicationRules, AKeyExpiresEverywhereAtTheInstantThatItsPrimaryReckoned) {
  pair();
  world.link("b", "a").pace[static_cast<int>(LinkWay::down)].delay = seconds(2);
  cluster.ask("a", "PEXPIRE k 60000");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("b", "PEXPIRETIME k"), cluster.ask("a", "PEXPIRETIME k"));
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationRules, AReplicaDoesTheHeavyReading) {
  pair();
  cluster.ask("a", "RPUSH list 3 1 2");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(say("b", {"SORT_RO", "list", "DESC"}), R"(["3" "2" "1"])");
  // SORT may store, and is a write wherever it stands.
  EXPECT_TRUE(say("b", {"SORT", "list"}).starts_with("-READONLY"));
}

TEST_F(ReplicationRules, APrimaryAnswersBeforeItsReplicasHaveAnything) {
  pair();
  cluster.silence("b", "a");
  EXPECT_EQ(say("a", {"SET", "k", "w"}), "OK");
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("v")");
}

TEST(ReplicationOverASlowNetwork, TakesItsTimeAndLosesNothing) {
  Cluster cluster({.weather = {.delay_min = milliseconds(200), .delay_max = milliseconds(900)}});
  cluster.start("a");
  cluster.start("b");
  for (int i = 0; i < 300; ++i)
    cluster.ask("a", "SET key:" + std::to_string(i) + " " + Bytes(100, 'x'));
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.ask("a", "SET late word");
  EXPECT_NE(cluster.position("b").offset, cluster.position("a").offset);
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationRules, EachSideIsAClientOfTheOther) {
  pair();
  EXPECT_NE(cluster.ask("a", "CLIENT LIST TYPE replica").find(" flags=S "), Bytes::npos);
  EXPECT_NE(cluster.ask("b", "CLIENT LIST TYPE master").find(" flags=M "), Bytes::npos);
}

TEST_F(ReplicationRules, APrimaryPingsEveryTenSecondsAndAReplicaAcknowledgesEverySecond) {
  pair();
  const Offset before = cluster.position("a").offset;
  world.run_for(seconds(60));
  const Offset pings = (cluster.position("a").offset - before) / 14;  // "*1\r\n$4\r\nPING\r\n"
  EXPECT_GE(pings, 5u);
  EXPECT_LE(pings, 7u);
  EXPECT_EQ((cluster.position("a").offset - before) % 14, 0u);
  for (int i = 0; i < 20; ++i) {
    world.run_for(milliseconds(730));
    const Bytes line = cluster.info("a", "slave0");
    const Bytes lag = line.substr(line.rfind('=') + 1);
    EXPECT_TRUE(lag == "0" || lag == "1") << line;
  }
}

TEST_F(ReplicationRules, BothSidesTellWhereTheyStand) {
  pair();
  world.run_for(seconds(2));
  const Bytes offset = std::to_string(cluster.position("a").offset);
  const Bytes& id = cluster.position("a").history;
  for (const Bytes name : {"a", "b"}) {
    SCOPED_TRACE(name);
    const std::pair<Bytes, Bytes> expected[] = {
        {"master_replid", id},
        {"master_replid2", Bytes(40, '0')},
        {"master_repl_offset", offset},
        {"second_repl_offset", "-1"},
        {"repl_backlog_active", "1"},
        {"repl_backlog_size", "1048576"},
        {"repl_backlog_first_byte_offset", "1"},
        {"repl_backlog_histlen", offset},
        {"master_failover_state", "no-failover"},
    };
    for (const auto& [field, value] : expected)
      EXPECT_EQ(cluster.info(name, field), value) << field;
  }
  EXPECT_EQ(cluster.info("a", "connected_slaves"), "1");
  EXPECT_EQ(cluster.info("a", "slave0").find("ip=127.0.0.1,port=6380,state=online,offset="), 0u);
  const std::pair<Bytes, Bytes> of_replica[] = {
      {"role", "slave"},
      {"master_host", "a"},
      {"master_port", "6379"},
      {"master_link_status", "up"},
      {"slave_repl_offset", offset},
      {"master_sync_in_progress", "0"},
      {"slave_priority", "100"},
      {"slave_read_only", "1"},
      {"connected_slaves", "0"},
  };
  for (const auto& [field, value] : of_replica) EXPECT_EQ(cluster.info("b", field), value) << field;
  world.crash("a");
  world.run_for(seconds(5));
  EXPECT_EQ(cluster.info("b", "master_last_io_seconds_ago"), "-1");
}

TEST_F(ReplicationRules, BothSidesTellTheStepsOfASync) {
  pair();
  world.cut("a", "b");
  world.run_for(milliseconds(1));
  ASSERT_TRUE(cluster.settle());
  expect_story("b",
               {"Connecting to MASTER a:6379", "MASTER <-> REPLICA sync started",
                "Non blocking connect for SYNC fired the event.",
                "Master replied to PING, replication can continue...", "Full resync from master: ",
                "MASTER <-> REPLICA sync: receiving streamed RDB from master",
                "MASTER <-> REPLICA sync: Loading DB in memory",
                "MASTER <-> REPLICA sync: Flushing old data",
                "MASTER <-> REPLICA sync: Finished with success"});
  expect_story("b",
               {"Connection with master lost.", "Caching the disconnected master state.",
                "Reconnecting to MASTER a:6379", "Trying a partial resynchronization (request ",
                "Successful partial resynchronization with master.",
                "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization."});
  expect_story(
      "a", {"asks for synchronization", "Starting BGSAVE for SYNC with target",
            "terminated with success", "Synchronization with replica ", "Connection with replica ",
            "asks for synchronization", "Partial resynchronization request from "});
}

TEST_F(ReplicationRules, AReplicaThatTakesTooLongWhileMuchIsWrittenIsDroppedUntilLessIs) {
  cluster.start("a", {{"rdb-key-save-delay", "1000"},
                      {"client-output-buffer-limit", "replica", "2mb", "0", "0"}});
  cluster.start("b");
  for (int i = 0; i < 2000; ++i) cluster.ask("a", "SET key:" + std::to_string(i) + " v");
  cluster.follow("b", "a");
  world.run_for(milliseconds(100));
  for (int i = 0; i < 30; ++i) {
    cluster.ask("a", "SET big " + Bytes(100'000, 'x'));
    world.run_for(milliseconds(50));
  }
  EXPECT_GE(cluster.said("a", "overcoming of output buffer limits"), 1u);
  EXPECT_FALSE(cluster.is_up("b"));
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationRules, AReplicaKeepsWhatItsOwnMemoryLimitForbids) {
  pair();
  cluster.ask("b", "CONFIG SET maxmemory 1mb");
  cluster.ask("b", "CONFIG SET maxmemory-policy allkeys-lru");
  for (int i = 0; i < 50; ++i)
    cluster.ask("a", "SET key:" + std::to_string(i) + " " + Bytes(50'000, 'x'));
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationRules, EncodingsMayDifferWhereDataDoNot) {
  pair();
  cluster.ask("b", "CONFIG SET hash-max-listpack-entries 1");
  cluster.ask("a", "HSET hash f 1 g 2");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("a", "OBJECT ENCODING hash"), R"("listpack")");
  EXPECT_EQ(cluster.ask("b", "OBJECT ENCODING hash"), R"("hashtable")");
  cluster.expect_same("a", "b");
}

TEST_F(ReplicationRules, APrimaryThatComesBackEmptyEmptiesItsReplicas) {
  pair();
  world.crash("a");
  world.run_for(seconds(2));
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("v")");
  cluster.start("a");  // nothing was saved
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("b", "DBSIZE"), "0");
}

TEST_F(ReplicationRules, AReplicaMaySaveForItsPrimary) {
  pair();
  EXPECT_EQ(cluster.ask("b", "SAVE"), "OK");
  EXPECT_TRUE(world.disk("b").has("dump.rdb"));
  EXPECT_FALSE(world.disk("a").has("dump.rdb"));
  world.crash("b");
  cluster.start("b");
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("v")");
}

}  // namespace
}  // namespace replserver::sim

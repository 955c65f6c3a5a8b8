// The museum of known bugs: what went wrong in published issues of servers and proxies, made to
// happen here. See docs/museum.md; sim/mutants brings each bug back and expects its exhibit to fail.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

class Museum : public ::testing::Test {
 protected:
  void pair(const std::vector<Words>& directives = {}) {
    cluster.start("a", directives);
    cluster.start("b", directives);
    cluster.follow("b", "a");
    ASSERT_TRUE(cluster.settle());
  }
  // b comes back with the file that it has saved. Whatever a has done meanwhile, it resumes.
  void crash_and_restart(const std::vector<Bytes>& meanwhile = {}) {
    world.crash("b");
    for (const Bytes& line : meanwhile) cluster.ask("a", line);
    cluster.start("b", {{"replicaof", "a", "6379"}});
    ASSERT_TRUE(cluster.settle());
    cluster.expect_same("a", "b");
    EXPECT_EQ(cluster.info("a", "sync_full"), "1");
  }
  void write(const Bytes& name, const Bytes& key, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_EQ(cluster.ask(name, "SET " + key + std::to_string(i) + " v"), "OK");
    }
  }
  Offset offset(const Bytes& name) { return cluster.position(name).offset; }
  std::size_t resumptions(const Bytes& name) {
    return cluster.said(name, "Successful partial resynchronization");
  }

  Cluster cluster;
  World& world = cluster.world;
};

// redis#141, and #2724: a replica that joined a snapshot under way was given only a part of what had
// been written since it began, or another offset than the snapshot's. A few keys were missing there,
// for ever.
TEST_F(Museum, AllReplicasOfASnapshotGetWhatIsWrittenWhileItIsSent) {
  cluster.start("a", {{"rdb-key-save-delay", "1000"}});
  write("a", "k", 200);
  for (const Bytes name : {"b", "c", "d"}) {
    cluster.start(name);
    cluster.follow(name, "a");
    world.run_for(milliseconds(50));
    write("a", "for:" + name, 20);
    EXPECT_FALSE(cluster.is_up("b"));
  }
  ASSERT_TRUE(cluster.settle());
  for (const Bytes name : {"b", "c", "d"}) cluster.expect_same("a", name);
  EXPECT_EQ(cluster.ask("d", "DBSIZE"), "260");
}

// redis#1271: the last offset of a full backlog was taken for one beyond it. A replica that had
// everything and lost its link for a moment was sent the whole data set again.
TEST_F(Museum, AReplicaThatLacksNothingResumesAtTheEndOfAFullBacklog) {
  pair({{"repl-backlog-size", "16kb"}});
  for (int i = 0; i < 40; ++i) cluster.ask("a", "SET k " + Bytes(1000, 'x'));
  ASSERT_TRUE(cluster.settle());
  ASSERT_EQ(cluster.info("a", "repl_backlog_histlen"), "16384");
  world.cut("b", "a");
  world.run_for(milliseconds(1));
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(resumptions("b"), 1u);
  EXPECT_EQ(cluster.info("a", "sync_full"), "1");
}

// redis#2694: a replica that took over the data of another primary kept its name and its backlog.
// Its own replica, away at that moment, resumed in it as if nothing had happened and kept the old data.
TEST_F(Museum, AReplicasReplicaIsSentTheNewDataWhenItsPrimaryFollowsAnotherHistory) {
  for (const Bytes name : {"a", "b", "c", "d"}) cluster.start(name);
  cluster.ask("a", "SET k 1");
  cluster.ask("b", "SET k 2");
  cluster.follow("c", "b");
  cluster.follow("d", "c");
  ASSERT_TRUE(cluster.settle());
  write("b", "filler:", 50);
  ASSERT_TRUE(cluster.settle());
  cluster.part("d", "c");
  world.run_for(milliseconds(1));
  const Offset left_at = offset("d");
  cluster.follow("b", "a");
  ASSERT_TRUE(world.run_until(
      [&] { return cluster.is_up("b") && cluster.ask("c", "GET k") == R"("1")"; }, seconds(20)));
  write("a", "later:", 100);
  ASSERT_TRUE(world.run_until([&] { return offset("c") == offset("a"); }, seconds(20)));
  ASSERT_GT(offset("c"), left_at);
  cluster.heal("d", "c");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(resumptions("d"), 0u);
  EXPECT_EQ(cluster.ask("d", "GET k"), R"("1")");
  cluster.expect_same("a", "d");
}

// redis#3899: a replica passed its primary's bytes on as it read them, also the first half of a
// command or transaction whose rest never came. Once it was promoted that half stood in its backlog,
// and swallowed what was written after it.
TEST_F(Museum, HalfATransactionIsNoPartOfAPromotedReplicasHistory) {
  const Bytes whole =
      "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n1\r\n"
      "*3\r\n$3\r\nSET\r\n$1\r\nl\r\n$1\r\n1\r\n*1\r\n$4\r\nEXEC\r\n";
  for (std::size_t byte = 1; byte < whole.size() && !HasFailure(); ++byte) {
    SCOPED_TRACE(byte);
    Cluster one({.seed = byte});
    for (const Bytes name : {"a", "b", "c"}) one.start(name);
    one.follow("b", "a");
    one.follow("c", "b");
    ASSERT_TRUE(one.settle());
    one.ask("a", "SET k 0");
    ASSERT_TRUE(one.settle());
    const Offset before = one.position("b").offset;
    LinkRules& link = one.world.link("b", "a");
    ASSERT_TRUE(link.add({{.kind = LinkPlace::Kind::offset, .number = before + byte},
                          {LinkAction::What::cut, true}}));
    one.world.links_changed();
    for (const Bytes line : {"MULTI", "SET k 1", "SET l 1", "EXEC"}) one.ask("a", line);
    ASSERT_EQ(one.position("a").offset, before + whole.size());
    ASSERT_TRUE(one.world.run_until([&] { return link.cuts == 1; }, seconds(20)));
    one.world.crash("a");
    one.world.run_for(seconds(1));
    EXPECT_EQ(one.position("b").offset, before);
    one.ask("b", "REPLICAOF NO ONE");
    one.ask("b", "SET m 1");
    EXPECT_TRUE(one.settle(seconds(20)));
    one.expect_same("b", "c");
    EXPECT_EQ(one.ask("c", "GET k"), R"("0")");
    EXPECT_EQ(one.ask("c", "GET m"), R"("1")");
    EXPECT_EQ(one.info("b", "sync_full"), "1");
  }
}

// redis#4268: a replica that took over kept nothing that its former primary, once it came back and was
// promoted in its turn, could have gone on from. Changing places and back cost a full sync.
TEST_F(Museum, RolesChangeTwiceWithoutAFullSync) {
  pair();
  write("a", "k", 5);
  ASSERT_TRUE(cluster.settle());
  cluster.ask("a", "SHUTDOWN SAVE NOW");
  ASSERT_TRUE(world.run_until([&] { return !world.is_running("a"); }, seconds(20)));
  cluster.ask("b", "REPLICAOF NO ONE");
  write("b", "l", 5);
  cluster.start("a", {{"replicaof", "b", "6379"}});
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("b", "a");
  cluster.ask("a", "REPLICAOF NO ONE");
  cluster.follow("b", "a");
  write("a", "m", 5);
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("a", "sync_full"), "0");
  EXPECT_EQ(cluster.info("b", "sync_full"), "0");
}

// redis#4407 (and #4316): a replica that was restarted from its file knew its offset, but not which
// database the stream was in. What came next was written to database 0; the first remedy sent the
// whole data set again wherever the primary had not written in between.
TEST_F(Museum, ARestartedReplicaGoesOnInTheDatabaseOfTheStream) {
  pair();
  cluster.ask("a", "SELECT 3");
  cluster.ask("a", "SET k 1");
  ASSERT_TRUE(cluster.settle());
  ASSERT_EQ(cluster.ask("b", "SAVE"), "OK");
  crash_and_restart({"SET k 2"});  // the stream is in database 3 already, and does not say so again
  EXPECT_EQ(cluster.ask("b", "GET k"), "nil");
  cluster.ask("b", "SELECT 3");
  EXPECT_EQ(cluster.ask("b", "GET k"), R"("2")");
}

TEST_F(Museum, AReplicaOfAPrimaryThatNeverWritesResumesAfterARestart) {
  cluster.start("a");
  write("a", "k", 5);
  cluster.start("b");
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.settle());
  ASSERT_EQ(cluster.ask("b", "SAVE"), "OK");
  crash_and_restart();
}

// redis#7314: to spare a demoted primary a full sync, PINGs at the end of its history were not
// counted. Nodes that had them and nodes that had not then disagreed about what an offset means.
TEST_F(Museum, PingsAreHistoryLikeAllOtherBytes) {
  pair();
  write("a", "k", 3);
  ASSERT_TRUE(cluster.settle());
  cluster.silence("b", "a");
  ASSERT_TRUE(world.run_until([&] { return offset("a") == offset("b") + 14; }, seconds(20)));
  cluster.ask("b", "REPLICAOF NO ONE");
  cluster.follow("a", "b");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("b", "a");
  write("b", "l", 3);
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("b", "a");
}

// redis#14535: after two places had changed roles their offsets were close, every resynchronization
// was a partial one, and the data differed for ever. The cause is not told there; what is shown here
// is the way to that state: bytes that the other one never had are taken for shared ones.
TEST_F(Museum, WhatOnlyTheOldPrimaryHadIsGoneWhenRolesHaveChanged) {
  pair();
  write("a", "shared:", 5);
  ASSERT_TRUE(cluster.settle());
  Bytes primary = "a", replica = "b";
  for (int turn = 0; turn < 2; ++turn) {
    SCOPED_TRACE(turn);
    cluster.silence(replica, primary);
    const std::size_t resumed = resumptions(primary);
    write(primary, "lost:", 20);
    cluster.ask(replica, "REPLICAOF NO ONE");
    write(replica, "kept:", 40);
    ASSERT_GT(offset(replica), offset(primary));
    cluster.follow(primary, replica);
    ASSERT_TRUE(cluster.settle());
    EXPECT_EQ(resumptions(primary), resumed);
    EXPECT_EQ(cluster.ask(primary, "EXISTS lost:1"), "0");
    cluster.expect_same(replica, primary);
    cluster.heal(replica, primary);
    std::swap(primary, replica);
  }
}

// valkey#2904: a restarted server named the offset that its base file was saved at, though it had
// also executed what was appended to its log since. Resuming there executed increments twice.
TEST_F(Museum, TheDataOfAFileAreThoseOfThePositionThatItNames) {
  pair();
  for (int i = 0; i < 10; ++i) cluster.ask("a", "INCR n");
  ASSERT_TRUE(cluster.settle());
  ASSERT_EQ(cluster.ask("b", "SAVE"), "OK");
  for (int i = 0; i < 10; ++i) cluster.ask("a", "INCR n");
  ASSERT_TRUE(cluster.settle());
  crash_and_restart({"INCR n"});
  EXPECT_EQ(cluster.ask("b", "GET n"), R"("21")");
}

// x-pipe#382: a keeper took over the offset of a full sync when it was announced. Told to follow
// another one before the data had come, it resumed there from an offset whose data it did not have.
TEST_F(Museum, APositionIsOursOnlyWithItsData) {
  pair();
  write("a", "k", 100);
  ASSERT_TRUE(cluster.settle());
  cluster.start("c");
  write("c", "own:", 3);
  world.link("c", "b").pace[static_cast<int>(LinkWay::down)].bytes_per_second = 2000;
  cluster.follow("c", "b");
  ASSERT_TRUE(
      world.run_until([&] { return cluster.said("c", "Loading DB in memory") == 1; }, seconds(20)));
  EXPECT_EQ(cluster.ask("c", "DBSIZE"),
            "3");  // until the new data are whole, the old ones are there
  write("a", "l", 10);
  cluster.follow("c", "a");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "c");
  EXPECT_EQ(cluster.ask("c", "DBSIZE"), "110");
}

}  // namespace
}  // namespace replserver::sim

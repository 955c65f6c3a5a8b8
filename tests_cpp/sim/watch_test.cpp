// What a Watch and Sessions find: each of their checks is tripped by a planted mistake.
#include "sim/watch.hpp"

#include "sim/cluster.hpp"
#include "sim/sessions.hpp"

namespace replserver::sim {
namespace {

class Watching : public ::testing::Test {
 protected:
  void start(const Bytes& name, const std::vector<Words>& directives = {}) {
    watch.started(name);
    cluster.start(name, directives);
  }
  void pair() {
    start("a");
    start("b", {{"replica-read-only", "no"}});
    watch.may_ask_for_all("b");
    cluster.follow("b", "a");
    cluster.ask("a", "SET k v");
    ASSERT_TRUE(cluster.settle());
    watch.look();
    ASSERT_FALSE(watch.violation());
  }
  void pretend_that_it_said(const Bytes& name, const Bytes& text) {
    const auto now = world.now().mono.time_since_epoch().count();
    world.note(std::to_string(now) + " " + name + ":M * " + text);
    watch.look();
  }
  Bytes wrong() const { return watch.violation() ? watch.violation()->check : "(nothing)"; }

  Cluster cluster;
  World& world = cluster.world;
  Watch watch{world};
  Sessions sessions{world, watch};
};

TEST_F(Watching, IsContentWithAReplicaThatResumes) {
  pair();
  world.cut("a", "b");
  cluster.ask("a", "SET k w");
  ASSERT_TRUE(cluster.settle());
  watch.look();
  EXPECT_EQ(wrong(), "(nothing)");
}

TEST_F(Watching, FindsDataThatDifferAtOnePosition) {
  pair();
  cluster.ask("b", "SET k planted");
  watch.look();
  EXPECT_EQ(wrong(), "equal position, equal data");
}

TEST_F(Watching, FindsAKeyThatExpiresAtAnotherInstantAtOnePosition) {
  pair();
  cluster.ask("a", "PEXPIREAT k 4000000000000");
  ASSERT_TRUE(cluster.settle());
  watch.look();
  ASSERT_EQ(wrong(), "(nothing)");
  cluster.ask("b", "PEXPIREAT k 4000000000001");
  watch.look();
  EXPECT_EQ(wrong(), "equal position, equal data");
}

TEST_F(Watching, FindsAPromotedNodeThatSharesAnotherPartOfItsFormerHistoryThanItSaid) {
  pair();
  cluster.ask("b", "REPLICAOF NO ONE");
  watch.look();
  ASSERT_EQ(wrong(), "(nothing)");
  const Position shared = *world.node("b").replication(world.now()).former;
  pretend_that_it_said("b", "Setting secondary replication ID to " + shared.history +
                                ", valid up to offset: " + std::to_string(shared.offset + 2) +
                                ". New replication ID is 0");
  EXPECT_EQ(wrong(), "a former history is shared to its end");
}

TEST_F(Watching, FindsAReplicaThatIsLetGoOnFromWhatNobodyWrote) {
  pair();
  pretend_that_it_said("a",
                       "Partial resynchronization request from 127.0.0.1:6380 accepted. Sending "
                       "0 bytes of backlog starting from offset 100000.");
  EXPECT_EQ(wrong(), "nobody resumes past the end");
}

TEST_F(Watching, FindsAByteThatIsNotItsHistorys) {
  pair();
  cluster.ask("a", "SET k u");  // with its SELECT
  ASSERT_TRUE(cluster.settle());
  const ByteView before = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\n";
  world.link("b", "a").add(
      {{.number = before.size()}, {.what = LinkAction::What::corrupt, .mask = 1}});
  cluster.ask("a", "SET k w");
  ASSERT_TRUE(cluster.settle());
  ASSERT_EQ(cluster.ask("b", "GET k"), "\"v\"");
  watch.look();
  EXPECT_EQ(wrong(), "one history, the same bytes");
}

TEST_F(Watching, FindsAnOffsetThatGoesBack) {
  pair();
  cluster.ask("b", "SAVE");
  cluster.ask("a", "SET k w");
  ASSERT_TRUE(cluster.settle());
  watch.look();
  world.stop("b");
  // Nobody tells the watch that b begins anew, where its file ends.
  cluster.start("b", {{"replicaof", "nobody", "1"}});
  watch.look();
  EXPECT_EQ(wrong(), "offsets only grow");
}

TEST_F(Watching, FindsWhoAsksForEverythingThoughItHasAPosition) {
  start("a");
  start("b", {{"replicaof", "a", "6379"}});
  watch.has_position("b");
  ASSERT_TRUE(cluster.settle());
  watch.listen();
  EXPECT_EQ(wrong(), "no needless full sync");
}

TEST_F(Watching, FindsWhatNobodyHasAReasonToSay) {
  pair();
  world.link("b", "a").add({{.number = 0}, {.what = LinkAction::What::corrupt, .size = 8}});
  cluster.ask("a", "SET k w");
  world.run_for(seconds(1));
  watch.listen();
  EXPECT_EQ(wrong(), "nobody says that");
}

TEST_F(Watching, EndsALifeWhenDataAreThrownAway) {
  pair();
  const std::uint64_t before = watch.life("b");
  cluster.ask("a", "DEBUG CHANGE-REPL-ID");
  world.cut("a", "b");
  ASSERT_TRUE(cluster.settle(seconds(20)));
  watch.listen();
  EXPECT_GT(watch.life("b"), before);
}

TEST_F(Watching, IsContentWithSessionsThatSeeWhatTheyMay) {
  pair();
  for (int i = 0; i < 3; ++i) {
    sessions.write("a");
    sessions.read("b");
    ASSERT_TRUE(cluster.settle());
    sessions.read("a");
    sessions.read("b");
  }
  EXPECT_EQ(wrong(), "(nothing)");
}

TEST_F(Watching, FindsASessionThatReadsAnOlderValueThanBefore) {
  pair();
  for (int i = 0; i < 2; ++i) sessions.write("a");
  ASSERT_TRUE(cluster.settle());
  sessions.read("b");
  cluster.ask("b", "SET session 1");
  sessions.read("b");
  EXPECT_EQ(wrong(), "reads are monotonic");
}

TEST_F(Watching, FindsASessionThatDoesNotReadItsOwnWrite) {
  pair();
  sessions.write("a");
  sessions.read("a");
  EXPECT_EQ(wrong(), "(nothing)");
  cluster.ask("a", "SET session 7");
  sessions.read("a");
  EXPECT_EQ(wrong(), "a session reads its writes");
}

TEST_F(Watching, GoesByEachNodesOwnClock) {
  pair();
  world.skew("b", seconds(10));
  cluster.ask("a", "SET short life PX 5000");
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("a", "EXISTS short"), "1");
  EXPECT_EQ(cluster.ask("b", "EXISTS short"), "0");
  watch.look();
  EXPECT_EQ(wrong(), "(nothing)");
  world.skew("b", {});
  EXPECT_EQ(cluster.ask("b", "EXISTS short"), "1");
}

}  // namespace
}  // namespace replserver::sim

// The rules of a link come true in virtual time at the byte that they name.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

class Links : public ::testing::Test {
 protected:
  void pair(std::initializer_list<Words> directives = {}) {
    cluster.start("m", directives);
    cluster.start("r", directives);
    cluster.follow("r", "m");
    ASSERT_TRUE(cluster.settle());
    cluster.ask("m", "SET k 0");
    ASSERT_TRUE(cluster.settle());
  }
  Offset offset() { return world.node("m").position().offset; }
  void plan(LinkPlace place, LinkAction action) { ASSERT_TRUE(link().add({place, action})); }
  LinkRules& link() { return world.link("r", "m"); }

  Cluster cluster;
  World& world = cluster.world;
};

TEST_F(Links, CutASetAtEachOfItsBytes) {
  pair();
  const std::size_t length = Bytes("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n").size();
  for (std::size_t byte = 0; byte <= length; ++byte) {
    plan({.kind = LinkPlace::Kind::offset, .number = offset() + byte}, {LinkAction::What::cut});
    world.links_changed();
    cluster.ask("m", "SET k v");
    ASSERT_TRUE(cluster.settle());
    cluster.expect_same("m", "r");
  }
  EXPECT_EQ(link().cuts, length + 1);
  EXPECT_EQ(cluster.info("m", "sync_full"), "1");
}

TEST_F(Links, ThatAreCutWhileBytesWaitInThemCanStillBeChanged) {
  pair();
  link().pace[static_cast<int>(LinkWay::down)].delay = seconds(1);
  cluster.ask("m", "SET k v");
  world.cut("r", "m");
  world.links_changed();  // before either end has heard of the cut
  link().heal();
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("m", "r");
  EXPECT_EQ(cluster.info("m", "sync_full"), "1");
}

TEST_F(Links, HoldTheHandshakeUntilReleased) {
  pair();
  plan({.kind = LinkPlace::Kind::before, .way = LinkWay::down, .step = LinkStep::psync},
       {LinkAction::What::hold});
  world.cut("m", "r");
  cluster.ask("m", "SET k held");
  world.run_for(seconds(3));
  EXPECT_EQ(cluster.info("r", "master_link_status"), "down");
  EXPECT_EQ(cluster.ask("r", "GET k"), "\"0\"");
  link().set_gates(LinkRules::Gate::open);
  world.links_changed();
  ASSERT_TRUE(cluster.settle());
  EXPECT_EQ(cluster.ask("r", "GET k"), "\"held\"");
}

TEST_F(Links, AreSilentUntilTheTimeoutFindsIt) {
  pair();
  link().set_gates(LinkRules::Gate::silent);
  world.links_changed();
  world.run_for(seconds(62));
  EXPECT_EQ(cluster.info("m", "connected_slaves"), "0");
  EXPECT_EQ(cluster.info("r", "master_link_status"), "down");
  link().heal();
  world.links_changed();
  world.run_for(seconds(70));  // what was dialled during the silence has to time out
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("m", "r");
}

TEST_F(Links, RefuseUntilHealed) {
  pair();
  plan({.kind = LinkPlace::Kind::bytes}, {LinkAction::What::cut, true});
  world.links_changed();
  world.run_for(seconds(5));
  EXPECT_EQ(cluster.info("r", "master_link_status"), "down");
  link().heal();
  ASSERT_TRUE(cluster.settle());
}

TEST_F(Links, CarryBytesLaterAndSlowly) {
  pair();
  link().pace[1] = {.delay = milliseconds(200), .jitter = milliseconds(50)};
  cluster.ask("m", "SET k late");
  world.run_for(milliseconds(190));
  EXPECT_EQ(cluster.ask("r", "GET k"), "\"0\"");
  world.run_for(milliseconds(100));
  EXPECT_EQ(cluster.ask("r", "GET k"), "\"late\"");
}

TEST_F(Links, FlipBitsOfAPayloadThatIsThenRefused) {
  pair();
  plan({.kind = LinkPlace::Kind::payload, .number = 12},
       {.what = LinkAction::What::corrupt, .mask = 1, .size = 40});
  cluster.ask("m", "DEBUG CHANGE-REPL-ID");
  world.cut("m", "r");
  world.run_for(seconds(5));
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("m", "r");
  EXPECT_GE(std::stoi(cluster.info("m", "sync_full")), 3);
}

}  // namespace
}  // namespace replserver::sim

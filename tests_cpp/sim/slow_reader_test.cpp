// Sockets hold only so much: a node keeps what somebody has not read yet, and serves everybody else.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

class SlowReaders : public ::testing::Test {
 protected:
  void start(std::initializer_list<Words> directives = {}) {
    cluster.start("a", directives);
    cluster.start("b");
    cluster.start("c");
  }
  void follow() {
    cluster.follow("b", "a");
    cluster.follow("c", "a");
    ASSERT_TRUE(cluster.settle());
  }
  // "b" reads nothing of what it is sent.
  void hold() { world.link("b", "a").set_gate(LinkWay::down, LinkRules::Gate::held); }
  void write_much() {  // a hundred times what a socket holds
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(cluster.ask("a", "SET key:" + std::to_string(i) + " " + Bytes(1024, 'x')), "OK");
      world.run_for(milliseconds(5));  // so that whoever reads has it
    }
  }
  void expect_healed(const Bytes& full_syncs) {
    cluster.heal("b", "a");
    ASSERT_TRUE(cluster.settle());
    cluster.expect_same("a", "b");
    cluster.expect_same("a", "c");
    EXPECT_EQ(cluster.info("a", "sync_full"), full_syncs);
  }

  Cluster cluster{{.weather = {.socket_max = 1024}}};
  World& world = cluster.world;
};

TEST_F(SlowReaders, KeepNobodyElseWaiting) {
  start();
  follow();
  hold();
  write_much();
  world.run_for(seconds(10));
  cluster.expect_same("a", "c");
  EXPECT_LT(cluster.position("b").offset + 90 * 1024, cluster.position("a").offset);
  expect_healed("2");
}

TEST_F(SlowReaders, AreSentAFullSyncAsFastAsTheyRead) {
  start();
  write_much();
  cluster.follow("b", "a");
  ASSERT_TRUE(cluster.until_said("b", "receiving streamed RDB"));
  hold();
  write_much();
  cluster.follow("c", "a");
  ASSERT_TRUE(cluster.until_said("c", "Finished with success"));
  EXPECT_EQ(cluster.said("b", "Finished with success"), 0u);
  expect_healed("2");
}

TEST_F(SlowReaders, LoseTheirLinkWhenTooMuchIsKeptForThem) {
  start({{"client-output-buffer-limit", "replica", "50000", "0", "0"},
         {"repl-backlog-size", "16kb"}});
  follow();
  hold();
  write_much();
  EXPECT_GE(cluster.said("a", "overcoming of output buffer limits"), 1u);
  expect_healed("3");
}

TEST_F(SlowReaders, DoNotKeepANodeFromEnding) {
  start();
  follow();
  hold();
  write_much();
  cluster.ask("a", "SHUTDOWN NOW");
  EXPECT_FALSE(world.is_running("a"));
}

TEST_F(SlowReaders, GetALongReplyWhole) {
  start();
  const Bytes value(100'000, 'x');
  cluster.ask("a", "SET long " + value);
  const ClientId client = world.connect("a");
  const auto reply = world.call(client, {"GET", "long"}, seconds(10));
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(std::get<resp::Reply::Bulk>(reply->value).bytes, value);
}

}  // namespace
}  // namespace replserver::sim

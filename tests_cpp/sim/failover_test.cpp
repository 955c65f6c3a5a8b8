// FAILOVER in virtual time: links that are cut at each byte of it and at random moments, and no
// answered write is lost.
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

// Replicas go by their names, so that the cluster knows whom one follows after it.
void start(Cluster& cluster, std::initializer_list<Bytes> names) {
  for (const Bytes& name : names) cluster.start(name, {{"replica-announce-ip", name}});
}

Bytes fail_over_to(Cluster& cluster, const Bytes& name, const Bytes& more = {}) {
  const Bytes port = std::to_string(cluster.world.node(name).port());
  return cluster.ask("a", "FAILOVER TO " + name + " " + port + " " + more);
}

class Failover : public ::testing::Test {
 protected:
  // b and c follow a, which has something.
  void SetUp() override {
    start(cluster, {"a", "b", "c"});
    for (const char* const name : {"b", "c"}) cluster.follow(name, "a");
    cluster.ask("a", "SET k v");
    ASSERT_TRUE(cluster.settle());
  }
  Bytes state() { return cluster.info("a", "master_failover_state"); }
  Bytes role(const Bytes& name) { return cluster.info(name, "role"); }

  Cluster cluster;
  World& world = cluster.world;
};

TEST_F(Failover, MakesAReplicaOfThePrimaryAndAPrimaryOfTheReplica) {
  cluster.ask("a", "SET k w");
  EXPECT_EQ(fail_over_to(cluster, "b"), "OK");
  EXPECT_EQ(state(), "waiting-for-sync");
  world.run_for(seconds(1));
  EXPECT_EQ(state(), "no-failover");
  EXPECT_EQ(role("a"), "slave");
  EXPECT_EQ(role("b"), "master");
  EXPECT_EQ(cluster.ask("b", "GET k"), "\"w\"");
  cluster.ask("b", "SET k x");
  world.run_for(seconds(1));
  cluster.expect_same("a", "b");
  cluster.expect_same("a", "c");  // it goes on following a
  EXPECT_EQ(cluster.info("b", "sync_full"), "0");
}

TEST_F(Failover, IsOverAtItsTimeIfTheReplicaIsSilent) {
  cluster.silence("b", "a", LinkWay::up);
  cluster.ask("a", "SET k w");
  EXPECT_EQ(fail_over_to(cluster, "b", "TIMEOUT 3000"), "OK");
  world.run_for(milliseconds(2990));
  EXPECT_EQ(state(), "waiting-for-sync");
  EXPECT_EQ(cluster.ask("a", "SET k w"),
            "-ERR No writes before the end of a DEBUG RELOAD, a SHUTDOWN or a FAILOVER");
  world.run_for(milliseconds(20));
  EXPECT_EQ(state(), "no-failover");
  EXPECT_EQ(role("a"), "master");
  EXPECT_EQ(cluster.ask("a", "SET k w"), "OK");
}

TEST_F(Failover, ChoosesTheReplicaThatHasAll) {
  cluster.silence("b", "a", LinkWay::up);
  cluster.ask("a", "SET k w");
  EXPECT_EQ(cluster.ask("a", "FAILOVER"), "OK");
  world.run_for(seconds(1));
  EXPECT_EQ(role("c"), "master");
  EXPECT_EQ(role("b"), "slave");
}

TEST_F(Failover, ForcedHandsOverToAReplicaThatLacksSomething) {
  cluster.silence("b", "a", LinkWay::down);
  cluster.ask("a", "SET k lost");
  EXPECT_EQ(fail_over_to(cluster, "b", "FORCE TIMEOUT 100"), "OK");
  world.run_for(seconds(10));
  EXPECT_EQ(role("b"), "master");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.ask("a", "GET k"), "\"v\"");
  EXPECT_EQ(cluster.info("b", "sync_full"), "1");  // a was ahead
}

TEST_F(Failover, EndsWhenTheTargetHasAnotherHistory) {
  cluster.silence("b", "a", LinkWay::up);
  fail_over_to(cluster, "b", "FORCE TIMEOUT 100");
  cluster.ask("b", "REPLICAOF NO ONE");
  cluster.ask("b", "SET k of-its-own");
  cluster.ask("b", "REPLICAOF c 6379");  // and back, by a full sync: the history is another one's
  cluster.ask("c", "REPLICAOF NO ONE");
  world.run_for(seconds(5));
  EXPECT_EQ(state(), "no-failover");
  EXPECT_EQ(role("a"), "master");
  EXPECT_EQ(cluster.said("a", "aborted: Failover target rejected psync request"), 1u);
}

TEST_F(Failover, WaitsForAllOfTheTransactionThatAskedForIt) {
  const ClientId client = world.connect("a");
  world.send(client, "MULTI\r\nSET before 1\r\nFAILOVER\r\nSET behind 2\r\nEXEC\r\n");
  world.run_for(seconds(2));
  EXPECT_EQ(role("a"), "slave");
  const Bytes primary = cluster.info("a", "master_host");
  EXPECT_EQ(cluster.ask(primary, "EXISTS before behind"), "2");
  EXPECT_EQ(cluster.info(primary, "sync_full"), "0");
  cluster.expect_same("a", primary);
}

TEST_F(Failover, SendsClientsThatWaitAwayAndRefusesTheHeldWrites) {
  const ClientId waiting = world.connect("a");
  world.send(waiting, "BLPOP list 0\r\n");
  const ClientId writing = world.connect("a");
  world.run_for(seconds(1));
  fail_over_to(cluster, "b");
  world.send(writing, "SET k w\r\n");
  world.run_for(seconds(1));
  const auto unblocked = world.next_reply(waiting), refused = world.next_reply(writing);
  ASSERT_TRUE(unblocked && refused);
  EXPECT_TRUE(unblocked->text().starts_with("UNBLOCKED")) << unblocked->text();
  EXPECT_TRUE(refused->text().starts_with("READONLY")) << refused->text();
}

// ---- cuts

// False: everything was said before so many bytes had gone.
bool changes_places_although_cut(LinkWay way, std::uint64_t byte) {
  SCOPED_TRACE("after " + std::to_string(byte) + " bytes of " +
               (way == LinkWay::up ? "the old" : "the new") + " primary's");
  Cluster cluster({.seed = byte + 1});
  start(cluster, {"a", "b"});
  cluster.follow("b", "a");
  cluster.ask("a", "SET k v");
  EXPECT_TRUE(cluster.settle());
  cluster.cut_after("a", "b", way, byte);
  EXPECT_EQ(cluster.ask("a", "FAILOVER"), "OK");
  cluster.world.run_for(seconds(5));
  EXPECT_EQ(cluster.info("a", "role"), "slave");
  EXPECT_EQ(cluster.info("b", "role"), "master");
  EXPECT_EQ(cluster.info("a", "master_failover_state"), "no-failover");
  EXPECT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  EXPECT_EQ(cluster.info("b", "sync_full"), "0");
  return cluster.cuts("a", "b") == 1 && !::testing::Test::HasFailure();
}

TEST(FailoverThatIsCut, ComesToItsEndWhereverThatIs) {
  for (const LinkWay way : {LinkWay::up, LinkWay::down}) {
    std::uint64_t byte = 0;
    while (changes_places_although_cut(way, byte)) ++byte;
    EXPECT_GE(byte, way == LinkWay::up ? 150u : 50u);
  }
}

// A client that counts, and what it was answered.
class Counter {
 public:
  Counter(World& world, const Bytes& name) : world_(world), client_(world.connect(name)) {
    world_.send(client_, "INCR count\r\n");
  }
  void step() {
    const auto reply = world_.next_reply(client_);
    const auto* const count = reply ? std::get_if<std::int64_t>(&reply->value) : nullptr;
    if (count == nullptr) return;  // nothing yet; or refused, and then it stops
    answered_ = *count;
    world_.send(client_, "INCR count\r\n");
  }
  std::int64_t answered() const { return answered_; }

 private:
  World& world_;
  ClientId client_;
  std::int64_t answered_ = 0;
};

void lose_nothing(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Cluster cluster({.seed = seed});
  World& world = cluster.world;
  start(cluster, {"a", "b", "c"});
  for (const char* const name : {"b", "c"}) cluster.follow(name, "a");
  ASSERT_TRUE(cluster.settle());
  Counter counter(world, "a");
  const auto run = [&](std::uint64_t steps) {
    for (std::uint64_t step = 0; step < steps && world.step(); ++step) counter.step();
  };
  run(random.below(400));
  const Bytes patience = "TIMEOUT 2000";
  const Bytes begun = random.below(2) == 0 ? fail_over_to(cluster, "b", patience)
                                           : cluster.ask("a", "FAILOVER " + patience);
  ASSERT_EQ(begun, "OK");
  for (int cuts = 0; cuts < 4; ++cuts) {
    run(random.below(60));
    world.cut("a", random.below(2) == 0 ? "b" : "c");
  }
  world.run_for(seconds(5));
  counter.step();
  ASSERT_EQ(cluster.info("a", "master_failover_state"), "no-failover");
  ASSERT_TRUE(cluster.settle());
  cluster.expect_same("a", "b");
  cluster.expect_same("a", "c");
  const Bytes count = cluster.ask("a", "GET count");
  const auto text = [](std::int64_t number) {
    return number == 0 ? Bytes("nil") : "\"" + std::to_string(number) + "\"";
  };
  // The last one may have been executed and its answer not been read.
  EXPECT_TRUE(count == text(counter.answered()) || count == text(counter.answered() + 1))
      << count << ", answered: " << counter.answered();
}

TEST(FailoverThatIsCut, LosesNoAnsweredWrite) {
  for (std::uint64_t seed = 1; seed <= 300 && !::testing::Test::HasFatalFailure(); ++seed) {
    lose_nothing(seed);
  }
}

}  // namespace
}  // namespace replserver::sim

// What WAIT promises: a write that it counted a replica for is there after the primary is lost and the
// replica that has most is promoted. Nothing is promised of the others.
#include <gmock/gmock.h>

#include "base/numbers.hpp"
#include "sim/cluster.hpp"

namespace replserver::sim {
namespace {

constexpr std::uint64_t kSeeds = 150;
constexpr int kWrites = 25;

class Durability {
 public:
  explicit Durability(std::uint64_t seed)
      : random_(seed), cluster_({.seed = seed, .weather = {.delay_max = milliseconds(5)}}) {}

  // The writes that were counted and are gone.
  std::vector<Bytes> lost() {
    for (const Bytes name : {"a", "b", "c"}) cluster_.start(name);
    for (const Bytes& name : replicas_) cluster_.follow(name, "a");
    EXPECT_TRUE(cluster_.settle());
    const ClientId client = world_.connect("a");
    const int last = static_cast<int>(random_.below(kWrites));
    for (int i = 0; i <= last; ++i) {
      disturb();
      write(client, "k" + std::to_string(i));
    }
    world_.crash("a");
    world_.run_for(milliseconds(random_.below(50)));
    const bool is_first = cluster_.position("b").offset >= cluster_.position("c").offset;
    const Bytes& promoted = replicas_[is_first ? 0 : 1];
    cluster_.ask(promoted, "REPLICAOF NO ONE");
    std::erase_if(counted_,
                  [&](const Bytes& key) { return cluster_.ask(promoted, "EXISTS " + key) == "1"; });
    return counted_;
  }
  std::size_t writes_counted() const { return writes_counted_; }

 private:
  void disturb() {
    const Bytes& name = replicas_[random_.below(2)];
    LinkRules& link = world_.link(name, "a");
    const std::uint64_t kind = random_.below(100);
    if (kind < 10) world_.cut(name, "a");
    if (kind >= 10 && kind < 25) link.set_gates(LinkRules::Gate::silent);
    if (kind >= 25 && kind < 35) link.pace[0].delay = milliseconds(random_.below(200));
    if (kind >= 35 && kind < 50) link.heal();
    world_.links_changed();
  }
  void write(ClientId client, const Bytes& key) {
    world_.call(client, {"SET", key, Bytes(random_.below(300), 'x')}, seconds(1));
    const auto reply = world_.call(client, {"WAIT", "1", "50"}, seconds(1));
    const auto replicas = reply ? parse_integer(as_text(*reply)) : std::nullopt;
    ASSERT_TRUE(replicas);
    if (*replicas == 0) return;
    counted_.push_back(key);
    ++writes_counted_;
  }

  Random random_;
  Cluster cluster_;
  World& world_ = cluster_.world;
  const std::vector<Bytes> replicas_ = {"b", "c"};
  std::vector<Bytes> counted_;
  std::size_t writes_counted_ = 0;
};

TEST(Durability, OfWritesThatWaitCountedOutlivesTheirPrimary) {
  std::size_t counted = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    Durability run(seed);
    EXPECT_THAT(run.lost(), ::testing::IsEmpty()) << "seed " << seed;
    counted += run.writes_counted();
  }
  EXPECT_GT(counted, kSeeds);  // there was something to lose
}

}  // namespace
}  // namespace replserver::sim

// ReplicationWalk — five nodes to which anything happens, drawn from a seed, until all is healed.
//
//   write | rewire | cut | silence | refuse | slow | stop, crash, start …  ──>  heal ──> all the same?
//
// A Watch looks on. The first thing that is wrong ends the walk, and is told with the seed.
#pragma once

#include "base/random.hpp"
#include "sim/cluster.hpp"
#include "sim/watch.hpp"

namespace replserver::sim {

class ReplicationWalk {
 public:
  explicit ReplicationWalk(std::uint64_t seed);

  // Nothing: all went well.
  std::optional<Violation> run();
  const std::vector<Bytes>& story() const { return cluster_.world.transcript(); }

 private:
  void act();
  void write(const Bytes& name);
  void write_some(const Bytes& name);
  void rewire();
  void fail_over(const Bytes& name);
  void disturb();
  void heal_links();
  LinkRules& link_up(const Bytes& name);
  void stop_or_start();
  void block_a_client(const Bytes& name);
  void start(const Bytes& name);
  void pass(Duration time);
  void heal();
  Duration some_time();

  const Bytes& any_primary();
  const Bytes& any_followable();
  const Bytes& any() { return names_[random_.below(names_.size())]; }
  bool by_chance(std::uint64_t percent) { return random_.below(100) < percent; }
  Bytes number(std::uint64_t limit) { return std::to_string(random_.below(limit)); }

  Random random_;
  Cluster cluster_;
  World& world_ = cluster_.world;
  std::vector<Bytes> names_ = {"a", "b", "c", "d", "e"};
  Watch watch_{world_};
};

}  // namespace replserver::sim

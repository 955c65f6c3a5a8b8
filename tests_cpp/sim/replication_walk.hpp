// ReplicationWalk — five nodes to which anything happens, drawn from a seed, until all is healed.
//
//   write | rewire | cut | silence | refuse | stop, crash, start …  ──>  heal ──> all the same?
//
// Watches at every step: a position means the same data wherever it is seen, offsets go back only
// by a full sync, no primary refuses what its backlog holds, and what walk_checks.hpp asks. The first
// thing that is wrong ends the walk, and is told with the seed.
#pragma once

#include "base/random.hpp"
#include "sim/cluster.hpp"
#include "sim/walk_checks.hpp"

namespace replserver::sim {

class ReplicationWalk {
 public:
  explicit ReplicationWalk(std::uint64_t seed);

  // Nothing: all went well.
  std::optional<Bytes> run();
  const std::vector<Bytes>& story() const { return cluster_.world.transcript(); }

 private:
  struct Seen {  // of a node, at the last look
    Position position;
    std::size_t full_syncs = 0;  // as a replica
  };

  // What happens.
  void act();
  void write_some(const Bytes& name);
  void rewire();
  void fail_over(const Bytes& name);
  void disturb();
  void stop_or_start();
  void block_a_client(const Bytes& name);
  void start(const Bytes& name);
  void pass(Duration time);
  void heal();
  Duration some_time();

  // What is watched.
  void look();
  void look_at(const Bytes& name);
  void read_log();
  void read_refusal(const Bytes& name, const Bytes& line);
  void wrong(Bytes what);

  const Bytes& any_primary();
  const Bytes& any_followable();
  const Bytes& any() { return names_[random_.below(names_.size())]; }
  bool by_chance(std::uint64_t percent) { return random_.below(100) < percent; }
  Bytes number(std::uint64_t limit) { return std::to_string(random_.below(limit)); }
  Bytes some_write();

  Random random_;
  Cluster cluster_;
  World& world_ = cluster_.world;
  std::vector<Bytes> names_ = {"a", "b", "c", "d", "e"};
  std::map<Bytes, Seen> seen_;
  std::map<std::pair<Bytes, Offset>, Bytes> digests_;  // of data at a position
  std::map<Bytes, std::size_t> full_syncs_;            // taken, by node
  Promotions promotions_;
  Expiries expiries_;
  std::set<Bytes> may_ask_for_all_;  // began without a position to resume from
  std::size_t lines_read_ = 0;
  std::optional<Bytes> wrong_;
};

}  // namespace replserver::sim

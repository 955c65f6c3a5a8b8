// What must hold of a node at every moment, whatever happens around it: asked of what it says itself,
// never of the code that decides.
#pragma once

#include "sim/cluster.hpp"

namespace replserver::sim {

// Which end of an older history each node has made known as shared, when it was promoted.
class Promotions {
 public:
  void read(const Bytes& name, const Bytes& line);  // of its log
  void forget(const Bytes& name) { shared_.erase(name); }
  const Position* shared_by(const Bytes& name) const;

 private:
  std::map<Bytes, Position> shared_;
};

// When keys expire, as replicas tell it. A replica hides what has expired; and at one position of a
// history a key expires at one instant, which no digest tells. A primary that is asked deletes what it
// finds expired, and is better not asked.
class Expiries {
 public:
  std::optional<Bytes> look_at(Cluster& cluster,
                               const Bytes& replica);  // what is wrong, or nothing

 private:
  std::map<std::pair<Bytes, Offset>, std::map<Bytes, std::int64_t>> known_;  // by position
};

// Nothing, or what is wrong with it now.
std::optional<Bytes> check_node(Cluster& cluster, const Bytes& name, const Position* shared);
// Nothing, or what is wrong with what a line of its log says it has just done.
std::optional<Bytes> check_resumption(Cluster& cluster, const Bytes& name, const Bytes& line);

}  // namespace replserver::sim

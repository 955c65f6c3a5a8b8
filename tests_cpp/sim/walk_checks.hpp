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

// Nothing, or what is wrong with it now.
std::optional<Bytes> check_node(Cluster& cluster, const Bytes& name, const Position* shared);
// Nothing, or what is wrong with what a line of its log says it has just done.
std::optional<Bytes> check_resumption(Cluster& cluster, const Bytes& name, const Bytes& line);

}  // namespace replserver::sim

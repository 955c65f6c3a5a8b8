// Sessions — readers of one register that is written again and again, and what they may count on:
//
//   who reads from the primary   its own writes, as long as that one keeps its data and its place
//   who reads from one replica   nothing older than what was read there before, unless that replica has
//                                taken other data instead of its own
//
// Owned by a Storm, whose Watch is told what is wrong and knows whether a node's data are the same still.
#pragma once

#include <map>

#include "sim/watch.hpp"

namespace replserver::sim {

class Sessions {
 public:
  Sessions(World& world, Watch& watch) : world_(world), watch_(watch) {}

  void write(const Bytes& primary);
  // Of the primary that was written to last too, if it is asked for.
  void read(const Bytes& name);

 private:
  struct Known {  // by a session that goes to this node
    std::uint64_t life = 0;
    std::uint64_t value = 0;
  };

  std::optional<std::uint64_t> value_at(const Bytes& name);  // none: it does not answer

  World& world_;
  Watch& watch_;
  std::uint64_t written_ = 0;
  std::map<Bytes, Known> read_;
  std::optional<std::pair<Bytes, Known>> own_;  // what was written last, and where
};

}  // namespace replserver::sim

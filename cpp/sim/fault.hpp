// Fault — something that befalls a node of a storm, at a place in its workload.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "repl/link_rules.hpp"

namespace replserver::sim {

struct Fault {
  enum class Kind : std::uint8_t {
    cut,        // the node's link to its primary, after so many bytes more
    stall,      // that link is frozen: neither side is told
    one_way,    // what goes that way on it is lost: half-open
    slow,       // it carries no more than `bytes` in a second
    partition,  // nothing arrives at the node from others, nor the other way round
    crash,      // without a word, while it saves its data: the file may be lost, or torn
    restart,    // with a word to its clients; its data are lost, for nothing is saved
    sleep,      // the node does nothing for a while
    promote,    // the failover rule is asked for another primary, though there is one
    skew,       // its clock is ahead of the others', or behind
  };

  std::uint64_t at = 0;  // before the workload's command of this number
  Kind kind = Kind::cut;
  Bytes node;  // empty: whoever is the primary then; its replicas' links, if it is one's
  std::uint64_t lasts = 0;  // commands until it is over
  std::uint64_t bytes = 0;
  LinkWay way = LinkWay::down;
  Duration ahead{};
  Bytes told;  // as the transcript says it
};

}  // namespace replserver::sim

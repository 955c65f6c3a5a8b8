// LinkPacer — when the bytes of one direction may go on: each so long after it came (delay, and jitter
// by seed; their order is kept), and no more of them in a second than the link carries.
//
// Owned by a LinkTap. Knows nothing of what the bytes are; remembers at most kArrivalsMax arrivals, the
// last of which then take in what comes.
#pragma once

#include <cstdint>
#include <deque>

#include "base/random.hpp"
#include "repl/link_rules.hpp"

namespace replserver {

class LinkPacer {
 public:
  static constexpr std::size_t kArrivalsMax = 1024;

  struct Ready {
    std::size_t size = 0;  // of the bytes in hand, from the front
    Instant due = kNever;  // when there will be more of them
  };
  Ready ready(std::size_t in_hand, Instant now, const LinkPace& pace, Random& random);
  void passed(std::size_t size, Instant now, const LinkPace& pace);

 private:
  struct Arrival {
    std::size_t size;
    Instant due;
  };

  std::deque<Arrival> arrivals_;  // what of the bytes in hand is known
  std::size_t known_ = 0;         // their sizes together
  Instant free_at_{};             // of a link that carries so many bytes in a second
};

}  // namespace replserver

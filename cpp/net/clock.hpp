// Clock — the time a LiveNode hands to its Node: the machine's, or one that a test moves by hand.
//
// A manual clock starts at the machine's time and then stands still. It may be moved from any
// thread; the node sees it with its next input.
#pragma once

#include <atomic>
#include <chrono>

#include "base/time.hpp"

namespace replserver::net {

class Clock {
 public:
  enum class Kind { real, manual };

  explicit Clock(Kind kind) : kind_(kind) {
    const Now now = read();
    mono_.store(now.mono.time_since_epoch().count());
    wall_.store(now.wall.time_since_epoch().count());
  }

  bool is_manual() const { return kind_ == Kind::manual; }
  Now now() const {
    if (kind_ == Kind::real) return read();
    return {Instant(Duration(mono_.load())), WallTime(Duration(wall_.load()))};
  }
  void advance(Duration by) {
    mono_.fetch_add(by.count());
    wall_.fetch_add(by.count());
  }

 private:
  static Now read() {
    using std::chrono::duration_cast;
    return {Instant(duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())),
            WallTime(duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()))};
  }

  const Kind kind_;
  std::atomic<Duration::rep> mono_{}, wall_{};  // of a manual clock
};

}  // namespace replserver::net

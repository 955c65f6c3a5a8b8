// The time, handed to the core with every input. Nothing in the core asks a clock, so a simulated
// hour costs nothing and a run is repeated by its seed.
#pragma once

#include <chrono>
#include <cstdint>

namespace replserver {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::time_point<struct MonotonicTag, Duration>;  // timeouts
using WallTime = std::chrono::time_point<struct WallTag, Duration>;      // expiry, shown to clients

using std::chrono::milliseconds;
using std::chrono::seconds;

// Milliseconds since 1970, the unit in which Redis keeps and propagates expiry.
using UnixMs = std::int64_t;

inline UnixMs unix_ms(WallTime wall) {
  return std::chrono::duration_cast<milliseconds>(wall.time_since_epoch()).count();
}
inline std::int64_t unix_seconds(WallTime wall) { return unix_ms(wall) / 1000; }

struct Now {
  Instant mono;
  WallTime wall;
};

constexpr Instant kNever = Instant::max();

}  // namespace replserver

#pragma once

#include <cstdint>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace replserver {

// SplitMix64. <random>'s distributions differ between standard libraries; a seed must not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15ull);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebull;
    return mixed ^ (mixed >> 31);
  }

  // Uniform in [0, limit). The multiplication's bias is below 2^-32 for every limit we use.
  std::uint64_t below(std::uint64_t limit) {
    RS_ASSERT(limit > 0);
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * limit) >> 64);
  }

  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }  // [0, 1)

  // Lower-case hex digits: run ids, replication ids.
  Bytes hex(std::size_t digits) {
    Bytes text(digits, '0');
    for (char& digit : text) digit = "0123456789abcdef"[next() & 15];
    return text;
  }

 private:
  std::uint64_t state_;
};

}  // namespace replserver

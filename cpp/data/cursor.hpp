// HashCursor — how far a walk through a table in hash order has come, finer than a segment.
//
//   0 ……… begin [ range: 2^(64-depth) hashes, home buckets 0 … home-1 passed ] ……… 2^64
//
// Says something about hashes and home buckets only, which no split, merge or move of an entry
// changes; so it stays true whatever the table does in between.
#pragma once

#include <cstdint>

namespace replserver {

struct HashCursor {
  std::uint64_t begin = 0;  // every hash below has been passed
  std::uint8_t depth = 0;   // the range is all hashes that share this many bits with `begin`
  std::uint8_t home = 0;    // home buckets of the range that have been passed
  bool done = false;

  bool in_range(std::uint64_t hash) const { return ((hash ^ begin) >> 1 >> (63 - depth)) == 0; }
  bool passed(std::uint64_t hash, unsigned home_of_hash) const {
    return done || hash < begin || (in_range(hash) && home_of_hash < home);
  }
  // The first hash behind the range; 0: there is none.
  std::uint64_t end() const { return ((begin >> 1 >> (63 - depth)) + 1) << 1 << (63 - depth); }
};

}  // namespace replserver

// The keyed hash of every table: SipHash-1-2, so that no client can aim keys at one bucket without
// the seed, which is drawn per node. Two nodes must never share a seed: a snapshot arrives in its
// sender's hash order and would fill the receiver's table segment by segment.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace replserver {

struct HashSeed {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

std::uint64_t keyed_hash(ByteView bytes, const HashSeed& seed);

}  // namespace replserver

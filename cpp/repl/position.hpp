#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace replserver {

// Names one history of writes; the wire calls it replid. 40 hex digits.
using HistoryId = Bytes;

// How many bytes of a history have gone by. The wire's count is one more.
using Offset = std::uint64_t;

struct Position {
  HistoryId history;
  Offset offset = 0;

  friend bool operator==(const Position&, const Position&) = default;
};

}  // namespace replserver

// Ranges of indices as clients give them: from either end, beyond both.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "command/context.hpp"

namespace replserver {

struct IndexRange {
  std::int64_t start = 0;
  std::int64_t stop = -1;  // the last one in it

  // Of so many elements: first and count.
  struct Part {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  Part of(std::size_t elements) const {
    const auto size = static_cast<std::int64_t>(elements);
    const std::int64_t first = std::max<std::int64_t>(start < 0 ? start + size : start, 0);
    const std::int64_t last = std::min(stop < 0 ? stop + size : stop, size - 1);
    if (first > last || first >= size) return {};
    return {static_cast<std::size_t>(first), static_cast<std::size_t>(last - first + 1)};
  }
};

// Nothing: one of the two words is no integer, which was told.
inline std::optional<IndexRange> read_index_range(Context& context, ByteView start, ByteView stop) {
  const auto from = Context::integer(start);
  if (!from) {
    context.reply.error(from.error());
    return std::nullopt;
  }
  const auto to = Context::integer(stop);
  if (!to) {
    context.reply.error(to.error());
    return std::nullopt;
  }
  return IndexRange{*from, *to};
}

}  // namespace replserver

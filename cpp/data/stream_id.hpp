// StreamId — where an entry stands in its stream: milliseconds, then a number within them. "5-1".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "base/numbers.hpp"

namespace replserver {

struct StreamId {
  std::uint64_t ms = 0;
  std::uint64_t seq = 0;

  static constexpr StreamId max() { return {UINT64_MAX, UINT64_MAX}; }
  friend auto operator<=>(const StreamId&, const StreamId&) = default;
  bool is_zero() const { return ms == 0 && seq == 0; }
  // Its neighbours; nothing beyond the smallest and the largest there are.
  std::optional<StreamId> next() const {
    if (seq != UINT64_MAX) return StreamId{ms, seq + 1};
    if (ms != UINT64_MAX) return StreamId{ms + 1, 0};
    return std::nullopt;
  }
  std::optional<StreamId> previous() const {
    if (seq != 0) return StreamId{ms, seq - 1};
    if (ms != 0) return StreamId{ms - 1, UINT64_MAX};
    return std::nullopt;
  }
};

// As a client sees it, without an allocation.
class StreamIdText {
 public:
  explicit StreamIdText(const StreamId& id) {
    size_ = format_unsigned(id.ms, text_);
    text_[size_++] = '-';
    size_ += format_unsigned(id.seq, text_ + size_);
  }
  operator ByteView() const { return ByteView(text_, size_); }

 private:
  char text_[2 * kIntegerTextMax + 1];
  std::size_t size_;
};

}  // namespace replserver

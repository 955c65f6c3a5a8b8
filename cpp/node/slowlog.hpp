// Slowlog — the last commands that took longer than slowlog-log-slower-than.
#pragma once

#include <cstdint>
#include <deque>

#include "base/bytes.hpp"
#include "command/command.hpp"

namespace replserver {

struct SlowEntry {
  std::uint64_t id;
  std::int64_t unix_time;
  std::int64_t microseconds;
  Words words;  // at most 32 of at most 128 bytes, the rest counted in the last one
  Bytes address, client_name;
};

class Slowlog {
 public:
  void add(Args words, std::int64_t unix_time, std::int64_t microseconds, const Bytes& address,
           const Bytes& client_name, std::size_t length_max);
  void limit(std::size_t length_max);  // slowlog-max-len may have changed
  void reset() { entries_.clear(); }
  const std::deque<SlowEntry>& entries() const { return entries_; }  // the newest first

 private:
  std::deque<SlowEntry> entries_;
  std::uint64_t next_id_ = 0;
};

}  // namespace replserver

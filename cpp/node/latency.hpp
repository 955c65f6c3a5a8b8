// LatencyMonitor — the last 160 spikes of each event that took latency-monitor-threshold or longer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "base/bytes.hpp"

namespace replserver {

class LatencyMonitor {
 public:
  static constexpr std::size_t kHistoryMax = 160;

  struct Spike {
    std::int64_t unix_time;
    std::int64_t milliseconds;
  };
  struct Event {
    std::deque<Spike> history;  // one per second at most: the worst
    std::int64_t max_milliseconds = 0;
  };

  void add(ByteView event, std::int64_t unix_time, std::int64_t milliseconds);
  std::size_t reset(ByteView event);  // how many events were forgotten: 0 or 1
  std::size_t reset_all();
  const std::map<Bytes, Event, std::less<>>& events() const { return events_; }

 private:
  std::map<Bytes, Event, std::less<>> events_;
};

}  // namespace replserver

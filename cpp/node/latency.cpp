#include "node/latency.hpp"

#include <algorithm>

namespace replserver {

void LatencyMonitor::add(ByteView event, std::int64_t unix_time, std::int64_t milliseconds) {
  auto found = events_.find(event);
  if (found == events_.end()) found = events_.emplace(event, Event()).first;

  Event& spikes = found->second;
  spikes.max_milliseconds = std::max(spikes.max_milliseconds, milliseconds);
  if (!spikes.history.empty() && spikes.history.back().unix_time == unix_time) {
    Spike& last = spikes.history.back();
    last.milliseconds = std::max(last.milliseconds, milliseconds);
    return;
  }
  spikes.history.push_back({unix_time, milliseconds});
  if (spikes.history.size() > kHistoryMax) spikes.history.pop_front();
}

std::size_t LatencyMonitor::reset(ByteView event) {
  const auto found = events_.find(event);
  if (found == events_.end()) return 0;
  events_.erase(found);
  return 1;
}

std::size_t LatencyMonitor::reset_all() {
  const std::size_t forgotten = events_.size();
  events_.clear();
  return forgotten;
}

}  // namespace replserver

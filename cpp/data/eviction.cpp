#include "data/eviction.hpp"

#include <algorithm>

namespace replserver {

std::uint64_t EvictionPool::score(EvictionPolicy policy, const Entry& entry,
                                  const AccessClock& clock) {
  switch (policy) {
    case EvictionPolicy::allkeys_lfu:
    case EvictionPolicy::volatile_lfu:
      return 255 - clock.counter(entry.access());
    case EvictionPolicy::volatile_ttl:
      return UINT64_MAX - static_cast<std::uint64_t>(entry.expiry().value_or(INT64_MAX));
    default:
      return clock.idle_seconds(entry.access());
  }
}

void EvictionPool::offer(std::uint64_t score, int database, const Entry& entry) {
  const auto place = std::lower_bound(
      candidates_.begin(), candidates_.end(), score,
      [](const Candidate& candidate, std::uint64_t value) { return candidate.score < value; });
  if (candidates_.size() == kSize && place == candidates_.begin()) return;
  for (auto same = place; same != candidates_.end() && same->score == score; ++same) {
    if (same->database == database && same->key == entry.key()) return;
  }
  candidates_.insert(place, Candidate{score, database, Bytes(entry.key())});
  if (candidates_.size() > kSize) candidates_.erase(candidates_.begin());
}

EvictionPool::Candidate EvictionPool::take() {
  Candidate best = std::move(candidates_.back());
  candidates_.pop_back();
  return best;
}

}  // namespace replserver

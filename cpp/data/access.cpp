#include "data/access.hpp"

namespace replserver {

void AccessClock::set_time(UnixMs now_ms) {
  const auto seconds = static_cast<std::uint32_t>(now_ms / 1000) & kMask;
  if (seconds == seconds_) return;
  seconds_ = seconds;
  minutes_ = static_cast<std::uint32_t>(now_ms / 60000) & 0xffff;
  refresh();
}

void AccessClock::set_rules(const AccessRules& rules) {
  rules_ = rules;
  refresh();
}

void AccessClock::refresh() { fresh_ = rules_.lfu ? (minutes_ << 8 | kFreshCounter) : seconds_; }

std::uint32_t AccessClock::counter(std::uint32_t access) const {
  const std::uint32_t counter = access & 255;
  if (rules_.lfu_decay_minutes <= 0) return counter;
  const std::uint32_t passed = (minutes_ - (access >> 8)) & 0xffff;
  const std::uint32_t periods = passed / static_cast<std::uint32_t>(rules_.lfu_decay_minutes);
  return periods > counter ? 0 : counter - periods;
}

// The higher the counter, the less likely one more use raises it: with the default factor 10 a
// million uses saturate its eight bits.
std::uint32_t AccessClock::touched_lfu(std::uint32_t access, Random& random) const {
  std::uint32_t count = counter(access);
  if (count < 255) {
    const double above = count > kFreshCounter ? count - kFreshCounter : 0;
    if (random.unit() < 1.0 / (above * rules_.lfu_log_factor + 1)) ++count;
  }
  return minutes_ << 8 | count;
}

}  // namespace replserver

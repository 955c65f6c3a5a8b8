#include "node/stats.hpp"

#include <numeric>

namespace replserver {

void Rate::sample(std::uint64_t total, Instant now) {
  if (started_ && now > last_at_) {
    const std::chrono::duration<double> passed = now - last_at_;
    samples_[next_] = static_cast<double>(total - last_total_) / passed.count();
    next_ = (next_ + 1) % samples_.size();
  }
  started_ = true;
  last_total_ = total;
  last_at_ = now;
}

// As in Redis, samples that were not taken yet count as nothing: a rate takes 1.6 s to build up.
double Rate::per_second() const {
  return std::accumulate(samples_.begin(), samples_.end(), 0.0) /
         static_cast<double>(samples_.size());
}

}  // namespace replserver

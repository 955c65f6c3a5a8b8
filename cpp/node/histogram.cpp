#include "node/histogram.hpp"

#include <cmath>

namespace replserver {

std::uint64_t Histogram::upper_bound(int bucket) {
  if (bucket < 2 * kPerDoubling) return static_cast<std::uint64_t>(bucket);
  const int doubling = bucket / kPerDoubling - 1;
  const std::uint64_t head = static_cast<std::uint64_t>(bucket % kPerDoubling + kPerDoubling);
  return ((head + 1) << doubling) - 1;
}

std::uint64_t Histogram::percentile(double percent) const {
  const auto wanted =
      static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100.0));
  std::uint64_t seen = 0;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[static_cast<std::size_t>(bucket)];
    if (seen >= wanted && seen > 0) return upper_bound(bucket);
  }
  return 0;
}

std::uint64_t Histogram::count_up_to(std::uint64_t value) const {
  std::uint64_t seen = 0;
  for (int bucket = 0; bucket < kBuckets && upper_bound(bucket) <= value; ++bucket) {
    seen += buckets_[static_cast<std::size_t>(bucket)];
  }
  return seen;
}

}  // namespace replserver

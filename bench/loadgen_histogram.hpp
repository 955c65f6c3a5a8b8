// Histogram — latencies in nanoseconds, in buckets that widen with the value.
//
// Below 256 every value has its own bucket, above each power of two is cut in 128: any figure read
// back is right to within 1 %. Recording is O(1) and allocates nothing; longer than 18 minutes
// counts as 18 minutes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace loadgen {

class Histogram {
 public:
  void record(std::uint64_t value, std::uint64_t times = 1) {
    value = std::min(value, kMax);
    counts_[bucket_of(value)] += times;
    total_ += times;
    max_ = std::max(max_, value);
  }

  std::uint64_t total() const { return total_; }
  std::uint64_t max() const { return max_; }

  // The smallest bucket edge that at least `share` (0 to 1) of the recorded values do not exceed.
  std::uint64_t at(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen >= wanted && seen > 0) return std::min(last_of(bucket), max_);
    }
    return max_;
  }

  // How many values lie in buckets wholly above `value`.
  std::uint64_t above(std::uint64_t value) const {
    std::uint64_t seen = 0;
    for (std::size_t bucket = bucket_of(std::min(value, kMax)) + 1; bucket < counts_.size();
         ++bucket) {
      seen += counts_[bucket];
    }
    return seen;
  }

  void clear() { *this = Histogram(); }

 private:
  static constexpr int kBits = 7;
  static constexpr std::uint64_t kMax = (1ull << 40) - 1;

  static std::size_t bucket_of(std::uint64_t value) {
    const int width = static_cast<int>(std::bit_width(value));
    if (width <= kBits + 1) return value;
    const int shift = width - kBits - 1;
    return (static_cast<std::size_t>(shift) << kBits) + (value >> shift);
  }

  static std::uint64_t last_of(std::size_t bucket) {
    if (bucket < (2u << kBits)) return bucket;
    const std::size_t shift = (bucket >> kBits) - 1;
    const std::uint64_t mantissa = bucket - (shift << kBits);
    return ((mantissa + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (40 - kBits + 1) << kBits> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace loadgen

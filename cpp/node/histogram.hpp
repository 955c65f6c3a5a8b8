// Histogram — how long things took, in buckets that grow by about 6 %: 16 per doubling.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace replserver {

class Histogram {
 public:
  static constexpr int kPerDoubling = 16;
  static constexpr int kBuckets = 40 * kPerDoubling;  // up to about 2^43 ns, two hours

  void add(std::uint64_t value) {
    ++buckets_[static_cast<std::size_t>(bucket_of(value))];
    ++count_;
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t percentile(double percent) const;  // the upper bound of the bucket it lies in
  std::uint64_t count_up_to(std::uint64_t value) const;
  std::uint64_t max() const { return percentile(100); }

 private:
  static int bucket_of(std::uint64_t value) {
    if (value < kPerDoubling) return static_cast<int>(value);
    const int doubling = std::bit_width(value) - 5;  // value >> doubling lies in [16, 32)
    const int bucket = doubling * kPerDoubling + static_cast<int>(value >> doubling);
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  static std::uint64_t upper_bound(int bucket);

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace replserver

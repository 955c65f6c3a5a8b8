// Intset — a small set of integers in one block of bytes, laid out exactly as an RDB file has it.
//
//   width 4 | count 4 | value × count         little-endian, sorted, each `width` bytes: 2, 4 or 8
//
// IntsetView reads what an entry of the keyspace, or a checked payload, holds. Intset owns the bytes
// while they change. The width is that of the widest value that ever was in it: as in Redis, taking
// values out does not narrow it.
//
// Invariant: the values rise.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/random.hpp"
#include "base/result.hpp"
#include "data/packed_buffer.hpp"

namespace replserver {

class IntsetView {
 public:
  // Bytes that are known to be an intset; nothing is read beyond what they say.
  explicit IntsetView(const void* bytes) : data_(static_cast<const unsigned char*>(bytes)) {}
  // Of bytes that come from outside. Redis never writes an empty one, and refuses it.
  static Result<IntsetView> check(ByteView bytes, PackedCheck check);

  std::size_t width() const { return load_packed<std::uint32_t>(data_); }
  std::size_t count() const { return load_packed<std::uint32_t>(data_ + 4); }
  std::size_t size() const { return kHeaderSize + width() * count(); }  // in bytes
  ByteView bytes() const { return ByteView(reinterpret_cast<const char*>(data_), size()); }

  std::int64_t at(std::size_t index) const;  // in ascending order
  std::int64_t random(Random& random) const { return at(random.below(count())); }
  bool contains(std::int64_t value) const {
    const std::size_t index = lower_bound(value);
    return index < count() && at(index) == value;
  }
  // How many are less: where the value is, or would be.
  std::size_t lower_bound(std::int64_t value) const;

 private:
  friend class Intset;
  static constexpr std::size_t kHeaderSize = 8;

  static std::size_t width_of(std::int64_t value) {
    if (value >= INT16_MIN && value <= INT16_MAX) return 2;
    return value >= INT32_MIN && value <= INT32_MAX ? 4 : 8;
  }
  static std::int64_t load(const unsigned char* from, std::size_t width) {
    if (width == 2) return load_packed<std::int16_t>(from);
    return width == 4 ? load_packed<std::int32_t>(from) : load_packed<std::int64_t>(from);
  }

  const unsigned char* data_;
};

class Intset {
 public:
  explicit Intset(Arena& arena);  // empty
  static Intset copy_of(Arena& arena, IntsetView view);
  // Takes over what release() gave; whoever keeps the address must now take the next one.
  static Intset adopt(Arena& arena, void* bytes);
  // Gives the bytes away, for an entry to keep; this may not be used afterwards.
  void* release() { return buffer_.release(view().size()); }

  IntsetView view() const { return IntsetView(buffer_.data()); }
  // Before many values are added: so many of the present width.
  void reserve(std::size_t more) {
    buffer_.reserve(view().size(), view().size() + more * view().width());
  }

  bool add(std::int64_t value);     // false: it is there already
  bool remove(std::int64_t value);  // false: it is not there

 private:
  explicit Intset(PackedBuffer buffer) : buffer_(std::move(buffer)) {}
  void add_wider(std::int64_t value);
  void store_header(std::size_t width, std::size_t count);

  PackedBuffer buffer_;
};

inline std::int64_t IntsetView::at(std::size_t index) const {
  RS_ASSERT(index < count());
  return load(data_ + kHeaderSize + index * width(), width());
}

}  // namespace replserver

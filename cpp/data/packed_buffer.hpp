// PackedBuffer — the block of bytes of one packed value, taken from its database's arena.
//
//   | header, which tells the size | elements … | unused |
//   |<----------------- size ------------------>|
//   |<---------------- capacity(size) ----------------->|
//
// An entry keeps nothing but the block's address: the value's own header tells its size, and the
// size alone tells how large a block it was given. While a PackedBuffer owns the block, it may be
// larger than that, so that many changes in a row move it once; release() makes it fit again.
//
// Invariant: a block that nobody edits takes capacity(size) bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "data/arena.hpp"

namespace replserver {

static_assert(std::endian::native == std::endian::little, "packed values are read where they lie");

// How far to mistrust bytes from outside. What passed `header` alone may be read only if whoever
// wrote it is trusted; what passed `whole` can be read and edited like our own.
enum class PackedCheck { header, whole };

// Numbers in packed values are little-endian, and rarely aligned.
template <class Number>
Number load_packed(const unsigned char* from) {
  Number value;
  std::memcpy(&value, from, sizeof value);
  return value;
}
template <class Number>
void store_packed(unsigned char* to, Number value) {
  std::memcpy(to, &value, sizeof value);
}

class PackedBuffer {
 public:
  PackedBuffer(Arena& arena, std::size_t size)  // a new one, of undefined content
      : arena_(&arena), capacity_(capacity(size)), data_(allocate(capacity_)) {}
  // Takes over what release() gave, whose header tells this size.
  PackedBuffer(Arena& arena, void* bytes, std::size_t size)
      : arena_(&arena), capacity_(capacity(size)), data_(static_cast<unsigned char*>(bytes)) {}
  ~PackedBuffer() {
    if (data_ != nullptr) arena_->release(data_, capacity_);
  }
  PackedBuffer(PackedBuffer&& other) noexcept
      : arena_(other.arena_),
        capacity_(other.capacity_),
        data_(std::exchange(other.data_, nullptr)) {}
  PackedBuffer& operator=(PackedBuffer&& other) noexcept {
    std::swap(arena_, other.arena_);
    std::swap(capacity_, other.capacity_);
    std::swap(data_, other.data_);
    return *this;
  }

  unsigned char* data() const { return data_; }
  bool holds(const void* address) const {
    const auto* byte = static_cast<const unsigned char*>(address);
    return byte >= data_ && byte < data_ + capacity_;
  }

  // Replaces `removed` bytes at `at` by `inserted` ones of undefined content, which it returns; what
  // follows them moves along. `size` is the value's size before.
  unsigned char* splice(std::size_t size, std::size_t at, std::size_t removed,
                        std::size_t inserted) {
    RS_ASSERT(at <= size && removed <= size - at);
    const std::size_t kept = at + removed;
    if (size - removed + inserted > capacity_) {
      move_apart(size, at, kept, at + inserted);
    } else if (removed != inserted) {
      std::memmove(data_ + at + inserted, data_ + kept, size - kept);
    }
    return data_ + at;
  }
  // Makes room, so that growing up to `wanted` bytes in all does not move the block.
  void reserve(std::size_t size, std::size_t wanted) {
    if (wanted > capacity_) relocate(size, capacity(wanted));
  }

  // Gives the block away, for an entry to keep. This is empty afterwards.
  void* release(std::size_t size) {
    if (const std::size_t fitting = capacity(size); fitting != capacity_) relocate(size, fitting);
    return std::exchange(data_, nullptr);
  }

  // Rises with the size, in steps of at most an eighth.
  static std::size_t capacity(std::size_t size) {
    if (size <= Arena::kSlotMax) return Arena::rounded(size);
    const unsigned step = static_cast<unsigned>(std::bit_width(size - 1)) - 4;  // as a power of two
    return (((size - 1) >> step) + 1) << step;
  }
  // What a value of this size takes from its arena.
  static std::size_t memory(std::size_t size) { return Arena::rounded(capacity(size)); }

 private:
  unsigned char* allocate(std::size_t capacity) {
    return static_cast<unsigned char*>(arena_->allocate(capacity));
  }
  void relocate(std::size_t size, std::size_t capacity);
  // Into a larger block: the first `at` bytes stay where they are, those from `kept` on go to `to`.
  void move_apart(std::size_t size, std::size_t at, std::size_t kept, std::size_t to);

  Arena* arena_;
  std::size_t capacity_;
  unsigned char* data_;
};

}  // namespace replserver

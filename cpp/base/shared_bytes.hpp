// SharedBytes — a counted reference to a byte string that several owners read: a big value, the
// replies that send it, a snapshot that still needs its old state. Whoever finds itself the only
// owner may change the bytes in place.
//
// The count is plain, not atomic: every owner lives on the node's one thread.
#pragma once

#include <cstddef>
#include <utility>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace replserver {

class SharedBytes {
 public:
  struct Block {  // one allocation; the bytes follow
    std::size_t references;
    std::size_t size;
    std::size_t capacity;
    char* data() { return reinterpret_cast<char*>(this + 1); }
  };

  SharedBytes() = default;
  static SharedBytes copy_of(ByteView bytes, std::size_t capacity = 0);
  static SharedBytes adopt(Block* block) { return SharedBytes(block); }  // takes over one reference

  SharedBytes(const SharedBytes& other) : block_(other.block_) {
    if (block_) ++block_->references;
  }
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBytes() { drop(block_); }

  explicit operator bool() const { return block_ != nullptr; }
  ByteView view() const { return block_ ? ByteView(block_->data(), block_->size) : ByteView(); }
  std::size_t size() const { return block_ ? block_->size : 0; }
  char* data() { return block_ ? block_->data() : nullptr; }  // to write: for the only owner
  std::size_t capacity() const { return block_ ? block_->capacity : 0; }
  bool only_owner() const { return block_ && block_->references == 1; }
  // Hands the reference over to a raw pointer (an entry's value); adopt() takes it back.
  Block* release() { return std::exchange(block_, nullptr); }

  static Block* allocate(std::size_t capacity);  // one reference, size 0
  static void drop(Block* block) {               // one reference less; the last one frees
    if (block && --block->references == 0) free_block(block);
  }

 private:
  static void free_block(Block* block);
  explicit SharedBytes(Block* block) : block_(block) {}
  Block* block_ = nullptr;
};

}  // namespace replserver

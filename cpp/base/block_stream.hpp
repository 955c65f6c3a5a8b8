// BlockStream — a stream of bytes that grows at its end and is forgotten from its beginning.
//
//   begin() ──────────────── kept ──────────────── end()
//   [ block ][ block ][ block ] …         block of an offset = (offset - base) / block size
//
// Blocks have one size, so whoever reads is one integer, its next offset, and costs nothing more: the
// one copy of the bytes serves any number of readers. Steady flow allocates nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/bytes.hpp"

namespace replserver {

class BlockStream {
 public:
  explicit BlockStream(std::size_t block_size, std::uint64_t start = 0)
      : block_size_(block_size), base_(start), begin_(start), end_(start) {}

  std::uint64_t begin() const { return begin_; }  // the oldest offset from which it can be read
  std::uint64_t end() const { return end_; }
  std::size_t block_size() const { return block_size_; }
  std::size_t memory() const { return (blocks_.size() + spare_.size()) * block_size_; }

  void append(ByteView bytes);
  // At least `size` bytes of the last block, to be written in place and then committed; nullptr when
  // they would not lie in one block.
  char* room(std::size_t size);
  void commit(std::size_t written) { end_ += written; }

  // The bytes from `offset` on, as far as they lie in one block; empty at end(). Stays valid while
  // they are kept.
  ByteView read(std::uint64_t offset) const;
  // Nobody will read what is older; whole blocks of it are used again.
  void forget(std::uint64_t before);

 private:
  using Block = std::unique_ptr<char[]>;

  std::size_t used_in_last() const {
    return blocks_.empty()
               ? block_size_
               : static_cast<std::size_t>(end_ - base_) - (blocks_.size() - 1) * block_size_;
  }
  void add_block();

  std::size_t block_size_;
  std::uint64_t base_;  // offset of the first byte of blocks_.front()
  std::uint64_t begin_;
  std::uint64_t end_;
  std::deque<Block> blocks_;
  std::vector<Block> spare_;  // at most one
};

}  // namespace replserver

// Backlog — the last bytes of our history, and the only copy of what was written.
//
//   first() ─────────────── kept bytes ─────────────── end()
//   [ block 0 ][ block 1 ][ block 2 ] …     block of an offset = (offset - base) / kBlockSize
//
// Blocks have one size, so whoever reads it is one integer, its next offset, and costs nothing
// more. Bytes older than capacity() are forgotten, a block at a time. Owned by the Node.
//
// Invariant: end() - first() <= capacity() + one block; a view is valid until the next append().
#pragma once

#include <deque>
#include <memory>

#include "base/bytes.hpp"
#include "repl/position.hpp"

namespace replserver {

class Backlog {
 public:
  static constexpr std::size_t kBlockSize = 64 * 1024;
  static constexpr std::size_t kCapacityMin = 16 * 1024;

  Backlog(Offset start, std::size_t capacity);

  Offset first() const { return first_; }  // the oldest offset from which it can be read
  Offset end() const { return end_; }
  std::size_t capacity() const { return capacity_; }
  std::size_t memory() const { return (blocks_.size() + spare_.size()) * kBlockSize; }

  void append(ByteView bytes);
  void resize(std::size_t capacity);
  // The bytes from `offset` on, as far as they lie in one block; empty at end().
  ByteView read(Offset offset) const;

 private:
  using Block = std::unique_ptr<char[]>;

  void forget();

  std::size_t capacity_;
  Offset base_;  // offset of the first byte of blocks_.front()
  Offset first_;
  Offset end_;
  std::deque<Block> blocks_;
  std::vector<Block> spare_;  // at most one, so that a steady flow allocates nothing
};

}  // namespace replserver

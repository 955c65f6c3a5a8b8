// Backlog — the last bytes of our history, the only copy of what was written: replicas read it where
// it lies, and one that was away resumes in it.
//
//   begin() ─── pinned ─── first() ─────── may be resumed from ─────── end()
//
// Bytes older than capacity() cannot be resumed from; those that a slow reader still needs are kept
// for it alone. Owned by the Node.
//
// Invariant: end() - first() <= capacity(); a view is valid until the next append() or pin().
#pragma once

#include "base/block_stream.hpp"
#include "repl/position.hpp"

namespace replserver {

class Backlog {
 public:
  static constexpr std::size_t kBlockSize = 64 * 1024;
  static constexpr std::size_t kCapacityMin = 16 * 1024;
  static constexpr Offset kNoPin = UINT64_MAX;

  Backlog(Offset start, std::size_t capacity);

  Offset first() const { return first_; }  // the oldest offset from which one may resume
  Offset begin() const { return bytes_.begin(); }
  Offset end() const { return bytes_.end(); }
  std::size_t capacity() const { return capacity_; }
  std::size_t memory() const { return bytes_.memory(); }

  void append(ByteView bytes);
  void resize(std::size_t capacity);
  // What lies before `offset` is needed by no reader; kNoPin: there are none.
  void pin(Offset offset);
  // The bytes from `offset` on, as far as they lie in one block; empty at end().
  ByteView read(Offset offset) const { return bytes_.read(offset); }
  Bytes tail(Offset from) const;  // all from there on; or from begin() on, if that is later

 private:
  void forget();

  BlockStream bytes_;
  std::size_t capacity_;
  Offset first_;
  Offset pinned_ = kNoPin;
};

}  // namespace replserver

// Output — the bytes a link still has to send, in order: blocks we wrote and shared bytes that are
// sent from where they live.
//
//   append … append_shared … append      views() ──> socket ──> sent(n)
//
// Owned by a link's session. A drained Output keeps one block to go on with; shrink() takes it, so
// that an idle connection costs little. Views are valid until the next append, truncate, insert or
// sent.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "base/bytes.hpp"
#include "base/shared_bytes.hpp"

namespace replserver::resp {

class Output {
 public:
  static constexpr std::size_t kSmallBlockSize = 1024;  // the first one
  static constexpr std::size_t kBlockSize = 16 * 1024;
  static constexpr std::size_t kShareFrom = 16 * 1024;  // smaller values are copied

  Output() = default;
  Output(Output&& other) noexcept;
  Output& operator=(Output&& other) noexcept;

  // Room for at least `size` more contiguous bytes; commit() says how many were written.
  char* reserve(std::size_t size) {
    if (static_cast<std::size_t>(end_ - tail_) < size) [[unlikely]]
      grow(size);
    return tail_;
  }
  void commit(std::size_t size) {
    tail_ += size;
    size_ += size;
  }
  void append(ByteView bytes) {
    if (bytes.size() > static_cast<std::size_t>(end_ - tail_)) [[unlikely]] {
      append_across_blocks(bytes);
      return;
    }
    if (bytes.empty()) return;  // memcpy takes no null pointer, not even for nothing
    std::memcpy(tail_, bytes.data(), bytes.size());
    commit(bytes.size());
  }
  void append_shared(SharedBytes bytes);

  std::size_t size() const { return size_; }  // bytes not yet sent
  bool empty() const { return size_ == 0; }
  std::size_t memory() const;  // what this output makes us hold

  // At most `count_max` pieces from the front, none of them empty.
  void views(std::vector<ByteView>& pieces, std::size_t count_max = 64) const;
  void sent(std::size_t size);
  void clear();
  void shrink();  // of a link that has been idle: a drained output otherwise keeps a block to go on with

  // What was appended after a mark can be taken back, or be given a late header, until the next
  // sent().
  std::size_t mark() const { return size_; }
  void truncate(std::size_t mark);
  void insert(std::size_t mark, ByteView header);  // for an array whose length was not known

 private:
  struct Piece {
    char* begin;        // the unsent part of it, in `owner`
    char* end;          // not kept up to date in the last piece: tail_ is
    SharedBytes owner;  // one of our blocks, or what append_shared() was given
    bool is_block;      // ours: further pieces may lie behind this one in the same block
  };

  void grow(std::size_t size);
  void append_across_blocks(ByteView bytes);
  std::size_t length(std::size_t index) const;
  void close_last_piece();
  void leave_block();
  void release(Piece& piece);

  // While block_ is set, the last piece is its open end, perhaps empty, and reaches up to tail_.
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;  // pieces before it are sent
  SharedBytes block_;      // being written
  char* tail_ = nullptr;   // where the next byte goes
  char* end_ = nullptr;    // of block_
  std::size_t size_ = 0;
  std::size_t held_ = 0;  // capacities of the blocks and sizes of the shared bytes in pieces_
};

}  // namespace replserver::resp

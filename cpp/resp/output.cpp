#include "resp/output.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/assert.hpp"

namespace replserver::resp {
namespace {

using Block = SharedBytes::Block;

// Behind a shared piece the rest of a block is used on, unless it is too short for a header.
constexpr std::size_t kRestWorthUsing = 64;
// Bookkeeping for more pieces than this is given back when the output is drained.
constexpr std::size_t kPiecesKept = 16;

}  // namespace

Output::Output(Output&& other) noexcept { *this = std::move(other); }

Output& Output::operator=(Output&& other) noexcept {
  pieces_ = std::exchange(other.pieces_, {});
  first_ = std::exchange(other.first_, 0);
  block_ = std::exchange(other.block_, {});
  tail_ = std::exchange(other.tail_, nullptr);
  end_ = std::exchange(other.end_, nullptr);
  size_ = std::exchange(other.size_, 0);
  held_ = std::exchange(other.held_, 0);
  return *this;
}

std::size_t Output::memory() const { return held_ + pieces_.capacity() * sizeof(Piece); }

void Output::append_shared(SharedBytes bytes) {
  if (bytes.size() < kShareFrom) {
    append(bytes.view());
    return;
  }
  close_last_piece();
  size_ += bytes.size();
  held_ += bytes.size();
  char* const begin = bytes.data();
  char* const end = begin + bytes.size();
  pieces_.push_back({begin, end, std::move(bytes), false});

  if (static_cast<std::size_t>(end_ - tail_) >= kRestWorthUsing) {
    pieces_.push_back({tail_, tail_, block_, true});
  } else {
    leave_block();
  }
}

void Output::append_across_blocks(ByteView bytes) {
  while (!bytes.empty()) {
    if (tail_ == end_) grow(bytes.size());
    const std::size_t fits = std::min(bytes.size(), static_cast<std::size_t>(end_ - tail_));
    std::memcpy(tail_, bytes.data(), fits);
    commit(fits);
    bytes.remove_prefix(fits);
  }
}

void Output::views(std::vector<ByteView>& pieces, std::size_t count_max) const {
  for (std::size_t index = first_; index < pieces_.size() && count_max > 0; ++index) {
    if (length(index) == 0) continue;
    pieces.emplace_back(pieces_[index].begin, length(index));
    --count_max;
  }
}

void Output::sent(std::size_t size) {
  RS_ASSERT(size <= size_);
  if (size == size_) {
    clear();
    return;
  }
  size_ -= size;
  while (size >= length(first_)) {  // ends before the last piece: something is left
    size -= length(first_);
    release(pieces_[first_]);
    ++first_;
  }
  pieces_[first_].begin += size;

  if (first_ > kPiecesKept && first_ > pieces_.size() / 2) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Output::clear() {
  if (pieces_.capacity() > kPiecesKept) pieces_ = std::vector<Piece>();
  pieces_.clear();
  first_ = 0;
  size_ = 0;
  held_ = 0;
  if (block_.capacity() > kBlockSize) block_ = {};
  tail_ = end_ = nullptr;
  if (!block_) return;

  tail_ = block_.data();
  end_ = tail_ + block_.capacity();
  held_ = block_.capacity();
  pieces_.push_back({tail_, tail_, block_, true});
}

void Output::shrink() {
  if (!empty()) return;
  block_ = {};
  pieces_ = std::vector<Piece>();
  clear();
}

void Output::truncate(std::size_t mark) {
  RS_ASSERT(mark <= size_);
  std::size_t excess = size_ - mark;
  size_ = mark;

  // The open end of the block stays where it is, so that writing goes on there.
  std::optional<Piece> open;
  if (block_) {
    const std::size_t cut = std::min(excess, length(pieces_.size() - 1));
    tail_ -= cut;
    excess -= cut;
    open = std::move(pieces_.back());
    pieces_.pop_back();
  }
  for (; excess > 0; pieces_.pop_back()) {
    Piece& last = pieces_.back();
    const std::size_t size = static_cast<std::size_t>(last.end - last.begin);
    if (excess < size) {
      last.end -= excess;
      break;
    }
    excess -= size;
    release(last);
  }
  if (open) pieces_.push_back(*std::move(open));
}

void Output::insert(std::size_t mark, ByteView header) {
  RS_ASSERT(mark <= size_);
  std::size_t behind = size_ - mark;  // bytes that must come after the header
  if (behind == 0 || header.empty()) {
    append(header);
    return;
  }
  std::size_t index = pieces_.size() - 1;
  for (; behind > length(index); --index) behind -= length(index);

  const bool in_open_end = block_ && index == pieces_.size() - 1;
  if (in_open_end && header.size() <= static_cast<std::size_t>(end_ - tail_)) {
    char* const at = tail_ - behind;
    std::memmove(at + header.size(), at, behind);
    std::memcpy(at, header.data(), header.size());
    commit(header.size());
    return;
  }

  // No room at the place: the piece is split there, and the header becomes a piece of its own.
  if (behind < length(index)) {
    Piece& whole = pieces_[index];
    RS_ASSERT(whole.is_block);  // nobody can have put a mark into shared bytes
    char* const at = whole.begin + (length(index) - behind);
    Piece front{whole.begin, at, whole.owner, true};
    whole.begin = at;
    pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(index), std::move(front));
    ++index;
  }
  SharedBytes owner = SharedBytes::copy_of(header);
  char* const begin = owner.data();
  held_ += owner.capacity();
  size_ += header.size();
  pieces_.insert(pieces_.begin() + static_cast<std::ptrdiff_t>(index),
                 {begin, begin + header.size(), std::move(owner), true});
}

void Output::grow(std::size_t size) {
  close_last_piece();
  leave_block();
  const bool first = pieces_.size() == first_;
  const std::size_t usual = (first ? kSmallBlockSize : kBlockSize) - sizeof(Block);
  const std::size_t big = kBlockSize - sizeof(Block);
  block_ = SharedBytes::adopt(SharedBytes::allocate(size <= usual ? usual : std::max(size, big)));
  tail_ = block_.data();
  end_ = tail_ + block_.capacity();
  held_ += block_.capacity();
  pieces_.push_back({tail_, tail_, block_, true});
}

std::size_t Output::length(std::size_t index) const {
  const bool open = block_ && index == pieces_.size() - 1;
  return static_cast<std::size_t>((open ? tail_ : pieces_[index].end) - pieces_[index].begin);
}

void Output::close_last_piece() {
  if (!block_) return;
  pieces_.back().end = tail_;
  if (pieces_.back().begin == tail_) pieces_.pop_back();  // block_ still holds its block
}

void Output::leave_block() {
  if (block_.only_owner()) held_ -= block_.capacity();
  block_ = {};
  tail_ = end_ = nullptr;
}

void Output::release(Piece& piece) {
  if (!piece.is_block) {
    held_ -= piece.owner.size();
  } else if (piece.owner.only_owner()) {
    held_ -= piece.owner.capacity();
  }
  piece.owner = {};
}

}  // namespace replserver::resp

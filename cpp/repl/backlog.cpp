#include "repl/backlog.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"

namespace replserver {

Backlog::Backlog(Offset start, std::size_t capacity)
    : capacity_(std::max(capacity, kCapacityMin)), base_(start), first_(start), end_(start) {}

void Backlog::append(ByteView bytes) {
  while (!bytes.empty()) {
    const std::size_t used = static_cast<std::size_t>(end_ - base_) -
                             (blocks_.empty() ? 0 : (blocks_.size() - 1) * kBlockSize);
    if (blocks_.empty() || used == kBlockSize) {
      if (spare_.empty()) {
        blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockSize));
      } else {
        blocks_.push_back(std::move(spare_.back()));
        spare_.pop_back();
      }
      continue;
    }
    const std::size_t part = std::min(bytes.size(), kBlockSize - used);
    std::memcpy(blocks_.back().get() + used, bytes.data(), part);
    bytes.remove_prefix(part);
    end_ += part;
  }
  forget();
}

void Backlog::resize(std::size_t capacity) {
  capacity_ = std::max(capacity, kCapacityMin);
  forget();
}

// Exactly capacity_ bytes may be resumed from, as INFO tells; memory goes back by whole blocks.
void Backlog::forget() {
  if (end_ - first_ > capacity_) first_ = end_ - capacity_;
  while (first_ - base_ >= kBlockSize) {
    if (spare_.empty()) spare_.push_back(std::move(blocks_.front()));
    blocks_.pop_front();
    base_ += kBlockSize;
  }
}

ByteView Backlog::read(Offset offset) const {
  RS_ASSERT(offset >= first_ && offset <= end_);
  if (offset == end_) return {};
  const std::size_t index = static_cast<std::size_t>(offset - base_) / kBlockSize;
  const std::size_t inside = static_cast<std::size_t>(offset - base_) % kBlockSize;
  const std::size_t left = static_cast<std::size_t>(end_ - offset);
  return {blocks_[index].get() + inside, std::min(left, kBlockSize - inside)};
}

}  // namespace replserver

#include "base/block_stream.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"

namespace replserver {

void BlockStream::add_block() {
  if (spare_.empty()) {
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_size_));
  } else {
    blocks_.push_back(std::move(spare_.back()));
    spare_.pop_back();
  }
}

void BlockStream::append(ByteView bytes) {
  while (!bytes.empty()) {
    std::size_t used = used_in_last();
    if (used == block_size_) {
      add_block();
      used = used_in_last();
    }
    const std::size_t part = std::min(bytes.size(), block_size_ - used);
    std::memcpy(blocks_.back().get() + used, bytes.data(), part);
    bytes.remove_prefix(part);
    end_ += part;
  }
}

char* BlockStream::room(std::size_t size) {
  if (size > block_size_) return nullptr;
  if (used_in_last() == block_size_) add_block();
  const std::size_t used = used_in_last();
  return block_size_ - used >= size ? blocks_.back().get() + used : nullptr;
}

ByteView BlockStream::read(std::uint64_t offset) const {
  RS_ASSERT(offset >= begin_ && offset <= end_);
  if (offset == end_) return {};
  const std::size_t index = static_cast<std::size_t>(offset - base_) / block_size_;
  const std::size_t inside = static_cast<std::size_t>(offset - base_) % block_size_;
  const auto left = static_cast<std::size_t>(end_ - offset);
  return {blocks_[index].get() + inside, std::min(left, block_size_ - inside)};
}

void BlockStream::forget(std::uint64_t before) {
  begin_ = std::clamp(before, begin_, end_);
  while (begin_ - base_ >= block_size_) {
    if (spare_.empty()) spare_.push_back(std::move(blocks_.front()));
    blocks_.pop_front();
    base_ += block_size_;
  }
}

}  // namespace replserver

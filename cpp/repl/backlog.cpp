#include "repl/backlog.hpp"

#include <algorithm>

namespace replserver {

Backlog::Backlog(Offset start, std::size_t capacity)
    : bytes_(kBlockSize, start), capacity_(std::max(capacity, kCapacityMin)), first_(start) {}

void Backlog::append(ByteView bytes) {
  bytes_.append(bytes);
  forget();
}

void Backlog::resize(std::size_t capacity) {
  capacity_ = std::max(capacity, kCapacityMin);
  forget();
}

void Backlog::pin(Offset offset) {
  pinned_ = offset;
  forget();
}

Bytes Backlog::tail(Offset from) const {
  Bytes bytes;
  for (Offset at = std::max(from, begin()); at < end();) {
    const ByteView piece = read(at);
    bytes += piece;
    at += piece.size();
  }
  return bytes;
}

// Exactly capacity_ bytes may be resumed from, as INFO tells; memory goes back by whole blocks.
void Backlog::forget() {
  if (end() - first_ > capacity_) first_ = end() - capacity_;
  bytes_.forget(std::min(first_, pinned_));
}

}  // namespace replserver

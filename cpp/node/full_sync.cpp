#include "node/full_sync.hpp"

#include "base/assert.hpp"

namespace replserver {

FullSync::FullSync(const RdbFormat& format, bool is_marked, Bytes mark)
    : writer_(format), is_marked_(is_marked), mark_(std::move(mark)) {}

void FullSync::finish() {
  writer_.finish();
  finished_ = true;
}

Bytes FullSync::header() const {
  if (is_marked_) return "$EOF:" + mark_ + "\r\n";
  RS_ASSERT(finished_);
  return "$" + std::to_string(size()) + "\r\n";
}

std::uint64_t FullSync::available() const {
  if (!is_marked_ && !finished_) return 0;
  return size() + (finished_ && is_marked_ ? mark_.size() : 0);
}

void FullSync::views(std::uint64_t place, std::vector<ByteView>& pieces,
                     std::size_t count_max) const {
  const std::uint64_t end = available();
  while (place < end && pieces.size() < count_max) {
    const ByteView piece = place < size()
                               ? writer_.stream().read(place)
                               : ByteView(mark_).substr(static_cast<std::size_t>(place - size()));
    pieces.push_back(piece);
    place += piece.size();
  }
}

}  // namespace replserver

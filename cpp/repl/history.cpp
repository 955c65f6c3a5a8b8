#include "repl/history.hpp"

#include "base/assert.hpp"

namespace replserver {

Sync History::sync_for(const Position& wanted, Offset oldest) const {
  RS_ASSERT(oldest <= offset());

  const bool ours = wanted.history == current_.history;
  const bool shared =
      former_ && wanted.history == former_->history && wanted.offset <= former_->offset;
  if (!ours && !shared) return Sync::full;

  // A replica ahead of us holds bytes that we never wrote: not our prefix, whatever name it gives.
  if (wanted.offset > offset()) return Sync::full;

  return wanted.offset < oldest ? Sync::full : Sync::partial;
}

void History::continue_as(HistoryId id) {
  RS_ASSERT(id != current_.history);
  former_ = current_;
  current_.history = std::move(id);
}

void History::rename(HistoryId id) {
  current_.history = std::move(id);
  former_.reset();
}

void History::adopt(Position position) {
  current_ = std::move(position);
  former_.reset();
}

}  // namespace replserver

#include "repl/history.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace replserver {

Sync History::sync_for(const Position& wanted, Offset oldest) const {
  RS_ASSERT(oldest <= offset());

  const bool ours = wanted.history == current_.history;
  const bool shared =
      former_ && wanted.history == former_->history && wanted.offset <= former_->offset;
  if (!ours && !shared) return Sync::full;

  // A replica ahead of us holds bytes that we never wrote: not our prefix, whatever name it gives.
  if (wanted.offset > offset() && !mutated(Mutant::resumes_past_the_end)) return Sync::full;
  if (mutated(Mutant::refuses_the_end) && wanted.offset == offset()) return Sync::full;
  if (mutated(Mutant::refuses_the_beginning) && wanted.offset == oldest) return Sync::full;

  return wanted.offset < oldest ? Sync::full : Sync::partial;
}

void History::continue_as(HistoryId id) {
  RS_ASSERT(id != current_.history);
  former_ = current_;
  if (mutated(Mutant::shares_one_byte_too_many)) ++former_->offset;
  if (mutated(Mutant::former_history_never_ends)) former_->offset = INT64_MAX - 1;
  if (mutated(Mutant::forgets_the_former_history)) former_.reset();
  current_.history = std::move(id);
}

void History::rename(HistoryId id) {
  current_.history = std::move(id);
  former_.reset();
}

void History::adopt(Position position) {
  if (mutated(Mutant::shares_history_after_full_sync)) former_ = current_;
  current_ = std::move(position);
  if (!mutated(Mutant::shares_history_after_full_sync)) former_.reset();
}

}  // namespace replserver

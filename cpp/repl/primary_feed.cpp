#include "repl/primary_feed.hpp"

#include "base/mutant.hpp"

namespace replserver {

void PrimaryFeed::begin_payload(Offset at, Instant now) {
  phase_ = Phase::payload;
  cursor_ = at;
  heard_at_ = now;
}

void PrimaryFeed::confirm() { phase_ = Phase::confirming; }

void PrimaryFeed::go_online(Offset at, Instant now) {
  phase_ = Phase::online;
  cursor_ = at;
  heard_at_ = now;
  owed_since_ = now;
}

void PrimaryFeed::sent(Offset bytes, Instant now) {
  if (acknowledged_ == cursor_) owed_since_ = now;
  cursor_ += bytes;
  if (mutated(Mutant::takes_sent_for_acknowledged)) acknowledged_ = cursor_;
}

bool PrimaryFeed::acknowledge(Offset offset, Instant now) {
  heard_at_ = now;
  if (offset > cursor_ || offset < acknowledged_) return false;
  if (offset > acknowledged_) owed_since_ = now;
  acknowledged_ = offset;
  return true;
}

Duration PrimaryFeed::stuck_for(Instant now) const {
  return is_online() && acknowledged_ < cursor_ ? now - owed_since_ : Duration();
}

std::int64_t PrimaryFeed::lag_seconds(Instant now) const {
  return is_online() ? std::chrono::duration_cast<seconds>(now - heard_at_).count() : 0;
}

ByteView PrimaryFeed::state_word() const {
  switch (phase_) {
    case Phase::waiting:
      return "wait_bgsave";
    case Phase::payload:
      return "send_bulk";
    case Phase::confirming:
      return "send_bulk";
    case Phase::online:
      return "online";
  }
  return {};
}

}  // namespace replserver

#include "repl/primary_feed.hpp"

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
}

bool PrimaryFeed::acknowledge(Offset offset, Instant now) {
  heard_at_ = now;
  if (offset > cursor_ || offset < acknowledged_) return false;
  acknowledged_ = offset;
  return true;
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

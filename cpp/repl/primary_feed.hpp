// PrimaryFeed — how far one of our replicas has been sent our history, and how far it says it has got.
//
//   waiting ──> payload ──> confirming ──> online           a resumption is online at once
//   (snapshot to begin)     (its first ACK)
//
// Bytes of the history go out only online; before that the cursor stands where the snapshot was
// taken, and the backlog keeps what it will need. Pure state: sends nothing, knows no link.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "repl/position.hpp"

namespace replserver {

// What a replica tells of itself by REPLCONF, before or after it becomes one.
struct ReplicaFacts {
  std::uint16_t port = 0;
  Bytes address;  // announced; none: the one its link comes from
  Bytes version;
  bool takes_marked_payload = false;  // capa eof
  bool takes_new_id = false;          // capa psync2
  bool wants_snapshot_only = false;   // rdb-only
  bool wants_functions_only = false;  // rdb-filter-only
};

class PrimaryFeed {
 public:
  enum class Phase : std::uint8_t { waiting, payload, confirming, online };

  explicit PrimaryFeed(Instant now) : since_(now), heard_at_(now) {}

  Phase phase() const { return phase_; }
  bool is_online() const { return phase_ == Phase::online; }
  Instant since() const { return since_; }  // that it asked, or began to wait anew

  void begin_payload(Offset at, Instant now);
  void confirm();  // all of the payload is on its way
  void go_online(Offset at, Instant now);
  void go_online(Instant now) { go_online(cursor_, now); }

  // The next byte of the history that it has to be sent.
  Offset cursor() const { return cursor_; }
  void sent(Offset bytes, Instant now);
  bool needs_history() const { return phase_ != Phase::waiting; }

  // False: it claims bytes that we never sent, or fewer than it had already.
  bool acknowledge(Offset offset, Instant now);
  void acknowledge_disk(Offset offset) { on_disk_ = offset; }
  Offset acknowledged() const { return acknowledged_; }
  Offset on_disk() const { return on_disk_; }  // FACK
  Instant heard_at() const { return heard_at_; }
  void heard(Instant now) { heard_at_ = now; }
  std::int64_t lag_seconds(Instant now) const;
  // How long it has been acknowledging the same, although it was sent more: bytes were lost.
  Duration stuck_for(Instant now) const;

  ByteView state_word() const;  // as INFO says it

 private:
  Phase phase_ = Phase::waiting;
  Instant since_;
  Instant heard_at_;  // its last ACK, or progress of its payload
  Offset cursor_ = 0;
  Offset acknowledged_ = 0, on_disk_ = 0;
  Instant owed_since_{};  // that it owes an acknowledgement of more
};

}  // namespace replserver

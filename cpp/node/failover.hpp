// Failover — the orderly change of roles that FAILOVER asks for: this primary becomes the replica of
// one of its own, and no write is lost.
//
//   begin ──> waiting_for_sync ──(the target has all, or force)──> in_progress ──+CONTINUE──> over
//                   │ its time is over, ABORT                         │ rejected, ABORT
//                   └──> over: a primary as before                    └──> over: a primary again
//
// Writes are held from its beginning to its end, so that there is an end to catch up with. The record
// is NodeState's while it lasts.
#pragma once

#include <optional>

#include "node/effects.hpp"
#include "repl/position.hpp"

namespace replserver {

struct NodeState;

struct Failover {
  enum class Phase { waiting_for_sync, in_progress, rejected };

  Phase phase = Phase::waiting_for_sync;
  std::optional<Endpoint> target;   // nothing yet: whoever is the first to have all
  std::optional<Instant> deadline;  // of waiting_for_sync
  bool is_forced = false;           // then the target takes over, whatever it has
  std::optional<Offset> end;        // where the writes were held; since the turn that asked
};

struct FailoverRequest {
  std::optional<Endpoint> target;
  std::optional<Duration> timeout;
  bool is_forced = false;
};

// Nothing if it has begun; else why not, as an error reply.
std::optional<Bytes> begin_failover(NodeState& node, const FailoverRequest& request);
void abort_failover(NodeState& node, ByteView why);
void end_failover(NodeState& node);       // the target is our primary now; or there was none
void failover_rejected(NodeState& node);  // by the target; undone at the end of the turn

void advance_failover(NodeState& node);  // at the end of each turn
Instant failover_deadline(const NodeState& node);
ByteView failover_word(const NodeState& node);  // of INFO: "no-failover", ...

}  // namespace replserver

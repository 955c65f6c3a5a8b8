#include "node/failover.hpp"

#include "base/ascii.hpp"
#include "base/assert.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

Bytes name_of(const Endpoint& endpoint) {
  return endpoint.host + ":" + std::to_string(endpoint.port);
}

Bytes target_name(const Failover& failover) {
  return failover.target ? name_of(*failover.target) : "any replica";
}

Endpoint endpoint_of(const NodeState& node, const ClientSession& replica) {
  const Bytes name = node.replicas.name_of(replica);
  return {name.substr(0, name.rfind(':')), replica.replica->facts.port};
}

const ClientSession* find_replica(const NodeState& node, const Endpoint& endpoint) {
  for (const ClientSession* const replica : node.replicas.all()) {
    if (equal_ignoring_case(node.replicas.name_of(*replica), name_of(endpoint))) return replica;
  }
  return nullptr;
}

bool has_all(const ClientSession& replica, Offset end) {
  const PrimaryFeed& feed = *replica.replica->feed;
  return feed.is_online() && feed.acknowledged() >= end;
}

// One that may take over and lacks nothing.
const ClientSession* synced_target(const NodeState& node, const Failover& failover) {
  for (const ClientSession* const replica : node.replicas.all()) {
    const bool may = !failover.target || find_replica(node, *failover.target) == replica;
    if (may && has_all(*replica, *failover.end)) return replica;
  }
  return nullptr;
}

// The transaction that it was asked in, if any, is part of the history now.
void mark_end(NodeState& node, Failover& failover) {
  failover.end = node.propagation.position().offset;
  // Asked, they answer at once, and not within their second.
  if (synced_target(node, failover) == nullptr && node.propagation.active()) {
    node.propagation.ask_for_acknowledgements();
  }
}

void hand_over(NodeState& node) {
  node.failover->phase = Failover::Phase::in_progress;
  follow(node, *node.failover->target, true);
}

}  // namespace

std::optional<Bytes> begin_failover(NodeState& node, const FailoverRequest& request) {
  if (node.failover) return "ERR FAILOVER already in progress.";
  if (node.is_replica()) return "ERR FAILOVER is not valid when server is a replica.";
  if (node.replicas.all().empty()) return "ERR FAILOVER requires connected replicas.";
  if (request.is_forced && (!request.timeout || !request.target)) {
    return "ERR FAILOVER with force option requires both a timeout and target HOST and IP.";
  }
  Failover failover;
  if (request.target) {
    const ClientSession* const replica = find_replica(node, *request.target);
    if (replica == nullptr) return "ERR FAILOVER target HOST and PORT is not a replica.";
    if (!replica->replica->feed->is_online()) return "ERR FAILOVER target replica is not online.";
    failover.target = request.target;
  }
  failover.is_forced = request.is_forced;
  if (request.timeout) failover.deadline = node.now.mono + *request.timeout;
  node.log(LogLevel::notice, "FAILOVER requested to " + target_name(failover) + ".");
  node.failover = std::move(failover);
  ++node.writes_held;
  return std::nullopt;
}

void abort_failover(NodeState& node, ByteView why) {
  RS_ASSERT(node.failover.has_value());
  const Failover failover = *std::move(node.failover);
  node.log(LogLevel::notice, "FAILOVER to " + target_name(failover) + " aborted: " + Bytes(why));
  node.failover.reset();
  if (failover.phase != Failover::Phase::waiting_for_sync) become_primary(node);
  node.let_writes_go();
}

void end_failover(NodeState& node) {
  if (!node.failover) return;
  node.failover.reset();
  node.let_writes_go();
}

void failover_rejected(NodeState& node) {
  if (node.failover) node.failover->phase = Failover::Phase::rejected;
}

void advance_failover(NodeState& node) {
  if (!node.failover) return;
  Failover& failover = *node.failover;
  if (failover.phase == Failover::Phase::rejected) {
    return abort_failover(node, "Failover target rejected psync request");
  }
  if (failover.phase == Failover::Phase::in_progress) return;
  if (!failover.end) mark_end(node, failover);
  if (const ClientSession* const replica = synced_target(node, failover)) {
    failover.target = endpoint_of(node, *replica);
    node.log(LogLevel::notice,
             "Failover target " + target_name(failover) + " is synced, failing over.");
    return hand_over(node);
  }
  if (!failover.deadline || node.now.mono < *failover.deadline) return;
  if (!failover.is_forced) return abort_failover(node, "Replica never caught up before timeout");
  node.log(LogLevel::notice,
           "FAILOVER to " + target_name(failover) + " time out exceeded, failing over.");
  hand_over(node);
}

Instant failover_deadline(const NodeState& node) {
  if (!node.failover || node.failover->phase != Failover::Phase::waiting_for_sync) return kNever;
  return node.failover->deadline.value_or(kNever);
}

ByteView failover_word(const NodeState& node) {
  if (!node.failover) return "no-failover";
  return node.failover->phase == Failover::Phase::waiting_for_sync ? "waiting-for-sync"
                                                                   : "failover-in-progress";
}

}  // namespace replserver

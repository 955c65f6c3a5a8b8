#include "node/shutdown.hpp"

#include "node/state.hpp"

namespace replserver {
namespace {

constexpr ByteView kFailed = "ERR Errors trying to SHUTDOWN. Check logs.";

void end(NodeState& node) {
  node.log(LogLevel::warning, "Redis is now ready to exit, bye bye...");
  node.in_process.suspension = Suspension::none;
  node.effects.stop = true;
}

void give_up(NodeState& node) {
  const ShutDown failed = *std::move(node.shutdown);
  node.shutdown.reset();
  node.let_writes_go();
  for (const LinkId client : failed.waiting) {
    if (ClientSession* const session = node.wake(client)) {
      node.writer_for(*session).error(kFailed);
    }
  }
}

void saved(NodeState& node, bool success) {
  if (!node.shutdown) return;  // it was aborted
  if (success) return end(node);
  if (node.shutdown->how & kShutdownForce) {
    node.log(LogLevel::warning, "Error trying to save the DB. Exit anyway.");
    return end(node);
  }
  node.log(LogLevel::warning, "Error trying to save the DB, can't exit.");
  node.log(LogLevel::warning,
           "Errors trying to shut down the server. Check the logs for more information.");
  give_up(node);
}

bool has_all(const NodeState& node, const ClientSession& replica) {
  return replica.replica->feed->acknowledged() >= node.shutdown->end;
}

// Whoever takes the data and nothing more does not follow us.
bool follows(const ClientSession& replica) { return !replica.replica->facts.wants_snapshot_only; }

bool all_replicas_have_all(const NodeState& node) {
  for (const ClientSession* const replica : node.replicas.all()) {
    if (follows(*replica) && !has_all(node, *replica)) return false;
  }
  return true;
}

void tell_of_replicas(NodeState& node) {
  std::size_t count = 0, in_sync = 0;
  for (const ClientSession* const replica : node.replicas.all()) {
    if (!follows(*replica)) continue;
    ++count;
    if (has_all(node, *replica)) {
      ++in_sync;
      continue;
    }
    const PrimaryFeed& feed = *replica->replica->feed;
    const Offset behind = node.shutdown->end - feed.acknowledged();
    const std::int64_t lag = feed.is_online() ? feed.lag_seconds(node.now.mono) : 0;
    node.log(LogLevel::notice, "Lagging replica " + node.replicas.name_of(*replica) +
                                   " reported offset " + std::to_string(behind) +
                                   " behind master, lag=" + std::to_string(lag) +
                                   ", state=" + Bytes(feed.state_word()) + ".");
  }
  if (count == 0) return;
  node.log(LogLevel::notice, std::to_string(in_sync) + " of " + std::to_string(count) +
                                 " replicas are in sync when shutting down.");
}

// Replicas have what they could get.
void finish(NodeState& node) {
  const unsigned how = node.shutdown->how;
  tell_of_replicas(node);
  abort_save(node);  // a new one would be newer, and none at all is what was asked for
  const bool asked =
      (how & kShutdownSave) || (!node.config->save.empty() && !(how & kShutdownNosave));
  if (!asked || node.is_loading()) return end(node);
  node.log(LogLevel::notice, "Saving the final RDB snapshot before exiting.");
  if (!begin_save(node, SaveKind::foreground, saved)) saved(node, false);
}

}  // namespace

void begin_shutdown(NodeState& node, unsigned how) {
  if (node.shutdown) return;
  node.shutdown = ShutDown{.how = how, .end = node.propagation.position().offset, .patience = {}};
  ++node.writes_held;
  node.log(LogLevel::warning, "User requested shutdown...");
  const auto timeout = seconds(node.config->shutdown_timeout);
  const bool waits = timeout.count() > 0 && !(how & kShutdownNow) && !all_replicas_have_all(node);
  if (!waits) return finish(node);
  node.log(LogLevel::notice, "Waiting for replicas before shutting down.");
  node.shutdown->patience = node.now.mono + timeout;
  // Asked, they answer at once; what a replica of ours is asked is for our own primary to say.
  if (!node.is_replica() && node.propagation.active()) node.propagation.ask_for_acknowledgements();
}

void advance_shutdown(NodeState& node) {
  if (!node.shutdown || !node.shutdown->patience) return;
  if (!all_replicas_have_all(node) && node.now.mono < *node.shutdown->patience) return;
  node.shutdown->patience.reset();
  finish(node);
}

Instant shutdown_deadline(const NodeState& node) {
  return node.shutdown ? node.shutdown->patience.value_or(kNever) : kNever;
}

void shut_down_for(NodeState& node, unsigned how, ClientSession& client) {
  begin_shutdown(node, how);
  if (node.effects.stop) return;
  if (!node.shutdown) return node.context->reply.error(kFailed);
  node.shutdown->waiting.push_back(client.link);
  node.suspend(client, Suspension::operation);
}

bool abort_shutdown(NodeState& node) {
  if (!node.shutdown || node.effects.stop) return false;
  node.log(LogLevel::notice, "Shutdown manually aborted.");
  const bool was_saving = !node.shutdown->patience;
  give_up(node);
  if (was_saving) abort_save(node);
  return true;
}

}  // namespace replserver

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

}  // namespace

void begin_shutdown(NodeState& node, unsigned how) {
  if (node.shutdown) return;
  node.shutdown = ShutDown{how, {}};
  ++node.writes_held;
  node.log(LogLevel::warning, "User requested shutdown...");
  abort_save(node);  // a new one would be newer, and none at all is what was asked for
  const bool asked =
      (how & kShutdownSave) || (!node.config->save.empty() && !(how & kShutdownNosave));
  if (!asked || node.is_loading()) return end(node);
  node.log(LogLevel::notice, "Saving the final RDB snapshot before exiting.");
  if (!begin_save(node, SaveKind::foreground, saved)) saved(node, false);
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
  give_up(node);
  abort_save(node);
  return true;
}

}  // namespace replserver

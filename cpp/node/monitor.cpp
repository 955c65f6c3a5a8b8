#include "node/monitor.hpp"

#include <algorithm>
#include <cstdio>

#include "base/ascii.hpp"
#include "base/assert.hpp"
#include "node/redaction.hpp"

namespace replserver {
namespace {

Bytes monitor_line(const NodeState& node, const ClientSession& session, const Command& command,
                   Args words) {
  constexpr std::int64_t kMicroseconds = 1'000'000;
  const std::int64_t micros = node.now.wall.time_since_epoch().count();
  char stamp[48];
  const int size = std::snprintf(stamp, sizeof stamp, "%lld.%06lld [%d ",
                                 static_cast<long long>(micros / kMicroseconds),
                                 static_cast<long long>(micros % kMicroseconds), session.db);
  Bytes line(stamp, static_cast<std::size_t>(size));
  // Who came by the unix socket has no address of its own: the socket's is shown.
  line += session.peer.is_unix ? "unix:" + node.config->unixsocket : session.peer.address;
  line += "]";
  for (const ByteView word : redacted(command, words)) line += " " + quoted(word);
  return line;
}

}  // namespace

void feed_monitors(NodeState& node, const ClientSession& session, const RegisteredCommand& command,
                   Args words) {
  if (node.monitors.empty() || (command.row->flags & (kAdmin | kSkipMonitor)) != 0) return;
  const Bytes line = monitor_line(node, session, *command.row, words);
  for (ClientSession* const monitor : node.monitors) {
    if (!monitor->closing) node.writer_for(*monitor).simple(line);
  }
}

void start_monitoring(NodeState& node, ClientSession& session) {
  RS_ASSERT(!session.monitoring);
  session.monitoring = true;
  node.monitors.push_back(&session);
}

void stop_monitoring(NodeState& node, ClientSession& session) {
  session.monitoring = false;
  std::erase(node.monitors, &session);
}

}  // namespace replserver

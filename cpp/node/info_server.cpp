#include <algorithm>

#include "node/info_section.hpp"
#include "node/version.hpp"

namespace replserver {
namespace {

constexpr std::int64_t kAccessClockMask = (1 << 24) - 1;

struct ClientCounts {
  std::size_t connected = 0;
  std::size_t blocked = 0, subscribed = 0, watching = 0;
  std::size_t input_max = 0, output_max = 0;
};

ClientCounts count_clients(const NodeState& node) {
  ClientCounts counts;
  for (const auto& [id, session] : node.sessions.by_id()) {
    if (!session->is_listed() || session->is_replica() || session->is_primary) continue;
    ++counts.connected;
    counts.blocked +=
        session->suspension == Suspension::blocked || session->suspension == Suspension::paused;
    counts.subscribed += session->in_pubsub();
    counts.watching += session->watched_keys > 0;
    counts.input_max = std::max(counts.input_max, session->unread.capacity());
    counts.output_max = std::max(counts.output_max, session->output.memory());
  }
  return counts;
}

}  // namespace

void info_server(const NodeState& node, InfoText& text) {
  const HostFacts& host = node.host;
  const auto uptime = std::chrono::duration_cast<seconds>(node.now.mono - node.started_at).count();
  text.field("redis_version", kRedisVersion);
  text.field("replserver_version", kServerVersion);
  text.field("redis_git_sha1", "00000000");
  text.field("redis_git_dirty", 0);
  text.field("redis_build_id", 0);
  text.field("redis_mode", "standalone");
  text.field("os", host.os);
  text.field("arch_bits", sizeof(void*) * 8);
  text.field("monotonic_clock", host.clock);
  text.field("multiplexing_api", host.io_api);
  text.field("gcc_version", host.compiler);
  text.field("process_id", host.pid);
  text.field("process_supervised", "no");
  text.field("run_id", node.run_id);
  text.field("tcp_port", node.port);
  text.field("server_time_usec", node.now.wall.time_since_epoch().count());
  text.field("uptime_in_seconds", uptime);
  text.field("uptime_in_days", uptime / (3600 * 24));
  text.field("hz", node.config->hz);
  text.field("configured_hz", node.config->hz);
  text.field("lru_clock", unix_seconds(node.now.wall) & kAccessClockMask);
  text.field("executable", host.executable);
  text.field("config_file", host.config_file);
  text.field("io_threads_active", 0);
  for (std::size_t i = 0; i < host.listeners.size(); ++i) {
    text.field("listener" + std::to_string(i), host.listeners[i]);
  }
}

void info_clients(const NodeState& node, InfoText& text) {
  const ClientCounts counts = count_clients(node);
  text.field("connected_clients", counts.connected);
  text.field("cluster_connections", 0);
  text.field("maxclients", node.config->maxclients);
  text.field("client_recent_max_input_buffer", counts.input_max);
  text.field("client_recent_max_output_buffer", counts.output_max);
  text.field("blocked_clients", counts.blocked);
  text.field("tracking_clients", 0);
  text.field("pubsub_clients", counts.subscribed);
  text.field("watching_clients", counts.watching);
  text.field("clients_in_timeout_table", node.waiters.deadlines());
  text.field("total_watched_keys", node.watches.keys());
  text.field("total_blocking_keys", node.waiters.keys());
  text.field("total_blocking_keys_on_nokey", node.waiters.keys_watched_for_deletion());
}

void info_cpu(const NodeState& node, InfoText& text) {
  constexpr int kMicroseconds = 6;
  text.fixed("used_cpu_sys", node.host.cpu_system, kMicroseconds);
  text.fixed("used_cpu_user", node.host.cpu_user, kMicroseconds);
  // There are no children: snapshots are taken without fork.
  text.fixed("used_cpu_sys_children", 0, kMicroseconds);
  text.fixed("used_cpu_user_children", 0, kMicroseconds);
  text.fixed("used_cpu_sys_main_thread", node.host.cpu_system_thread, kMicroseconds);
  text.fixed("used_cpu_user_main_thread", node.host.cpu_user_thread, kMicroseconds);
}

void info_modules(const NodeState&, InfoText&) {}

void info_cluster(const NodeState&, InfoText& text) { text.field("cluster_enabled", 0); }

}  // namespace replserver

#include "node/info_section.hpp"
#include "repl/wire.hpp"

namespace replserver {
namespace {

std::int64_t seconds_since(Instant then, Instant now) {
  return std::chrono::duration_cast<seconds>(now - then).count();
}

void add_transfer(const NodeState& node, const Upstream& upstream, InfoText& text) {
  const ReplicaSession* const session = upstream.session();  // none: its link is gone, it goes on
  const auto payload = session != nullptr ? session->payload() : std::nullopt;
  const std::uint64_t taken = payload ? payload->taken() : 0;
  const auto size = payload ? payload->size() : std::nullopt;
  if (size) {
    text.field("master_sync_total_bytes", *size);
  } else {
    text.field("master_sync_total_bytes", -1);
  }
  text.field("master_sync_read_bytes", taken);
  text.field("master_sync_left_bytes",
             size ? static_cast<std::int64_t>(payload->left()) : -static_cast<std::int64_t>(taken));
  const double share =
      size && *size > 0 ? 100.0 * static_cast<double>(taken) / static_cast<double>(*size) : -0.0;
  text.fixed("master_sync_perc", share, 2);
  text.field("master_sync_last_io_seconds_ago", seconds_since(upstream.heard_at(), node.now.mono));
}

void add_upstream(const NodeState& node, InfoText& text) {
  const Upstream& upstream = *node.upstream;
  const bool is_up = upstream.is_streaming();
  const ClientSession* const session = node.sessions.find(upstream.link());
  const Offset applied = node.propagation.position().offset;
  text.field("master_host", upstream.primary().host);
  text.field("master_port", upstream.primary().port);
  text.field("master_link_status", is_up ? "up" : "down");
  text.field("master_last_io_seconds_ago",
             is_up ? seconds_since(session->last_heard, node.now.mono) : -1);
  text.field("master_sync_in_progress", upstream.state_word() == "sync" ? 1 : 0);
  // What was received, but is not executed yet, waits in the link's own buffer.
  text.field("slave_read_repl_offset", applied + (is_up ? session->unread.size() : 0));
  text.field("slave_repl_offset", applied);
  if (upstream.state_word() == "sync") add_transfer(node, upstream, text);
  if (!is_up) {
    const auto since = upstream.down_since();
    text.field("master_link_down_since_seconds", since ? seconds_since(*since, node.now.mono) : -1);
  }
  text.field("slave_priority", node.config->replica_priority);
  text.field("slave_read_only", node.config->replica_read_only ? 1 : 0);
  text.field("replica_announced", node.config->replica_announced ? 1 : 0);
}

void add_replicas(const NodeState& node, InfoText& text) {
  text.field("connected_slaves", node.replicas.all().size());
  if (node.config->min_replicas_to_write > 0 && node.config->min_replicas_max_lag > 0) {
    text.field("min_slaves_good_slaves", node.replicas.good(node));
  }
  std::size_t index = 0;
  for (const ClientSession* const replica : node.replicas.all()) {
    const PrimaryFeed& feed = *replica->replica->feed;
    const Bytes name = node.replicas.name_of(*replica);
    const std::size_t colon = name.rfind(':');
    const std::uint16_t port = replica->replica->facts.port;
    text.field("slave" + std::to_string(index++),
               "ip=" + name.substr(0, colon) + ",port=" + std::to_string(port) + ",state=" +
                   Bytes(feed.state_word()) + ",offset=" + std::to_string(feed.acknowledged()) +
                   ",lag=" + std::to_string(feed.lag_seconds(node.now.mono)));
  }
}

}  // namespace

void info_replication(const NodeState& node, InfoText& text) {
  const History& history = node.propagation.history();
  const Backlog* const backlog = node.propagation.backlog();
  const auto& former = history.former();
  text.field("role", node.is_replica() ? "slave" : "master");
  if (node.is_replica()) add_upstream(node, text);
  add_replicas(node, text);
  text.field("master_failover_state", failover_word(node));
  text.field("master_replid", history.current().history);
  text.field("master_replid2", former ? former->history : Bytes(wire::kHistoryIdSize, '0'));
  text.field("master_repl_offset", history.offset());
  text.field("second_repl_offset", former ? wire::next_byte(former->offset) : "-1");
  text.field("repl_backlog_active", backlog != nullptr ? 1 : 0);
  text.field("repl_backlog_size", node.config->repl_backlog_size);
  text.field("repl_backlog_first_byte_offset",
             backlog != nullptr ? wire::next_byte(backlog->first()) : "0");
  text.field("repl_backlog_histlen", backlog != nullptr ? backlog->end() - backlog->first() : 0);
}

}  // namespace replserver

#include "base/numbers.hpp"
#include "node/info_section.hpp"

namespace replserver {
namespace {

constexpr ByteView kForksAndDefragmentation[] = {
    "latest_fork_usec",         "total_forks",
    "migrate_cached_sockets",   "slave_expires_tracked_keys",
    "active_defrag_hits",       "active_defrag_misses",
    "active_defrag_key_hits",   "active_defrag_key_misses",
    "total_active_defrag_time", "current_active_defrag_time",
    "tracking_total_keys",      "tracking_total_items",
    "tracking_total_prefixes"};
constexpr ByteView kBuffers[] = {"reply_buffer_shrinks", "reply_buffer_expands"};
constexpr ByteView kAccessDenied[] = {"acl_access_denied_cmd", "acl_access_denied_key",
                                      "acl_access_denied_channel"};

constexpr std::uint64_t kMicrosecond = 1000;  // in nanoseconds
constexpr std::uint64_t kMillisecond = 1000 * kMicrosecond;
constexpr double kKibibyte = 1024;

Bytes command_stats(const CommandStats& stats) {
  const std::uint64_t microseconds = stats.nanoseconds / kMicrosecond;
  const double each =
      stats.calls == 0 ? 0 : static_cast<double>(microseconds) / static_cast<double>(stats.calls);
  return "calls=" + std::to_string(stats.calls) + ",usec=" + std::to_string(microseconds) +
         ",usec_per_call=" + fixed_text(each, 2) +
         ",rejected_calls=" + std::to_string(stats.rejected) +
         ",failed_calls=" + std::to_string(stats.failed);
}

Bytes percentiles(const Histogram& latency, const std::vector<double>& percents) {
  Bytes text;
  for (const double percent : percents) {
    const double microseconds =
        static_cast<double>(latency.percentile(percent)) / static_cast<double>(kMicrosecond);
    if (!text.empty()) text += ",";
    text += "p" + format_double(percent) + "=" + fixed_text(microseconds, 3);
  }
  return text;
}

}  // namespace

void info_stats(const NodeState& node, InfoText& text) {
  const Stats& stats = node.stats;
  const KeyStats& keys = node.context->stats;
  text.field("total_connections_received", stats.connections_received);
  text.field("total_commands_processed", stats.commands_processed);
  text.field("instantaneous_ops_per_sec",
             static_cast<std::uint64_t>(stats.operations.per_second()));
  text.field("total_net_input_bytes", stats.net_input_bytes);
  text.field("total_net_output_bytes", stats.net_output_bytes);
  text.field("total_net_repl_input_bytes", stats.repl_input_bytes);
  text.field("total_net_repl_output_bytes", stats.repl_output_bytes);
  text.fixed("instantaneous_input_kbps", stats.input_bytes.per_second() / kKibibyte, 2);
  text.fixed("instantaneous_output_kbps", stats.output_bytes.per_second() / kKibibyte, 2);
  text.fixed("instantaneous_input_repl_kbps", 0, 2);
  text.fixed("instantaneous_output_repl_kbps", 0, 2);
  text.field("rejected_connections", stats.connections_rejected);
  text.field("sync_full", stats.full_syncs);
  text.field("sync_partial_ok", stats.partial_syncs);
  text.field("sync_partial_err", stats.refused_partial_syncs);
  text.field("replica_wrong_acks", stats.wrong_acknowledgements);
  text.field("expired_subkeys", keys.expired_fields);
  text.field("expired_keys", keys.expired);
  text.field("expired_time_cap_reached_count", stats.expired_time_cap_reached);
  text.field("expire_cycle_cpu_milliseconds", stats.expire_cycle_nanoseconds / kMillisecond);
  text.field("evicted_keys", keys.evicted);
  text.field("evicted_clients", 0);
  text.field("evicted_scripts", 0);
  text.field("keyspace_hits", keys.hits);
  text.field("keyspace_misses", keys.misses);
  text.field("pubsub_channels", node.pubsub.channels().size());
  text.field("pubsub_patterns", node.pubsub.patterns().size());
  text.field("pubsubshard_channels", node.pubsub.shard_channels().size());
  text.zeros(kForksAndDefragmentation);
  text.field("unexpected_error_replies", stats.unexpected_error_replies);
  text.field("total_error_replies", stats.error_replies);
  text.field("dump_payload_sanitizations", 0);
  text.field("total_reads_processed", stats.reads_processed);
  text.field("total_writes_processed", stats.writes_processed);
  text.field("io_threaded_reads_processed", 0);
  text.field("io_threaded_writes_processed", 0);
  text.field("client_query_buffer_limit_disconnections", stats.query_buffer_disconnections);
  text.field("client_output_buffer_limit_disconnections", stats.output_buffer_disconnections);
  text.zeros(kBuffers);
  text.field("eventloop_cycles", stats.eventloop_cycles);
  text.field("eventloop_duration_cmd_sum", stats.eventloop_command_nanoseconds / kMicrosecond);
  text.field("instantaneous_eventloop_cycles_per_sec",
             static_cast<std::uint64_t>(stats.cycles.per_second()));
  text.field("acl_access_denied_auth", stats.auth_failures);
  text.zeros(kAccessDenied);
}

void info_commandstats(const NodeState& node, InfoText& text) {
  for (const RegisteredCommand& command : node.registry.all()) {
    const CommandStats& stats = command.stats;
    if (stats.calls == 0 && stats.rejected == 0 && stats.failed == 0) continue;
    text.field("cmdstat_" + Bytes(command.row->name), command_stats(stats));
  }
}

void info_errorstats(const NodeState& node, InfoText& text) {
  for (const auto& [code, count] : node.stats.errors) {
    text.field("errorstat_" + code, "count=" + std::to_string(count));
  }
}

void info_latencystats(const NodeState& node, InfoText& text) {
  if (!node.config->latency_tracking) return;
  for (const RegisteredCommand& command : node.registry.all()) {
    const Histogram* const latency = command.stats.latency.get();
    if (latency == nullptr || latency->count() == 0) continue;
    text.field("latency_percentiles_usec_" + Bytes(command.row->name),
               percentiles(*latency, node.config->latency_tracking_info_percentiles));
  }
}

void info_keyspace(const NodeState& node, InfoText& text) {
  const UnixMs now = unix_ms(node.now.wall);
  for (int db = 0; db < node.keyspace.databases(); ++db) {
    const Database& database = node.keyspace.database(db);
    if (database.empty()) continue;
    // 7.2 knows of no fields that expire, and nothing is said of them where there are none.
    const std::size_t hashes = database.expiring_hashes();
    text.field("db" + std::to_string(db),
               "keys=" + std::to_string(database.size()) +
                   ",expires=" + std::to_string(database.expires()) +
                   ",avg_ttl=" + std::to_string(database.average_ttl_ms(now)) +
                   (hashes == 0 ? "" : ",subexpiry=" + std::to_string(hashes)));
  }
}

}  // namespace replserver

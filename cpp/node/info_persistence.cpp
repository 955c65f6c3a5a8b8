#include <algorithm>

#include "node/info_section.hpp"
#include "node/rdb_load.hpp"
#include "node/rdb_save.hpp"

namespace replserver {
namespace {

std::int64_t seconds_since(const NodeState& node, Instant instant) {
  return std::chrono::duration_cast<seconds>(node.now.mono - instant).count();
}

// Also before the first byte of it is asked for.
void loading_fields(const NodeState& node, InfoText& text) {
  const RdbLoad* const load = node.persistence.loading.get();
  const std::uint64_t total = load != nullptr ? load->bytes_total() : 0;
  const std::uint64_t loaded = load != nullptr ? load->bytes() : 0;
  const Now started = load != nullptr ? load->started_at() : node.now;
  const double share = total == 0 ? 0 : static_cast<double>(loaded) / static_cast<double>(total);
  const auto elapsed = std::chrono::duration<double>(node.now.mono - started.mono).count();
  text.field("loading_start_time", unix_seconds(started.wall));
  text.field("loading_total_bytes", total);
  text.field("loading_rdb_used_mem", load != nullptr ? load->used_memory_then() : 0);
  text.field("loading_loaded_bytes", loaded);
  text.fixed("loading_loaded_perc", share * 100, 2);
  text.field("loading_eta_seconds",
             share > 0 ? static_cast<std::int64_t>(elapsed / share - elapsed) : 1);
}

// What a save in progress is at, beyond what Redis tells.
void saving_fields(const NodeState& node, InfoText& text) {
  const RdbSave* const save = node.persistence.saving.get();
  text.field("snapshots_running", node.snapshots.size());
  text.field("snapshot_slices", node.snapshots.slices());
  text.field("snapshot_large_values_hurried", node.keyspace.hurried());
  if (save == nullptr) return;
  const std::chrono::duration<double> elapsed = node.now.mono - save->started_at();
  const double walked = static_cast<double>(save->nanoseconds(node.snapshots)) / 1e9;
  text.field("snapshot_bytes", save->bytes());
  text.field("snapshot_extra_memory", save->memory() + node.keyspace.retired_memory());
  text.fixed("snapshot_time_share",
             elapsed.count() > 0 ? std::min(walked / elapsed.count(), 1.0) * 100 : 0, 2);
}

}  // namespace

void info_persistence(const NodeState& node, InfoText& text) {
  const Persistence& record = node.persistence;
  const RdbSave* const save = record.saving.get();
  const bool in_background = save != nullptr && record.is_background;
  text.field("loading", node.is_loading() ? 1 : 0);
  // DEBUG RELOAD, or a full sync: what was there before is served until the end.
  const bool is_aside = record.loading || (node.is_replica() && node.upstream->loads_aside());
  text.field("async_loading", !node.is_loading() && is_aside ? 1 : 0);
  // There is no fork that memory would be copied for: what a save takes beyond the data is told.
  const std::size_t extra = save != nullptr ? save->memory() : 0;
  text.field("current_cow_peak", save != nullptr ? save->memory_peak() : 0);
  text.field("current_cow_size", extra);
  text.field("current_cow_size_age", 0);
  text.fixed("current_fork_perc",
             save != nullptr && save->keys_total() > 0
                 ? static_cast<double>(save->keys()) / static_cast<double>(save->keys_total()) * 100
                 : 0,
             2);
  text.field("current_save_keys_processed", save != nullptr ? save->keys() : 0);
  text.field("current_save_keys_total", save != nullptr ? save->keys_total() : 0);
  text.field("rdb_changes_since_last_save", node.context->dirty);
  text.field("rdb_bgsave_in_progress", in_background ? 1 : 0);
  text.field("rdb_last_save_time", record.last_save);
  text.field("rdb_last_bgsave_status", record.last_background_failed ? "err" : "ok");
  text.field("rdb_last_bgsave_time_sec", record.last_background_seconds.value_or(-1));
  text.field("rdb_current_bgsave_time_sec",
             in_background ? seconds_since(node, save->started_at()) : -1);
  text.field("rdb_saves", record.saves);
  text.field("rdb_last_cow_size", record.last_memory_peak);
  text.field("rdb_last_load_keys_expired", record.keys_expired);
  text.field("rdb_last_load_keys_loaded", record.keys_loaded);
  text.field("aof_enabled", 0);
  text.field("aof_rewrite_in_progress", 0);
  text.field("aof_rewrite_scheduled", 0);
  text.field("aof_last_rewrite_time_sec", -1);
  text.field("aof_current_rewrite_time_sec", -1);
  text.field("aof_last_bgrewrite_status", "ok");
  text.field("aof_rewrites", 0);
  text.field("aof_rewrites_consecutive_failures", 0);
  text.field("aof_last_write_status", "ok");
  text.field("aof_last_cow_size", 0);
  text.field("module_fork_in_progress", 0);
  text.field("module_fork_last_cow_size", 0);
  if (node.is_loading()) loading_fields(node, text);
  saving_fields(node, text);
}

}  // namespace replserver

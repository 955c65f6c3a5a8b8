#include "node/info_section.hpp"

namespace replserver {

// Of saving, only what does not hang on a file: how much has changed, and since when.
void info_persistence(const NodeState& node, InfoText& text) {
  text.field("loading", node.is_loading() ? 1 : 0);
  text.field("async_loading", 0);
  // Memory that a fork would have copied. There is no fork.
  text.field("current_cow_peak", 0);
  text.field("current_cow_size", 0);
  text.field("current_cow_size_age", 0);
  text.field("current_fork_perc", "0.00");
  text.field("current_save_keys_processed", 0);
  text.field("current_save_keys_total", 0);
  text.field("rdb_changes_since_last_save", node.context->dirty);
  text.field("rdb_bgsave_in_progress", 0);
  text.field("rdb_last_save_time", node.last_save);
  text.field("rdb_last_bgsave_status", "ok");
  text.field("rdb_last_bgsave_time_sec", -1);
  text.field("rdb_current_bgsave_time_sec", -1);
  text.field("rdb_saves", 0);
  text.field("rdb_last_cow_size", 0);
  text.field("rdb_last_load_keys_expired", 0);
  text.field("rdb_last_load_keys_loaded", 0);
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
}

}  // namespace replserver

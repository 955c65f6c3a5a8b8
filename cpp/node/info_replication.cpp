#include "node/info_section.hpp"

namespace replserver {
namespace {

constexpr ByteView kNoHistory = "0000000000000000000000000000000000000000";

}  // namespace

void info_replication(const NodeState& node, InfoText& text) {
  const History& history = node.propagation.history();
  const Backlog* const backlog = node.propagation.backlog();
  const auto& former = history.former();
  text.field("role", node.is_replica() ? "slave" : "master");
  text.field("connected_slaves", 0);
  if (node.config->min_replicas_to_write > 0 && node.config->min_replicas_max_lag > 0) {
    text.field("min_slaves_good_slaves", 0);
  }
  text.field("master_failover_state", "no-failover");
  text.field("master_replid", history.current().history);
  text.field("master_replid2", former ? ByteView(former->history) : kNoHistory);
  text.field("master_repl_offset", history.offset());
  // The wire counts the next byte, not the bytes gone by.
  if (former) {
    text.field("second_repl_offset", former->offset + 1);
  } else {
    text.field("second_repl_offset", -1);
  }
  text.field("repl_backlog_active", backlog != nullptr ? 1 : 0);
  text.field("repl_backlog_size", node.config->repl_backlog_size);
  text.field("repl_backlog_first_byte_offset", backlog != nullptr ? backlog->first() + 1 : 0);
  text.field("repl_backlog_histlen", backlog != nullptr ? backlog->end() - backlog->first() : 0);
}

}  // namespace replserver

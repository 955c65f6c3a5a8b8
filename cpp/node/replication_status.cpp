#include "node/replication_status.hpp"

#include <algorithm>

#include "node/state.hpp"

namespace replserver {
namespace {

ReplicationStatus::Replica status_of(const NodeState& node, const ClientSession& session, Now now) {
  const PrimaryFeed& feed = *session.replica->feed;
  const Bytes name = node.replicas.name_of(session);
  return {.address = name.substr(0, name.rfind(':')),
          .port = session.replica->facts.port,
          .state = Bytes(feed.state_word()),
          .acknowledged = feed.acknowledged(),
          .sent = feed.is_online() ? feed.cursor() : 0,
          .lag_seconds = feed.is_online() ? feed.lag_seconds(now.mono) : -1};
}

bool enough_acknowledged(const NodeState& node, Offset offset, std::optional<std::size_t> count) {
  const std::size_t wanted = count.value_or(std::max<std::size_t>(node.replicas.all().size(), 1));
  return node.replicas.acknowledging(offset) >= wanted;
}

}  // namespace

ReplicationStatus replication_status(const NodeState& node, Now now) {
  const History& history = node.propagation.history();
  ReplicationStatus status;
  status.position = history.current();
  status.former = history.former();
  status.selected_db = node.propagation.selected_db();
  if (node.is_replica()) {
    status.primary = node.upstream->primary();
    status.link = node.upstream->state_word();
  }
  if (const Backlog* const backlog = node.propagation.backlog()) {
    status.backlog = {backlog->first(), backlog->end(), backlog->capacity()};
  }
  for (const ClientSession* const replica : node.replicas.all()) {
    status.replicas.push_back(status_of(node, *replica, now));
  }
  return status;
}

bool ReplicationWish::holds(const NodeState& node) const {
  const Position& position = node.propagation.position();
  if (unless && position.history != *unless) return true;
  if (offset && position.offset < *offset) return false;
  if (history && position.history != *history) return false;
  if (is_replica && node.is_replica() != *is_replica) return false;
  if (link && (!node.is_replica() || node.upstream->state_word() != *link)) return false;
  if (acknowledged && !enough_acknowledged(node, *acknowledged, replicas)) return false;
  return !replicas || node.replicas.online() >= *replicas;
}

}  // namespace replserver

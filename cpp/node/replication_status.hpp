// ReplicationStatus — where a node stands in replication, at one moment: values that outlive it and may
// be handed to another thread. INFO replication tells the same to clients.
//
// ReplicationWish — what somebody waits for: all that is said in it must hold at once. Offsets, links and
// replicas move with every input; whoever drives the node asks after each.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "node/effects.hpp"
#include "repl/position.hpp"

namespace replserver {

struct NodeState;

struct ReplicationStatus {
  struct Window {  // of the backlog: one may resume from any offset between first and end
    Offset first = 0, end = 0;
    std::size_t size = 0;  // how large it may become
  };
  struct Replica {
    Bytes address;           // its host, as we would reach it
    std::uint16_t port = 0;  // where it listens; 0: it has not said
    Bytes state;             // as INFO says it
    Offset acknowledged = 0;
    Offset sent = 0;
    std::int64_t lag_seconds = 0;  // since it was last heard of; -1: it is not online yet
  };

  Position position;
  std::optional<Position> former;
  std::optional<Endpoint> primary;  // of a replica
  Bytes link;                       // to the primary, in ROLE's words; empty: we are a primary
  std::optional<Window> backlog;
  std::vector<Replica> replicas;
  int selected_db = -1;  // by the history; -1: the next write says it
};

ReplicationStatus replication_status(const NodeState& node, Now now);

struct ReplicationWish {
  std::optional<Offset> offset{};      // so much history at least
  std::optional<HistoryId> history{};  // of this name
  std::optional<bool> is_replica{};
  std::optional<Bytes> link{};            // in this state
  std::optional<std::size_t> replicas{};  // so many are online, at least,
  std::optional<Offset> acknowledged{};  // and have said they have so much; all, if none is counted
  // Or this alone: the history has another name than this one, so that the rest may never come true.
  std::optional<HistoryId> unless{};

  bool holds(const NodeState& node) const;
};

}  // namespace replserver

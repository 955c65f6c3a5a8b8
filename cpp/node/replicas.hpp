// Replicas — the servers that follow this node: who they are, what each still has to be sent, and what
// they say they have.
//
//   PSYNC ─┬─ the backlog holds what it lacks ──> online
//          └─ it does not ──> waiting ──> one snapshot for all that wait ──> payload ──> online
//
// The backlog is their only output: a replica is a place in it, and pins what it was not sent yet. A
// replica's session stays a client session, whose commands (REPLCONF ACK) go the way of all commands.
// Owned by the Node.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "node/full_sync.hpp"
#include "node/session.hpp"

namespace replserver {

struct NodeState;

class Replicas {
 public:
  const std::vector<ClientSession*>& all() const { return all_; }  // by the time they came
  std::size_t online() const;
  // Online, and heard of within min-replicas-max-lag.
  std::size_t good(const NodeState& node) const;
  bool may_write(const NodeState& node) const;  // enough of them for min-replicas-to-write

  // PSYNC and SYNC, once all else was checked. `wanted`: nothing for "? -1" and SYNC.
  void resume(NodeState& node, ClientSession& session, Offset from);
  void wait_for_snapshot(NodeState& node, ClientSession& session);
  void acknowledged(NodeState& node, ClientSession& session, Offset offset);

  // A replica's part of its link: after what its session's output still holds.
  bool has_output(const NodeState& node, const ClientSession& session) const;
  std::size_t held_for(const NodeState& node, const ClientSession& session) const;  // bytes
  void views(const NodeState& node, const ClientSession& session,
             std::vector<ByteView>& pieces) const;
  void sent(NodeState& node, ClientSession& session, std::size_t size);

  void forget(NodeState& node, ClientSession& session);  // its link is gone
  void drop_all(NodeState& node,
                ByteView why);     // so that they ask anew: our history has another name
  void end_turn(NodeState& node);  // snapshots begin; what nobody needs any more is let go
  void tick(NodeState& node);      // keep-alives and timeouts
  Instant deadline(const NodeState& node) const;

  // How many have acknowledged so much of the history.
  std::size_t acknowledging(Offset offset) const;
  std::size_t acknowledging_disk(Offset offset) const;

  Bytes name_of(const ClientSession& session) const;  // "127.0.0.1:7001": address, listening port
  bool syncing() const { return !syncs_.empty(); }

 private:
  struct Run {
    Snapshots::Id snapshot;
    std::vector<std::shared_ptr<FullSync>> syncs;  // one for each encoding
  };

  void enlist(NodeState& node, ClientSession& session);
  void start_snapshot(NodeState& node);
  bool snapshot_is_due(const NodeState& node) const;
  std::shared_ptr<FullSync> sync_for(NodeState& node, Run& run, const ReplicaFacts& facts);
  void snapshot_progressed(NodeState& node, Run& run, Snapshots::Step step);
  void stored(NodeState& node, const FullSync& sync);
  void failed(NodeState& node, const FullSync& sync, const Bytes& why);
  void payload_sent(NodeState& node, ClientSession& session);
  void let_go(NodeState& node, std::shared_ptr<FullSync> sync);
  void pin(NodeState& node) const;
  void check_links(NodeState& node);
  void check_backlog(NodeState& node);

  std::vector<ClientSession*> all_;
  std::list<Run> syncs_;
  Instant next_ping_{}, next_check_{};
  std::optional<Instant> alone_since_;  // for repl-backlog-ttl
};

}  // namespace replserver

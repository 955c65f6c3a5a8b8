// Upstream — the primary that this node follows: the link to it, what comes on it, and when to try
// again.
//
//   waiting ──(due)──> connecting ──> talking ──┬─ continued ──────────────────> streaming
//      ^                                        └─ full sync: loading, then ─────┘
//      └───────────────────── closed: at once after a stream, else a second later
//
// There while the node is a replica. Between two links it keeps nothing but whether our position may
// be resumed from: position and data are the node's own. What a full sync brings is the Intake's until
// it is whole; that it may finish behind a link that has ended. Owned by the Node.
#pragma once

#include <memory>
#include <optional>

#include "node/conversation.hpp"
#include "node/effects.hpp"
#include "node/rdb_load.hpp"
#include "repl/replica_session.hpp"

namespace replserver {

class Intake;
struct RdbReplication;

class Upstream final : public Conversation {
 public:
  // `may_resume`: our data are the beginning of the history that our position names.
  Upstream(Endpoint primary, bool may_resume);
  ~Upstream() override;

  const Endpoint& primary() const { return primary_; }
  bool is_streaming() const { return is_streaming_; }
  bool loads_aside() const;  // the old data serve meanwhile
  bool has_let_go() const;   // there are no old data any more, and no new ones yet
  bool may_resume() const { return may_resume_; }
  ByteView state_word()
      const;  // of ROLE: "connect", "connecting", "handshake", "sync", "connected"
  const ReplicaSession* session() const { return session_ ? &*session_ : nullptr; }
  LinkId link() const { return link_; }
  std::optional<Instant> down_since() const { return down_since_; }
  Instant heard_at() const { return heard_at_; }
  Offset read_offset() const { return read_; }     // received, applied or not
  void allow_resumption() { may_resume_ = true; }  // our data were loaded with their position
  void begin_failover() { is_failover_ = true; }

  void tick(NodeState& node);  // dials, acknowledges, gives a silent primary up
  Instant deadline(const NodeState& node) const;
  void hang_up(NodeState& node);  // for good: another one is followed, or none

  // A batch of the stream, or a part of one while a transaction is open, was executed.
  void applied(NodeState& node, const ClientSession& session, ByteView bytes);
  void acknowledge(NodeState& node);
  // The stream cannot be understood: the link goes, and the next one begins from nothing.
  void give_up_stream(NodeState& node, ByteView why);

  void opened(NodeState& node, ClientSession& session) override;
  void received(NodeState& node, ClientSession& session, ByteView& bytes) override;
  void closed(NodeState& node, ClientSession& session, ByteView why) override;

 private:
  void dial(NodeState& node);
  void send(NodeState& node, ClientSession& session, ByteView bytes) const;
  void begin_stream(NodeState& node, ClientSession& session);
  void fail(NodeState& node, ClientSession& session, const Bytes& why, bool discard);

  // What the intake tells, and is told.
  bool needs_link() const;
  void drop_intake(NodeState& node);
  void intake_moved(NodeState& node);
  void let_data_go(NodeState& node);
  void took_in(NodeState& node, tl::expected<RdbLoad::Loaded, Bytes> outcome);
  void adopt_loaded(NodeState& node, RdbLoad::Loaded loaded);
  void discard_position(NodeState& node);

  // What the session tells.
  void take(NodeState& node, ClientSession& session, const ReplicaSession::Pong& pong);
  void take(NodeState& node, ClientSession& session, const ReplicaSession::Remark& remark);
  void take(NodeState& node, ClientSession& session, const ReplicaSession::FullSync& sync);
  void take(NodeState& node, ClientSession& session, const ReplicaSession::Continued& sync);
  void take(NodeState& node, ClientSession& session, const ReplicaSession::PayloadBegins& payload);
  void take(NodeState& node, ClientSession& session, const ReplicaSession::PayloadPart& part);
  void take(NodeState& node, ClientSession& session, const ReplicaSession::PayloadEnds& end);
  void take(NodeState& node, ClientSession& session, const ReplicaSession::Failure& failure);

  Endpoint primary_;
  bool may_resume_;
  LinkId link_{};
  std::optional<ReplicaSession> session_;
  bool is_streaming_ = false, is_failover_ = false;
  std::optional<Instant> down_since_;
  Instant next_dial_{};
  Instant heard_at_{};
  Instant next_acknowledgement_ = kNever;
  Instant eager_until_{};  // behind a full sync, as long as the stream has not begun
  Offset read_ = 0;

  std::shared_ptr<Intake> intake_;
  std::optional<Position> loading_position_;
  Bytes open_batch_;  // of a transaction whose EXEC has not come
};

// What REPLICAOF and its like do; also when the node starts or a failover ends.
void follow(NodeState& node, Endpoint primary, bool may_resume);
void become_primary(NodeState& node);
// A data set was loaded that knows its place in a history: a replica may resume it, and replicas of a
// primary that was restarted may resume from it.
void take_up_history(NodeState& node, const RdbReplication& loaded);

}  // namespace replserver

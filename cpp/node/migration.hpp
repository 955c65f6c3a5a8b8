// Migration — MIGRATE: keys on their way to another server, and gone here once they are there.
//
//   begin ──> connecting ──> [AUTH] SELECT RESTORE … ──> a reply to each ──> the client is answered
//                any error, or silence for the timeout ──> the client is told which
//
// What another server has accepted is deleted here, also when something went wrong afterwards.
// Writes are held until the end, so that what is deleted is what was sent; reads go on. Owned by the
// node.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "command/command.hpp"
#include "node/conversation.hpp"
#include "node/effects.hpp"
#include "resp/reply_parser.hpp"

namespace replserver {

class Migration final : public Conversation {
 public:
  struct Order {
    Endpoint target;
    int db = 0;         // here
    int target_db = 0;  // there
    Duration timeout{};
    bool copy = false, replace = false;
    Words authentication;  // AUTH and its words, or nothing
    Words keys;
  };

  Migration(Order order, LinkId client) : order_(std::move(order)), client_(client) {}

  void begin(NodeState& node);
  void opened(NodeState& node, ClientSession& session) override;
  void received(NodeState& node, ClientSession& session, ByteView& bytes) override;
  void closed(NodeState& node, ClientSession& session, ByteView why) override;

  Instant deadline() const { return deadline_; }
  void time_out(NodeState& node);
  bool is_over() const { return is_over_; }
  bool has_link(const NodeState& node) const;

 private:
  void take(NodeState& node, const resp::Reply& reply);
  void finish(NodeState& node, const std::optional<Bytes>& error);
  void delete_sent(NodeState& node);

  Order order_;
  LinkId client_;
  LinkId link_{};
  bool is_connected_ = false, is_refused_ = false, is_over_ = false;
  Instant deadline_{};
  std::size_t preliminaries_ = 0;  // replies before those to RESTORE
  std::size_t replies_ = 0;
  std::optional<Bytes> error_;  // the target's first one
  Words moved_;                 // keys that are there now
  resp::ReplyParser parser_;
};

std::span<const Command> migration_commands();  // MIGRATE
// Between inputs: what has waited too long for its target, and what is over.
void look_after_migrations(NodeState& node);

}  // namespace replserver

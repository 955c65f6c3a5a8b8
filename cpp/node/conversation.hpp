// Conversation — what is said on a link that this node dialled itself, when it is not served as a
// client: with the primary it follows, or with the target of a MIGRATE.
//
//   dial ──> opened ──> received … ──> closed         refused, or given up: closed without opened
//
// Owned by whoever dialled, and outlives its link: Node::forget() says closed() in every case.
#pragma once

#include "base/bytes.hpp"

namespace replserver {

struct NodeState;
struct ClientSession;

class Conversation {
 public:
  virtual ~Conversation() = default;

  virtual void opened(NodeState& node, ClientSession& session) = 0;
  // Takes what it understands from the front. What it leaves are commands to be executed: a
  // primary's stream. Must not leave any of it before that.
  virtual void received(NodeState& node, ClientSession& session, ByteView& bytes) = 0;
  // The link is no more. `why`: the system's words when it could not be made or broke, else empty.
  virtual void closed(NodeState& node, ClientSession& session, ByteView why) = 0;
};

}  // namespace replserver

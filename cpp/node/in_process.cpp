// What the process itself, not a peer, has a Node do.
#include <utility>

#include "base/assert.hpp"
#include "node/dispatch.hpp"
#include "node/node.hpp"
#include "resp/request.hpp"

namespace replserver {

void Node::execute(Args words, Now now) {
  if (!sources_.empty()) turn(now);
  state_.now = now;
  if (state_.meter != nullptr) state_.meter_reading = state_.meter();
  ClientSession& session = state_.in_process;
  session.suspension = Suspension::none;
  session.output.clear();
  RegisteredCommand* const command = state_.registry.resolve(words);
  dispatch(state_, session, command, words, ByteView(), Key());
  turn(now);  // it may have set others going again, by CLIENT UNPAUSE
}

void Node::execute_apart(Args words, Now now) {
  RS_ASSERT(!set_aside_);
  set_aside_ = std::exchange(state_.in_process.transaction, std::nullopt);
  execute(words, now);
}

LinkId Node::accepted_in_process(Now now) {
  state_.now = now;
  Peer peer;
  peer.address = peer.local_address = state_.in_process.peer.address;
  ClientSession& session = state_.sessions.add(std::move(peer), now.mono);
  session.protocol = state_.in_process.protocol;
  session.authenticated = true;
  session.last_write = state_.in_process.last_write;  // of the same caller: WAIT counts it
  return session.link;
}

void Node::asked(LinkId link, Args words, Now now) {
  Bytes command;
  append_command(command, words);
  received(link, command, now);
  turn(now);
}

bool Node::is_busy_with(LinkId link) const {
  const ClientSession* const session = state_.sessions.find(link);
  return session != nullptr && (!session->ready() || !session->unread.empty());
}

bool Node::is_suspended(LinkId link) const {
  const ClientSession* const session = state_.sessions.find(link);
  return session != nullptr && session->suspension != Suspension::none;
}

void Node::ask_for_acknowledgements(Now now) {
  state_.now = now;
  if (state_.propagation.active() && !state_.is_replica()) {
    state_.propagation.ask_for_acknowledgements();
  }
  turn(now);
}

bool Node::executing() const { return state_.in_process.suspension != Suspension::none; }

ByteView Node::executed() {
  RS_ASSERT(!executing());
  if (set_aside_) state_.in_process.transaction = std::exchange(set_aside_, std::nullopt);
  std::vector<ByteView> pieces;
  state_.in_process.output.views(pieces, SIZE_MAX);
  if (pieces.empty()) return {};
  if (pieces.size() == 1) return pieces.front();
  executed_.clear();
  for (const ByteView piece : pieces) executed_ += piece;
  return executed_;
}

}  // namespace replserver

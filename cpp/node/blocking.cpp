#include "node/blocking.hpp"

#include "base/assert.hpp"
#include "node/dispatch.hpp"

namespace replserver {
namespace {

bool may_be_served(const NodeState& node, const Waiters::Ready& ready,
                   const Waiters::Waiting& waiting) {
  if (waiting.wish.wakes_on_deletion) return true;
  const Entry* entry = node.context->peek(ready.key, ready.db);
  return entry != nullptr && entry->type() == waiting.wish.type;
}

// Its command once more, on its own link. It may find nothing again, and then keeps its place.
void say_again(NodeState& node, ClientSession& session, const Waiters::Waiting& waiting) {
  const std::vector<ByteView> words(waiting.wish.words.begin(), waiting.wish.words.end());
  RegisteredCommand* const command = node.registry.resolve(words);
  RS_ASSERT(command != nullptr);  // it was known when it was said
  enter(node, session);
  session.suspension = Suspension::none;
  node.context->prefetched = {};
  if (session.reply_mode == ReplyMode::off) {
    node.context->reply.retarget(node.unwanted, session.protocol);
  }
  node.executing = &session;
  call(node, session, *command, words, ByteView());
  node.executing = nullptr;
  node.unwanted.clear();
  if (!node.context->changes.empty()) {
    node.propagation.write(node.context->changes);
    session.last_write = node.propagation.position().offset;
  }
  if (!node.late_messages.empty()) node.send_late_messages(session);
  if (node.context->blocking) return node.suspend(session, Suspension::blocked);
  forget_waiter(node, session);
  node.announce(session);
  node.resume(session);
}

}  // namespace

void park(NodeState& node, ClientSession& session, Args words) {
  Waiters::Waiting waiting{session.id, session.db, std::move(*node.context->blocking), {}};
  node.context->blocking.reset();
  if (waiting.wish.words.empty()) waiting.wish.words.assign(words.begin(), words.end());
  if (waiting.wish.timeout) waiting.deadline = node.now.mono + *waiting.wish.timeout;
  node.waiters.wait(std::move(waiting));
  node.suspend(session, Suspension::blocked);
  node.observe_keys();
}

void serve_waiters(NodeState& node) {
  if (node.stands_still()) return;
  while (node.waiters.any_ready()) {
    const Waiters::Ready ready = node.waiters.take_ready();
    for (const std::uint64_t client : node.waiters.queue_of(ready.db, ready.key)) {
      const Waiters::Waiting* waiting = node.waiters.find(client);
      ClientSession* session = node.sessions.find_id(client);
      if (waiting == nullptr || session == nullptr || session->closing) continue;
      node.context->now = node.now;
      if (may_be_served(node, ready, *waiting)) say_again(node, *session, *waiting);
    }
  }
}

void unblock(NodeState& node, ClientSession& session, ByteView error) {
  if (node.acknowledgements.waits(session)) {
    return node.acknowledgements.give_up(node, session, error);
  }
  const Waiters::Waiting* waiting = node.waiters.find(session.id);
  RS_ASSERT(waiting != nullptr);
  const bool null_array = waiting->wish.null_array;
  forget_waiter(node, session);
  if (session.reply_mode != ReplyMode::off) {
    resp::Writer answer = node.writer_for(session);
    if (!error.empty()) {
      answer.error(error);
    } else if (null_array) {
      answer.null_array();
    } else {
      answer.null();
    }
  }
  node.resume(session);
}

void time_out_waiters(NodeState& node) {
  while (const auto client = node.waiters.timed_out(node.now.mono)) {
    ClientSession* session = node.sessions.find_id(*client);
    RS_ASSERT(session != nullptr);
    unblock(node, *session);
  }
}

void forget_waiter(NodeState& node, const ClientSession& session) {
  node.waiters.forget(session.id);
  node.observe_keys();
}

}  // namespace replserver

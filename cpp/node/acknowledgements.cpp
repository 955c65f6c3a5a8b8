#include "node/acknowledgements.hpp"

#include <algorithm>

#include "node/state.hpp"

namespace replserver {
namespace {

std::size_t having(const NodeState& node, const Acknowledgements::Wish& wish) {
  return wish.on_disk ? node.replicas.acknowledging_disk(wish.offset)
                      : node.replicas.acknowledging(wish.offset);
}

}  // namespace

void Acknowledgements::wait(NodeState& node, ClientSession& session, const Wish& wish) {
  waiting_.push_back({session.id, wish});
  must_ask_ = true;
  node.suspend(session, Suspension::blocked);
}

bool Acknowledgements::waits(const ClientSession& session) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [&](const Waiting& waiting) { return waiting.client == session.id; });
}

bool Acknowledgements::forget(const ClientSession& session) {
  return std::erase_if(waiting_,
                       [&](const Waiting& waiting) { return waiting.client == session.id; }) > 0;
}

void Acknowledgements::answer(resp::Writer& reply, const Wish& wish, std::size_t having) {
  const auto count = static_cast<std::int64_t>(having);
  if (!wish.on_disk) return reply.integer(count);
  reply.array(2);
  reply.integer(0);  // there is no append-only file of ours
  reply.integer(count);
}

void Acknowledgements::finish(NodeState& node, const Waiting& waiting, ByteView error) {
  ClientSession* const session = node.sessions.find_id(waiting.client);
  if (session == nullptr || session->closing) return;
  if (session->reply_mode != ReplyMode::off) {
    if (error.empty()) {
      resp::Writer reply = node.writer_for(*session);
      answer(reply, waiting.wish, having(node, waiting.wish));
    } else {
      node.writer_for(*session).error(error);
    }
  }
  node.resume(*session);
}

void Acknowledgements::give_up(NodeState& node, ClientSession& session, ByteView error) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
    return waiting.client == session.id;
  });
  if (found == waiting_.end()) return;
  const Waiting waiting = *found;
  waiting_.erase(found);
  finish(node, waiting, error);
}

void Acknowledgements::serve(NodeState& node) {
  for (std::size_t i = 0; i < waiting_.size();) {
    const Waiting waiting = waiting_[i];
    if (having(node, waiting.wish) < static_cast<std::size_t>(waiting.wish.replicas)) {
      ++i;
      continue;
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    finish(node, waiting, {});
  }
}

void Acknowledgements::time_out(NodeState& node) {
  for (std::size_t i = 0; i < waiting_.size();) {
    const Waiting waiting = waiting_[i];
    if (!waiting.wish.deadline || *waiting.wish.deadline > node.now.mono) {
      ++i;
      continue;
    }
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(i));
    finish(node, waiting, {});
  }
}

void Acknowledgements::end_turn(NodeState& node) {
  if (!must_ask_) return;
  must_ask_ = false;
  if (!waiting_.empty() && node.propagation.active()) node.propagation.ask_for_acknowledgements();
}

Instant Acknowledgements::next_deadline() const {
  Instant next = kNever;
  for (const Waiting& waiting : waiting_) {
    if (waiting.wish.deadline) next = std::min(next, *waiting.wish.deadline);
  }
  return next;
}

}  // namespace replserver

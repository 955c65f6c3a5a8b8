#include "node/journal.hpp"

#include <algorithm>

#include "node/state.hpp"

namespace replserver {
namespace {

bool stands_so(const NodeState& node, const Journal::Standing& standing) {
  if (node.propagation.position().history != standing.history) return false;
  if (node.replicas.online() != standing.replicas_online) return false;
  if (!node.is_replica()) return !standing.primary;
  return standing.link == node.upstream->state_word() &&
         standing.primary == node.upstream->primary();
}

Journal::Standing standing_of(const NodeState& node) {
  Journal::Standing standing;
  standing.history = node.propagation.position().history;
  if (const auto& former = node.propagation.history().former()) standing.former = former->history;
  standing.replicas_online = node.replicas.online();
  if (node.is_replica()) {
    standing.primary = node.upstream->primary();
    standing.link = node.upstream->state_word();
  }
  return standing;
}

}  // namespace

void Journal::look(const NodeState& node, Times at) {
  const Offset offset = node.propagation.position().offset;
  const bool is_same = standing_ && stands_so(node, *standing_);
  if (is_same && offset == offset_) return;
  Entry entry;
  entry.at = at;
  entry.end = offset;
  entry.begin = standing_ && offset >= offset_ ? offset_ : offset;
  if (const Backlog* const backlog = node.propagation.backlog()) {
    entry.backlog_first = backlog->first();
    const bool are_too_many = offset - std::max(entry.begin, backlog->begin()) > limits_.bytes;
    if (entry.begin < offset && !are_too_many) entry.bytes = backlog->tail(entry.begin);
  }
  if (!is_same) entry.standing = standing_ = standing_of(node);
  offset_ = offset;
  add(std::move(entry));
}

void Journal::ended(Times at) {
  Entry entry;
  entry.at = at;
  entry.begin = entry.end = offset_;
  entry.is_last = true;
  standing_.reset();  // should a node be started in its place, that one's is news
  add(std::move(entry));
}

void Journal::add(Entry entry) {
  entry.number = next_number_++;
  bytes_ += entry.bytes.size();
  entries_.push_back(std::move(entry));
  while (entries_.size() > limits_.entries || bytes_ > limits_.bytes) {
    bytes_ -= entries_.front().bytes.size();
    entries_.pop_front();
  }
}

}  // namespace replserver

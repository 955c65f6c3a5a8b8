// SharedJournal — the journal of a node, between the thread that fills it and Python's that reads it.
// Both hold it, so it outlives the node.
#pragma once

#include <unistd.h>

#include <chrono>
#include <deque>
#include <mutex>

#include "node/node.hpp"

namespace replserver {

class SharedJournal {
 public:
  explicit SharedJournal(Journal::Limits limits) : journal_(limits) {}

  // A virtual clock is the machine's as well.
  void look(const Node* node, Journal::Times at) {
    const std::lock_guard lock(mutex_);
    if (node == nullptr) return journal_.ended(at);
    node->note_in(journal_, at);
  }
  void look(const Node* node, WallTime at) {
    using std::chrono::duration_cast;
    const auto machine = std::chrono::system_clock::now().time_since_epoch();
    look(node, {at, WallTime(duration_cast<Duration>(machine))});
  }

  // In a forked child it may be locked for ever.
  std::deque<Journal::Entry> entries() const {
    if (is_foreign()) return {};
    const std::lock_guard lock(mutex_);
    return journal_.entries();
  }
  std::uint64_t dropped() const {
    if (is_foreign()) return 0;
    const std::lock_guard lock(mutex_);
    return journal_.dropped();
  }

 private:
  bool is_foreign() const { return process_ != ::getpid(); }

  const int process_ = ::getpid();
  mutable std::mutex mutex_;
  Journal journal_;
};

}  // namespace replserver

// LogRing — the lines of all nodes on their way to Python: written by the nodes' threads, which never
// take the GIL, read by one Python thread. Bounded: when nobody reads, the oldest lines are dropped
// and counted.
#pragma once

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/live_node.hpp"

namespace replserver {

struct LogLine {
  Bytes node;
  LogRecord record;
  WallTime at;
};

class LogRing {
 public:
  explicit LogRing(std::size_t capacity) : capacity_(capacity) {}
  ~LogRing() {
    // In a forked child the reader still seems to wait, and a condition variable's end waits for it.
    if (process_ != ::getpid()) static_cast<void>(border_.release());
  }
  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;

  void push(LogLine line) {
    const std::lock_guard lock(border_->mutex);
    if (lines_.size() == capacity_) {
      lines_.pop_front();
      ++dropped_;
    }
    lines_.push_back(std::move(line));
    border_->filled.notify_one();
  }

  // All there are, after waiting for the first one. None: it has ended, and all were taken.
  std::optional<std::vector<LogLine>> take() {
    std::unique_lock lock(border_->mutex);
    border_->filled.wait(lock, [this] { return ended_ || !lines_.empty(); });
    if (lines_.empty()) return std::nullopt;
    std::vector<LogLine> taken(std::make_move_iterator(lines_.begin()),
                               std::make_move_iterator(lines_.end()));
    lines_.clear();
    return taken;
  }
  void end() {
    const std::lock_guard lock(border_->mutex);
    ended_ = true;
    border_->filled.notify_all();
  }

  std::vector<LogLine> copy() const {
    const std::lock_guard lock(border_->mutex);
    return {lines_.begin(), lines_.end()};
  }
  std::uint64_t dropped() const {
    const std::lock_guard lock(border_->mutex);
    return dropped_;
  }

 private:
  struct Border {  // between threads
    std::mutex mutex;
    std::condition_variable filled;
  };

  const std::size_t capacity_;
  const int process_ = ::getpid();
  std::unique_ptr<Border> border_ = std::make_unique<Border>();
  std::deque<LogLine> lines_;
  std::uint64_t dropped_ = 0;
  bool ended_ = false;
};

}  // namespace replserver

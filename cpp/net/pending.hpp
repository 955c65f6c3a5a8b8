// Pending — what another thread waits for while a node works: a command's reply, or that a wish has come
// true. Promise is the node's side of it.
//
//   open ──> done | closed (the node, or the session, has ended) | cancelled        once, for good
//
// Shared between the node's thread and those that wait. A promise that nobody keeps any more has been
// broken: its pending is closed. After a fork the child's are defunct.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "node/replication_status.hpp"

namespace replserver::net {

class Pending {
 public:
  enum class State : std::uint8_t { open, done, closed, cancelled };
  struct Outcome {
    Bytes reply;                              // in RESP3
    std::optional<ReplicationStatus> status;  // when the wish had come true
  };

  Pending();
  ~Pending();
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  State state() const;
  bool wait(Duration limit) const;            // true: it is settled
  const Outcome& outcome() const;             // of one that is done
  bool settle(State state, Outcome outcome);  // false: it was settled before
  bool is_defunct() const;
  // Readable from the moment it is settled on; for those who wait for many things at once. Ours to close.
  int descriptor();

 private:
  struct Border {  // between threads
    std::mutex mutex;
    std::condition_variable settled;
  };

  const int process_;
  std::unique_ptr<Border> border_;
  State state_ = State::open;
  Outcome outcome_;
  int descriptor_ = -1;
};

class Promise {
 public:
  explicit Promise(std::shared_ptr<Pending> pending) : pending_(std::move(pending)) {}
  Promise(Promise&&) = default;
  Promise& operator=(Promise&&) = default;
  ~Promise() {
    if (pending_) pending_->settle(Pending::State::closed, {});
  }

  void keep(Pending::Outcome outcome) {
    pending_->settle(Pending::State::done, std::move(outcome));
  }
  bool is_wanted() const { return pending_->state() == Pending::State::open; }

 private:
  std::shared_ptr<Pending> pending_;
};

}  // namespace replserver::net

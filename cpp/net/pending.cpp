#include "net/pending.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <system_error>

#include "base/assert.hpp"

namespace replserver::net {
namespace {

void make_readable(int descriptor) {
  const std::uint64_t one = 1;
  // It cannot be full: it is written once.
  RS_ASSERT(::write(descriptor, &one, sizeof one) == sizeof one);
}

}  // namespace

Pending::Pending() : process_(::getpid()), border_(std::make_unique<Border>()) {}

Pending::~Pending() {
  if (descriptor_ >= 0) ::close(descriptor_);
  // In a forked child somebody still seems to wait, and a condition variable's end waits for them.
  if (is_defunct()) static_cast<void>(border_.release());
}

bool Pending::is_defunct() const { return process_ != ::getpid(); }

Pending::State Pending::state() const {
  const std::lock_guard lock(border_->mutex);
  return state_;
}

bool Pending::wait(Duration limit) const {
  std::unique_lock lock(border_->mutex);
  return border_->settled.wait_for(lock, limit, [this] { return state_ != State::open; });
}

const Pending::Outcome& Pending::outcome() const {
  RS_ASSERT(state() == State::done);
  return outcome_;  // and does not change any more
}

bool Pending::settle(State state, Outcome outcome) {
  RS_ASSERT(state != State::open);
  const std::lock_guard lock(border_->mutex);
  if (state_ != State::open) return false;
  outcome_ = std::move(outcome);
  state_ = state;
  border_->settled.notify_all();
  if (descriptor_ >= 0) make_readable(descriptor_);
  return true;
}

int Pending::descriptor() {
  const std::lock_guard lock(border_->mutex);
  if (descriptor_ >= 0) return descriptor_;
  descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  if (state_ != State::open) make_readable(descriptor_);
  return descriptor_;
}

}  // namespace replserver::net

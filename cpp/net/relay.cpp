#include "net/relay.hpp"

#include <unistd.h>

#include <asio/post.hpp>
#include <future>

#include "net/relay_carrier.hpp"
#include "net/thread_name.hpp"

namespace replserver::net {

Relay::Relay(const Options& options) : process_(::getpid()) {
  carrier_ =
      std::make_unique<Carrier>(options, [this](std::vector<LinkEvent> events, Status status) {
        tell(std::move(events), std::move(status));
      });
  port_ = carrier_->port();
  thread_ = named("rs-link:" + std::to_string(port_), std::thread([this] { carrier_->run(); }));
}

Relay::~Relay() { close(); }

bool Relay::is_defunct() const { return process_ != ::getpid(); }

void Relay::close() {
  if (is_defunct()) {
    // Its thread exists in the parent only, and so does whoever could release what it holds.
    if (thread_.joinable()) thread_.detach();
    static_cast<void>(carrier_.release());
    static_cast<void>(border_.release());
    return;
  }
  const std::lock_guard running(running_mutex_);
  if (closed_) return;
  closed_ = true;
  asio::post(carrier_->io(), [this] { carrier_->close(); });
  thread_.join();
  carrier_.reset();
  const std::lock_guard lock(border_->mutex);
  border_->closed = true;
  border_->changed.notify_all();
}

void Relay::run(const std::function<void()>& job) {
  if (is_defunct()) throw Closed("it lives in the parent process");
  const std::lock_guard running(running_mutex_);
  if (closed_) throw Closed("it is closed");
  std::promise<void> done;
  asio::post(carrier_->io(), [&] {
    try {
      job();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

void Relay::change(const std::function<void(LinkRules&)>& job) {
  run([&] {
    job(carrier_->rules());
    carrier_->changed();
  });
}

void Relay::cut(bool reset, bool refuses) {
  run([&] { carrier_->cut(reset, refuses); });
}

void Relay::heal() {
  run([&] { carrier_->heal(); });
}

bool Relay::acknowledge(std::optional<Offset> offset) {
  bool done = false;
  run([&] { done = carrier_->acknowledge(offset); });
  return done;
}

void Relay::set_target(const Bytes& host, std::uint16_t port) {
  run([&] { carrier_->set_target(host, port); });
}

// ---- what other threads see

void Relay::tell(std::vector<LinkEvent> events, Status status) {
  // Told behind what it brought about; what others noted meanwhile was later all the same.
  using std::chrono::duration_cast;
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const auto mono = std::chrono::steady_clock::now().time_since_epoch();
  const WallTime began(duration_cast<Duration>(wall - mono));
  const std::lock_guard lock(border_->mutex);
  status.events = border_->status.events;
  for (LinkEvent& event : events) {
    const WallTime at = began + event.at.time_since_epoch();
    border_->events.push_back({++status.events, at, std::move(event)});
  }
  while (border_->events.size() > kEventsKept) border_->events.pop_front();
  border_->status = std::move(status);
  border_->changed.notify_all();
}

Relay::Status Relay::status() const {
  if (is_defunct()) throw Closed("it lives in the parent process");
  const std::lock_guard lock(border_->mutex);
  return border_->status;
}

std::vector<Relay::Event> Relay::events(std::uint64_t after) const {
  if (is_defunct()) return {};  // they may be locked for ever
  const std::lock_guard lock(border_->mutex);
  std::vector<Event> events;
  for (const Event& event : border_->events) {
    if (event.number > after) events.push_back(event);
  }
  return events;
}

bool Relay::wait(const Wish& wish, Duration limit) const {
  if (is_defunct()) throw Closed("it lives in the parent process");
  std::unique_lock lock(border_->mutex);
  border_->changed.wait_for(lock, limit, [&] { return border_->closed || wish(border_->status); });
  return wish(border_->status);
}

bool Relay::is_closed() const {
  if (is_defunct()) return true;
  const std::lock_guard lock(border_->mutex);
  return border_->closed;
}

}  // namespace replserver::net

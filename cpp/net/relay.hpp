// Relay — a link between any two servers, with faults on request: it listens, dials its target for each
// connection that it takes, and carries their bytes through LinkTaps.
//
//   replica ──> [ port ] ── LinkTap ──> primary       one LinkRules for all conversations of the link
//
// Runs on a thread of its own; what it is told is done when the call returns. Other threads see its status
// and its events, and wait for them to change. After a fork the child's relays are defunct.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include "repl/link_status.hpp"

namespace replserver::net {

class Relay {
 public:
  static constexpr std::size_t kEventsKept = 10'000;

  struct Options {
    Bytes host;  // the target's: an address or a name
    std::uint16_t port = 0;
    std::uint16_t listen_port = 0;  // on 127.0.0.1; 0: the kernel's choice
    std::uint64_t seed = 1;         // of jitter
  };
  struct Event {
    std::uint64_t number = 0;  // counted from 1
    WallTime at{};
    LinkEvent what;
  };
  using Status = LinkStatus;
  using Wish = std::function<bool(const Status&)>;

  explicit Relay(const Options& options);  // listens when it returns; throws StartError
  ~Relay();                                // close()
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::uint16_t port() const { return port_; }

  // All of these throw Closed when it is closed.
  // The rules are changed on the relay's thread, and at once have their effect.
  void change(const std::function<void(LinkRules&)>& job);
  void cut(bool reset, bool refuses);  // what is open, with what is on the way
  void heal();                         // and what an end has left during a silence is cut
  bool acknowledge(std::optional<Offset> offset);  // false: there is no conversation that could
  void set_target(const Bytes& host, std::uint16_t port);

  Status status() const;
  std::vector<Event> events(std::uint64_t after) const;  // also once it is closed
  bool wait(const Wish& wish,
            Duration limit) const;  // false: not within the limit, or it is closed
  bool is_closed() const;
  void close();  // idempotent; what is open is cut
  bool is_defunct() const;

  struct Closed : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

 private:
  class Carrier;

  void run(const std::function<void()>& job);
  void tell(std::vector<LinkEvent> events, Status status);

  int process_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Carrier> carrier_;
  std::thread thread_;
  std::mutex running_mutex_;  // one job at a time, and none once it is closed
  bool closed_ = false;
  struct Border {  // between threads
    std::mutex mutex;
    std::condition_variable changed;
    Status status;
    std::deque<Event> events;
    bool closed = false;
  };
  std::unique_ptr<Border> border_ = std::make_unique<Border>();
};

}  // namespace replserver::net

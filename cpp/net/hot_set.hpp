// HotSet — the sockets of a driver's links, in one level-triggered epoll set.
//
// Asio watches the set as a single descriptor. When it is readable, one wait() tells all links that
// are ready, so that they can be handled as a batch; per-socket bookkeeping of a reactor is not paid.
// A socket is watched for input, unless its node cannot take more now; for output only while some of it
// is left.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <span>
#include <vector>

#include "node/effects.hpp"

namespace replserver::net {

class HotSet {
 public:
  HotSet();  // throws std::system_error
  ~HotSet();
  HotSet(const HotSet&) = delete;
  HotSet& operator=(const HotSet&) = delete;

  int descriptor() const { return epoll_; }
  void add(int socket, LinkId link);
  void watch(int socket, LinkId link, bool input, bool output);  // for input alone at first
  void remove(int socket);

  struct Ready {
    LinkId link;
    bool input, output;
  };
  // Those that are ready now; does not wait. Valid until the next call.
  std::span<const Ready> ready();

 private:
  int epoll_;
  std::vector<epoll_event> events_;
  std::vector<Ready> ready_;
};

}  // namespace replserver::net

#include "net/hot_set.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/assert.hpp"

namespace replserver::net {
namespace {

constexpr std::size_t kEventsMax = 256;

epoll_event event_of(LinkId link, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = static_cast<std::uint64_t>(link);
  return event;
}

}  // namespace

HotSet::HotSet() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), events_(kEventsMax) {
  if (epoll_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

HotSet::~HotSet() { ::close(epoll_); }

void HotSet::add(int socket, LinkId link) {
  epoll_event event = event_of(link, EPOLLIN);
  RS_ASSERT(::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0);
}

void HotSet::watch(int socket, LinkId link, bool input, bool output) {
  epoll_event event = event_of(link, (input ? EPOLLIN : 0u) | (output ? EPOLLOUT : 0u));
  RS_ASSERT(::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event) == 0);
}

void HotSet::remove(int socket) {
  RS_ASSERT(::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr) == 0);
}

std::span<const HotSet::Ready> HotSet::ready() {
  ready_.clear();
  const int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    // An error or a hang-up shows itself to whoever reads.
    const bool input = (event.events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0;
    ready_.push_back({static_cast<LinkId>(event.data.u64), input, (event.events & EPOLLOUT) != 0});
  }
  return ready_;
}

}  // namespace replserver::net

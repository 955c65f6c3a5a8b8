#include "loadgen_load.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace loadgen {
namespace {

constexpr std::size_t kBufferSize = 1u << 19;
constexpr int kEventsMax = 512;
constexpr int kTurnMs = 100;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

std::int64_t mono_ns() { return nanoseconds_of(CLOCK_MONOTONIC); }

Descriptor connect_to(const std::string& host, int port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("no such host: " + host);
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);

  Descriptor socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.number() < 0) fail("socket");
  const timeval patience{10, 0};
  setsockopt(socket.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(socket.number(), found->ai_addr, found->ai_addrlen) != 0) fail("connect");
  const int on = 1;
  setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fcntl(socket.number(), F_SETFL, O_NONBLOCK) != 0) fail("fcntl");
  return socket;
}

// recv() that also tells when the kernel got the bytes, by CLOCK_REALTIME; 0: it does not say.
ssize_t receive_stamped(int socket, char* at, std::size_t size, std::int64_t& arrived_wall_ns) {
  iovec piece{at, size};
  alignas(cmsghdr) char control[128];
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  arrived_wall_ns = 0;
  const ssize_t got = recvmsg(socket, &message, 0);
  if (got <= 0) return got;
  for (cmsghdr* note = CMSG_FIRSTHDR(&message); note; note = CMSG_NXTHDR(&message, note)) {
    if (note->cmsg_level != SOL_SOCKET || note->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time{};
    std::memcpy(&time, CMSG_DATA(note), sizeof time);
    arrived_wall_ns = time.tv_sec * 1'000'000'000ll + time.tv_nsec;
  }
  return got;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Load::Load(const Options& options)
    : options_(options),
      script_(options.commands.empty() ? std::vector<std::string>{"PING"} : options.commands,
              options.digits(), options.value_size),
      probe_script_({options.probe_command}, options.digits(), options.value_size),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kBufferSize) {
  if (epoll_.number() < 0) fail("epoll_create1");
  numbers_ = {Random(options.seed), options.keys, options.fill_from};
  probe_numbers_ = {Random(options.seed + 1), options.keys, 0};
  if (options.pid > 0) server_ = std::make_unique<ProcessMeter>(options.pid);

  const std::size_t link_count = options.commands.empty() ? 0 : options.connections;
  links_.reserve(link_count);
  for (std::uint32_t i = 0; i < link_count; ++i) {
    links_.emplace_back(connect_to(options.host, options.port), script_, options.pipeline);
    watch(links_.back(), i, true);
  }
  if (!options.probe) return;
  probe_ = std::make_unique<Link>(connect_to(options.host, options.port), probe_script_, 1);
  const int on = 1;
  setsockopt(probe_->socket.number(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  watch(*probe_, kProbe, true);
}

void Load::watch(Link& link, std::uint32_t index, bool is_new) {
  epoll_event event{};
  event.events = EPOLLIN | (link.wants_write ? EPOLLOUT : 0u);
  event.data.u32 = index;
  const int operation = is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_.number(), operation, link.socket.number(), &event) != 0) fail("epoll_ctl");
}

LoadReport Load::run() {
  heard_ns_ = due_ns_ = mono_ns();
  const std::int64_t warm_ns = heard_ns_ + static_cast<std::int64_t>(options_.warmup_seconds * 1e9);
  if (options_.warmup_seconds == 0) begin_measuring();
  for (std::uint32_t i = 0; i < links_.size(); ++i) send_batch(links_[i], i);
  if (probe_) ask_probe();

  while (true) {
    turn();
    send_due();
    const std::int64_t now_ns = mono_ns();
    if (!measuring_ && now_ns >= warm_ns) begin_measuring();
    if (finished(now_ns)) break;
    if (static_cast<double>(now_ns - heard_ns_) > options_.patience_seconds * 1e9) {
      throw std::runtime_error("the server has fallen silent");
    }
  }
  end_measuring();
  return std::move(report_);
}

void Load::begin_measuring() {
  measuring_ = true;
  issued_ = 0;
  replies_at_start_ = report_.counts.replies;
  report_.latency.clear();
  probe_report_.latency.clear();
  probe_report_.latency_without_wait.clear();
  if (server_) {
    report_.server = server_->cost();
    report_.server_waited_ns = server_->waited_ns();
  }
  report_.client_cpu_ns = nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID);
  started_ns_ = mono_ns();
}

void Load::end_measuring() {
  report_.seconds = static_cast<double>(mono_ns() - started_ns_) / 1e9;
  report_.requests = report_.counts.replies - replies_at_start_;
  report_.client_cpu_ns = nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID) - report_.client_cpu_ns;
  if (server_) {
    const ProcessCost end = server_->cost();
    report_.server = {end.cpu_ns - report_.server->cpu_ns,
                      end.user_ticks - report_.server->user_ticks,
                      end.system_ticks - report_.server->system_ticks};
    report_.server_waited_ns = server_->waited_ns() - report_.server_waited_ns;
  }
  if (probe_) report_.probe = std::move(probe_report_);
}

bool Load::finished(std::int64_t now_ns) const {
  if (stopped_) return true;
  if (!measuring_) return false;
  if (options_.requests > 0 && !links_.empty()) {
    return report_.counts.replies - replies_at_start_ >= options_.requests;
  }
  return static_cast<double>(now_ns - started_ns_) >= options_.seconds * 1e9;
}

// How many more requests may be sent. While warming up the answer is: any number.
std::uint64_t Load::allowance() const {
  if (!measuring_ || options_.requests == 0) return options_.pipeline;
  return options_.requests - std::min(options_.requests, issued_);
}

void Load::send_batch(Link& link, std::uint32_t index) {
  const std::size_t count = std::min<std::uint64_t>(options_.pipeline, allowance());
  if (options_.rate > 0 && mono_ns() < due_ns_) return resting_.push_back(index);
  link.replies.expect(count);
  if (count == 0) return;
  if (options_.rate > 0) {
    due_ns_ += static_cast<std::int64_t>(static_cast<double>(count) * 1e9 / options_.rate);
  }
  issued_ += count;
  link.unsent = link.tape.next(count, numbers_);
  link.sent_ns = mono_ns();
  send_rest(link, index);
}

void Load::send_due() {
  while (!resting_.empty() && mono_ns() >= due_ns_) {
    const std::uint32_t index = resting_.front();
    resting_.erase(resting_.begin());
    send_batch(links_[index], index);
  }
}

// How long may be waited for events.
int Load::patience_ms() const {
  if (resting_.empty()) return kTurnMs;
  const std::int64_t left_ns = due_ns_ - mono_ns();
  return static_cast<int>(std::clamp<std::int64_t>((left_ns + 999'999) / 1'000'000, 0, kTurnMs));
}

void Load::send_rest(Link& link, std::uint32_t index) {
  while (!link.unsent.empty()) {
    const ssize_t sent =
        send(link.socket.number(), link.unsent.data(), link.unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) break;
      fail("send");
    }
    link.unsent.remove_prefix(static_cast<std::size_t>(sent));
  }
  const bool wants_write = !link.unsent.empty();
  if (wants_write == link.wants_write) return;
  link.wants_write = wants_write;
  watch(link, index, false);
}

void Load::receive(Link& link, std::uint32_t index) {
  std::memcpy(buffer_.data(), link.tail.data(), link.tail.size());
  const ssize_t got = recv(link.socket.number(), buffer_.data() + link.tail.size(),
                           buffer_.size() - link.tail.size(), 0);
  if (got == 0) throw std::runtime_error("the server closed a connection");
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    fail("recv");
  }
  std::string_view bytes(buffer_.data(), link.tail.size() + static_cast<std::size_t>(got));
  const std::uint64_t before = report_.counts.replies;
  bytes.remove_prefix(link.replies.read(bytes, link.tape, report_.counts));
  link.tail = bytes;

  heard_ns_ = mono_ns();
  report_.latency.record(static_cast<std::uint64_t>(heard_ns_ - link.sent_ns),
                         report_.counts.replies - before);
  if (link.replies.complete()) send_batch(link, index);
}

// While keys are being filled in, the probe asks for one of those that are surely there.
void Load::ask_probe() {
  if (options_.fill > 0) {
    const std::uint64_t under_way = options_.pipeline * options_.connections;
    const std::uint64_t there = options_.fill_from + report_.counts.replies;
    probe_numbers_.keys = there > under_way ? there - under_way : 1;
  }
  probe_->replies.expect(1);
  probe_->unsent = probe_->tape.next(1, probe_numbers_);
  if (server_) probe_waited_ns_ = server_->waited_ns();
  probe_->sent_ns = mono_ns();
  probe_sent_wall_ns_ = nanoseconds_of(CLOCK_REALTIME);
  send_rest(*probe_, kProbe);
}

void Load::receive_probe() {
  Link& link = *probe_;
  std::memcpy(buffer_.data(), link.tail.data(), link.tail.size());
  std::int64_t arrived_wall_ns = 0;
  const ssize_t got = receive_stamped(link.socket.number(), buffer_.data() + link.tail.size(),
                                      buffer_.size() - link.tail.size(), arrived_wall_ns);
  if (got == 0) throw std::runtime_error("the server closed the probe's connection");
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    fail("recv");
  }
  std::string_view bytes(buffer_.data(), link.tail.size() + static_cast<std::size_t>(got));
  bytes.remove_prefix(link.replies.read(bytes, link.tape, probe_report_.counts));
  link.tail = bytes;
  if (!link.replies.complete()) return;

  // The kernel's stamp leaves out how long this thread was busy with its other connections. A
  // clock that was set meanwhile shows by its difference being out of the possible range.
  heard_ns_ = mono_ns();
  std::int64_t took_ns = heard_ns_ - link.sent_ns;
  const std::int64_t stamped_ns = arrived_wall_ns - probe_sent_wall_ns_;
  if (arrived_wall_ns != 0 && stamped_ns >= 0 && stamped_ns <= took_ns) took_ns = stamped_ns;
  const std::int64_t waited_ns = server_ ? server_->waited_ns() - probe_waited_ns_ : 0;

  if (static_cast<std::uint64_t>(took_ns) > probe_report_.latency.max()) {
    probe_report_.worst_after = report_.counts.replies;
  }
  probe_report_.latency.record(static_cast<std::uint64_t>(took_ns));
  probe_report_.latency_without_wait.record(
      static_cast<std::uint64_t>(std::max<std::int64_t>(took_ns - waited_ns, 0)));
  ask_probe();
}

void Load::turn() {
  epoll_event events[kEventsMax];
  const int count = epoll_wait(epoll_.number(), events, kEventsMax, patience_ms());
  if (count < 0) {
    if (errno == EINTR) return;
    fail("epoll_wait");
  }
  // The probe goes first, so that it asks again before the load takes this thread's time.
  for (int i = 0; i < count; ++i) {
    if (events[i].data.u32 == kProbe) receive_probe();
  }
  for (int i = 0; i < count; ++i) {
    const std::uint32_t index = events[i].data.u32;
    if (index == kProbe) continue;
    if (events[i].events & EPOLLOUT) send_rest(links_[index], index);
    if (events[i].events & ~EPOLLOUT) receive(links_[index], index);
  }
}

}  // namespace loadgen

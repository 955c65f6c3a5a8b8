#include "net/relay_carrier.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/write.hpp>
#include <string>

#include "net/live_node.hpp"
#include "net/sockets.hpp"

namespace replserver::net {
namespace {

using asio::ip::tcp;
using What = LinkTap::Verdict::What;

constexpr auto kAcceptRetry = std::chrono::milliseconds(20);

Instant monotonic_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return Instant(std::chrono::duration_cast<Duration>(now));
}

std::chrono::steady_clock::time_point steady(Instant at) {
  return std::chrono::steady_clock::time_point(at.time_since_epoch());
}

LinkWay way_of(int way) { return static_cast<LinkWay>(way); }

[[noreturn]] void refuse_to_start(const Bytes& what, const asio::error_code& error) {
  throw StartError(what + ": " + error.message());
}

void abort(tcp::socket& socket) {
  asio::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

}  // namespace

Relay::Carrier::Carrier(const Options& options, Told told)
    : told_(std::move(told)), keeper_(io_), acceptor_(io_), rules_(options.seed) {
  set_target(options.host, options.port);
  asio::error_code error;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), options.listen_port);
  keeper_.open(endpoint.protocol(), error);
  if (!error) keeper_.set_option(tcp::socket::reuse_address(true), error);
  if (!error) keeper_.bind(endpoint, error);
  if (error) refuse_to_start("port " + std::to_string(options.listen_port), error);
  close_on_exec(keeper_.native_handle());
  port_ = keeper_.local_endpoint().port();
  listen();
}

void Relay::Carrier::run() {
  const auto work = asio::make_work_guard(io_);
  io_.run();
}

void Relay::Carrier::set_target(const Bytes& host, std::uint16_t port) {
  asio::error_code error;
  const auto found =
      tcp::resolver(io_).resolve(host, std::to_string(port), tcp::resolver::numeric_service, error);
  if (error) refuse_to_start(host, error);
  // A name may stand for several addresses, and servers listen on the old kind by default.
  target_ = *found.begin();
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) target_ = entry.endpoint();
  }
}

// ---- connections

void Relay::Carrier::listen() {
  asio::error_code error;
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port_);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) refuse_to_start("port " + std::to_string(port_), error);
  close_on_exec(acceptor_.native_handle());
  accept();
}

void Relay::Carrier::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!acceptor_.is_open() || conversations_.size() == kConversationsMax) {
      if (!error) abort(socket);  // perhaps it came in the moment in which we began to refuse
      if (acceptor_.is_open()) accept();
      return;
    }
    if (error) {  // out of descriptors, perhaps: some come back
      auto timer = std::make_shared<asio::steady_timer>(io_, kAcceptRetry);
      timer->async_wait([this, timer](const asio::error_code&) {
        if (acceptor_.is_open()) accept();
      });
      return;
    }
    asio::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    close_on_exec(socket.native_handle());
    auto conversation =
        std::make_shared<Conversation>(io_, rules_, std::move(socket), monotonic_now());
    conversations_.push_back(conversation);
    dial(conversation);
    tell();
    accept();
  });
}

// During a silence the dialling would not get through either.
void Relay::Carrier::dial(const Shared& conversation) {
  if (rules_.gate(LinkWay::up) == LinkRules::Gate::silent) return;
  conversation->state = Conversation::State::dialling;
  tcp::socket& socket = conversation->ends[1];
  socket.async_connect(target_, [this, conversation](const asio::error_code& error) {
    if (conversation->state != Conversation::State::dialling) return;
    if (error) {
      conversation->tap.closed("the primary cannot be reached: " + error.message(),
                               monotonic_now());
      reset(*conversation);
      finish(conversation);
      return tell();
    }
    asio::error_code ignored;
    conversation->ends[1].set_option(tcp::no_delay(true), ignored);
    close_on_exec(conversation->ends[1].native_handle());
    for (tcp::socket& end : conversation->ends) end.non_blocking(true, ignored);
    conversation->state = Conversation::State::carrying;
    for (const int way : {0, 1}) pump(conversation, way);
    tell();
  });
}

// ---- bytes

void Relay::Carrier::read(const Shared& conversation, int way) {
  Side& side = conversation->sides[way];
  if (side.is_reading || side.has_ended || side.in_hand.size() >= kInHand) return;
  side.is_reading = true;
  const auto room = asio::buffer(side.buffer.data(), kInHand - side.in_hand.size());
  conversation->ends[way].async_read_some(
      room, [this, conversation, way](const asio::error_code& error, std::size_t size) {
        Side& side = conversation->sides[way];
        side.is_reading = false;
        if (conversation->state != Conversation::State::carrying) return;
        side.in_hand.append(side.buffer.data(), size);
        if (error && error != asio::error::eof && conversation->tap.tells_close(way_of(way))) {
          conversation->tap.closed(
              way == 0 ? "by the replica, with a reset" : "by the primary, with a reset",
              monotonic_now());
          reset(*conversation);
          finish(conversation);
          return tell();
        }
        if (error) side.has_ended = true;
        pump(conversation, way);
        tell();
      });
}

void Relay::Carrier::pump(const Shared& conversation, int way) {
  Side& side = conversation->sides[way];
  if (conversation->state != Conversation::State::carrying || side.is_writing) return;
  while (side.outgoing.size() < kInHand && take_verdict(conversation, way)) continue;
  apply_refusal();
  write(conversation, way);
  if (conversation->state != Conversation::State::carrying) return;
  if (side.is_writing) return;
  if (conversation->cut_when_written) {
    return cut(conversation, *conversation->cut_when_written == What::reset);
  }
  read(conversation, way);
  pass_on_end(conversation, way);
}

// True: there may be another one.
bool Relay::Carrier::take_verdict(const Shared& conversation, int way) {
  if (conversation->cut_when_written) return false;
  Side& side = conversation->sides[way];
  const auto verdict = conversation->tap.pass(way_of(way), side.in_hand, monotonic_now());
  switch (verdict.what) {
    case What::wait:
      wait_until(conversation, way, verdict.due);
      return false;
    case What::pass: {
      const std::size_t begin = side.outgoing.size();
      side.outgoing.append(side.in_hand, 0, verdict.size);
      if (verdict.twice) side.outgoing.append(side.in_hand, 0, verdict.size);
      if (verdict.mask != 0) {
        for (std::size_t index = begin; index < side.outgoing.size(); ++index) {
          side.outgoing[index] = static_cast<char>(side.outgoing[index] ^ verdict.mask);
        }
      }
      side.in_hand.erase(0, verdict.size);
      return true;
    }
    case What::drop:
      side.in_hand.erase(0, verdict.size);
      return true;
    case What::insert:
      side.outgoing += verdict.bytes;
      return true;
    default:
      conversation->cut_when_written = verdict.what;
      return false;
  }
}

void Relay::Carrier::wait_until(const Shared& conversation, int way, Instant due) {
  Side& side = conversation->sides[way];
  side.waits_for_time = due != kNever;
  if (!side.waits_for_time) return;
  side.timer.expires_at(steady(due));
  side.timer.async_wait(
      [this, weak = std::weak_ptr(conversation), way](const asio::error_code& error) {
        const Shared waiting = weak.lock();
        if (error || !waiting) return;
        pump(waiting, way);
        tell();
      });
}

// Most often the kernel takes all of it at once.
void Relay::Carrier::write(const Shared& conversation, int way) {
  Side& side = conversation->sides[way];
  tcp::socket& to = conversation->ends[1 - way];
  asio::error_code error;
  if (!side.outgoing.empty()) {
    const std::size_t size = to.write_some(asio::buffer(side.outgoing), error);
    side.outgoing.erase(0, size);
    if (error == asio::error::would_block) error.clear();
  }
  if (error) side.outgoing.clear();  // its reader will find out that it is gone
  if (side.outgoing.empty()) return;
  side.is_writing = true;
  asio::async_write(to, asio::buffer(side.outgoing),
                    [this, conversation, way](const asio::error_code&, std::size_t) {
                      Side& side = conversation->sides[way];
                      side.is_writing = false;
                      side.outgoing.clear();
                      pump(conversation, way);
                      tell();
                    });
}

// ---- ends

void Relay::Carrier::pass_on_end(const Shared& conversation, int way) {
  Side& side = conversation->sides[way];
  if (!side.has_ended || side.is_told || !conversation->tap.tells_close(way_of(way))) return;
  if (side.waits_for_time) return;
  // What cannot be told from bytes that will never come, as a rule may want, is not waited for.
  side.in_hand.clear();
  side.is_told = true;
  asio::error_code ignored;
  conversation->ends[1 - way].shutdown(tcp::socket::shutdown_send, ignored);
  if (!conversation->sides[1 - way].is_told) {
    conversation->tap.closed(way == 0 ? "by the replica" : "by the primary", monotonic_now());
    return;
  }
  finish(conversation);
}

// By FIN each end is told, and heard to its end: closing while there is something to read makes it RST.
void Relay::Carrier::cut(const Shared& conversation, bool reset_it) {
  if (reset_it || conversation->state != Conversation::State::carrying) {
    reset(*conversation);
    return finish(conversation);
  }
  conversation->state = Conversation::State::cut;
  asio::error_code ignored;
  for (const int way : {0, 1}) {
    Side& side = conversation->sides[way];
    side.timer.cancel();
    conversation->ends[way].cancel(ignored);
    conversation->ends[way].shutdown(tcp::socket::shutdown_send, ignored);
  }
  for (const int way : {0, 1}) drain(conversation, way);
}

void Relay::Carrier::drain(const Shared& conversation, int way) {
  Side& side = conversation->sides[way];
  conversation->ends[way].async_read_some(
      asio::buffer(side.buffer),
      [this, conversation, way](const asio::error_code& error, std::size_t) {
        if (conversation->state != Conversation::State::cut) return;
        if (!error) return drain(conversation, way);
        conversation->sides[way].is_told = true;
        if (!conversation->sides[1 - way].is_told) return;
        finish(conversation);
        tell();
      });
}

void Relay::Carrier::reset(Conversation& conversation) {
  for (tcp::socket& end : conversation.ends) abort(end);
}

void Relay::Carrier::finish(const Shared& conversation) {
  if (conversation->state == Conversation::State::gone) return;
  conversation->state = Conversation::State::gone;
  last_.observe(conversation->tap);
  asio::error_code ignored;
  for (tcp::socket& end : conversation->ends) end.close(ignored);
  for (Side& side : conversation->sides) side.timer.cancel();
  conversations_.remove(conversation);
}

// ---- what it is told

void Relay::Carrier::changed() {
  pump_all();
  tell();
}

void Relay::Carrier::pump_all() {
  apply_refusal();
  for (const Shared& conversation : std::list<Shared>(conversations_)) {
    if (conversation->state == Conversation::State::accepted) dial(conversation);
    for (const int way : {0, 1}) pump(conversation, way);
  }
}

void Relay::Carrier::cut(bool reset_it, bool refuses) {
  if (refuses) rules_.refuses = true;
  for (const Shared& conversation : std::list<Shared>(conversations_)) {
    if (conversation->state == Conversation::State::cut) continue;
    conversation->tap.cut(monotonic_now());
    cut(conversation, reset_it);
  }
  changed();
}

void Relay::Carrier::heal() {
  rules_.heal();
  changed();
}

bool Relay::Carrier::acknowledge(std::optional<Offset> offset) {
  bool done = false;
  for (const Shared& conversation : conversations_) {
    if (conversation->state != Conversation::State::carrying) continue;
    if (conversation->tap.reader().phase() != ConversationReader::Phase::streaming) continue;
    done = conversation->tap.acknowledge(offset, monotonic_now());
  }
  changed();
  return done;
}

void Relay::Carrier::apply_refusal() {
  if (rules_.refuses == !acceptor_.is_open()) return;
  asio::error_code ignored;
  if (!rules_.refuses) return listen();
  acceptor_.close(ignored);
}

void Relay::Carrier::close() {
  asio::error_code ignored;
  acceptor_.close(ignored);
  keeper_.close(ignored);
  for (const Shared& conversation : std::list<Shared>(conversations_)) {
    reset(*conversation);
    finish(conversation);
  }
  io_.stop();
}

void Relay::Carrier::tell() {
  last_.open = static_cast<std::uint64_t>(
      std::count_if(conversations_.begin(), conversations_.end(),
                    [](const Shared& one) { return one->state != Conversation::State::cut; }));
  last_.observe(rules_);
  if (!conversations_.empty()) last_.observe(conversations_.back()->tap);
  told_(rules_.take_events(), last_);
}

}  // namespace replserver::net

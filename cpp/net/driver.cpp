#include "net/driver.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "base/assert.hpp"
#include "net/files.hpp"
#include "net/host.hpp"
#include "net/sockets.hpp"

namespace replserver::net {
namespace {

constexpr std::size_t kBufferSize = 256 * 1024;
constexpr std::size_t kReceiveMin = 16 * 1024;  // less room than this: the batch is executed first
constexpr std::size_t kReceiveMax = 64 * 1024;  // of one link in one turn
constexpr std::size_t kPiecesMax = 64;
constexpr int kRoundsMax = 32;  // turns in a row before timers, accepts and jobs are looked at
constexpr std::size_t kFlushMax = 64 * 1024;  // to one link before the others have their turn
constexpr std::size_t kLittle = 2 * 1024;     // of input: whoever sent it waits for the replies
constexpr Duration kObservePeriod = seconds(1);

Config with_directory(Config config) {
  auto directory = enter_directory(config->dir);
  if (!directory)
    throw StartError("Can't chdir to '" + config->dir + "': " + directory.error().text);
  config.enter(std::move(*directory));
  return config;
}

// Shut down as well: a child that our process has forked holds it, too, and the peer would not notice.
void close_socket(int socket) {
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
}

int duplicate(int descriptor) { return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

}  // namespace

LiveNode::Driver::Driver(Options options, Clock& clock, std::atomic<std::uint16_t>& port)
    : options_(std::move(options)),
      clock_(clock),
      port_(port),
      io_(1),
      node_(with_directory(options_.config),
            {.seed = options_.seed != 0 ? options_.seed : entropy(),
             .meter = meter_nanoseconds,
             .loads = options_.loads},
            clock.now()),
      callers_(node_, clock_),
      hot_descriptor_(io_, duplicate(hot_set_.descriptor())),
      listeners_(io_, [this](int socket, Peer peer) { accepted(socket, std::move(peer)); }),
      dialer_(
          io_,
          [this](LinkId link, int socket, Peer peer) { opened(link, socket, std::move(peer)); },
          [this](LinkId link, const Bytes& why) {
            node_.closed(link, clock_.now(), why);
            finish_input();
          }),
      timer_(io_),
      host_(host_facts()),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)),
      files_([this](OperationId operation, Result<Bytes> outcome) {
        asio::post(io_, [this, operation, outcome = std::move(outcome)]() mutable {
          if (stopping_) return;
          complete(operation, std::move(outcome));
        });
      }) {
  host_.config_file = options_.config_file;
}

LiveNode::Driver::~Driver() {
  hang_up_all();
  // A file half written is not left behind.
  node_.abandon(clock_.now());
  node_.take_effects(effects_);
  for (const Operation& operation : effects_.operations) {
    if (std::holds_alternative<RemoveFile>(operation.what)) perform(operation);
  }
}

void LiveNode::Driver::listen() {
  if (const auto error = listeners_.listen(*node_.config())) throw StartError(error->text);
  port_.store(listeners_.port());
  node_.listening(listeners_.port());
  observe();
}

void LiveNode::Driver::run() {
  watch_hot_set();
  finish_input();
  io_.run();
  if (options_.observer) options_.observer(nullptr, clock_.now().wall);
  listeners_.close();
  hang_up_all();
}

void LiveNode::Driver::drain() {
  hot_descriptor_.cancel();
  timer_.cancel();
  io_.restart();
  io_.poll();
  callers_.abandon();
}

// ---- links

LiveNode::Driver::Connection* LiveNode::Driver::find(LinkId link) {
  const std::uint32_t slot = slot_of(link);
  if (slot >= connections_.size()) return nullptr;
  Connection& connection = connections_[slot];
  return connection.socket >= 0 && connection.link == link ? &connection : nullptr;
}

void LiveNode::Driver::accepted(int socket, Peer peer) {
  add(socket, node_.accepted(std::move(peer), clock_.now()));
  finish_input();
}

void LiveNode::Driver::opened(LinkId link, int socket, Peer peer) {
  add(socket, link);
  node_.opened(link, std::move(peer), clock_.now());
  finish_input();
}

void LiveNode::Driver::add(int socket, LinkId link) {
  const std::uint32_t slot = slot_of(link);
  if (slot >= connections_.size()) connections_.resize(slot + 1);
  connections_[slot] = {.socket = socket, .link = link};
  hot_set_.add(socket, link);
}

void LiveNode::Driver::watch_hot_set() {
  hot_descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                             [this](const asio::error_code& error) {
                               if (error) return;
                               serve_ready(Until::perhaps_none);
                               watch_hot_set();
                             });
}

bool LiveNode::Driver::serve_ready(Until until) {
  for (int round = 0; round < kRoundsMax && !stopping_; ++round) {
    const auto ready = hot_set_.ready();
    if (ready.empty()) return true;
    for (const HotSet::Ready& link : ready) {
      if (link.output) flush(link.link);
      if (link.input) receive(link.link);
    }
    node_.turn(clock_.now());
    // Behind one short request nothing else is there yet: the reactor's wait is the next look.
    const bool was_little = ready.size() == 1 && buffered_ < kLittle;
    buffered_ = 0;
    finish_input();
    if (was_little && until == Until::perhaps_none) return false;
    // Under a load that never ends there is no idle moment, and seldom a tick.
    if (node_.has_idle_work() && node_.is_idle_work_due(clock_.now())) {
      node_.idle(clock_.now());
      finish_input();
    }
  }
  return false;
}

// Behind everything that is ready now: timers, files, jobs, and the sockets once more.
void LiveNode::Driver::idle_later() {
  if (idle_posted_ || stopping_) return;
  idle_posted_ = true;
  asio::post(io_, [this] {
    idle_posted_ = false;
    if (stopping_) return;
    if (serve_ready(Until::none) && node_.has_idle_work()) node_.idle(clock_.now());
    finish_input();
  });
}

void LiveNode::Driver::receive(LinkId link) {
  const Connection* const connection = find(link);
  if (connection == nullptr) return;
  if (kBufferSize - buffered_ < kReceiveMin) {
    node_.turn(clock_.now());
    buffered_ = 0;
  }
  char* const place = buffer_.get() + buffered_;
  const std::size_t room = std::min(kBufferSize - buffered_, kReceiveMax);
  const ssize_t size = ::recv(connection->socket, place, room, 0);
  if (size > 0) {
    buffered_ += static_cast<std::size_t>(size);
    node_.received(link, {place, static_cast<std::size_t>(size)}, clock_.now());
  } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
    drop(link, size == 0 ? "" : std::strerror(errno));
  }
}

void LiveNode::Driver::flush(LinkId link) {
  Connection* const connection = find(link);
  if (connection == nullptr) return callers_.flush(link);
  bool is_full = false;
  std::size_t flushed = 0;
  while (!is_full && node_.has_output(link) && flushed < kFlushMax) {
    pieces_.clear();
    node_.output(link, pieces_);
    std::array<iovec, kPiecesMax> vectors;
    std::size_t count = 0, total = 0;
    for (; count < std::min(pieces_.size(), kPiecesMax) && total < kFlushMax; ++count) {
      const ByteView piece = pieces_[count].substr(0, kFlushMax - total);
      vectors[count] = {const_cast<char*>(piece.data()), piece.size()};
      total += piece.size();
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(connection->socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return drop(link, std::strerror(errno));
    if (sent > 0) node_.sent(link, static_cast<std::size_t>(sent), clock_.now());
    is_full = sent < static_cast<ssize_t>(total);
    flushed += total;
  }
  using Output = Connection::Output;
  const Output before = connection->output;
  connection->output = is_full                  ? Output::blocked
                       : node_.has_output(link) ? Output::in_turn
                                                : Output::free;
  if ((before == Output::free) != (connection->output == Output::free)) watch(*connection);
}

void LiveNode::Driver::watch(const Connection& connection) {
  const bool waits = connection.output != Connection::Output::free;
  hot_set_.watch(connection.socket, connection.link, !connection.is_held, waits);
}

// Who reads slowly, or never, costs nobody's time. Before the end there are no turns any more.
bool LiveNode::Driver::may_send(LinkId link) {
  const Connection* const connection = find(link);
  if (connection == nullptr || connection->output == Connection::Output::free) return true;
  return stopping_ && connection->output == Connection::Output::in_turn;
}

void LiveNode::Driver::hold_or_not(LinkId link) {
  Connection* const connection = find(link);
  if (connection == nullptr) return;
  connection->is_held = node_.holds_input(link);
  watch(*connection);
}

void LiveNode::Driver::hang_up(LinkId link) {
  dialer_.cancel(link);
  callers_.hung_up(link);
  Connection* const connection = find(link);
  if (connection == nullptr) return;
  hot_set_.remove(connection->socket);
  close_socket(connection->socket);
  connection->socket = -1;
}

void LiveNode::Driver::hang_up_all() {
  dialer_.cancel_all();
  for (Connection& connection : connections_) {
    if (connection.socket >= 0) close_socket(connection.socket);
    connection.socket = -1;
  }
}

void LiveNode::Driver::drop(LinkId link, const char* why) {
  const Bytes reason = why;  // closing may set errno's text anew
  hang_up(link);
  node_.closed(link, clock_.now(), reason);
}

// ---- effects

void LiveNode::Driver::finish_input() {
  for (;;) {
    if (options_.observer) options_.observer(&node_, clock_.now().wall);
    node_.take_effects(effects_);
    if (effects_.stop) stopping_ = true;
    std::erase_if(effects_.writable, [this](LinkId link) { return !may_send(link); });
    const Effects& effects = effects_;
    if (options_.log) {
      for (const LogRecord& record : effects.log) options_.log(record, clock_.now().wall);
    }
    for (const Dial& dial : effects.dial) {
      dialer_.dial(dial, node_.config()->bind_source_addr, node_.config()->tcp_keepalive);
    }
    for (const LinkId link : effects.writable) flush(link);
    for (const LinkId link : effects.input) hold_or_not(link);
    for (const LinkId link : effects.gathering) {
      if (const Connection* const connection = find(link)) gather_writes(connection->socket);
    }
    for (const LinkId link : effects.hang_up) hang_up(link);
    for (const Operation& operation : effects.operations) perform(operation);
    if (effects.busy > Duration()) stay_busy(effects.busy);
    if (effects.abort) std::abort();
    if (effects.stop) {
      failed_ = effects.failed;
      io_.stop();
    }
    if (effects.nothing_more() && (stopping_ || !callers_.serve())) break;
  }
  if (!is_ready_ && !stopping_ && !node_.is_loading()) {
    is_ready_ = true;
    if (options_.on_ready) options_.on_ready();
  }
  arm_timer();
  answer_asked();
  if (node_.has_idle_work()) idle_later();
}

void LiveNode::Driver::stop() {
  {
    const std::lock_guard lock(busy_mutex_);
    stop_asked_ = true;
  }
  busy_over_.notify_all();
  io_.stop();
}

// DEBUG SLEEP: serves nobody, but for the order to stop.
void LiveNode::Driver::stay_busy(Duration time) {
  std::unique_lock lock(busy_mutex_);
  busy_over_.wait_for(lock, time, [this] { return stop_asked_; });
}

void LiveNode::Driver::perform(const Operation& operation) {
  if (!is_file_operation(operation)) {
    node_.completed(operation.id, outcome_of(operation), clock_.now());
  } else if (!files_.submit(located(operation, node_.config()->dir))) {
    node_.completed(operation.id, fail(Error::Kind::io, "too much to do with files"), clock_.now());
  }
}

void LiveNode::Driver::complete(OperationId operation, Result<Bytes> outcome) {
  node_.completed(operation, std::move(outcome), clock_.now());
  finish_input();
}

Result<Bytes> LiveNode::Driver::outcome_of(const Operation& operation) {
  if (const auto* change = std::get_if<ChangeDir>(&operation.what)) {
    return enter_directory(path_in(node_.config()->dir, change->path));
  }
  if (std::holds_alternative<Logging>(operation.what)) {
    if (options_.reopen_log) options_.reopen_log();
    return Bytes();
  }
  if (auto error = listeners_.listen(*node_.config()))
    return tl::unexpected<Error>(std::move(*error));
  port_.store(listeners_.port());
  node_.listening(listeners_.port());
  observe();
  return Bytes();
}

// ---- time and jobs

void LiveNode::Driver::arm_timer() {
  const Instant deadline = node_.deadline();
  if (deadline >= armed_) return;  // it fires early enough, and then asks again
  // A manual clock's time does not come by itself. What is due by now does not wait for that.
  if (clock_.is_manual() && deadline > clock_.now().mono) return;
  armed_ = deadline;
  const Instant fires = clock_.is_manual() ? Instant() : deadline;
  timer_.expires_at(std::chrono::steady_clock::time_point(fires.time_since_epoch()));
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    armed_ = kNever;
    const Now now = clock_.now();
    if (now.mono - observed_at_ >= kObservePeriod) observe();
    if (node_.deadline() <= now.mono) node_.tick(now);
    finish_input();
  });
}

void LiveNode::Driver::tick_due() {
  const Now now = clock_.now();
  // Bounded: a deadline that does not move on would be a mistake of ours, not a reason to hang.
  for (int i = 0; i < 1000 && node_.deadline() <= now.mono; ++i) {
    node_.tick(now);
    finish_input();
  }
}

void LiveNode::Driver::observe() {
  refresh(host_);
  host_.listeners = listeners_.describe();
  node_.observed(host_);
  observed_at_ = clock_.now().mono;
}

void LiveNode::Driver::execute(Words words, Apart apart, Answer answer) {
  asked_.push_back({std::move(words), apart, std::move(answer)});
  answer_asked();
}

void LiveNode::Driver::answer_asked() {
  if (answering_) return;  // the loop below goes on
  answering_ = true;
  while (!asked_.empty() && !node_.executing()) {
    Asked& first = asked_.front();
    if (!first.begun && stopping_) break;
    if (first.begun) {
      first.answer(node_.executed());
      asked_.pop_front();
    } else {
      first.begun = true;
      const std::vector<ByteView> views(first.words.begin(), first.words.end());
      if (first.apart == Apart::yes) {
        node_.execute_apart(views, clock_.now());
      } else {
        node_.execute(views, clock_.now());
      }
      finish_input();
    }
  }
  answering_ = false;
}

}  // namespace replserver::net

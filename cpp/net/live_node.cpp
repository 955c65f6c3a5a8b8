#include "net/live_node.hpp"

#include <unistd.h>

#include <asio/post.hpp>
#include <exception>
#include <utility>

#include "net/driver.hpp"
#include "net/host.hpp"
#include "net/thread_name.hpp"

namespace replserver::net {
namespace {

// A caller that waits for the node's thread looks for the answer itself for a while, since sleeping
// and being woken costs more than most commands do.
constexpr int kSpins = 4000;
constexpr auto kInterruptPeriod = std::chrono::milliseconds(50);

}  // namespace

struct LiveNode::Posted {
  Job job;
  std::atomic<bool> done{false};
  std::exception_ptr thrown;
};

LiveNode::LiveNode(Options options)
    : clock_(options.clock), process_(::getpid()), on_end_(std::move(options.on_end)) {
  options.on_ready = [this, tell = std::move(options.on_ready)] {
    if (tell) tell();
    const std::lock_guard lock(mutex_);
    ready_ = true;
    changed_.notify_all();
  };
  driver_ = std::make_unique<Driver>(std::move(options), clock_, port_);
  driver_->listen();
  run_id_ = driver_->node().run_id();
  thread_ = std::thread([this] { serve(); });
  name_thread(thread_, "rs-node:" + std::to_string(port()));
}

LiveNode::~LiveNode() { close(); }

void LiveNode::serve() {
  driver_->run();
  failed_.store(driver_->failed());
  {
    const std::lock_guard posting(
        posting_mutex_);  // whoever posts before is heard, the rest is told
    ended_.store(true);
  }
  driver_->drain();  // jobs that were posted meanwhile learn that the node has ended
  {
    const std::lock_guard lock(mutex_);
    drained_ = true;
    changed_.notify_all();
  }
  if (on_end_) on_end_();
}

bool LiveNode::is_defunct() const { return process_ != ::getpid(); }

void LiveNode::close() {
  if (is_defunct()) {
    // Its thread exists in the parent only, and so does whoever could release what it holds.
    if (thread_.joinable()) thread_.detach();
    static_cast<void>(driver_.release());
    return;
  }
  const std::lock_guard closing(closing_mutex_);
  if (!thread_.joinable()) return;
  driver_->stop();
  thread_.join();
  const std::lock_guard posting(posting_mutex_);
  driver_.reset();
}

void LiveNode::check_open() const {
  if (is_defunct())
    throw Closed("this node was made before a fork: it lives in the parent process");
  if (ended_.load()) throw Closed("this node is closed");
}

template <class Handler>
void LiveNode::post(Handler handler) {
  const std::lock_guard posting(posting_mutex_);
  if (!driver_) throw Closed("this node is closed");
  asio::post(driver_->io(), std::move(handler));
}

// The handler is given the promise, on the node's thread. One that is never called breaks it.
template <class Handler>
std::shared_ptr<Pending> LiveNode::promise(Handler handler) {
  check_open();
  const auto pending = std::make_shared<Pending>();
  const std::lock_guard posting(posting_mutex_);
  if (!driver_ || ended_.load()) throw Closed("this node is closed");
  asio::post(driver_->io(), [this, promise = Promise(pending), handler]() mutable {
    if (ended_.load()) return;
    handler(driver_->callers(), std::move(promise));
    driver_->finish_input();
  });
  return pending;
}

void LiveNode::finish(Posted& posted) {
  posted.done.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void LiveNode::run(Job job, const Interrupted& interrupted) {
  check_open();
  const auto posted = std::make_shared<Posted>();
  posted->job = std::move(job);
  post([this, posted] {
    try {
      check_open();
      posted->job(driver_->node(), clock_.now());
      driver_->finish_input();
    } catch (...) {
      posted->thrown = std::current_exception();
    }
    finish(*posted);
  });
  wait_for(*posted, interrupted);
  // Taken out, for the node's thread may be the last to let go of the rest.
  if (posted->thrown) std::rethrow_exception(std::exchange(posted->thrown, nullptr));
}

void LiveNode::wait_for(const Posted& posted, const Interrupted& interrupted) {
  const auto done = [&] { return posted.done.load(std::memory_order_acquire); };
  for (int i = 0; i < kSpins && !done(); ++i) __builtin_ia32_pause();
  while (!done()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kInterruptPeriod, [&] { return done() || drained_; });
      if (drained_ && !done()) throw Closed("this node is closed");
    }
    if (!done() && interrupted && interrupted()) throw Interruption("interrupted");
  }
}

Bytes LiveNode::execute(Words words, const Interrupted& interrupted) {
  return execute(std::move(words), Apart::no, interrupted);
}

Bytes LiveNode::execute_apart(Words words, const Interrupted& interrupted) {
  return execute(std::move(words), Apart::yes, interrupted);
}

Bytes LiveNode::execute(Words words, Apart apart, const Interrupted& interrupted) {
  check_open();
  const auto posted = std::make_shared<Posted>();
  const auto reply = std::make_shared<Bytes>();
  post([this, posted, reply, apart, words = std::move(words)]() mutable {
    if (ended_.load()) {
      posted->thrown = std::make_exception_ptr(Closed("this node is closed"));
      return finish(*posted);
    }
    driver_->execute(std::move(words), apart, [this, posted, reply](ByteView answer) {
      reply->assign(answer);
      finish(*posted);
    });
  });
  wait_for(*posted, interrupted);
  if (posted->thrown) std::rethrow_exception(std::exchange(posted->thrown, nullptr));
  return std::move(*reply);
}

void LiveNode::advance(Duration by, const Interrupted& interrupted) {
  clock_.advance(by);
  run([this](Node&, Now) { driver_->tick_due(); }, interrupted);
}

void LiveNode::signal(const Bytes& name) {
  if (ended_.load()) return;
  post([this, name] {
    driver_->node().signal(name, clock_.now());
    driver_->finish_input();
  });
}

std::shared_ptr<Pending> LiveNode::start(Words words) {
  return promise([words = std::move(words)](Callers& callers, Promise promise) {
    callers.ask(words, std::move(promise));
  });
}

std::shared_ptr<Pending> LiveNode::start(LinkId session, Words words) {
  return promise([session, words = std::move(words)](Callers& callers, Promise promise) {
    callers.ask(session, words, std::move(promise));
  });
}

std::shared_ptr<Pending> LiveNode::when(ReplicationWish wish, const Interrupted& interrupted) {
  const auto pending = std::make_shared<Pending>();
  const auto promise = std::make_shared<Promise>(pending);
  run([this, promise, wish](Node&, Now) { driver_->callers().wish(wish, std::move(*promise)); },
      interrupted);
  return pending;
}

void LiveNode::cancel(const std::shared_ptr<Pending>& pending) {
  if (!pending->settle(Pending::State::cancelled, {}) || is_defunct() || ended_.load()) return;
  post([this] {
    if (!ended_.load()) driver_->finish_input();  // finds that nobody wants it any more
  });
}

LinkId LiveNode::open_session(const Interrupted& interrupted) {
  const auto link = std::make_shared<LinkId>();
  run([this, link](Node&, Now) { *link = driver_->callers().open(); }, interrupted);
  return *link;
}

void LiveNode::close_session(LinkId session) {
  if (is_defunct() || ended_.load()) return;
  post([this, session] {
    if (ended_.load()) return;
    driver_->callers().close(session);
    driver_->finish_input();
  });
}

void LiveNode::load() {
  post([this] {
    if (ended_.load()) return;
    driver_->node().load(clock_.now());
    driver_->finish_input();
  });
}

bool LiveNode::wait_ready(Duration timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return ready_ || drained_; });
}

bool LiveNode::wait_ended(Duration timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [this] { return drained_; });
}

}  // namespace replserver::net

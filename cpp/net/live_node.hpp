// LiveNode — a Node on a thread of its own, listening on TCP and, if asked, on a unix socket.
//
//   LiveNode ──(closures, one queue)──> Driver [Asio, sockets, files, clock] ──> Node
//
// Only that thread touches the Node. Other threads hand it a closure and wait, or ask for what never
// changes. After a fork the child's LiveNodes are defunct: the thread did not come along.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "net/clock.hpp"
#include "net/pending.hpp"
#include "node/node.hpp"

namespace replserver::net {

// Called on the node's thread, for each line the node logs; must be quick and may not throw.
using LogSink = std::function<void(const LogRecord& record, WallTime at)>;
// The same, after each input and before anybody hears what came of it; nullptr: the node has ended.
using Observer = std::function<void(const Node* node, WallTime at)>;

class StartError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class LiveNode {
 public:
  struct Options {
    Config config;
    std::uint64_t seed = 0;  // 0: from the operating system
    Clock::Kind clock = Clock::Kind::real;
    LogSink log;
    Observer observer;                 // none: nobody looks
    Bytes config_file;                 // absolute; none when empty
    std::function<void()> reopen_log;  // loglevel, logfile or syslog-* changed
    bool loads = false;                // its RDB file: see load()
    std::function<void()> on_ready;    // it has loaded, or need not; on the node's thread
    std::function<void()> on_end;      // it ended by itself; on the node's thread
  };
  using Job = std::function<void(Node&, Now)>;
  // Asked every 50 ms while a caller waits; true: it does not want to wait any longer.
  using Interrupted = std::function<bool()>;

  explicit LiveNode(Options options);  // listens when it returns; throws StartError
  ~LiveNode();                         // close()
  LiveNode(const LiveNode&) = delete;
  LiveNode& operator=(const LiveNode&) = delete;

  std::uint16_t port() const { return port_.load(); }  // CONFIG SET may change it
  const Bytes& run_id() const { return run_id_; }
  Clock& clock() { return clock_; }

  // With Options::loads, once: until the file is loaded clients are told LOADING.
  void load();
  // True: it has no file to load any more, or has ended.
  bool wait_ready(Duration timeout);
  bool failed() const { return failed_.load(); }  // it ended since it could not load its file

  // All of these throw Closed when the node has ended, and Interruption when the caller gave up; the
  // job may be executed all the same, so it must own what it touches.
  void run(Job job, const Interrupted& interrupted = {});
  Bytes execute(Words words, const Interrupted& interrupted = {});  // the reply, in RESP3
  // The same, outside of a transaction that the callers of execute() may have begun.
  Bytes execute_apart(Words words, const Interrupted& interrupted = {});
  // Moves a manual clock, and does what was due on the way there.
  void advance(Duration by, const Interrupted& interrupted = {});
  void signal(const Bytes& name);  // returns at once

  // Clients of this process, without a socket: their commands may block. What is pending is closed when
  // the node, or the session, has ended. To start, cancel or close takes no time.
  std::shared_ptr<Pending> start(Words words);  // in a session of its own
  std::shared_ptr<Pending> start(LinkId session, Words words);
  // Asked on every change, the first time before this returns.
  std::shared_ptr<Pending> when(ReplicationWish wish, const Interrupted& interrupted = {});
  void cancel(const std::shared_ptr<Pending>& pending);  // a command's session hangs up
  LinkId open_session(const Interrupted& interrupted = {});
  void close_session(LinkId session);

  // True once the node has shut down by itself (SHUTDOWN, a signal) or was closed.
  bool ended() const { return ended_.load(); }
  bool wait_ended(Duration timeout);
  void close();             // idempotent; returns when thread, sockets and memory are gone
  bool is_defunct() const;  // we are in a forked child

  struct Closed : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  struct Interruption : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

 private:
  class Driver;
  struct Posted;
  enum class Apart : std::uint8_t { no, yes };

  Bytes execute(Words words, Apart apart, const Interrupted& interrupted);
  void check_open() const;
  template <class Handler>
  void post(Handler handler);  // to the node's thread
  template <class Handler>
  std::shared_ptr<Pending> promise(Handler handler);
  void finish(Posted& posted);
  void wait_for(const Posted& posted, const Interrupted& interrupted);
  void serve();

  Clock clock_;
  std::atomic<std::uint16_t> port_{0};
  Bytes run_id_;
  int process_;  // who made us
  std::function<void()> on_end_;
  std::unique_ptr<Driver> driver_;
  std::thread thread_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> failed_{false};
  std::mutex closing_mutex_;  // held by whoever closes: a second one waits until it is done
  std::mutex posting_mutex_;  // a thread that posts, against another one that closes
  // Of the border between threads: jobs done, and the end of the node's thread.
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false;
  bool drained_ = false;  // no job will be executed any more
};

}  // namespace replserver::net

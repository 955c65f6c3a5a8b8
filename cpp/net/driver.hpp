// Driver — carries a Node's inputs and effects to and from the machine, on one thread.
//
//   hot sockets ─┐
//   accepts ─────┼─> received … turn ─> effects ─> send, close, log ─> (until there are none)
//   jobs, timer ─┤                        └─> files, on a thread of their own ─┐
//   completed ───┴─────────────────────────────────────────────────────────────┘
//
// Everything here runs on the thread that calls run(), but for post().
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/callers.hpp"
#include "net/clock.hpp"
#include "net/dialer.hpp"
#include "net/file_worker.hpp"
#include "net/hot_set.hpp"
#include "net/listeners.hpp"
#include "net/live_node.hpp"
#include "node/node.hpp"

namespace replserver::net {

class LiveNode::Driver {
 public:
  // `port` is kept up to date: where it really listens.
  Driver(Options options, Clock& clock, std::atomic<std::uint16_t>& port);
  ~Driver();

  void listen();  // before run(); throws StartError
  void run();     // until stop(), or the node has shut down
  void drain();   // after run(): what was posted until now
  void stop();    // from any thread
  asio::io_context& io() { return io_; }

  Node& node() { return node_; }
  Callers& callers() { return callers_; }
  bool failed() const { return failed_; }

  // In-process commands, one after the other: one that waits for a file is answered later.
  using Answer = std::function<void(ByteView reply)>;
  void execute(Words words, LiveNode::Apart apart, Answer answer);
  void finish_input();  // carries out the effects of what was put in
  void tick_due();      // on a manual clock: everything that is due by now

 private:
  struct Connection {
    int socket = -1;
    LinkId link{};
    // The others have their turn first, or its socket took no more: either way it tells when to go on.
    enum class Output : std::uint8_t { free, in_turn, blocked } output = Output::free;
    bool is_held = false;  // not received from
  };

  void accepted(int socket, Peer peer);
  void opened(LinkId link, int socket, Peer peer);
  void add(int socket, LinkId link);
  void watch_hot_set();
  enum class Until { none, perhaps_none };  // are ready
  bool serve_ready(Until until);            // false: more may be
  void idle_later();
  void receive(LinkId link);
  void flush(LinkId link);
  void watch(const Connection& connection);
  bool may_send(LinkId link);
  void hold_or_not(LinkId link);
  void hang_up(LinkId link);
  void hang_up_all();
  void drop(LinkId link, const char* why);  // the peer is gone: the node is told
  Connection* find(LinkId link);
  void perform(const Operation& operation);
  void complete(OperationId operation, Result<Bytes> outcome);
  Result<Bytes> outcome_of(const Operation& operation);
  void answer_asked();
  void stay_busy(Duration time);
  void arm_timer();
  void observe();

  Options options_;
  Clock& clock_;
  std::atomic<std::uint16_t>& port_;
  asio::io_context io_;
  Node node_;
  Callers callers_;
  Effects effects_;
  HotSet hot_set_;
  asio::posix::stream_descriptor hot_descriptor_;
  Listeners listeners_;
  Dialer dialer_;
  asio::steady_timer timer_;
  Instant armed_ = kNever;
  HostFacts host_;
  Instant observed_at_{};

  std::vector<Connection> connections_;  // by slot
  std::unique_ptr<char[]> buffer_;       // what was received in this turn
  std::size_t buffered_ = 0;
  std::vector<ByteView> pieces_;
  bool stopping_ = false, failed_ = false;
  bool is_ready_ = false;  // and has said so
  bool idle_posted_ = false;

  struct Asked {
    Words words;
    LiveNode::Apart apart;
    Answer answer;
    bool begun = false;
  };
  std::deque<Asked> asked_;  // the first one may be executing
  bool answering_ = false;

  std::mutex busy_mutex_;
  std::condition_variable busy_over_;
  bool stop_asked_ = false;

  FileWorker files_;  // ends first: what it writes lies in the node
};

}  // namespace replserver::net

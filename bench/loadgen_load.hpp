// Load — N connections that each keep one batch of requests under way, and perhaps a probe.
//
//   connection:  next batch ──send──> wait ──all replies──> next batch …
//   probe:       one request  ──send──> wait ──its reply──> one request …
//
// One thread, one epoll set. It is a closed loop: a server that stalls is asked less meanwhile, so
// the latencies of a loaded run say little about rare stalls. The probe is for those.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen_histogram.hpp"
#include "loadgen_options.hpp"
#include "loadgen_process.hpp"
#include "loadgen_replies.hpp"
#include "loadgen_tape.hpp"

namespace loadgen {

// An open descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

struct Link {
  Link(Descriptor descriptor, const Script& script, std::size_t batch_size)
      : socket(std::move(descriptor)), tape(script, batch_size), replies(script) {}

  Descriptor socket;
  Tape tape;
  Replies replies;
  std::string_view unsent;  // of the tape
  std::string tail;         // received, but not a whole line yet
  std::int64_t sent_ns = 0;
  bool wants_write = false;
};

// What the probe saw. The times without the server's wait for a CPU are what is left when other
// processes' claims on the machine are taken out.
struct ProbeReport {
  Histogram latency;
  Histogram latency_without_wait;
  std::uint64_t worst_after = 0;  // how many replies the load had had at the longest stall
  ReplyCounts counts;
};

struct LoadReport {
  std::uint64_t requests = 0;
  double seconds = 0;
  ReplyCounts counts;
  Histogram latency;
  std::optional<ProcessCost> server;  // between begin and end
  std::int64_t server_waited_ns = 0;
  std::int64_t client_cpu_ns = 0;
  std::optional<ProbeReport> probe;
};

class Load {
 public:
  // Connects. Throws std::runtime_error, here and in run(), when the server cannot be reached,
  // hangs up, falls silent or does not talk RESP.
  explicit Load(const Options& options);

  LoadReport run();
  void stop() { stopped_ = true; }  // also from a signal handler

 private:
  static constexpr std::uint32_t kProbe = UINT32_MAX;

  void begin_measuring();
  void end_measuring();
  bool finished(std::int64_t now_ns) const;
  std::uint64_t allowance() const;

  void send_batch(Link& link, std::uint32_t index);
  void send_rest(Link& link, std::uint32_t index);
  void receive(Link& link, std::uint32_t index);
  void ask_probe();
  void receive_probe();
  void turn();
  void send_due();
  int patience_ms() const;
  void watch(Link& link, std::uint32_t index, bool is_new);

  Options options_;
  Script script_;
  Script probe_script_;
  Numbers numbers_;
  Numbers probe_numbers_;
  Descriptor epoll_;
  std::vector<Link> links_;
  std::unique_ptr<Link> probe_;
  std::unique_ptr<ProcessMeter> server_;
  std::vector<char> buffer_;

  bool measuring_ = false;
  volatile std::sig_atomic_t stopped_ = 0;
  std::int64_t due_ns_ = 0;             // with a rate: when the next batch may be sent
  std::vector<std::uint32_t> resting_;  // the links that wait for that
  std::uint64_t issued_ = 0;            // since measuring began
  std::uint64_t replies_at_start_ = 0;
  std::int64_t started_ns_ = 0;
  std::int64_t heard_ns_ = 0;  // the last time any reply came
  std::int64_t probe_sent_wall_ns_ = 0;
  std::int64_t probe_waited_ns_ = 0;  // the server's wait when the probe last asked
  LoadReport report_;
  ProbeReport probe_report_;
};

}  // namespace loadgen

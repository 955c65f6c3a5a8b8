// Stats — what a node counts for INFO, CONFIG RESETSTAT and CLIENT LIST; no behaviour hangs on it.
#pragma once

#include <array>
#include <cstdint>
#include <map>

#include "base/bytes.hpp"
#include "base/time.hpp"

namespace replserver {

// The mean rate over the last 16 samples, one each 100 ms, as instantaneous_* tells it.
class Rate {
 public:
  void sample(std::uint64_t total, Instant now);
  double per_second() const;

 private:
  std::array<double, 16> samples_{};
  std::size_t next_ = 0;
  std::uint64_t last_total_ = 0;
  Instant last_at_{};
  bool started_ = false;
};

struct Stats {
  std::uint64_t connections_received = 0;
  std::uint64_t connections_rejected = 0;
  std::uint64_t commands_processed = 0;
  std::uint64_t net_input_bytes = 0;
  std::uint64_t net_output_bytes = 0;
  std::uint64_t reads_processed = 0;
  std::uint64_t writes_processed = 0;
  std::uint64_t error_replies = 0;
  std::uint64_t unexpected_error_replies = 0;
  std::uint64_t query_buffer_disconnections = 0;
  std::uint64_t output_buffer_disconnections = 0;
  std::uint64_t auth_failures = 0;
  std::uint64_t eventloop_cycles = 0;
  std::uint64_t eventloop_nanoseconds = 0;
  std::uint64_t eventloop_command_nanoseconds = 0;
  std::uint64_t expire_cycle_nanoseconds = 0;
  std::uint64_t expired_time_cap_reached = 0;
  std::uint64_t full_syncs = 0, partial_syncs = 0, refused_partial_syncs = 0;  // as the primary
  std::uint64_t wrong_acknowledgements = 0;
  std::uint64_t repl_input_bytes = 0, repl_output_bytes = 0;
  std::size_t memory_peak = 0;
  std::map<Bytes, std::uint64_t> errors;  // by first word, at most 128

  Rate operations, input_bytes, output_bytes, cycles;
};

}  // namespace replserver

// ProcessMeter — what a process has cost so far: CPU of all its threads, ended ones included, and
// how long they stood ready to run without getting a CPU.
//
// The kernel's clock of a process counts nanoseconds, /proc/<pid>/stat ticks of 10 ms; the latter
// is read only to tell user time from system time.
#pragma once

#include <cstdint>
#include <ctime>
#include <vector>

namespace loadgen {

struct ProcessCost {
  std::int64_t cpu_ns = 0;
  std::int64_t user_ticks = 0;
  std::int64_t system_ticks = 0;
};

class ProcessMeter {
 public:
  // Throws std::runtime_error when there is no such process.
  explicit ProcessMeter(int pid);
  ~ProcessMeter();
  ProcessMeter(const ProcessMeter&) = delete;
  ProcessMeter& operator=(const ProcessMeter&) = delete;

  ProcessCost cost() const;
  // Of the threads there were when the meter was made; 0 where the kernel does not tell.
  std::int64_t waited_ns() const;

 private:
  int pid_;
  clockid_t clock_;
  std::vector<int> schedstats_;  // descriptors, one per thread
};

// Throws std::runtime_error when the clock is that of a process which has ended.
std::int64_t nanoseconds_of(clockid_t clock);

}  // namespace loadgen

#include "loadgen_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace loadgen {
namespace {

constexpr std::size_t kThreadsMax = 64;

std::string folder_of(int pid) { return "/proc/" + std::to_string(pid); }

}  // namespace

ProcessMeter::ProcessMeter(int pid) : pid_(pid) {
  if (clock_getcpuclockid(pid, &clock_) != 0) {
    throw std::runtime_error("no process " + std::to_string(pid));
  }
  std::error_code error;
  for (const auto& thread : std::filesystem::directory_iterator(folder_of(pid) + "/task", error)) {
    if (schedstats_.size() == kThreadsMax) break;
    const int file = open((thread.path() / "schedstat").c_str(), O_RDONLY | O_CLOEXEC);
    if (file >= 0) schedstats_.push_back(file);
  }
}

ProcessMeter::~ProcessMeter() {
  for (const int file : schedstats_) close(file);
}

ProcessCost ProcessMeter::cost() const {
  ProcessCost cost;
  cost.cpu_ns = nanoseconds_of(clock_);
  std::ifstream file(folder_of(pid_) + "/stat");
  std::string text;
  std::getline(file, text);
  // The name in brackets may hold anything; user time is the twelfth field behind it.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  fields >> cost.user_ticks >> cost.system_ticks;
  return cost;
}

std::int64_t ProcessMeter::waited_ns() const {
  std::int64_t total = 0;
  for (const int file : schedstats_) {
    char text[128];
    const ssize_t size = pread(file, text, sizeof text - 1, 0);
    if (size <= 0) continue;
    text[size] = '\0';
    long long ran = 0, waited = 0;
    if (std::sscanf(text, "%lld %lld", &ran, &waited) == 2) total += waited;
  }
  return total;
}

std::int64_t nanoseconds_of(clockid_t clock) {
  timespec time{};
  if (clock_gettime(clock, &time) != 0) throw std::runtime_error("the process is gone");
  return time.tv_sec * 1'000'000'000ll + time.tv_nsec;
}

}  // namespace loadgen

#include "net/host.hpp"

#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <chrono>
#include <climits>
#include <cstdio>

#include "base/assert.hpp"

namespace replserver::net {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::uint64_t resident_memory() {
  std::FILE* const file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) return 0;
  unsigned long total = 0, resident = 0;
  const int fields = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return fields == 2 ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

HostFacts host_facts() {
  HostFacts facts;
  facts.pid = ::getpid();
  utsname system{};
  if (::uname(&system) == 0) {
    facts.os = Bytes(system.sysname) + " " + system.release + " " + system.machine;
  }
  facts.compiler = std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__) + "." +
                   std::to_string(__GNUC_PATCHLEVEL__);
  char path[PATH_MAX];
  const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
  if (size > 0) facts.executable.assign(path, static_cast<std::size_t>(size));
  facts.total_memory = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                       static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  refresh(facts);
  return facts;
}

void refresh(HostFacts& facts) {
  facts.resident_memory = resident_memory();
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    facts.cpu_system = seconds_of(usage.ru_stime);
    facts.cpu_user = seconds_of(usage.ru_utime);
  }
  if (::getrusage(RUSAGE_THREAD, &usage) == 0) {
    facts.cpu_system_thread = seconds_of(usage.ru_stime);
    facts.cpu_user_thread = seconds_of(usage.ru_utime);
  }
}

std::uint64_t entropy() {
  std::uint64_t bits = 0;
  RS_ASSERT(::getrandom(&bits, sizeof bits, 0) == sizeof bits);
  return bits;
}

std::uint64_t meter_nanoseconds() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

}  // namespace replserver::net

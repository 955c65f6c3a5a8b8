#include "node/memory_report.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace replserver {
namespace {

constexpr std::size_t kMebibyte = 1024 * 1024;
constexpr std::size_t kTooLittleToTell = 5 * kMebibyte;
constexpr double kPeakRatio = 1.5;
constexpr double kFragmentationRatio = 1.4;
constexpr std::size_t kFragmentationBytes = 10 * kMebibyte;
constexpr std::size_t kBytesPerClient = 200 * 1024;

}  // namespace

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::int64_t difference(std::size_t more, std::size_t less) {
  return static_cast<std::int64_t>(more) - static_cast<std::int64_t>(less);
}

double MemoryReport::dataset_percentage() const {
  return 100 * ratio(dataset(), used > startup ? used - startup : 0);
}

double MemoryReport::peak_percentage() const { return 100 * ratio(used, peak); }

MemoryReport memory_report(const NodeState& node) {
  MemoryReport report;
  const Keyspace& keyspace = node.keyspace;
  const Backlog* const backlog = node.propagation.backlog();
  report.startup = node.startup_memory();
  report.tables = keyspace.table_memory();
  for (const auto& [id, session] : node.sessions.by_id()) report.clients += session->memory();
  report.backlog = backlog != nullptr ? backlog->memory() : 0;
  report.used = node.used_memory();
  report.peak = std::max(node.stats.memory_peak, report.used);

  const std::size_t unused =
      std::max(keyspace.reserved_memory(), keyspace.used_memory()) - keyspace.used_memory();
  report.reserved = report.used + unused;
  // In the simulator there is no process to be observed.
  const auto observed = static_cast<std::size_t>(node.host.resident_memory);
  report.resident = observed != 0 ? observed : report.reserved;
  report.keys = keyspace.size();
  return report;
}

Bytes memory_advice(const MemoryReport& report, std::size_t client_count) {
  if (report.used < kTooLittleToTell) {
    return "This node holds " + human_bytes(report.used) +
           ": too little for its figures to tell anything. Ask again once it holds data.\n";
  }
  Bytes text;
  if (report.peak > report.used && ratio(report.peak, report.used) > kPeakRatio) {
    text += " * Peak memory: the node once held " + human_bytes(report.peak) + " and now holds " +
            human_bytes(report.used) +
            ". The process may stay larger than its data; the next peak will reuse that memory.\n";
  }
  if (report.reserved > report.used + kFragmentationBytes &&
      ratio(report.reserved, report.used) > kFragmentationRatio) {
    text += " * Fragmentation: " + human_bytes(report.reserved) +
            " are taken from the system for " + human_bytes(report.used) +
            " in use, as happens when many keys were deleted. New keys fill the gaps first.\n";
  }
  if (client_count > 0 && report.clients / client_count > kBytesPerClient) {
    text += " * Big client buffers: " + std::to_string(client_count) + " clients hold " +
            human_bytes(report.clients) +
            ". CLIENT LIST tells which (tot-mem); client-output-buffer-limit bounds them.\n";
  }
  if (text.empty()) return "Nothing stands out in this node's memory.\n";
  return "What stands out in this node's memory:\n\n" + text;
}

}  // namespace replserver

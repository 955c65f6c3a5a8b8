// MemoryReport — what a node's memory is used for, in bytes: the figures behind INFO memory, MEMORY
// STATS and MEMORY DOCTOR.
//
//   used = startup + keyspace (of it tables) + clients + backlog;  dataset = used - overhead
//
// Counted by the node itself, not by the allocator, so that they are true for each of several nodes
// in one process. `resident` alone is the whole process', as far as the driver has observed it.
#pragma once

#include "node/state.hpp"

namespace replserver {

struct MemoryReport {
  std::size_t used = 0;
  std::size_t peak = 0;
  std::size_t startup = 0;
  std::size_t tables = 0;    // of the keyspace: segments and directories
  std::size_t clients = 0;   // of it, sessions with what they received and what they are sent
  std::size_t backlog = 0;   // of replication
  std::size_t reserved = 0;  // taken from the system for `used`
  std::size_t resident = 0;  // of the process
  std::size_t keys = 0;

  std::size_t overhead() const { return startup + tables + clients + backlog; }
  std::size_t dataset() const { return used - overhead(); }
  double dataset_percentage() const;  // of what is used beyond an empty node's memory
  double peak_percentage() const;
};

MemoryReport memory_report(const NodeState& node);

// a / b, and 0 when there is nothing to divide by.
double ratio(std::size_t part, std::size_t whole);

std::int64_t difference(std::size_t more, std::size_t less);

// MEMORY DOCTOR: what stands out, and what to do about it.
Bytes memory_advice(const MemoryReport& report, std::size_t client_count);

}  // namespace replserver

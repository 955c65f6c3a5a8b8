// Registry — every command this node knows, by the name clients use, with what was counted of it.
//
// Built once from the families' rows; `rename-command` gives rows other names or takes them away.
// Lookup ignores case and costs one probe of a small table.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "command/command.hpp"
#include "node/histogram.hpp"

namespace replserver {

struct CommandStats {  // INFO commandstats and latencystats
  std::uint64_t calls = 0;
  std::uint64_t nanoseconds = 0;
  std::uint64_t rejected = 0;
  std::uint64_t failed = 0;
  std::unique_ptr<Histogram> latency;  // of nanoseconds; made by the first call
};

struct RegisteredCommand {
  const Command* row;
  Bytes name;  // as clients call it: "client|list"; differs from the row's after rename-command
  RegisteredCommand* parent = nullptr;  // of a subcommand
  std::vector<RegisteredCommand*> subcommands;
  CommandStats stats;
};

class Registry {
 public:
  explicit Registry(std::vector<std::span<const Command>> families);

  // "rename-command name other": false when there is no such command, or `other` exists already.
  bool rename(ByteView name, ByteView other);

  RegisteredCommand* find(ByteView name) const;  // top level only
  // The row that the words mean: a subcommand of a container, else the container or command itself.
  // nullptr: no such command. A container comes back when its subcommand is unknown or missing.
  RegisteredCommand* resolve(Args words) const;

  const std::deque<RegisteredCommand>& all() const {
    return commands_;
  }  // in order of registration
  std::size_t top_level_count() const { return top_level_; }
  void reset_stats();

 private:
  struct Slot {
    std::uint32_t hash = 0;
    RegisteredCommand* command = nullptr;
  };

  RegisteredCommand* find_hashed(ByteView name, std::uint32_t hash) const;
  void insert(RegisteredCommand* command);
  void remove(RegisteredCommand* command);

  std::deque<RegisteredCommand> commands_;  // a deque: their addresses last
  std::vector<Slot> slots_;                 // open addressing, a power of two, top level only
  std::size_t top_level_ = 0;
};

}  // namespace replserver

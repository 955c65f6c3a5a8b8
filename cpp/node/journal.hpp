// Journal — what a node has been through: where it stood after each input that moved it, and the bytes
// of history that were written meanwhile. For whoever wants to see afterwards what came before what.
//
//   input ──> look() ──> nothing has changed | an entry: time, offsets, bytes, standing if it changed
//
// Bounded: the oldest entries are forgotten, and counted. It outlives the node: owned by whoever reads
// it, filled by the node's driver. Knows no clock; is told the node's time and the machine's, which a
// clock that is moved by hand leaves behind.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "node/effects.hpp"
#include "repl/position.hpp"

namespace replserver {

struct NodeState;

class Journal {
 public:
  struct Limits {
    std::size_t entries = 10'000;
    std::size_t bytes = 4 * 1024 * 1024;  // of history, in all entries
  };
  struct Times {
    WallTime node, machine;
  };
  struct Standing {
    HistoryId history;
    HistoryId former;                 // whose beginning it shares; none
    std::optional<Endpoint> primary;  // of a replica
    Bytes link;                       // to the primary, in ROLE's words; empty: we are a primary
    std::size_t replicas_online = 0;
    friend bool operator==(const Standing&, const Standing&) = default;
  };
  struct Entry {
    std::uint64_t number = 0;  // counted from 1
    Times at;
    // The history moved from `begin` to `end`; `bytes` are what is known of the end of that: nothing,
    // when other data came with another place in a history, or when there were too many.
    Offset begin = 0, end = 0;
    Bytes bytes;
    std::optional<Offset> backlog_first;
    std::optional<Standing> standing;  // if it has changed, and in the first entry
    bool is_last = false;              // the node has ended
  };

  explicit Journal(Limits limits) : limits_(limits) {}

  void look(const NodeState& node, Times at);
  void ended(Times at);
  const std::deque<Entry>& entries() const { return entries_; }
  std::uint64_t dropped() const { return next_number_ - 1 - entries_.size(); }

 private:
  void add(Entry entry);

  Limits limits_;
  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
  std::uint64_t next_number_ = 1;
  std::optional<Standing> standing_;  // at the last look; none before the first
  Offset offset_ = 0;
};

}  // namespace replserver

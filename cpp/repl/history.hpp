// History — which history of writes our data is a prefix of, and who may resume in its middle.
//
// A Position (history, offset) says: my data is the first `offset` bytes of that history. A promoted
// replica begins a history of its own that shares its start with the old one, so one former history
// is remembered, up to where the two part. Pure: no bytes, no time. Owned by the Node.
//
// Invariant: former()->offset <= offset(), where there is a former history.
#pragma once

#include <optional>

#include "repl/position.hpp"

namespace replserver {

enum class Sync { partial, full };

class History {
 public:
  explicit History(HistoryId id) : current_{std::move(id), 0} {}

  const Position& current() const { return current_; }
  const std::optional<Position>& former() const { return former_; }
  Offset offset() const { return current_.offset; }

  // How to serve a replica at `wanted`, given that our backlog still holds the bytes from `oldest`.
  Sync sync_for(const Position& wanted, Offset oldest) const;

  void advance(Offset bytes) { current_.offset += bytes; }
  void continue_as(HistoryId id);  // same data, a new name from here: a promotion, ours or upstream
  void rename(HistoryId id);       // same data, and nobody may resume under the old name
  void adopt(Position position);   // a full sync replaced our data

 private:
  Position current_;
  std::optional<Position> former_;  // its offset is where the two part
};

}  // namespace replserver

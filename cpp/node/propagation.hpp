// Propagation — turns what commands changed into the history that replicas follow.
//
//   Changes of a command or of a whole EXEC ──> SELECT? MULTI? … EXEC? ──> backlog, offset += size
//
// A batch is one command, or several between MULTI and EXEC. SELECT is written when the database
// differs from the one last selected in the history. Without a backlog nothing is written and the
// offset stands still, as in Redis.
#pragma once

#include <optional>

#include "command/changes.hpp"
#include "repl/backlog.hpp"
#include "repl/history.hpp"

namespace replserver {

class Propagation {
 public:
  explicit Propagation(HistoryId id) : history_(std::move(id)) {}

  const History& history() const { return history_; }
  const Position& position() const { return history_.current(); }
  const Backlog* backlog() const { return backlog_ ? &*backlog_ : nullptr; }
  bool active() const { return backlog_.has_value(); }

  void start(std::size_t backlog_size);  // a backlog from here on
  void resize(std::size_t backlog_size);
  void change_id(HistoryId id);  // DEBUG CHANGE-REPL-ID: the old id is forgotten
  void select_again() { selected_db_ = -1; }

  // Writes one batch of what `changes` holds, and empties it.
  void write(Changes& changes);
  std::uint64_t batches() const { return batches_; }

 private:
  void append(ByteView bytes);
  void select(int db);

  History history_;
  std::optional<Backlog> backlog_;
  int selected_db_ = -1;
  std::uint64_t batches_ = 0;
};

}  // namespace replserver

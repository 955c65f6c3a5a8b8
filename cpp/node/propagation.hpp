// Propagation — the history that replicas follow: written from what commands changed here, or, on a
// node that follows another one, taken over from its primary byte for byte.
//
//   Changes of a command or of a whole EXEC ──> SELECT? MULTI? … EXEC? ──┐
//   a primary's batch, applied ──────────────────────────────────────────┴──> backlog, offset += size
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
  int selected_db() const { return selected_db_; }  // -1: none, the next write says it

  void start(std::size_t backlog_size);  // a backlog from here on
  void stop() { backlog_.reset(); }
  void resize(std::size_t backlog_size);
  void pin(Offset oldest);  // what replicas still need

  // The same data under another name.
  void rename(HistoryId id);       // and nobody may resume under the old one
  void continue_as(HistoryId id);  // a promotion, ours or our primary's
  void select_again() { selected_db_ = -1; }
  // Other data, as a full sync or a file brought them; a backlog begins there.
  void adopt(Position position, int selected_db, std::size_t backlog_size);

  // Writes one batch of what `changes` holds, and empties it.
  void write(Changes& changes);
  // A primary's batch that was applied, and the database that its stream is in afterwards.
  void apply(ByteView batch, int selected_db);
  void ping();
  void ask_for_acknowledgements();
  void publish(ByteView command, ByteView channel, ByteView message);
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

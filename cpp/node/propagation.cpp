#include "node/propagation.hpp"

namespace replserver {

void Propagation::start(std::size_t backlog_size) {
  if (!backlog_) backlog_.emplace(history_.offset(), backlog_size);
}

void Propagation::resize(std::size_t backlog_size) {
  if (backlog_) backlog_->resize(backlog_size);
}

void Propagation::pin(Offset oldest) {
  if (backlog_) backlog_->pin(oldest);
}

void Propagation::rename(HistoryId id) { history_.rename(std::move(id)); }

void Propagation::continue_as(HistoryId id) { history_.continue_as(std::move(id)); }

void Propagation::adopt(Position position, int selected_db, std::size_t backlog_size) {
  history_.adopt(std::move(position));
  backlog_.emplace(history_.offset(), backlog_size);
  selected_db_ = selected_db;
}

void Propagation::apply(ByteView batch, int selected_db) {
  append(batch);
  selected_db_ = selected_db;
  ++batches_;
}

void Propagation::ping() {
  Bytes command;
  append_command(command, {"PING"});
  append(command);
}

void Propagation::ask_for_acknowledgements() {
  Bytes command;
  append_command(command, {"REPLCONF", "GETACK", "*"});
  append(command);
}

void Propagation::publish(ByteView command, ByteView channel, ByteView message) {
  Bytes words;
  append_command(words, {command, channel, message});
  append(words);
}

void Propagation::append(ByteView bytes) {
  backlog_->append(bytes);
  history_.advance(bytes.size());
}

void Propagation::select(int db) {
  if (db == selected_db_) return;
  selected_db_ = db;
  Bytes command;
  append_command(command, {"SELECT", std::to_string(db)});
  append(command);
}

void Propagation::write(Changes& changes) {
  if (active()) {
    for (const Changes::Piece& piece : changes.removed()) {
      select(piece.db);
      append(changes.bytes(piece));
      ++batches_;
    }
    const bool wrapped = changes.pieces().size() > 1;
    if (wrapped) append("*1\r\n$5\r\nMULTI\r\n");
    for (const Changes::Piece& piece : changes.pieces()) {
      select(piece.db);
      append(changes.bytes(piece));
    }
    if (wrapped) append("*1\r\n$4\r\nEXEC\r\n");
    if (!changes.pieces().empty()) ++batches_;
  }
  changes.clear();
}

}  // namespace replserver

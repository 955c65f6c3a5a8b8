#include "data/snapshot.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "data/database.hpp"
#include "data/keyspace.hpp"
#include "data/value.hpp"

namespace replserver {

Snapshot::Snapshot(Keyspace& keyspace, std::uint64_t generation, std::vector<SnapshotSink*> sinks)
    : keyspace_(keyspace), generation_(generation), sinks_(std::move(sinks)) {}

Snapshot::~Snapshot() {
  for (std::size_t index = current_; index < cursors_.size(); ++index) {
    cursors_[index]->database->end_walk(cursors_[index].get());
  }
  auto& running = keyspace_.snapshots_;
  running.erase(std::remove(running.begin(), running.end(), this), running.end());
}

void Snapshot::add_part(Database& database) {
  parts_.push_back({database.index(), database.size(), database.expires()});
  total_ += database.size();
  cursors_.push_back(std::make_unique<Cursor>(
      Cursor{this,
             &database,
             database.index(),
             static_cast<std::uint8_t>(generation_ & database.context_.generation_mask),
             {}}));
  database.begin_walk(cursors_.back().get());
}

void Snapshot::tell(int database, const Entry& entry) {
  ++told_;
  slice_bytes_ += entry.size() + (entry.has_pointer() ? value_memory(entry) : 0);
  for (SnapshotSink* sink : sinks_) sink->entry(database, entry);
}

void Snapshot::tell_early(int database, const Entry& entry) {
  ++told_early_;
  if (is_large(entry, keyspace_.context_.large)) {
    ++keyspace_.hurried_;
    is_under_way_ = true;  // sinks may keep a share of its bytes
  }
  tell(database, entry);
}

void Snapshot::about_to_change(int database, const Entry& entry) {
  if (&entry == lent_) {
    ++told_;
    ++keyspace_.hurried_;
    lent_ = nullptr;
    for (SnapshotSink* sink : sinks_) sink->let_go();
  } else if (std::erase(waiting_, &entry) != 0) {
    tell_early(database, entry);
  }
}

std::size_t Snapshot::slowest_backlog() const {
  std::size_t slowest = 0;
  for (const SnapshotSink* sink : sinks_) slowest = std::max(slowest, sink->backlog());
  return slowest;
}

void Snapshot::walk_home(Cursor& cursor, std::size_t& looked_at) {
  Database& database = *cursor.database;
  looked_at += 1 + database.table_.walk_home(cursor.position, [&](const Entry& entry) {
    if (database.door_check_) database.door_check_->verify(entry);
    if (!database.is_older(entry, cursor.generation)) return;
    if (is_large(entry, keyspace_.context_.large)) [[unlikely]] {
      waiting_.push_back(&entry);
    } else {
      tell(cursor.label, entry);
    }
  });
}

void Snapshot::lend_next() {
  lent_ = waiting_.back();
  waiting_.pop_back();
  is_under_way_ = true;
  for (SnapshotSink* sink : sinks_) sink->lend(cursors_[current_]->label, *lent_);
}

void Snapshot::proceed(std::size_t bytes) {
  slice_bytes_ += bytes;
  bool is_done = true;
  for (SnapshotSink* sink : sinks_) is_done &= sink->proceed(bytes);
  if (!is_done) return;
  is_under_way_ = false;
  if (lent_ == nullptr) return;
  lent_ = nullptr;
  ++told_;
}

Snapshot::Pause Snapshot::walk(const Budget& budget) {
  std::size_t looked_at = 0;
  while (!finished()) {
    if (looked_at >= budget.entries || slice_bytes_ >= budget.bytes) {
      slice_bytes_ = 0;
      return Pause::budget;
    }
    if (slowest_backlog() > budget.window) {
      slice_bytes_ = 0;
      return Pause::window;
    }
    if (is_under_way_) {
      proceed(budget.bytes - slice_bytes_);
      continue;
    }
    if (!waiting_.empty()) {
      lend_next();
      continue;
    }
    Cursor& cursor = *cursors_[current_];
    if (!cursor.position.done) walk_home(cursor, looked_at);
    if (!cursor.position.done || !waiting_.empty()) continue;
    cursor.database->end_walk(&cursor);
    ++current_;
  }
  RS_ASSERT(told_ == total_);
  return Pause::finished;
}

void Snapshot::drop_sink(SnapshotSink* sink) {
  sinks_.erase(std::remove(sinks_.begin(), sinks_.end(), sink), sinks_.end());
}

}  // namespace replserver

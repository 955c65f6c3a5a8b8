#include "data/snapshot.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "data/database.hpp"
#include "data/keyspace.hpp"

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
  slice_bytes_ += entry.size() + value_memory(entry);
  for (SnapshotSink* sink : sinks_) sink->entry(database, entry);
}

void Snapshot::tell_early(int database, const Entry& entry) {
  ++told_early_;
  tell(database, entry);
}

std::size_t Snapshot::slowest_backlog() const {
  std::size_t slowest = 0;
  for (const SnapshotSink* sink : sinks_) slowest = std::max(slowest, sink->backlog());
  return slowest;
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
    Cursor& cursor = *cursors_[current_];
    Database& database = *cursor.database;
    looked_at += 1 + database.table_.walk_home(cursor.position, [&](const Entry& entry) {
      if (database.door_check_) database.door_check_->verify(entry);
      if (database.is_older(entry, cursor.generation)) tell(cursor.label, entry);
    });
    if (!cursor.position.done) continue;
    database.end_walk(&cursor);
    ++current_;
  }
  RS_ASSERT(told_ == total_);
  return Pause::finished;
}

void Snapshot::drop_sink(SnapshotSink* sink) {
  sinks_.erase(std::remove(sinks_.begin(), sinks_.end(), sink), sinks_.end());
}

}  // namespace replserver

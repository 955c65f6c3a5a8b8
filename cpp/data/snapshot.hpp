// Snapshot — a point in time of the whole keyspace, told to sinks in slices, without fork or copy.
//
//   start ──> walk, walk, … ──> finished          aborted: destroyed at any time before
//
// Every entry carries the generation that last wrote it. Starting takes the next generation; the
// walk goes through each database in hash order and tells every entry that is older; whoever is
// about to change an older entry ahead of the walk has it told first (the door, database.hpp). So
// each entry of the moment of the start is told exactly once, with the bytes it had then.
//
// A large entry that the walk meets is lent to the sinks, which tell it in pieces, slice by slice; if
// it is about to change before its end, the rest is told at once.
//
// Owned by whoever started it; must not outlive its Keyspace. Invariant: an entry of a started
// database is older than `generation`, and ahead of its cursor or lent, exactly when it is still to
// be told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/cursor.hpp"
#include "data/entry.hpp"

namespace replserver {

class Database;
class Keyspace;

// Takes the entries of a snapshot. Real ones: bytes in memory, and the RDB encoder.
class SnapshotSink {
 public:
  virtual ~SnapshotSink() = default;

  // An entry as it was at the start; its view is valid during the call. `database` is the number at
  // the start. Entries of one database may come between those of another. Must change no data.
  virtual void entry(int database, const Entry& entry) = 0;
  // Bytes told that nobody has taken yet: the walk pauses while they exceed the window.
  virtual std::size_t backlog() const = 0;

  // Instead of entry(), by the walk, for a large one: it does not change until proceed() has told all
  // of it or let_go() is called, so that it can be told in pieces. Others may be told by entry() in
  // between, but only one is lent at a time. A sink that does not care for pieces tells it at once.
  virtual void lend(int database, const Entry& entry) { this->entry(database, entry); }
  // Goes on with what was begun, for about so many bytes. True: nothing is under way.
  virtual bool proceed(std::size_t) { return true; }
  // The lent entry is about to change: what is needed of it must be taken now.
  virtual void let_go() {}
};

class Snapshot {
 public:
  struct Part {  // what a database was at the start; empty ones have none
    int database;
    std::size_t size;
    std::size_t expires;
  };

  struct Budget {
    std::size_t entries = 4096;            // looked at, told or not
    std::size_t bytes = 256 * 1024;        // of entries told, early ones included
    std::size_t window = 8 * 1024 * 1024;  // of the slowest sink's backlog
  };

  ~Snapshot();  // aborts, if it has not finished
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const std::vector<Part>& parts() const { return parts_; }
  std::uint64_t generation() const { return generation_; }

  enum class Pause { budget, window, finished };
  Pause walk(const Budget& budget);
  bool finished() const { return current_ == cursors_.size() && !is_under_way_; }

  void drop_sink(SnapshotSink* sink);  // it fell behind, or its link is gone
  std::size_t sinks() const { return sinks_.size(); }

  std::uint64_t told() const { return told_; }              // entries
  std::uint64_t told_early() const { return told_early_; }  // of them, by the door
  std::uint64_t total() const { return total_; }            // entries at the start

 private:
  friend class Keyspace;
  friend class Database;

  // Where the walk of one database is; lives as long as the snapshot, known to the database while
  // the walk of it has not ended.
  struct Cursor {
    Snapshot* snapshot;
    Database* database;
    int label;                // the database's number at the start
    std::uint8_t generation;  // of the snapshot, as entries keep it
    HashCursor position;
  };

  Snapshot(Keyspace& keyspace, std::uint64_t generation, std::vector<SnapshotSink*> sinks);
  void add_part(Database& database);
  void tell(int database, const Entry& entry);
  void tell_early(int database, const Entry& entry);
  // Of an entry that the walk has passed, but perhaps not told yet.
  void about_to_change(int database, const Entry& entry);
  void walk_home(Cursor& cursor, std::size_t& looked_at);
  void lend_next();
  void proceed(std::size_t bytes);
  std::size_t slowest_backlog() const;

  Keyspace& keyspace_;
  std::uint64_t generation_;
  std::vector<SnapshotSink*> sinks_;
  std::vector<Part> parts_;
  std::vector<std::unique_ptr<Cursor>> cursors_;  // parallel to parts_
  std::size_t current_ = 0;
  // Large entries that the walk has met: one is lent, others of its home bucket wait.
  const Entry* lent_ = nullptr;
  std::vector<const Entry*> waiting_;
  bool is_under_way_ = false;  // some sink has begun something and must proceed
  std::uint64_t told_ = 0, told_early_ = 0, total_ = 0;
  std::size_t slice_bytes_ = 0;  // told since the last slice ended
};

}  // namespace replserver

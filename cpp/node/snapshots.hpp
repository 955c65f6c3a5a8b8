// Snapshots — the running snapshots of a node, and their pace: walked in slices too short for a client
// to notice, in turns, while nobody else has anything to do, or for a share of the time.
//
//   start ──> slice ──> slice … ──> the last one          abort: at any time, without another word
//               └── after each, its owner is told: it may send what the sinks hold
//
// Owned by the Node. Whoever starts a snapshot keeps its sinks alive until the last slice or abort(),
// and says drained() when a sink has got rid of bytes, for a full window stops the walk.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "data/keyspace.hpp"

namespace replserver {

// Reads nanoseconds, for reports (SLOWLOG, LATENCY, commandstats) and for the pace of what is done in
// slices: no reply hangs on it. In the simulator there is none, and everything takes no time.
using Meter = std::uint64_t (*)();

class Snapshots {
 public:
  enum class Id : std::uint64_t {};
  enum class Step { more, last };
  // A slice is over at the first look at the meter after so long: looks come often enough that even
  // one whose keys are all slow to reach ends well below 200 µs. A short one is for when somebody is
  // likely to ask for something in the middle of it.
  static constexpr Duration kLongSlice{60}, kShortSlice{15};  // µs
  struct Pace {
    int cpu_share = 100;  // percent of the time, when others are at work
    Duration per_key{};   // waited after each entry, for tests: rdb-key-save-delay
    Duration slice = kLongSlice;
  };
  using Progress = std::function<void(Step)>;  // after each slice; may start and abort snapshots

  explicit Snapshots(Meter meter) : meter_(meter) {}

  // Nothing: too many generations are in use; a later one may succeed.
  std::optional<Id> start(Keyspace& keyspace, std::vector<SnapshotSink*> sinks, Progress progress);
  void abort(Id id);
  Snapshot* find(Id id);  // nullptr: it is over
  std::size_t size() const { return runs_.size(); }
  void drained();

  bool can_go_on() const;   // one of them is not stopped by its window
  bool may_hurry() const {  // so that it may use every idle moment
    return !is_slowed_ && can_go_on();
  }
  Instant due() const;  // when the next slice may be, although others are at work
  // One slice of the one whose turn it is.
  void work(Instant now, const Pace& pace);

  std::uint64_t slices() const { return slices_; }
  std::uint64_t nanoseconds() const { return nanoseconds_; }  // spent in all slices so far

 private:
  struct Run {
    Id id;
    std::unique_ptr<Snapshot> snapshot;
    Progress progress;
    bool window_is_full = false;
  };

  Snapshot::Pause walk(Snapshot& snapshot, Duration slice) const;

  Meter meter_;
  std::list<Run> runs_;  // the next one first
  Instant due_{};
  bool is_slowed_ = false;  // by Pace::per_key
  std::uint64_t last_id_ = 0, slices_ = 0, nanoseconds_ = 0;
};

}  // namespace replserver

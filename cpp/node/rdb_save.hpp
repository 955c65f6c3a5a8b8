// RdbSave — one snapshot on its way into an RDB file.
//
//   start ──> the file is made ──> parts, each synced or not ──> sync ──> rename ──> done
//                       any failure ──> the temporary file is removed ──> done
//
// Parts are written while the walk goes on; what is not yet written is the walk's window. The old
// file is there, whole, until the new one is. Owned by the node's Persistence, and by the operations
// in progress, which read from it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "node/snapshots.hpp"
#include "rdb/writer.hpp"

namespace replserver {

struct NodeState;

// What a file or a full sync tells of us before the keys.
RdbPreamble rdb_preamble(const NodeState& node);

class RdbSave : public std::enable_shared_from_this<RdbSave> {
 public:
  using Done = std::function<void(NodeState& node, const Result<void>& outcome)>;

  // Nothing: too many snapshots are running.
  static std::shared_ptr<RdbSave> start(NodeState& node, const Bytes& path, Done done);
  // Done is not called; the temporary file is removed.
  void abort(NodeState& node);

  // For INFO.
  std::uint64_t keys() const { return writer_.keys(); }
  std::uint64_t keys_total() const { return keys_total_; }
  std::uint64_t bytes() const { return writer_.stream().end(); }
  std::size_t memory() const { return writer_.stream().memory(); }
  std::size_t memory_peak() const { return memory_peak_; }
  Instant started_at() const { return started_at_; }
  std::uint64_t nanoseconds(const Snapshots& snapshots) const {  // spent in walks since the start
    return snapshots.nanoseconds() - nanoseconds_before_;
  }

 private:
  RdbSave(const RdbFormat& format, Bytes path, Bytes temporary, Done done);

  void walked(NodeState& node, Snapshots::Step step);
  void go_on(NodeState& node);
  void write_part(NodeState& node);
  void sync(NodeState& node);
  void rename(NodeState& node);
  // `what`: asked of the driver; `next`: when it has succeeded; `trouble`: what else to say.
  template <class What>
  void operate(NodeState& node, What what, std::function<void(NodeState&)> next, Bytes trouble);
  void finish(NodeState& node, const Result<void>& outcome);

  RdbWriter writer_;
  Bytes path_, temporary_;
  Done done_;
  std::optional<Snapshots::Id> snapshot_;  // while it is walked
  bool is_working_ = false;                // an operation is in progress
  bool is_over_ = false;
  std::uint64_t written_ = 0, synced_ = 0;
  std::uint64_t keys_total_ = 0;
  std::uint64_t nanoseconds_before_ = 0;
  std::size_t memory_peak_ = 0;
  Instant started_at_;
};

}  // namespace replserver

// RdbSave — one snapshot on its way into an RDB file.
//
//   start ──> walk, walk, … each part into the file while the walk goes on ──> the file is whole ──> done
//                       any failure ──> done
//
// What is not yet written is the walk's window. Owned by the node's Persistence, and by the operations
// in progress, which read from it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "node/rdb_file.hpp"
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
  static std::shared_ptr<RdbSave> start(NodeState& node, const Bytes& name, Done done);
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
  RdbSave(const RdbFormat& format, Done done) : writer_(format), done_(std::move(done)) {}

  void begin_file(NodeState& node, const Bytes& name);
  void walked(NodeState& node, Snapshots::Step step);
  void finish(NodeState& node, const Result<void>& outcome);

  RdbWriter writer_;
  std::optional<RdbFile> file_;
  Done done_;
  std::optional<Snapshots::Id> snapshot_;  // while it is walked
  std::uint64_t keys_total_ = 0;
  std::uint64_t nanoseconds_before_ = 0;
  std::size_t memory_peak_ = 0;
  Instant started_at_;
};

}  // namespace replserver

// RdbFile — a new RDB file, written in parts while more of it is being made.
//
//   the file is made ──> parts, each synced or not ──> (end) sync ──> rename ──> done
//                any failure, remove() ──> the temporary file is gone
//
// The bytes lie in a stream of its owner's; what is written of it is given back. The old file is there,
// whole, until the new one is. A part of its owner, whom the operations in progress keep alive, since
// they read from the stream.
#pragma once

#include <functional>
#include <memory>

#include "base/block_stream.hpp"
#include "base/result.hpp"

namespace replserver {

struct NodeState;

class RdbFile {
 public:
  struct Words {  // of what goes wrong, before the system's own
    Bytes opening, writing, syncing, renaming;
  };
  // Up to `offset` of the stream it is written, and need not stay.
  using Written = std::function<void(NodeState& node, std::uint64_t offset)>;
  using Done = std::function<void(NodeState& node, const Result<void>& outcome)>;

  // `name`: what it is called in the end, in `dir` as it is now. None: it is wanted for a while only,
  // and is neither synced nor renamed.
  RdbFile(NodeState& node, Bytes name, std::weak_ptr<const void> owner, const BlockStream& stream);
  RdbFile(const RdbFile&) = delete;
  RdbFile& operator=(const RdbFile&) = delete;

  void begin(NodeState& node, Words words, Written written, Done done);
  void go_on(NodeState& node);   // the stream has grown
  void end(NodeState& node);     // it will not grow any more
  void remove(NodeState& node);  // done is not called any more; with `name` it may be too late

  const Bytes& temporary_name() const { return temporary_name_; }
  Bytes temporary_path() const { return directory_ + temporary_name_; }
  Bytes path() const { return directory_ + name_; }  // in the end

 private:
  void write_part(NodeState& node);
  // `what`: asked of the driver; `next`: when it has succeeded; `trouble`: what to say otherwise.
  template <class What>
  void operate(NodeState& node, What what, std::function<void(NodeState&)> next,
               const Bytes& trouble);
  void finish(NodeState& node, const Result<void>& outcome);

  Bytes directory_, name_, temporary_name_;
  std::weak_ptr<const void> owner_;
  const BlockStream& stream_;
  Words words_;
  Written on_written_;
  Done on_done_;
  bool is_whole_ = false;    // the stream
  bool is_working_ = false;  // an operation is in progress
  bool is_over_ = false;
  std::uint64_t written_ = 0, synced_ = 0;
};

}  // namespace replserver

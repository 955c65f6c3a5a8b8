// FullSync — one snapshot on its way to the replicas that asked for it together, in one encoding.
//
//   snapshot ──> RdbWriter ──> [header][payload][mark] ──> each replica by an integer, its place
//                    └──> a file, whole ──> read in parts ──┘
//
// A replica is sent "$EOF:<mark>" as soon as the snapshot begins. One that cannot take a mark, or
// shall not (repl-diskless-sync no), is told the size first: for it all goes to a temporary file before
// its first byte goes out. In memory there is a window of it either way, held by the slowest of the
// replicas. Owned by Replicas, and by the operations in progress.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "node/rdb_file.hpp"
#include "node/snapshots.hpp"
#include "rdb/writer.hpp"

namespace replserver {

class FullSync : public std::enable_shared_from_this<FullSync> {
 public:
  struct Events {                                 // of one that goes by a file
    std::function<void(NodeState& node)> stored;  // its size is known
    std::function<void(NodeState& node, const Bytes& why)> failed;
  };

  FullSync(const RdbFormat& format, bool is_marked, Bytes mark);

  RdbWriter& writer() { return writer_; }
  const RdbWriter& writer() const { return writer_; }
  bool is_marked() const { return is_marked_; }
  void begin_file(NodeState& node, Events events);  // unless it is marked
  void progressed(NodeState& node);                 // the snapshot has told more
  void finish(NodeState& node);                     // it has told everything
  void drop(NodeState& node);                       // nobody wants it any more
  // Nothing can be said of it yet.
  bool awaits_file() const { return !is_marked_ && stage_ == FileStage::writing; }
  Bytes header() const;  // at once if it is marked, once it is stored otherwise

  // The payload with its mark, from `place` on, as far as it is there: at most `count_max` pieces.
  void views(std::uint64_t place, std::vector<ByteView>& pieces, std::size_t count_max) const;
  bool has(std::uint64_t place) const { return place < available(); }
  bool is_end(std::uint64_t place) const { return finished_ && place == size() + mark_.size(); }
  void taken(NodeState& node, std::uint64_t before);  // by all of them

 private:
  std::uint64_t size() const { return writer_.stream().end(); }
  const BlockStream& payload() const { return is_marked_ ? writer_.stream() : read_; }
  std::uint64_t available() const;
  void read_on(NodeState& node);

  RdbWriter writer_;
  bool is_marked_;
  Bytes mark_;  // none: it is not marked
  bool finished_ = false;

  Events events_;
  std::optional<RdbFile> file_;
  enum class FileStage { writing, stored, reading, dropped };
  FileStage stage_ = FileStage::writing;
  BlockStream read_;  // of the file
};

}  // namespace replserver

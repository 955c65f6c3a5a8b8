// FullSync — one snapshot on its way to the replicas that asked for it together, in one encoding.
//
//   snapshot ──> RdbWriter ──> [header][payload][mark] ──> each replica by an integer, its place
//
// A replica is sent "$EOF:<mark>" as soon as the snapshot begins. One that cannot take a mark needs the
// size first: for it the whole encoding is made before its first byte goes out. Owned by Replicas.
#pragma once

#include <cstdint>
#include <vector>

#include "node/snapshots.hpp"
#include "rdb/writer.hpp"

namespace replserver {

class FullSync {
 public:
  FullSync(const RdbFormat& format, bool is_marked, Bytes mark);

  RdbWriter& writer() { return writer_; }
  const RdbWriter& writer() const { return writer_; }
  bool is_marked() const { return is_marked_; }
  bool finished() const { return finished_; }
  void finish();         // the snapshot has told everything
  Bytes header() const;  // once begun if it is marked, once finished otherwise

  // The payload with its mark, from `place` on: at most `count_max` pieces. Nothing before an
  // unmarked one has finished.
  void views(std::uint64_t place, std::vector<ByteView>& pieces, std::size_t count_max) const;
  bool has(std::uint64_t place) const { return place < available(); }
  bool is_end(std::uint64_t place) const { return finished_ && place == available(); }
  std::uint64_t size() const { return writer_.stream().end(); }

 private:
  std::uint64_t available() const;

  RdbWriter writer_;
  bool is_marked_;
  Bytes mark_;
  bool finished_ = false;
};

}  // namespace replserver

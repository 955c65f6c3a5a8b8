// Intake — what a full sync brings, on its way to become our data.
//
//   aside     decoded as it comes, beside the old data, which serve ─────────────────> done
//   by file   written as it comes, the old data serve ──> they go ──> it is loaded ──> done
//
// Any trouble before the old data go leaves them as they are. Aside takes the memory of both; by file
// only of one of them, but there is nothing to be read while the file is loaded. Owned by the
// Upstream, and by the operations in progress.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/block_stream.hpp"
#include "node/rdb_file.hpp"
#include "node/rdb_load.hpp"

namespace replserver {

class Intake : public std::enable_shared_from_this<Intake> {
 public:
  struct Events {
    std::function<void(NodeState& node)> let_go;  // of the old data: their time is over
    std::function<void(NodeState& node)> moved;   // the disk has taken some
    std::function<void(NodeState& node, tl::expected<RdbLoad::Loaded, Bytes> outcome)> done;
  };

  // repl-diskless-load says which way. `size`: of what will come, if somebody has told it.
  static std::shared_ptr<Intake> begin(NodeState& node, std::optional<std::uint64_t> size,
                                       Events events);
  void add(NodeState& node, ByteView bytes);
  void end(NodeState& node);    // that was all; the link is needed no more
  void abort(NodeState& node);  // nothing more is told

  bool is_by_file() const { return loader_ == nullptr; }
  bool is_full() const;                              // the disk is slower than the link
  bool is_complete() const { return is_complete_; }  // the end has come
  bool has_let_go() const { return has_let_go_; }    // there is nothing to be read until it is done

 private:
  explicit Intake(Events events);

  void begin_file(NodeState& node);
  void begin_loader(NodeState& node, std::optional<std::uint64_t> size);
  void load_file(NodeState& node);
  void finish(NodeState& node, tl::expected<RdbLoad::Loaded, Bytes> outcome);

  Events events_;
  bool is_complete_ = false, has_let_go_ = false, is_over_ = false;

  std::unique_ptr<RdbLoader> loader_;  // aside

  BlockStream received_;  // by file: what is not written yet
  std::optional<RdbFile> file_;
  std::shared_ptr<RdbLoad> load_;  // once it is whole
};

}  // namespace replserver

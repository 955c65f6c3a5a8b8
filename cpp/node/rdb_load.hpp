// RdbLoad — an RDB file on its way into new databases of the keyspace.
//
//   start ──> size ──> parts, the next one read while one is decoded ──> loaded
//               └── there is no such file, or it is damaged ──> an error
//
// What the keyspace holds is not touched. Owned by the node's Persistence, and by the operations in
// progress.
#pragma once

#include <functional>
#include <memory>

#include "node/effects.hpp"
#include "rdb/loader.hpp"

namespace replserver {

struct NodeState;

RdbLoader::Options load_options(const NodeState& node);  // as configured, for any payload

class RdbLoad : public std::enable_shared_from_this<RdbLoad> {
 public:
  struct Loaded {
    Keyspace::Databases databases;
    RdbFacts facts;
  };
  struct Trouble {
    bool no_file = false;
    Bytes text;
  };
  using Done = std::function<void(NodeState& node, tl::expected<Loaded, Trouble> outcome)>;

  static std::shared_ptr<RdbLoad> start(NodeState& node, Bytes path, Done done);
  void abort();  // done is not called

  // For INFO.
  std::uint64_t bytes() const { return fed_; }
  std::uint64_t bytes_total() const { return size_; }
  std::size_t used_memory_then() const { return loader_ ? loader_->facts().used_memory : 0; }
  Now started_at() const { return started_at_; }

 private:
  RdbLoad(Bytes path, Done done, Now now)
      : path_(std::move(path)), done_(std::move(done)), started_at_(now) {}

  void size_known(NodeState& node, const Result<Bytes>& size);
  void ask(NodeState& node);
  void part_read(NodeState& node, const Result<Bytes>& part);
  void tell_origin(NodeState& node);
  void finish(NodeState& node, tl::expected<Loaded, Trouble> outcome);

  Bytes path_;
  Done done_;
  Now started_at_;
  std::unique_ptr<RdbLoader> loader_;
  std::uint64_t size_ = 0;
  std::uint64_t asked_ = 0, fed_ = 0;  // up to here
  bool is_over_ = false, has_told_origin_ = false;
};

}  // namespace replserver

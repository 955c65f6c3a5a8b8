#include "node/rdb_save.hpp"

#include <algorithm>

#include "base/mutant.hpp"
#include "node/state.hpp"
#include "node/version.hpp"

namespace replserver {
namespace {

RdbFormat format_of(const NodeState& node) {
  const MaxmemoryPolicy policy = node.config->maxmemory_policy;
  const bool keeps_access =
      policy == MaxmemoryPolicy::allkeys_lru || policy == MaxmemoryPolicy::volatile_lru ||
      policy == MaxmemoryPolicy::allkeys_lfu || policy == MaxmemoryPolicy::volatile_lfu;
  return {.version = node.config->rdb_save_version,
          .compress = node.config->rdbcompression,
          .checksum = node.config->rdbchecksum,
          .access = keeps_access ? &node.keyspace.access_clock() : nullptr};
}

}  // namespace

RdbPreamble rdb_preamble(const NodeState& node) {
  RdbPreamble preamble;
  preamble.server_version = Bytes(kRedisVersion);
  preamble.created_s = unix_seconds(node.now.wall);
  preamble.used_memory = node.used_memory();
  preamble.functions = node.persistence.functions;
  if (node.propagation.active()) {
    const Position& position = node.propagation.position();
    const bool is_older = mutated(Mutant::saves_an_older_position);
    preamble.replication =
        RdbReplication{.id = position.history,
                       .offset = is_older ? node.propagation.backlog()->first() : position.offset,
                       .stream_db = std::max(node.propagation.selected_db(), 0)};
  }
  return preamble;
}

std::shared_ptr<RdbSave> RdbSave::start(NodeState& node, const Bytes& name, Done done) {
  const std::shared_ptr<RdbSave> save(new RdbSave(format_of(node), std::move(done)));
  save->snapshot_ =
      node.snapshots.start(node.keyspace, {&save->writer_},
                           [&node, save](Snapshots::Step step) { save->walked(node, step); });
  if (!save->snapshot_) return nullptr;
  const Snapshot& snapshot = *node.snapshots.find(*save->snapshot_);
  save->writer_.begin(rdb_preamble(node), snapshot);
  save->keys_total_ = snapshot.total();
  save->nanoseconds_before_ = node.snapshots.nanoseconds();
  save->started_at_ = node.now.mono;
  save->begin_file(node, name);
  return save;
}

void RdbSave::begin_file(NodeState& node, const Bytes& name) {
  file_.emplace(node, name, weak_from_this(), writer_.stream());
  const Bytes place = " (in server root dir " + node.config->dir + ")";
  file_->begin(
      node,
      {.opening =
           "Failed opening the temp RDB file " + file_->temporary_name() + place + " for saving: ",
       .writing = "Write error while saving DB to the disk(write): ",
       .syncing = "Write error while saving DB to the disk(fsync): ",
       .renaming = "Error moving temp DB file " + file_->temporary_name() +
                   " on the final destination " + name + place + ": "},
      [this](NodeState& node, std::uint64_t offset) {
        writer_.taken(offset);
        node.snapshots.drained();
      },
      [this](NodeState& node, const Result<void>& outcome) { finish(node, outcome); });
}

void RdbSave::abort(NodeState& node) {
  if (snapshot_) node.snapshots.abort(*snapshot_);
  snapshot_.reset();
  file_->remove(node);
}

void RdbSave::walked(NodeState& node, Snapshots::Step step) {
  memory_peak_ = std::max(memory_peak_, memory() + node.keyspace.retired_memory());
  if (step == Snapshots::Step::more) return file_->go_on(node);
  snapshot_.reset();
  writer_.finish();
  file_->end(node);
}

void RdbSave::finish(NodeState& node, const Result<void>& outcome) {
  if (snapshot_) node.snapshots.abort(*snapshot_);  // it failed before the walk's end
  snapshot_.reset();
  done_(node, outcome);
}

}  // namespace replserver

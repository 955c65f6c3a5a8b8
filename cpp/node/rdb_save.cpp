#include "node/rdb_save.hpp"

#include <algorithm>
#include <vector>

#include "base/mutant.hpp"
#include "node/state.hpp"
#include "node/version.hpp"

namespace replserver {
namespace {

constexpr std::uint64_t kPartMin = 1024 * 1024;  // before the last part
constexpr std::uint64_t kPartMax = 4 * 1024 * 1024;
// What the system has to bring to the disk at the end, while nobody knows how long that takes.
constexpr std::uint64_t kSyncEach = 8 * 1024 * 1024;

RdbFormat format_of(const NodeState& node) {
  const MaxmemoryPolicy policy = node.config->maxmemory_policy;
  const bool keeps_access =
      policy == MaxmemoryPolicy::allkeys_lru || policy == MaxmemoryPolicy::volatile_lru ||
      policy == MaxmemoryPolicy::allkeys_lfu || policy == MaxmemoryPolicy::volatile_lfu;
  return {.version = node.config->rdb_save_version,
          .compress = node.config->rdbcompression,
          .checksum = node.config->rdbchecksum,
          .is_made_whole = false,
          .access = keeps_access ? &node.keyspace.access_clock() : nullptr};
}

// Another `dir` in the middle of it must not tear it in two.
Bytes as_of_now(const NodeState& node, const Bytes& name) {
  const Bytes& directory = node.config->dir;
  return directory.starts_with('/') ? directory + "/" + name : name;
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

RdbSave::RdbSave(const RdbFormat& format, Bytes path, Bytes temporary, Done done)
    : writer_(format),
      path_(std::move(path)),
      temporary_(std::move(temporary)),
      done_(std::move(done)) {}

std::shared_ptr<RdbSave> RdbSave::start(NodeState& node, const Bytes& path, Done done) {
  constexpr std::size_t kIdDigits = 12;
  const Bytes temporary = "temp-" + node.run_id.substr(0, kIdDigits) + "-" +
                          std::to_string(++node.persistence.files_begun) + ".rdb";
  const std::shared_ptr<RdbSave> save(new RdbSave(format_of(node), as_of_now(node, path),
                                                  as_of_now(node, temporary), std::move(done)));
  save->snapshot_ =
      node.snapshots.start(node.keyspace, {&save->writer_},
                           [&node, save](Snapshots::Step step) { save->walked(node, step); });
  if (!save->snapshot_) return nullptr;
  const Snapshot& snapshot = *node.snapshots.find(*save->snapshot_);
  save->writer_.begin(rdb_preamble(node), snapshot);
  save->keys_total_ = snapshot.total();
  save->nanoseconds_before_ = node.snapshots.nanoseconds();
  save->started_at_ = node.now.mono;
  save->operate(
      node, WritePart{save->temporary_, 0, {}}, [](NodeState&) {},
      "Failed opening the temp RDB file " + temporary + " (in server root dir " + node.config->dir +
          ") for saving: ");
  return save;
}

void RdbSave::abort(NodeState& node) {
  is_over_ = true;
  if (snapshot_) node.snapshots.abort(*snapshot_);
  snapshot_.reset();
  // Behind a part that is being written now.
  node.operate(RemoveFile{temporary_}, [](NodeState&, ClientSession*, Result<Bytes>) {});
}

void RdbSave::walked(NodeState& node, Snapshots::Step step) {
  memory_peak_ = std::max(memory_peak_, memory() + node.keyspace.retired_memory());
  if (step == Snapshots::Step::last) {
    snapshot_.reset();
    writer_.finish();
  }
  go_on(node);
}

void RdbSave::go_on(NodeState& node) {
  if (is_working_ || is_over_) return;
  const std::uint64_t ready = writer_.stream().end() - written_;
  const bool syncs = node.config->rdb_save_incremental_fsync;
  if (syncs && written_ - synced_ >= kSyncEach) return sync(node);
  if (ready >= kPartMin || (!snapshot_ && ready > 0)) return write_part(node);
  if (snapshot_) return;  // the walk brings more
  if (synced_ < written_) return sync(node);
  rename(node);
}

void RdbSave::write_part(NodeState& node) {
  const BlockStream& stream = writer_.stream();
  WritePart part{temporary_, written_, {}};
  std::uint64_t end = written_;
  while (end < stream.end() && end - written_ < kPartMax) {
    part.pieces.push_back(stream.read(end));
    end += part.pieces.back().size();
  }
  operate(
      node, std::move(part),
      [this, end](NodeState& node) {
        written_ = end;
        writer_.taken(written_);
        node.snapshots.drained();
      },
      "Write error while saving DB to the disk(write): ");
}

void RdbSave::sync(NodeState& node) {
  operate(
      node, SyncFile{temporary_}, [this](NodeState&) { synced_ = written_; },
      "Write error while saving DB to the disk(fsync): ");
}

void RdbSave::rename(NodeState& node) {
  operate(
      node, RenameFile{temporary_, path_}, [this](NodeState& node) { finish(node, {}); },
      "Error moving temp DB file " + temporary_ + " on the final destination " + path_ +
          " (in server root dir " + node.config->dir + "): ");
}

template <class What>
void RdbSave::operate(NodeState& node, What what, std::function<void(NodeState&)> next,
                      Bytes trouble) {
  is_working_ = true;
  node.operate(std::move(what),
               [self = shared_from_this(), next = std::move(next), trouble = std::move(trouble)](
                   NodeState& node, ClientSession*, Result<Bytes> outcome) {
                 self->is_working_ = false;
                 if (self->is_over_) return;
                 if (!outcome) {
                   return self->finish(node, fail(Error::Kind::io, trouble + outcome.error().text));
                 }
                 next(node);
                 self->go_on(node);
               });
}

void RdbSave::finish(NodeState& node, const Result<void>& outcome) {
  const auto self = shared_from_this();  // its owner lets go of it
  is_over_ = true;
  if (!outcome) abort(node);
  done_(node, outcome);
}

}  // namespace replserver

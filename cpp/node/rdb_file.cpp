#include "node/rdb_file.hpp"

#include "node/state.hpp"

namespace replserver {
namespace {

constexpr std::uint64_t kPartMin = 1024 * 1024;  // before the last part
constexpr std::uint64_t kPartMax = 4 * 1024 * 1024;
// What the system has to bring to the disk at the end, while nobody knows how long that takes.
constexpr std::uint64_t kSyncEach = 8 * 1024 * 1024;
constexpr std::size_t kIdDigits = 12;

}  // namespace

RdbFile::RdbFile(NodeState& node, Bytes name, std::weak_ptr<const void> owner,
                 const BlockStream& stream)
    : name_(std::move(name)), owner_(std::move(owner)), stream_(stream) {
  // Another `dir` in the middle of it must not tear it in two.
  if (node.config->dir.starts_with('/')) directory_ = node.config->dir + "/";
  temporary_name_ = "temp-" + node.run_id.substr(0, kIdDigits) + "-" +
                    std::to_string(++node.persistence.files_begun) + ".rdb";
}

void RdbFile::begin(NodeState& node, Words words, Written written, Done done) {
  words_ = std::move(words);
  on_written_ = std::move(written);
  on_done_ = std::move(done);
  operate(
      node, WritePart{temporary_path(), 0, {}}, [](NodeState&) {}, words_.opening);
}

void RdbFile::end(NodeState& node) {
  is_whole_ = true;
  go_on(node);
}

void RdbFile::remove(NodeState& node) {
  is_over_ = true;
  // Behind a part that is being written now.
  node.operate(RemoveFile{temporary_path()}, [](NodeState&, ClientSession*, Result<Bytes>) {});
}

void RdbFile::go_on(NodeState& node) {
  if (is_working_ || is_over_) return;
  const std::uint64_t ready = stream_.end() - written_;
  const std::uint64_t unsynced = name_.empty() ? 0 : written_ - synced_;
  const bool syncs = node.config->rdb_save_incremental_fsync && unsynced >= kSyncEach;
  const bool is_all_written = is_whole_ && ready == 0;
  if (syncs || (is_all_written && unsynced > 0)) {
    operate(
        node, SyncFile{temporary_path()}, [this](NodeState&) { synced_ = written_; },
        words_.syncing);
  } else if (is_all_written && name_.empty()) {
    finish(node, {});
  } else if (is_all_written) {
    operate(
        node, RenameFile{temporary_path(), path()},
        [this](NodeState& node) { finish(node, {}); }, words_.renaming);
  } else if (is_whole_ || ready >= kPartMin) {
    write_part(node);
  }
}

void RdbFile::write_part(NodeState& node) {
  WritePart part{temporary_path(), written_, {}};
  std::uint64_t end = written_;
  while (end < stream_.end() && end - written_ < kPartMax) {
    part.pieces.push_back(stream_.read(end));
    end += part.pieces.back().size();
  }
  operate(
      node, std::move(part),
      [this, end](NodeState& node) {
        written_ = end;
        on_written_(node, end);
      },
      words_.writing);
}

template <class What>
void RdbFile::operate(NodeState& node, What what, std::function<void(NodeState&)> next,
                      const Bytes& trouble) {
  is_working_ = true;
  node.operate(std::move(what), [this, owner = owner_.lock(), next = std::move(next), trouble](
                                    NodeState& node, ClientSession*, Result<Bytes> outcome) {
    is_working_ = false;
    if (is_over_) return;
    if (!outcome) return finish(node, fail(Error::Kind::io, trouble + outcome.error().text));
    next(node);
    go_on(node);
  });
}

void RdbFile::finish(NodeState& node, const Result<void>& outcome) {
  if (!outcome) remove(node);
  is_over_ = true;
  on_done_(node, outcome);
}

}  // namespace replserver

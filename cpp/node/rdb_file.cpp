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

RdbFile::RdbFile(NodeState& node, Bytes name, std::shared_ptr<const BlockStream> stream)
    : name_(std::move(name)), stream_(std::move(stream)) {
  // Another `dir` in the middle of it must not tear it in two.
  if (node.config->dir.starts_with('/')) directory_ = node.config->dir + "/";
  temporary_name_ = "temp-" + node.run_id.substr(0, kIdDigits) + "-" +
                    std::to_string(++node.persistence.files_begun) + ".rdb";
}

void RdbFile::begin(NodeState& node, Words words, Written written, Done done) {
  words_ = std::move(words);
  on_written_ = std::move(written);
  done_ = std::move(done);
  operate(
      node, WritePart{path(temporary_name_), 0, {}}, [](NodeState&) {}, words_.opening);
}

void RdbFile::end(NodeState& node) {
  is_whole_ = true;
  go_on(node);
}

void RdbFile::abort(NodeState& node) {
  is_over_ = true;
  // Behind a part that is being written now.
  node.operate(RemoveFile{path(temporary_name_)}, [](NodeState&, ClientSession*, Result<Bytes>) {});
}

void RdbFile::go_on(NodeState& node) {
  if (is_working_ || is_over_) return;
  const std::uint64_t ready = stream_->end() - written_;
  const bool syncs = node.config->rdb_save_incremental_fsync;
  const bool is_all_written = is_whole_ && ready == 0;
  if ((syncs && written_ - synced_ >= kSyncEach) || (is_all_written && synced_ < written_)) {
    operate(
        node, SyncFile{path(temporary_name_)}, [this](NodeState&) { synced_ = written_; },
        words_.syncing);
  } else if (is_all_written) {
    operate(
        node, RenameFile{path(temporary_name_), path(name_)},
        [this](NodeState& node) { finish(node, {}); }, words_.renaming);
  } else if (is_whole_ || ready >= kPartMin) {
    write_part(node);
  }
}

void RdbFile::write_part(NodeState& node) {
  WritePart part{path(temporary_name_), written_, {}};
  std::uint64_t end = written_;
  while (end < stream_->end() && end - written_ < kPartMax) {
    part.pieces.push_back(stream_->read(end));
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
  node.operate(std::move(what), [self = shared_from_this(), next = std::move(next), trouble](
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

void RdbFile::finish(NodeState& node, const Result<void>& outcome) {
  if (!outcome) abort(node);
  is_over_ = true;
  const Done done = std::move(done_);  // its owner lets go of us
  done(node, outcome);
}

}  // namespace replserver

#include "node/full_sync.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

constexpr std::size_t kBlockSize = 256 * 1024;
constexpr std::size_t kPart = 512 * 1024;
constexpr std::uint64_t kWindow = 2 * 1024 * 1024;

}  // namespace

FullSync::FullSync(const RdbFormat& format, bool is_marked, Bytes mark)
    : writer_(format),
      is_marked_(is_marked),
      mark_(is_marked ? std::move(mark) : Bytes()),
      read_(kBlockSize) {}

Bytes FullSync::header() const {
  if (is_marked_) return "$EOF:" + mark_ + "\r\n";
  RS_ASSERT(!awaits_file());
  return "$" + std::to_string(size()) + "\r\n";
}

std::uint64_t FullSync::available() const {
  return payload().end() + (finished_ && payload().end() == size() ? mark_.size() : 0);
}

void FullSync::views(std::uint64_t place, std::vector<ByteView>& pieces,
                     std::size_t count_max) const {
  const std::uint64_t end = available();
  while (place < end && pieces.size() < count_max) {
    const ByteView piece = place < payload().end()
                               ? payload().read(place)
                               : ByteView(mark_).substr(static_cast<std::size_t>(place - size()));
    pieces.push_back(piece);
    place += piece.size();
  }
}

void FullSync::taken(NodeState& node, std::uint64_t before) {
  if (is_marked_) {
    writer_.taken(std::min(before, size()));
    return node.snapshots.drained();
  }
  read_.forget(before);
  read_on(node);
}

// ---- by a file

void FullSync::begin_file(NodeState& node, Events events) {
  if (is_marked_) return;
  events_ = std::move(events);
  file_.emplace(node, Bytes(), weak_from_this(), writer_.stream());
  const Bytes trouble = "Write error saving DB on disk for replicas: ";
  file_->begin(
      node,
      {.opening = "Failed opening the temp RDB file " + file_->temporary_name() +
                  " (in server root dir " + node.config->dir + ") for replicas: ",
       .writing = trouble,
       .syncing = trouble,
       .renaming = trouble},
      [this](NodeState& node, std::uint64_t offset) {
        writer_.taken(offset);
        node.snapshots.drained();
      },
      [this](NodeState& node, const Result<void>& outcome) {
        if (!outcome) return events_.failed(node, outcome.error().text);
        stage_ = FileStage::stored;
        events_.stored(node);
        read_on(node);
      });
}

void FullSync::progressed(NodeState& node) {
  if (file_) file_->go_on(node);
}

void FullSync::finish(NodeState& node) {
  writer_.finish();
  finished_ = true;
  if (file_) file_->end(node);
}

void FullSync::drop(NodeState& node) {
  if (!file_ || stage_ == FileStage::dropped) return;
  stage_ = FileStage::dropped;
  file_->remove(node);
}

void FullSync::read_on(NodeState& node) {
  const std::uint64_t from = read_.end();
  if (stage_ != FileStage::stored || from == size() || from - read_.begin() >= kWindow) return;
  stage_ = FileStage::reading;
  node.operate(ReadPart{file_->temporary_path(), from, kPart},
               [self = shared_from_this()](NodeState& node, ClientSession*, Result<Bytes> part) {
                 if (self->stage_ == FileStage::dropped) return;
                 self->stage_ = FileStage::stored;
                 if (part && part->empty())
                   part = fail(Error::Kind::io, "it is shorter than it was");
                 if (!part) {
                   return self->events_.failed(
                       node, "Read error sending DB to replica: " + part.error().text);
                 }
                 self->read_.append(*part);
                 self->read_on(node);
               });
}

}  // namespace replserver

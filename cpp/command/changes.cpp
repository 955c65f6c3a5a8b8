#include "command/changes.hpp"

namespace replserver {
namespace {

// What one large transaction left behind is not kept for ever.
constexpr std::size_t kKeptCapacity = 1u << 20;

}  // namespace

void Changes::add(int db, std::initializer_list<ByteView> words) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  append_command(bytes_, words);
  pieces_.push_back({db, begin, bytes_.size()});
}

void Changes::add(int db, std::span<const ByteView> words) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  append_command(bytes_, words);
  pieces_.push_back({db, begin, bytes_.size()});
}

void Changes::add_raw(int db, ByteView encoded) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  bytes_.append(encoded);
  pieces_.push_back({db, begin, bytes_.size()});
}

void Changes::add_removed(int db, std::initializer_list<ByteView> words) {
  if (!recording_) return;
  const std::size_t begin = bytes_.size();
  append_command(bytes_, words);
  removed_.push_back({db, begin, bytes_.size()});
}

void Changes::clear() {
  pieces_.clear();
  removed_.clear();
  if (bytes_.capacity() > kKeptCapacity) {
    Bytes().swap(bytes_);
  } else {
    bytes_.clear();
  }
}

}  // namespace replserver

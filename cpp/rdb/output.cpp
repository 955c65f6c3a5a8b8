#include "rdb/output.hpp"

#include "rdb/lzf.hpp"

namespace replserver {

void RdbOutput::find_room(std::size_t size) {
  RS_ASSERT(size <= kReserveMax);
  at_ = stream_.room(size);
  if (at_ == nullptr) {
    at_ = scratch_;
    left_ = sizeof scratch_;
  } else {
    left_ = stream_.block_size() - (stream_.end() - start_) % stream_.block_size();
  }
}

void RdbOutput::commit_scratch(std::size_t size) { raw({scratch_, size}); }

void RdbOutput::long_string(ByteView bytes) {
  ByteView shorter;
  if (compresses(bytes.size())) shorter = compressed(bytes);
  if (shorter.empty()) {
    length(bytes.size());
    return raw(bytes);
  }
  char* to = put_special(reserve(1 + 2 * kRdbLengthMax), RdbString::lzf);
  commit(put_length(put_length(to, shorter.size()), bytes.size()));
  raw(shorter);
}

char* RdbOutput::put_compressed(char* to, ByteView bytes) {
  const ByteView shorter = compressed(bytes);
  if (shorter.empty()) return put_string(to, bytes);
  to = put_length(put_length(put_special(to, RdbString::lzf), shorter.size()), bytes.size());
  std::memcpy(to, shorter.data(), shorter.size());
  return to + shorter.size();
}

// Empty: it does not shrink.
ByteView RdbOutput::compressed(ByteView bytes) {
  constexpr std::size_t kWorthwhile = 4;  // bytes saved: the two lengths take more than one
  if (compressed_.size() < bytes.size()) compressed_.resize(bytes.size());
  const std::size_t size = lzf_compress(bytes, compressed_.data(), bytes.size() - kWorthwhile);
  return ByteView(compressed_).substr(0, size);
}

}  // namespace replserver

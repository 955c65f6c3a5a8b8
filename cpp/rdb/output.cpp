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
  if (compresses(bytes.size()) && compressed_string(bytes)) return;
  length(bytes.size());
  raw(bytes);
}

// False: it does not shrink.
bool RdbOutput::compressed_string(ByteView bytes) {
  constexpr std::size_t kWorthwhile = 4;  // bytes saved: the two lengths take more than one
  compressed_.resize(std::max(compressed_.size(), bytes.size()));
  const std::size_t size = lzf_compress(bytes, compressed_.data(), bytes.size() - kWorthwhile);
  if (size == 0) return false;
  char* to = put_special(reserve(1 + 2 * kRdbLengthMax), RdbString::lzf);
  commit(put_length(put_length(to, size), bytes.size()));
  raw(ByteView(compressed_).substr(0, size));
  return true;
}

}  // namespace replserver

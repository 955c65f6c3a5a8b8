#include "data/packed_buffer.hpp"

namespace replserver {

void PackedBuffer::relocate(std::size_t size, std::size_t capacity) {
  unsigned char* const fresh = allocate(capacity);
  std::memcpy(fresh, data_, size);
  arena_->release(std::exchange(data_, fresh), std::exchange(capacity_, capacity));
}

void PackedBuffer::move_apart(std::size_t size, std::size_t at, std::size_t kept, std::size_t to) {
  const std::size_t wanted = capacity(to + size - kept);
  unsigned char* const fresh = allocate(wanted);
  std::memcpy(fresh, data_, at);
  std::memcpy(fresh + to, data_ + kept, size - kept);
  arena_->release(std::exchange(data_, fresh), std::exchange(capacity_, wanted));
}

}  // namespace replserver

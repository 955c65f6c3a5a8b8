#include "base/shared_bytes.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace replserver {

SharedBytes SharedBytes::copy_of(ByteView bytes, std::size_t capacity) {
  Block* const block = allocate(std::max(capacity, bytes.size()));
  if (!bytes.empty()) std::memcpy(block->data(), bytes.data(), bytes.size());
  block->size = bytes.size();
  return SharedBytes(block);
}

SharedBytes::Block* SharedBytes::allocate(std::size_t capacity) {
  void* const memory = std::malloc(sizeof(Block) + capacity);
  if (memory == nullptr) throw std::bad_alloc();
  return new (memory) Block{1, 0, capacity};
}

void SharedBytes::free_block(Block* block) { std::free(block); }

}  // namespace replserver

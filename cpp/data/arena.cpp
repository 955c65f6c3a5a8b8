#include "data/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/assert.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define REPLSERVER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REPLSERVER_ASAN 1
#endif
#endif
#ifdef REPLSERVER_ASAN
#include <sanitizer/asan_interface.h>
#define RS_POISON(from, size) __asan_poison_memory_region(from, size)
#define RS_UNPOISON(from, size) __asan_unpoison_memory_region(from, size)
#else
#define RS_POISON(from, size) ((void)0)
#define RS_UNPOISON(from, size) ((void)0)
#endif

namespace replserver {
namespace {

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE \
  23  // since Linux 5.14; older kernels refuse it, and pages come one by one
#endif

// A size class that has this many slabs gets the pages of the next one at once: sixteen page faults
// cost 27 µs, this 10. A huge page would be as cheap per byte, but zeroing its 2 MiB stops the node
// for 0.3 ms; so chunks become huge later, by the kernel's own thread, once they are full.
constexpr std::uint32_t kPopulateFromSlabs = 8;
constexpr std::size_t kPopulateFromSize = std::size_t{64} << 10;  // of blocks of malloc
constexpr std::size_t kPage = 4096;
constexpr std::size_t kMallocOverhead = 16;  // of glibc, on average and about

void* map(std::size_t size) {
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  return mapped;
}

// Linux maps downwards, so that what follows an aligned chunk is mostly aligned too. Otherwise twice
// the size holds an aligned chunk, and the rest is given back.
char* map_chunk(std::size_t size) {
  char* begin = static_cast<char*>(map(size));
  if ((reinterpret_cast<std::uintptr_t>(begin) & (size - 1)) == 0) return begin;
  munmap(begin, size);
  begin = static_cast<char*>(map(2 * size));
  const std::size_t past = reinterpret_cast<std::uintptr_t>(begin) & (size - 1);
  const std::size_t before = past ? size - past : 0;
  if (before) munmap(begin, before);
  munmap(begin + before + size, size - before);
  return begin + before;
}

}  // namespace

unsigned Arena::class_of(std::size_t size) {
  if (size <= kSmallMax) return static_cast<unsigned>((size + 7) / 8);
  // Eight steps from one power of two to the next: the three bits below the leading one.
  const std::size_t last = size - 1;
  const unsigned power = static_cast<unsigned>(std::bit_width(last)) - 1;  // 10 … 12
  return kSmallClasses + (power - 10) * 8 + static_cast<unsigned>((last >> (power - 3)) & 7);
}

std::size_t Arena::class_size(unsigned index) {
  if (index < kSmallClasses) return index ? index * std::size_t{8} : 8;
  const unsigned step = index - kSmallClasses;
  return (9 + std::size_t{step % 8}) << (7 + step / 8);
}

std::size_t Arena::rounded(std::size_t size) {
  if (size > kSlotMax) return (size + 15) / 16 * 16 + sizeof(Large) + kMallocOverhead;
  return class_size(class_of(size));
}

Arena::~Arena() {
  while (!dissolve(1024)) {
  }
}

void* Arena::take(Slab& slab) {
  char* chunk = reinterpret_cast<char*>(&chunk_of(&slab));
  const std::uint32_t size = slab.slot_size;
  char* slot;
  if (slab.free != 0) {
    slot = chunk + slab.free;
    RS_UNPOISON(slot, size);
    std::memcpy(&slab.free, slot, sizeof slab.free);
  } else {
    slot = chunk + slab.bump;
    RS_UNPOISON(slot, size);
    const std::size_t page_before = (slab.bump + kPage - 1) / kPage;
    slab.bump += size;
    touched_ += ((slab.bump + kPage - 1) / kPage - page_before) * kPage;
  }
  ++slab.used;
  used_ += size;
  if (slab.free == 0 && slab.bump > slab.last) unlist(slab);
  return slot;
}

void Arena::release(void* slot, std::size_t size) {
  if (size > kSlotMax) return release_large(slot, size);
  Chunk& chunk = chunk_of(slot);
  Slab& slab = slab_of(chunk, slot);
  const std::size_t taken = slab.slot_size;
  RS_ASSERT(slab.used > 0 && class_of(size) == slab.size_class);

  std::memcpy(slot, &slab.free, sizeof slab.free);
  slab.free =
      static_cast<std::uint32_t>(static_cast<char*>(slot) - reinterpret_cast<char*>(&chunk));
  RS_POISON(slot, taken);
  used_ -= taken;
  --slab.used;
  if (!slab.listed) list(slab);
  // The last slab of a class with room stays, or a key set and deleted would carve it anew each time.
  if (slab.used == 0 && (slab.previous != nullptr || slab.next != nullptr)) {
    give_up_slab(chunk, slab);
  }
}

void Arena::list(Slab& slab) {
  Slab*& first = classes_->with_room[slab.size_class];
  slab.previous = nullptr;
  slab.next = first;
  if (first != nullptr) first->previous = &slab;
  first = &slab;
  slab.listed = true;
}

void Arena::unlist(Slab& slab) {
  if (slab.previous != nullptr) {
    slab.previous->next = slab.next;
  } else {
    classes_->with_room[slab.size_class] = slab.next;
  }
  if (slab.next != nullptr) slab.next->previous = slab.previous;
  slab.previous = slab.next = nullptr;
  slab.listed = false;
}

Arena::Slab& Arena::add_slab(unsigned index) {
  while (search_ < chunks_.size() && chunks_[search_]->free_mask == 0) ++search_;
  if (search_ == chunks_.size()) add_chunk();
  Chunk& chunk = *chunks_[search_];
  RS_ASSERT(chunk.free_mask != 0);
  const auto which = static_cast<unsigned>(std::countr_zero(chunk.free_mask)) % kSlabs;
  const std::uint32_t bit = std::uint32_t{1} << which;
  Slab& slab = chunk.slabs[which];
  // Pages of a slab that was used before are ours already; take() counts them anew.
  const bool dirty = chunk.dirty_mask & bit;
  if (dirty) {
    touched_ -= touched_in(chunk, which);
    --dirty_slabs_;
  }
  chunk.free_mask &= ~bit;
  chunk.dirty_mask &= ~bit;
  const std::size_t begin = slab_begin(which), end = (which + 1) * kSlabSize;
  const std::size_t size = class_size(index);
  slab = Slab{.free = 0,
              .bump = static_cast<std::uint32_t>(begin),
              .last = static_cast<std::uint32_t>(end - size),
              .used = 0,
              .slot_size = static_cast<std::uint16_t>(size),
              .size_class = static_cast<std::uint8_t>(index),
              .listed = false,
              .previous = nullptr,
              .next = nullptr};
  list(slab);
  char* memory = reinterpret_cast<char*>(&chunk);
  if (classes_->slabs[index]++ >= kPopulateFromSlabs && !dirty) {
    madvise(memory + begin, end - begin, MADV_POPULATE_WRITE);
  }
  // Now that all of it is in use the kernel may, some time, make it one huge page.
  if (chunk.free_mask == 0 && !chunk.huge) {
    madvise(memory, kChunkSize, MADV_HUGEPAGE);
    chunk.huge = true;
  }
  return slab;
}

void Arena::give_up_slab(Chunk& chunk, Slab& slab) {
  unlist(slab);
  --classes_->slabs[slab.size_class];
  const auto which = static_cast<std::size_t>(&slab - chunk.slabs);
  chunk.free_mask |= std::uint32_t{1} << which;
  chunk.dirty_mask |= std::uint32_t{1} << which;
  ++dirty_slabs_;
  search_ = std::min<std::size_t>(search_, chunk.index);
}

void Arena::add_chunk() {
  char* memory = map_chunk(kChunkSize);
  auto* chunk = new (memory) Chunk{};
  chunk->index = static_cast<std::uint32_t>(chunks_.size());
  chunk->free_mask = UINT32_MAX;
  if (classes_ == nullptr) {
    static_assert(sizeof(Chunk) + sizeof(Classes) <= kHeaderSize);
    classes_ = new (memory + sizeof(Chunk)) Classes{};
  }
  touched_ += kHeaderSize;
  RS_POISON(memory + kHeaderSize, kChunkSize - kHeaderSize);
  chunks_.push_back(chunk);
}

void Arena::drop_chunk(std::size_t index) {
  Chunk* chunk = chunks_[index];
  chunks_[index] = chunks_.back();
  chunks_[index]->index = static_cast<std::uint32_t>(index);
  chunks_.pop_back();
  RS_UNPOISON(chunk, kChunkSize);
  munmap(chunk, kChunkSize);
}

std::size_t Arena::touched_in(const Chunk& chunk, std::size_t which) {
  return (chunk.slabs[which].bump - slab_begin(which) + kPage - 1) / kPage * kPage;
}

bool Arena::trim(std::size_t chunks) {
  const bool under_way = trimmed_ > 0;
  if (!under_way && used_ > 0 && dirty_slabs_ * kSlabSize <= touched_ / 8) return false;
  for (; chunks > 0; --chunks) {
    if (trimmed_ >= chunks_.size()) {
      trimmed_ = 0;
      // Few chunks are left then: those with the last slab of a class.
      if (used_ == 0) dissolve(SIZE_MAX);
      return false;
    }
    Chunk& chunk = *chunks_[trimmed_];
    dirty_slabs_ -= static_cast<std::size_t>(std::popcount(chunk.dirty_mask));
    for (std::size_t which = 0; which < kSlabs; ++which) {
      if (chunk.dirty_mask >> which & 1) touched_ -= touched_in(chunk, which);
    }
    // The first chunk holds the classes and stays.
    if (chunk.free_mask == UINT32_MAX && trimmed_ > 0) {
      touched_ -= kHeaderSize;
      drop_chunk(trimmed_);
      search_ = std::min(search_, trimmed_);
      continue;
    }
    for (std::size_t which = 0; which < kSlabs; ++which) {
      if ((chunk.dirty_mask >> which & 1) == 0) continue;
      const std::size_t begin = slab_begin(which);
      madvise(reinterpret_cast<char*>(&chunk) + begin, (which + 1) * kSlabSize - begin,
              MADV_DONTNEED);
    }
    chunk.dirty_mask = 0;
    ++trimmed_;
  }
  return true;
}

void* Arena::allocate_large(std::size_t size) {
  auto* large = static_cast<Large*>(std::malloc(sizeof(Large) + size));
  if (large == nullptr) throw std::bad_alloc();
  *large = Large{nullptr, large_, size, 0};
  if (large_ != nullptr) large_->previous = large;
  large_ = large;
  if (size >= kPopulateFromSize) {  // a directory that has doubled is about to be written at once
    const std::uintptr_t begin = (reinterpret_cast<std::uintptr_t>(large) + kPage) & ~(kPage - 1);
    const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(large + 1) + size;
    madvise(reinterpret_cast<void*>(begin), (end - begin) & ~(kPage - 1), MADV_POPULATE_WRITE);
  }
  used_ += rounded(size);
  outside_ += rounded(size);
  return large + 1;
}

void Arena::release_large(void* slot, std::size_t size) {
  Large* large = static_cast<Large*>(slot) - 1;
  RS_ASSERT(large->size == size);
  (large->previous != nullptr ? large->previous->next : large_) = large->next;
  if (large->next != nullptr) large->next->previous = large->previous;
  std::free(large);
  used_ -= rounded(size);
  outside_ -= rounded(size);
}

std::size_t Arena::blob_size(const SharedBytes::Block& block) {
  return sizeof block + block.capacity + kMallocOverhead;
}

Arena::Blob* Arena::hold(SharedBytes bytes) {
  auto* blob = static_cast<Blob*>(allocate(sizeof(Blob)));
  *blob = Blob{nullptr, blobs_, bytes.release()};
  RS_ASSERT(blob->block != nullptr);
  if (blobs_ != nullptr) blobs_->previous = blob;
  blobs_ = blob;
  used_ += blob_size(*blob->block);
  outside_ += blob_size(*blob->block);
  return blob;
}

SharedBytes Arena::exchange(Blob* blob, SharedBytes bytes) {
  SharedBytes old = SharedBytes::adopt(blob->block);
  used_ -= blob_size(*blob->block);
  outside_ -= blob_size(*blob->block);
  blob->block = bytes.release();
  RS_ASSERT(blob->block != nullptr);
  used_ += blob_size(*blob->block);
  outside_ += blob_size(*blob->block);
  return old;
}

void Arena::let_go(Blob* blob) {
  used_ -= blob_size(*blob->block);
  outside_ -= blob_size(*blob->block);
  SharedBytes::drop(blob->block);
  (blob->previous != nullptr ? blob->previous->next : blobs_) = blob->next;
  if (blob->next != nullptr) blob->next->previous = blob->previous;
  release(blob, sizeof(Blob));
}

bool Arena::dissolve(std::size_t steps) {
  // Blobs live in chunks, so these go last.
  for (; steps > 0 && blobs_ != nullptr; --steps) {
    used_ -= blob_size(*blobs_->block);
    outside_ -= blob_size(*blobs_->block);
    SharedBytes::drop(blobs_->block);
    blobs_ = blobs_->next;
  }
  for (; steps > 0 && large_ != nullptr; --steps) release_large(large_ + 1, large_->size);
  for (; steps > 0 && !chunks_.empty(); --steps) {
    const std::size_t left = chunks_.size() - 1;
    touched_ = left == 0 ? 0 : touched_ - touched_ / (left + 1);
    used_ = left == 0 ? 0 : used_ - used_ / (left + 1);
    drop_chunk(left);
    classes_ = nullptr;
    search_ = trimmed_ = dirty_slabs_ = 0;
  }
  return chunks_.empty() && large_ == nullptr && blobs_ == nullptr;
}

}  // namespace replserver

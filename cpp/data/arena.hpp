// Arena — where one database's entries, values and table segments live.
//
//   chunk (2 MiB, from the OS) ─> slabs (64 KiB) ─> slots of one size class;   > 8 KiB: malloc
//
// Owned by a Database and dropped with it: giving a whole data set back costs its chunks, not its
// keys. Counts exactly what it handed out, so a node's used_memory needs no allocator statistics.
// An empty arena has no memory at all, a small one touches a page per size class in use.
//
// Invariant: every slab is either free in its chunk's mask, or belongs to one size class; those
// with a free slot, and only those, are in the list of their class. Slots of a multiple of 64 bytes
// up to 8 KiB are aligned to 64, of 4096 bytes to 4096.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/shared_bytes.hpp"

namespace replserver {

class Arena {
 public:
  static constexpr std::size_t kSlotMax = 8192;  // larger ones come from malloc

  Arena() = default;
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  void* allocate(std::size_t size) {
    if (size > kSlotMax) [[unlikely]]
      return allocate_large(size);
    const unsigned index = class_of(size);
    Slab* slab = classes_ ? classes_->with_room[index] : nullptr;
    if (slab == nullptr) [[unlikely]]
      slab = &add_slab(index);
    return take(*slab);
  }
  void release(void* slot, std::size_t size);    // with the size it was asked for
  static std::size_t rounded(std::size_t size);  // what allocate(size) really takes

  // Long byte strings, shared with replies and snapshots: the arena holds one reference to each
  // until it is let go of, or the arena is dropped. Counted as used.
  struct Blob {
    Blob* previous;
    Blob* next;
    SharedBytes::Block* block;
    ByteView view() const { return ByteView(block->data(), block->size); }
  };
  Blob* hold(SharedBytes bytes);
  void let_go(Blob* blob);
  SharedBytes exchange(Blob* blob, SharedBytes bytes);  // returns what was held

  std::size_t used() const { return used_; }  // of all slots and blocks handed out, rounded
  std::size_t reserved() const { return touched_ + outside_; }  // of that which the OS has given us

  // Gives free slabs back to the system once they are an eighth of what it gave us, looking at
  // `chunks` chunks; called by the timer. True: there is more to do.
  bool trim(std::size_t chunks);

  // Dropping gigabytes takes the OS a while: frees up to `steps` blobs, large blocks and chunks;
  // true when nothing is left. Nothing may be allocated any more after the first call.
  bool dissolve(std::size_t steps);

 private:
  static constexpr std::size_t kChunkSize = std::size_t{2} << 20;
  static constexpr std::size_t kSlabSize = std::size_t{64} << 10;
  static constexpr std::size_t kSlabs = kChunkSize / kSlabSize;
  static constexpr std::size_t kHeaderSize =
      4096;  // the first slab begins behind the chunk's header
  // Classes of 8 bytes up to here, then eighths: packed values of 20 elements end below it.
  static constexpr std::size_t kSmallMax = 1024;
  static constexpr unsigned kSmallClasses = kSmallMax / 8 + 1;
  static constexpr unsigned kClasses = kSmallClasses + 3 * 8;

  struct Slab {
    std::uint32_t free;  // offset in the chunk of the first released slot; 0: none
    std::uint32_t bump;  // offset in the chunk of the first slot never handed out
    std::uint32_t last;  // the highest offset a slot may have
    std::uint16_t used;
    std::uint16_t slot_size;
    std::uint8_t size_class;
    bool listed;     // in its class: it has room
    Slab* previous;  // neighbours among the slabs of its class with room
    Slab* next;
  };
  struct Chunk {
    std::uint32_t index;       // in chunks_
    std::uint32_t free_mask;   // slabs that belong to no class
    std::uint32_t dirty_mask;  // of them, those that were used before
    bool huge;                 // the kernel was asked to make it one huge page
    Slab slabs[kSlabs];
  };
  // Kept in the first chunk's header, so that an empty arena costs nothing.
  struct Classes {
    Slab* with_room[kClasses];
    std::uint32_t slabs[kClasses];
  };
  struct Large {  // before a block of malloc
    Large* previous;
    Large* next;
    std::size_t size;
    std::size_t unused;  // keeps the block aligned to 16
  };

  static unsigned class_of(std::size_t size);
  static std::size_t class_size(unsigned index);
  static Chunk& chunk_of(const void* slot) {
    return *reinterpret_cast<Chunk*>(reinterpret_cast<std::uintptr_t>(slot) & ~(kChunkSize - 1));
  }
  static Slab& slab_of(Chunk& chunk, const void* slot) {
    return chunk.slabs[(reinterpret_cast<std::uintptr_t>(slot) & (kChunkSize - 1)) / kSlabSize];
  }
  static std::size_t slab_begin(std::size_t index) {
    return index ? index * kSlabSize : kHeaderSize;
  }

  void* take(Slab& slab);
  void* allocate_large(std::size_t size);
  void release_large(void* slot, std::size_t size);
  Slab& add_slab(unsigned index);
  void give_up_slab(Chunk& chunk, Slab& slab);
  void add_chunk();
  void drop_chunk(std::size_t index);
  static std::size_t touched_in(const Chunk& chunk, std::size_t which);
  void list(Slab& slab);
  void unlist(Slab& slab);
  static std::size_t blob_size(const SharedBytes::Block& block);

  Classes* classes_ = nullptr;
  std::vector<Chunk*> chunks_;
  std::size_t dirty_slabs_ = 0;  // free, but their pages are still ours
  std::size_t search_ = 0;       // chunks before this one have no free slab
  std::size_t trimmed_ = 0;      // where trim() goes on
  Large* large_ = nullptr;
  Blob* blobs_ = nullptr;
  std::size_t used_ = 0;
  std::size_t touched_ = 0;  // pages of chunks that were written once
  std::size_t outside_ = 0;  // large blocks and blobs
};

}  // namespace replserver

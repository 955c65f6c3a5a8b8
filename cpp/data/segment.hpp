// Segment — the unit by which a table grows: a header line, some home buckets, a few stash buckets,
// each one cache line of seven slots. Full, it is split into two by the next bit of the hashes.
//
//   header | home 0 | home 1 | … | home 58 | stash 0 | … | stash 3       64 lines, one page
//   bucket: tag × 7, present × 7 bits + overflows | word × 7
//   word:   16 bits of the hash | pointer | expires | displaced
//
// An item goes to its home bucket, else the next one, else a stash bucket. The home bucket of a
// displaced item has `overflows` set; in the next bucket its word says that it is displaced, in the
// stash the header holds its home. So an item's home is known without its hash; and a split copies
// the page and takes away from each copy what belongs to the other, by the bits of the hash that
// the words keep: no item is read, which would be a cache miss each.
//
// Owned by a SegmentTable, in its arena. Knows neither keys nor hashes.
// Invariant: a bucket overflows exactly when an item of it is displaced.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/assert.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace replserver {

// Sixty-four lines fill a page. Tests take fewer, so that few keys already split and merge.
struct SegmentShape {
  std::uint8_t homes = 59;
  std::uint8_t stashes = 4;

  std::size_t bytes() const { return 64 * (std::size_t{1} + homes + stashes); }
  std::size_t slots() const { return 7 * (std::size_t{homes} + stashes); }
};

// User space has 47 bits of address, and items are aligned to 8.
struct SlotWord {
  static constexpr std::uint64_t kDisplaced = 1, kExpires = 2;
  static constexpr std::uint64_t kPointer = 0x0000'ffff'ffff'fff8;
  static constexpr unsigned kHashBits = 16;  // kept from the top of the word down

  static std::uint64_t make(const void* item, bool expires, std::uint64_t hash_bits) {
    const auto address = reinterpret_cast<std::uintptr_t>(item);
    RS_ASSERT((address & ~kPointer) == 0);
    return address | (expires ? kExpires : 0) | hash_bits << 48;
  }
};

struct alignas(64) Bucket {
  static constexpr unsigned kSlots = 7;
  static constexpr unsigned kAll = (1u << kSlots) - 1;

  std::uint8_t tags[kSlots];
  std::uint8_t state;  // present: bits 0 … 6; overflows: bit 7
  std::uint64_t words[kSlots];

  unsigned present() const { return state & kAll; }
  bool overflows() const { return state & 0x80; }
  bool full() const { return present() == kAll; }
  void set_overflows(bool on) { state = static_cast<std::uint8_t>(present() | (on ? 0x80 : 0)); }
  void* item(unsigned slot) const {
    return reinterpret_cast<void*>(words[slot] & SlotWord::kPointer);
  }
  bool displaced(unsigned slot) const { return words[slot] & SlotWord::kDisplaced; }
  bool expires(unsigned slot) const { return words[slot] & SlotWord::kExpires; }

  // A bit per slot whose tag is the one asked for.
  unsigned matches(std::uint8_t tag) const {
#if defined(__SSE2__)
    const __m128i word = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi8(word, _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<unsigned>(_mm_movemask_epi8(equal)) & present();
#else
    unsigned found = 0;
    for (unsigned slot = 0; slot < kSlots; ++slot) found |= (tags[slot] == tag ? 1u : 0u) << slot;
    return found & present();
#endif
  }

  // Puts it into the first free slot; the bucket must not be full.
  unsigned put(std::uint64_t word, std::uint8_t tag, bool displaced) {
    const auto slot = static_cast<unsigned>(std::countr_one(present()));
    tags[slot] = tag;
    words[slot] = (word & ~SlotWord::kDisplaced) | (displaced ? SlotWord::kDisplaced : 0);
    state = static_cast<std::uint8_t>(state | 1u << slot);
    return slot;
  }
  void clear(unsigned slot) { state = static_cast<std::uint8_t>(state & ~(1u << slot)); }
};
static_assert(sizeof(Bucket) == 64);

class alignas(64) Segment {
 public:
  static constexpr std::uint8_t kNoHome = 0xff;
  static constexpr std::int64_t kNeverDue = INT64_MAX;

  std::int64_t due;        // none of its items expires before
  std::uint16_t count;     // items
  std::uint16_t expiring;  // of them, those with a time to live
  std::uint8_t depth;      // how many leading bits all its hashes share
  // Which bits of the hash the words keep: sixteen from bit 16 × window on, counted from the top.
  std::uint8_t window;
  static constexpr std::uint8_t kMixedWindow = 0xff;  // after a merge of two that differed

  static Segment* make(void* memory, const SegmentShape& shape) {
    auto* segment = static_cast<Segment*>(memory);
    segment->due = kNeverDue;
    segment->count = segment->expiring = 0;
    segment->depth = segment->window = 0;
    std::memset(segment->stash_homes_, kNoHome, sizeof segment->stash_homes_);
    const unsigned buckets = shape.homes + shape.stashes;
    for (unsigned index = 0; index < buckets; ++index) segment->bucket(index).state = 0;
    return segment;
  }

  Bucket& bucket(unsigned index) { return reinterpret_cast<Bucket*>(this + 1)[index]; }
  const Bucket& bucket(unsigned index) const {
    return reinterpret_cast<const Bucket*>(this + 1)[index];
  }

  static unsigned next(unsigned home, const SegmentShape& shape) {
    return home + 1u == shape.homes ? 0 : home + 1u;
  }
  // A bit per stash slot, seven to a bucket, that holds an item of this home.
  std::uint32_t stashed(unsigned home) const;

  // False: there is no room left for this home. Otherwise where it was put.
  bool insert(std::uint64_t word, std::uint8_t tag, unsigned home, const SegmentShape& shape,
              unsigned& bucket_index, unsigned& slot);
  void erase(unsigned bucket_index, unsigned slot, unsigned home, const SegmentShape& shape);

  // The home of whatever is in a slot.
  unsigned home_of(unsigned bucket_index, unsigned slot, const SegmentShape& shape) const {
    if (bucket_index >= shape.homes) {
      return stash_homes_[(bucket_index - shape.homes) * Bucket::kSlots + slot];
    }
    if (!bucket(bucket_index).displaced(slot)) return bucket_index;
    return bucket_index == 0 ? shape.homes - 1u : bucket_index - 1u;
  }

  // Calls visit(bucket index, slot) for each item of one home.
  template <class Visit>
  void for_home(unsigned home, const SegmentShape& shape, Visit visit) const {
    const Bucket& own = bucket(home);
    for (unsigned left = own.present(); left != 0; left &= left - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(left));
      if (!own.displaced(slot)) visit(home, slot);
    }
    if (!own.overflows()) [[likely]]
      return;
    const unsigned after = next(home, shape);
    const Bucket& other = bucket(after);
    for (unsigned left = other.present(); left != 0; left &= left - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(left));
      if (other.displaced(slot)) visit(after, slot);
    }
    for (std::uint32_t left = stashed(home); left != 0; left &= left - 1) {
      const auto place = static_cast<unsigned>(std::countr_zero(left));
      visit(shape.homes + place / Bucket::kSlots, place % Bucket::kSlots);
    }
  }

  // Calls visit(bucket index, slot) for every item, by bucket.
  template <class Visit>
  void for_each(const SegmentShape& shape, Visit visit) const {
    const unsigned buckets = shape.homes + shape.stashes;
    for (unsigned index = 0; index < buckets; ++index) {
      for (unsigned left = bucket(index).present(); left != 0; left &= left - 1) {
        visit(index, static_cast<unsigned>(std::countr_zero(left)));
      }
    }
  }

  // Keeps only the items whose bit is set in keep[bucket index]; the counts follow.
  void retain(const std::uint8_t* keep, const SegmentShape& shape);
  // Takes over all items of another segment; false, and half done, when they do not fit.
  bool absorb(const Segment& other, const SegmentShape& shape);

 private:
  void pull_back(unsigned home, const SegmentShape& shape);
  bool has_displaced(unsigned home, const SegmentShape& shape) const;

  alignas(32) std::uint8_t stash_homes_[32];  // of the 28 stash slots; kNoHome when free
};
static_assert(sizeof(Segment) == 64);

inline std::uint32_t Segment::stashed(unsigned home) const {
#if defined(__SSE2__)
  const __m128i wanted = _mm_set1_epi8(static_cast<char>(home));
  const auto* homes = reinterpret_cast<const __m128i*>(stash_homes_);
  const int low = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(homes), wanted));
  const int high = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_load_si128(homes + 1), wanted));
  return static_cast<std::uint32_t>(low) | static_cast<std::uint32_t>(high) << 16;
#else
  std::uint32_t found = 0;
  for (unsigned place = 0; place < 32; ++place) {
    found |= (stash_homes_[place] == home ? std::uint32_t{1} : 0) << place;
  }
  return found;
#endif
}

}  // namespace replserver

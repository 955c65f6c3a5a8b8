// SegmentTable — an extendible hash table of pointers to items.
//
//   leading bits of the hash ──> directory ──> segment ──> home bucket ──> item
//
// A full segment splits, and only that one; the directory doubles when a segment needs one bit more
// than it has. So the largest step of growing is one segment and, rarely, the directory. Buddies
// that have become thin are merged in steps by whoever owns the table.
//
// Owned by a Database (or, for the members of a large value, by that value), in its arena; what the
// items are is told by Traits:
//
//   using Item;  static ByteView key(const Item&);  static bool has_key(const Item&, ByteView);
//   static constexpr bool kExpires;                 // then also:
//   static std::optional<UnixMs> expiry(const Item&);
//
// Does not own the items. Invariant: an item lies in the segment of its hash's leading bits; a
// directory of depth d has 2^d slots, of which a segment of depth s has 2^(d-s) in a row.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/prefetch.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "data/arena.hpp"
#include "data/cursor.hpp"
#include "data/segment.hpp"

namespace replserver {

template <class Traits>
class SegmentTable {
 public:
  using Item = typename Traits::Item;

  // Where an item is: valid until the table next changes.
  struct Place {
    Segment* segment = nullptr;
    std::uint16_t bucket = 0;
    std::uint16_t slot = 0;
    explicit operator bool() const { return segment != nullptr; }
  };

  SegmentTable(Arena& arena, const HashSeed& seed, const SegmentShape& shape = {})
      : arena_(arena), seed_(seed), shape_(shape) {
    RS_ASSERT(shape.homes >= 1 && shape.homes <= 59 && shape.stashes <= 4);
  }
  SegmentTable(const SegmentTable&) = delete;
  SegmentTable& operator=(const SegmentTable&) = delete;
  // Frees nothing by itself: a database drops its whole arena, a large value calls dissolve().

  std::size_t size() const { return size_; }
  std::size_t expiring() const { return expiring_; }
  std::size_t segments() const { return segments_; }
  std::size_t memory() const {
    return segments_ * shape_.bytes() + directory_size() * sizeof(void*);
  }
  const SegmentShape& shape() const { return shape_; }
  std::uint64_t hash_of(ByteView key) const { return keyed_hash(key, seed_); }
  std::uint64_t hash_of(const Item& item) const { return hash_of(Traits::key(item)); }

  unsigned home_of(std::uint64_t hash) const {
    return static_cast<unsigned>(((hash >> 8) & 0xffffff) * shape_.homes >> 24);
  }

  Item* find(ByteView key, std::uint64_t hash) const {
    const Place place = locate(key, hash);
    return place ? at(place) : nullptr;
  }
  Place locate(ByteView key, std::uint64_t hash) const {
    if (directory_ == nullptr) return {};
    Segment* segment = segment_of(hash);
    const unsigned home = home_of(hash);
    const Bucket& bucket = segment->bucket(home);
    for (unsigned left = bucket.matches(tag_of(hash)); left != 0; left &= left - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(left));
      if (Traits::has_key(*static_cast<const Item*>(bucket.item(slot)), key)) {
        return {segment, static_cast<std::uint16_t>(home), static_cast<std::uint16_t>(slot)};
      }
    }
    if (!bucket.overflows()) [[likely]]
      return {};
    return locate_displaced(segment, home, key, tag_of(hash));
  }
  Item* at(const Place& place) const {
    return static_cast<Item*>(place.segment->bucket(place.bucket).item(place.slot));
  }

  // A batch of lookups asks for all buckets first, then for all items, then reads: the cache misses
  // of sixteen keys then cost about as much as those of one.
  void prefetch_bucket(std::uint64_t hash) const {
    if (directory_ != nullptr) prefetch_line(&segment_of(hash)->bucket(home_of(hash)));
  }
  void prefetch_entry(std::uint64_t hash) const {
    if (directory_ == nullptr) return;
    const Bucket& bucket = segment_of(hash)->bucket(home_of(hash));
    for (unsigned left = bucket.matches(tag_of(hash)); left != 0; left &= left - 1) {
      const char* item =
          static_cast<const char*>(bucket.item(static_cast<unsigned>(std::countr_zero(left))));
      prefetch_line(item);
      prefetch_line(item + 56);  // a key and a short value often end in the next line
    }
  }
  // A write of a key that is not there also counts in the segment's header.
  void prefetch_header(std::uint64_t hash) const {
    if (directory_ != nullptr) prefetch_line(segment_of(hash));
  }

  // Of a new table: so many items are about to come. They may be fewer or more.
  void presize(std::size_t items);
  // The key must not be there yet.
  void insert(Item* item, std::uint64_t hash);
  Item* erase(const Place& place, std::uint64_t hash);
  // Another item of the same key; returns the one that was there, which must still be readable.
  Item* replace(const Place& place, Item* item);
  // An item's expiry was changed in place.
  void expiry_changed(const Place& place, UnixMs expiry) {
    place.segment->due = std::min(place.segment->due, expiry);
  }

  template <class Callback>
  void for_each(Callback callback) const {
    for (std::size_t slot = 0; slot < directory_size(); slot += span(*directory_[slot])) {
      const Segment& segment = *directory_[slot];
      unsigned prefetched = 0;
      segment.for_each(shape_, [&](unsigned bucket, unsigned which) {
        while (prefetched <= bucket + 4) prefetch_items(segment, prefetched++);
        callback(static_cast<const Item&>(*item_at(segment, bucket, which)));
      });
    }
  }

  template <class Callback>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Callback callback) const;
  Item* random(Random& random) const;
  // Calls back with up to `count` items near a random place, only those with a time to live if
  // asked. Skips segments without one from `hint` on, which it leaves where it found some.
  template <class Callback>
  void sample(Random& random, std::size_t count, bool expiring_only, std::uint64_t& hint,
              Callback callback) const;

  // A walk tells every item once, whatever splits in between. Merging must not go on meanwhile.
  HashCursor first() const;
  // Calls back with the items of one home bucket of the cursor's range, and steps on.
  template <class Callback>
  std::size_t walk_home(HashCursor& cursor, Callback callback) const;

  // Collects items that have expired, from the segments that may have some, beginning at `begin`
  // (a hash; 0 again at the end). All of them must then be erased. `earliest` is lowered to when
  // the next of the segments passed becomes due. Returns the work done, in items looked at.
  std::size_t collect_expired(std::uint64_t& begin, UnixMs now, std::size_t budget,
                              UnixMs& earliest, std::vector<Item*>& expired);

  // Frees its memory and calls back with each item, which the callback frees, until it has lowered
  // `budget` to nothing; true when nothing is left. Nothing else may be done with it in between.
  template <class Callback>
  bool dissolve(std::size_t& budget, Callback free_item);
  // What was dissolved may begin anew, with other segments.
  void reshape(const SegmentShape& shape) {
    RS_ASSERT(directory_ == nullptr);
    shape_ = shape;
  }

  // Merges thin buddies, looking at `budget` segments. True: there may be more to do.
  bool merge_step(std::size_t budget);

 private:
  static constexpr unsigned kDepthMax = 32;  // the hash's lower half chooses home bucket and tag

  static std::uint8_t tag_of(std::uint64_t hash) { return static_cast<std::uint8_t>(hash); }
  Segment* segment_of(std::uint64_t hash) const { return directory_[hash >> 1 >> (63 - depth_)]; }
  std::size_t directory_size() const { return directory_ ? std::size_t{1} << depth_ : 0; }
  std::size_t span(const Segment& segment) const {
    return std::size_t{1} << (depth_ - segment.depth);
  }
  std::uint64_t hash_at(std::size_t slot) const {
    return std::uint64_t{slot} << 1 << (63 - depth_);
  }
  static std::uint64_t width(const Segment& segment) {  // in hashes; 0: all of them
    return std::uint64_t{1} << 1 << (63 - segment.depth);
  }
  Item* item_at(const Segment& segment, unsigned bucket, unsigned slot) const {
    return static_cast<Item*>(segment.bucket(bucket).item(slot));
  }
  void prefetch_items(const Segment& segment, unsigned index) const {
    if (index >= shape_.homes + unsigned{shape_.stashes}) return;
    const Bucket& bucket = segment.bucket(index);
    for (unsigned left = bucket.present(); left != 0; left &= left - 1) {
      const auto* item =
          static_cast<const char*>(bucket.item(static_cast<unsigned>(std::countr_zero(left))));
      prefetch_line(item);
      prefetch_line(item + 48);  // most small entries lie in two lines
    }
  }

  void prefetch_walk(const Segment& segment, std::uint64_t at, unsigned home) const;
  Place locate_displaced(Segment* segment, unsigned home, ByteView key, std::uint8_t tag) const;
  Segment* new_segment() {
    ++segments_;
    return Segment::make(arena_.allocate(shape_.bytes()), shape_);
  }
  void release_segment(Segment* segment) {
    --segments_;
    arena_.release(segment, shape_.bytes());
  }
  std::uint64_t word_of(const Segment& segment, const Item& item, std::uint64_t hash) const;
  void renew_window(Segment& segment);
  void split(std::uint64_t hash);
  void resize_directory(unsigned depth);
  void point(std::uint64_t begin, Segment* segment);  // its slots of the directory
  bool merge_at(std::size_t slot);
  void count_expiry(Segment& segment, const Item& item, int sign);

  Arena& arena_;
  const HashSeed& seed_;
  SegmentShape shape_;
  std::uint8_t depth_ = 0;
  bool thinned_ = false;  // something was erased since the last pass of merging began
  Segment** directory_ = nullptr;
  std::size_t size_ = 0;
  std::size_t expiring_ = 0;
  std::size_t segments_ = 0;
  std::size_t deepest_ = 0;    // segments as deep as the directory
  std::uint64_t merging_ = 0;  // where merge_step goes on, as a hash
  std::size_t dissolved_ = 0;  // slots of the directory whose segments are gone
};

}  // namespace replserver

#include "data/table_growth.hpp"
#include "data/table_walk.hpp"

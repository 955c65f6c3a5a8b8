// SegmentTable's bodies that go through it: SCAN, random choice, walks, expiry.
#pragma once

#include "base/prefetch.hpp"
#include "data/table.hpp"

namespace replserver {

// The cursor is 32 bits of hash, 6 of depth, 6 of home bucket: all hashes below have been passed,
// and of the range of that depth the home buckets below. After a split the same bits still tell the
// truth; after a merge the range has grown, and the segment begins anew: duplicates, never a miss.
template <class Traits>
template <class Callback>
std::uint64_t SegmentTable<Traits>::scan(std::uint64_t cursor, std::size_t count,
                                         Callback callback) const {
  if (directory_ == nullptr) return 0;
  std::uint64_t begin = cursor >> 12 << 32;
  const unsigned depth = cursor >> 6 & 63;
  unsigned home = cursor & 63;
  const Segment* segment = segment_of(begin);
  if (segment->depth < depth || home >= shape_.homes) home = 0;

  std::size_t found = 0;
  count = std::min(count, SIZE_MAX / 10);
  for (std::size_t visited = 0; found < count && visited < count * 10; ++visited) {
    const bool aligned = (begin & (width(*segment) - 1)) == 0;
    segment->for_home(home, shape_, [&](unsigned bucket, unsigned slot) {
      const Item& item = *item_at(*segment, bucket, slot);
      if (!aligned && hash_of(item) < begin) return;  // passed before the merge
      callback(item);
      ++found;
    });
    if (++home < shape_.homes) continue;
    home = 0;
    begin = (begin & ~(width(*segment) - 1)) + width(*segment);
    if (begin == 0) return 0;
    segment = segment_of(begin);
  }
  return (begin >> 32 << 12) | (std::uint64_t{segment->depth} << 6) | home;
}

// A random slot of a random segment, again while it is empty: uniform, whatever the depths. A
// segment has as many directory slots as it has hashes, so only its first one counts. When the table
// has been emptied and not merged yet, the segments' counts are added up instead.
template <class Traits>
typename SegmentTable<Traits>::Item* SegmentTable<Traits>::random(Random& random) const {
  if (size_ == 0) return nullptr;
  const unsigned buckets = shape_.homes + shape_.stashes;
  for (int attempt = 0; attempt < 256; ++attempt) {
    const std::size_t slot = random.below(directory_size());
    const Segment& segment = *directory_[slot];
    if (slot & (span(segment) - 1)) continue;
    const std::uint64_t which = random.below(std::uint64_t{buckets} * Bucket::kSlots);
    const auto bucket = static_cast<unsigned>(which / Bucket::kSlots);
    const auto place = static_cast<unsigned>(which % Bucket::kSlots);
    if (segment.bucket(bucket).present() >> place & 1) return item_at(segment, bucket, place);
  }
  std::size_t rank = random.below(size_);
  std::size_t slot = 0;
  for (; rank >= directory_[slot]->count; slot += span(*directory_[slot])) {
    rank -= directory_[slot]->count;
  }
  Item* chosen = nullptr;
  directory_[slot]->for_each(shape_, [&](unsigned bucket, unsigned which) {
    if (rank-- == 0) chosen = item_at(*directory_[slot], bucket, which);
  });
  return chosen;
}

template <class Traits>
template <class Callback>
void SegmentTable<Traits>::sample(Random& random, std::size_t count, bool expiring_only,
                                  std::uint64_t& hint, Callback callback) const {
  if ((expiring_only ? expiring_ : size_) == 0) return;
  std::size_t slot = random.below(directory_size());
  const auto serves = [&](const Segment& segment) {
    return (expiring_only ? segment.expiring : segment.count) != 0;
  };
  // Where such items are rare, draw a few times, then go on from where one was found before.
  for (int attempt = 0; attempt < 8 && !serves(*directory_[slot]); ++attempt) {
    slot = random.below(directory_size());
  }
  if (!serves(*directory_[slot])) {
    slot = hint >> 1 >> (63 - depth_);
    while (!serves(*directory_[slot])) {
      slot = (slot | (span(*directory_[slot]) - 1)) + 1;
      if (slot == directory_size()) slot = 0;
    }
    hint = hash_at(slot);
  }
  const Segment& segment = *directory_[slot];
  const unsigned buckets = shape_.homes + shape_.stashes;
  const auto start = static_cast<unsigned>(random.below(buckets));
  for (unsigned step = 0; step < buckets && count > 0; ++step) {
    const unsigned bucket = start + step < buckets ? start + step : start + step - buckets;
    for (unsigned left = segment.bucket(bucket).present(); left != 0 && count > 0;
         left &= left - 1) {
      const auto which = static_cast<unsigned>(std::countr_zero(left));
      if (expiring_only && !segment.bucket(bucket).expires(which)) continue;
      callback(static_cast<const Item&>(*item_at(segment, bucket, which)));
      --count;
    }
  }
}

template <class Traits>
HashCursor SegmentTable<Traits>::first() const {
  if (directory_ == nullptr) return {.done = true};
  return {.depth = directory_[0]->depth};
}

// The items of the bucket four ahead and the line of the one twelve ahead, be it in the next segment.
template <class Traits>
void SegmentTable<Traits>::prefetch_walk(const Segment& segment, std::uint64_t at,
                                         unsigned home) const {
  const auto ahead = [&](unsigned distance, auto prefetch) {
    if (home + distance < shape_.homes) return prefetch(segment, home + distance);
    const std::uint64_t end = (at & ~(width(segment) - 1)) + width(segment);
    const unsigned there = home + distance - shape_.homes;
    if (end != 0 && there < shape_.homes) prefetch(*segment_of(end), there);
  };
  ahead(4, [&](const Segment& where, unsigned index) { prefetch_items(where, index); });
  ahead(12, [](const Segment& where, unsigned index) { prefetch_line(&where.bucket(index)); });
}

template <class Traits>
template <class Callback>
std::size_t SegmentTable<Traits>::walk_home(HashCursor& cursor, Callback callback) const {
  RS_ASSERT(!cursor.done && directory_ != nullptr);
  std::size_t seen = 0;
  std::uint64_t at = cursor.begin;
  do {  // since the range was entered its segment may have split
    const Segment& segment = *segment_of(at);
    RS_ASSERT(segment.depth >= cursor.depth);
    prefetch_walk(segment, at, cursor.home);
    segment.for_home(cursor.home, shape_, [&](unsigned bucket, unsigned slot) {
      callback(static_cast<const Item&>(*item_at(segment, bucket, slot)));
      ++seen;
    });
    at += width(segment);
  } while (at != cursor.end());

  if (++cursor.home < shape_.homes) return seen;
  cursor.begin = cursor.end();
  cursor.home = 0;
  cursor.done = cursor.begin == 0;
  if (!cursor.done) cursor.depth = segment_of(cursor.begin)->depth;
  return seen;
}

template <class Traits>
std::size_t SegmentTable<Traits>::collect_expired(std::uint64_t& begin, UnixMs now,
                                                  std::size_t budget, UnixMs& earliest,
                                                  std::vector<Item*>& expired) {
  std::size_t work = 0;
  if (directory_ == nullptr) begin = 0;
  while (directory_ != nullptr && work < budget) {
    Segment& segment = *segment_of(begin);
    begin = (begin & ~(width(segment) - 1)) + width(segment);
    if (begin != 0) prefetch_line(segment_of(begin));
    ++work;
    if (segment.due < now) {
      UnixMs due = Segment::kNeverDue;
      unsigned prefetched = 0;
      segment.for_each(shape_, [&](unsigned bucket, unsigned slot) {
        while (prefetched <= bucket + 4) prefetch_items(segment, prefetched++);
        if (!segment.bucket(bucket).expires(slot)) return;
        Item* item = item_at(segment, bucket, slot);
        const UnixMs expiry = *Traits::expiry(*item);
        ++work;
        if (expiry < now) {
          expired.push_back(item);
        } else {
          due = std::min(due, expiry);
        }
      });
      segment.due = due;
    }
    earliest = std::min(earliest, segment.due);
    if (begin == 0) break;
  }
  return work;
}

template <class Traits>
template <class Callback>
bool SegmentTable<Traits>::dissolve(std::size_t& budget, Callback free_item) {
  while (directory_ != nullptr) {
    if (budget == 0) return false;
    Segment* segment = directory_[dissolved_];
    unsigned prefetched = 0;
    segment->for_each(shape_, [&](unsigned bucket, unsigned slot) {
      while (prefetched <= bucket + 4) prefetch_items(*segment, prefetched++);
      free_item(*item_at(*segment, bucket, slot));
    });
    budget -= std::min<std::size_t>(budget, 1 + segment->count);
    dissolved_ += span(*segment);
    release_segment(segment);
    if (dissolved_ < directory_size()) continue;
    arena_.release(directory_, directory_size() * sizeof(void*));
    directory_ = nullptr;
    depth_ = 0;
    thinned_ = false;
    size_ = expiring_ = deepest_ = dissolved_ = 0;
    merging_ = 0;
  }
  return true;
}

}  // namespace replserver

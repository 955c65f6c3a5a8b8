// SegmentTable's bodies that change it: insertion, removal, splitting, merging.
#pragma once

#include "data/table.hpp"

namespace replserver {

template <class Traits>
typename SegmentTable<Traits>::Place SegmentTable<Traits>::locate_displaced(
    Segment* segment, unsigned home, ByteView key, std::uint8_t tag) const {
  const unsigned after = Segment::next(home, shape_);
  const Bucket& other = segment->bucket(after);
  for (unsigned left = other.matches(tag); left != 0; left &= left - 1) {
    const auto slot = static_cast<unsigned>(std::countr_zero(left));
    if (other.displaced(slot) && Traits::has_key(*item_at(*segment, after, slot), key)) {
      return {segment, static_cast<std::uint16_t>(after), static_cast<std::uint16_t>(slot)};
    }
  }
  for (std::uint32_t left = segment->stashed(home); left != 0; left &= left - 1) {
    const auto place = static_cast<unsigned>(std::countr_zero(left));
    const unsigned bucket = shape_.homes + place / Bucket::kSlots, slot = place % Bucket::kSlots;
    if (segment->bucket(bucket).tags[slot] != tag) continue;
    if (Traits::has_key(*item_at(*segment, bucket, slot), key)) {
      return {segment, static_cast<std::uint16_t>(bucket), static_cast<std::uint16_t>(slot)};
    }
  }
  return {};
}

template <class Traits>
void SegmentTable<Traits>::count_expiry(Segment& segment, const Item& item, int sign) {
  if constexpr (Traits::kExpires) {
    const std::optional<UnixMs> expiry = Traits::expiry(item);
    if (!expiry) return;
    if (sign > 0) {
      segment.due = std::min(segment.due, *expiry);
      ++segment.expiring;
      ++expiring_;
    } else {
      --segment.expiring;
      --expiring_;
    }
  }
}

template <class Traits>
std::uint64_t SegmentTable<Traits>::word_of(const Segment& segment, const Item& item,
                                            std::uint64_t hash) const {
  bool expires = false;
  if constexpr (Traits::kExpires) expires = Traits::expiry(item).has_value();
  return SlotWord::make(&item, expires, hash >> (segment.window == 1 ? 32 : 48) & 0xffff);
}

template <class Traits>
void SegmentTable<Traits>::insert(Item* item, std::uint64_t hash) {
  if (directory_ == nullptr) [[unlikely]] {
    directory_ = static_cast<Segment**>(arena_.allocate(sizeof(Segment*)));
    depth_ = 0;
    directory_[0] = new_segment();
    deepest_ = 1;
  }
  unsigned bucket = 0, slot = 0;
  Segment* segment = segment_of(hash);
  while (!segment->insert(word_of(*segment, *item, hash), tag_of(hash), home_of(hash), shape_,
                          bucket, slot)) {
    split(hash);  // more than once, should all hashes of the segment share the next bit too
    segment = segment_of(hash);
  }
  ++size_;
  count_expiry(*segment, *item, 1);
}

template <class Traits>
typename SegmentTable<Traits>::Item* SegmentTable<Traits>::erase(const Place& place,
                                                                 std::uint64_t hash) {
  Item* item = at(place);
  Segment& segment = *place.segment;
  count_expiry(segment, *item, -1);
  segment.erase(place.bucket, place.slot, home_of(hash), shape_);
  --size_;
  if (segment.count < shape_.slots() / 5) thinned_ = true;
  return item;
}

template <class Traits>
typename SegmentTable<Traits>::Item* SegmentTable<Traits>::replace(const Place& place, Item* item) {
  Item* old = at(place);
  count_expiry(*place.segment, *old, -1);
  count_expiry(*place.segment, *item, 1);
  std::uint64_t& word = place.segment->bucket(place.bucket).words[place.slot];
  bool expires = false;
  if constexpr (Traits::kExpires) expires = Traits::expiry(*item).has_value();
  word = SlotWord::make(item, expires, word >> 48) | (word & SlotWord::kDisplaced);
  return old;
}

// Segments that are filled at random to three quarters rarely split.
template <class Traits>
void SegmentTable<Traits>::presize(std::size_t items) {
  RS_ASSERT(directory_ == nullptr);
  unsigned depth = 0;
  while (depth < kDepthMax && items >> depth > shape_.slots() * 3 / 4) ++depth;
  if (depth == 0) return;
  depth_ = static_cast<std::uint8_t>(depth);
  directory_ = static_cast<Segment**>(arena_.allocate(sizeof(Segment*) << depth));
  for (std::size_t slot = 0; slot < directory_size(); ++slot) {
    Segment* segment = directory_[slot] = new_segment();
    segment->depth = depth_;
    segment->window = static_cast<std::uint8_t>(depth / SlotWord::kHashBits);
  }
  deepest_ = directory_size();
  thinned_ = true;  // should fewer come, they are merged again
}

template <class Traits>
void SegmentTable<Traits>::point(std::uint64_t begin, Segment* segment) {
  const std::size_t first = begin >> 1 >> (63 - depth_);
  std::fill_n(directory_ + first, span(*segment), segment);
}

template <class Traits>
void SegmentTable<Traits>::resize_directory(unsigned depth) {
  auto** bigger = static_cast<Segment**>(arena_.allocate(sizeof(Segment*) << depth));
  const std::size_t size = std::size_t{1} << depth;
  if (depth > depth_) {
    for (std::size_t slot = 0; slot < size; ++slot) bigger[slot] = directory_[slot / 2];
    deepest_ = 0;
  } else {
    deepest_ = 0;
    for (std::size_t slot = 0; slot < size; ++slot) {
      bigger[slot] = directory_[slot * 2];
      if (bigger[slot]->depth == depth) ++deepest_;
    }
  }
  arena_.release(directory_, sizeof(Segment*) << depth_);
  directory_ = bigger;
  depth_ = static_cast<std::uint8_t>(depth);
}

// Fetches from the items the sixteen bits of their hashes that the next splits will ask for.
template <class Traits>
void SegmentTable<Traits>::renew_window(Segment& segment) {
  segment.window = segment.depth / SlotWord::kHashBits;
  unsigned prefetched = 0;
  segment.for_each(shape_, [&](unsigned bucket, unsigned slot) {
    while (prefetched <= bucket + 4) prefetch_items(segment, prefetched++);
    const Item& item = *item_at(segment, bucket, slot);
    std::uint64_t& word = segment.bucket(bucket).words[slot];
    word = word_of(segment, item, hash_of(item)) | (word & SlotWord::kDisplaced);
  });
}

// Both halves begin as the same page; then each gives up what is the other's.
template <class Traits>
void SegmentTable<Traits>::split(std::uint64_t hash) {
  Segment* lower = segment_of(hash);
  RS_ASSERT(lower->depth < kDepthMax);
  if (lower->depth == depth_) resize_directory(depth_ + 1u);
  const std::uint64_t begin = hash & ~(width(*lower) - 1);
  if (lower->window != lower->depth / SlotWord::kHashBits) renew_window(*lower);

  std::uint8_t belongs_up[64] = {};
  const unsigned bit = 63 - lower->depth % SlotWord::kHashBits;
  lower->for_each(shape_, [&](unsigned bucket, unsigned slot) {
    const auto up = static_cast<unsigned>(lower->bucket(bucket).words[slot] >> bit & 1);
    belongs_up[bucket] = static_cast<std::uint8_t>(belongs_up[bucket] | up << slot);
  });

  Segment* upper = new_segment();
  std::memcpy(static_cast<void*>(upper), lower, shape_.bytes());
  upper->retain(belongs_up, shape_);
  for (std::uint8_t& bits : belongs_up) bits = static_cast<std::uint8_t>(~bits);
  lower->retain(belongs_up, shape_);

  // Both keep `due`: too early for one of them, which is found out when it is looked at.
  upper->depth = ++lower->depth;
  if (lower->depth == depth_) deepest_ += 2;
  point(begin + width(*upper), upper);
}

template <class Traits>
bool SegmentTable<Traits>::merge_at(std::size_t slot) {
  Segment* one = directory_[slot];
  if (one->depth == 0) return false;
  const std::size_t first = slot & ~(2 * span(*one) - 1);
  Segment* lower = directory_[first];
  Segment* upper = directory_[first + span(*one)];
  if (lower->depth != upper->depth) return false;
  if (std::size_t{lower->count} + upper->count >= shape_.slots() * 2 / 5) return false;

  // Into a copy, so that nothing is half done should the two, thin as they are, not fit.
  Segment* merged = new_segment();
  std::memcpy(static_cast<void*>(merged), lower, shape_.bytes());
  if (!merged->absorb(*upper, shape_)) {
    release_segment(merged);
    return false;
  }
  if (lower->depth == depth_) deepest_ -= 2;
  --merged->depth;
  point(hash_at(first), merged);
  release_segment(lower);
  release_segment(upper);
  return true;
}

template <class Traits>
bool SegmentTable<Traits>::merge_step(std::size_t budget) {
  if (directory_ == nullptr) return false;
  if (merging_ == 0) {
    if (!thinned_) return false;
    thinned_ = false;
  }
  for (; budget > 0; --budget) {
    if (deepest_ == 0 && depth_ > 0) {
      resize_directory(depth_ - 1u);
      continue;
    }
    const std::size_t slot = merging_ >> 1 >> (63 - depth_);
    if (merge_at(slot)) {
      thinned_ = true;  // the merged one may have a thin buddy in its turn
      continue;
    }
    const Segment& segment = *directory_[slot];
    merging_ = (merging_ & ~(width(segment) - 1)) + width(segment);
    if (merging_ != 0) continue;
    if (size_ == 0 && segment.depth == 0) {
      release_segment(directory_[0]);
      arena_.release(directory_, sizeof(Segment*));
      directory_ = nullptr;
      return false;
    }
    return thinned_;
  }
  return true;
}

}  // namespace replserver

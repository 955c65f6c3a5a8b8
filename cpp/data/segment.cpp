#include "data/segment.hpp"

namespace replserver {

bool Segment::insert(std::uint64_t word, std::uint8_t tag, unsigned home, const SegmentShape& shape,
                     unsigned& bucket_index, unsigned& slot) {
  Bucket& own = bucket(home);
  if (!own.full()) {
    bucket_index = home;
    slot = own.put(word, tag, false);
    ++count;
    return true;
  }
  const unsigned after = next(home, shape);
  if (after != home && !bucket(after).full()) {
    bucket_index = after;
    slot = bucket(after).put(word, tag, true);
  } else {
    unsigned stash = shape.homes;
    const unsigned end = stash + shape.stashes;
    while (stash < end && bucket(stash).full()) ++stash;
    if (stash == end) return false;
    bucket_index = stash;
    slot = bucket(stash).put(word, tag, false);
    stash_homes_[(stash - shape.homes) * Bucket::kSlots + slot] = static_cast<std::uint8_t>(home);
  }
  own.set_overflows(true);
  ++count;
  return true;
}

void Segment::erase(unsigned bucket_index, unsigned slot, unsigned home,
                    const SegmentShape& shape) {
  RS_ASSERT(count > 0);
  bucket(bucket_index).clear(slot);
  --count;
  if (bucket_index >= shape.homes) {
    stash_homes_[(bucket_index - shape.homes) * Bucket::kSlots + slot] = kNoHome;
  } else if (bucket(bucket_index).overflows()) {
    pull_back(bucket_index, shape);  // its own displaced item is welcome in the free slot
  }
  if (bucket_index != home) bucket(home).set_overflows(has_displaced(home, shape));
}

bool Segment::has_displaced(unsigned home, const SegmentShape& shape) const {
  if (stashed(home) != 0) return true;
  const Bucket& other = bucket(next(home, shape));
  for (unsigned left = other.present(); left != 0; left &= left - 1) {
    if (other.displaced(static_cast<unsigned>(std::countr_zero(left)))) return true;
  }
  return false;
}

// Brings one displaced item home, from the stash rather than from the neighbour: the stash serves all.
void Segment::pull_back(unsigned home, const SegmentShape& shape) {
  Bucket& own = bucket(home);
  if (const std::uint32_t places = stashed(home); places != 0) {
    const auto place = static_cast<unsigned>(std::countr_zero(places));
    Bucket& stash = bucket(shape.homes + place / Bucket::kSlots);
    const unsigned slot = place % Bucket::kSlots;
    own.put(stash.words[slot], stash.tags[slot], false);
    stash.clear(slot);
    stash_homes_[place] = kNoHome;
  } else {
    Bucket& other = bucket(next(home, shape));
    for (unsigned left = other.present(); left != 0; left &= left - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(left));
      if (!other.displaced(slot)) continue;
      own.put(other.words[slot], other.tags[slot], false);
      other.clear(slot);
      break;
    }
  }
  own.set_overflows(has_displaced(home, shape));
}

void Segment::retain(const std::uint8_t* keep, const SegmentShape& shape) {
  const unsigned buckets = shape.homes + shape.stashes;
  count = expiring = 0;
  for (unsigned index = 0; index < buckets; ++index) {
    Bucket& kept = bucket(index);
    const unsigned present = kept.present() & keep[index];
    kept.state = static_cast<std::uint8_t>((kept.state & 0x80) | present);
    count = static_cast<std::uint16_t>(count + std::popcount(present));
    for (unsigned left = present; left != 0; left &= left - 1) {
      if (kept.expires(static_cast<unsigned>(std::countr_zero(left)))) ++expiring;
    }
    if (index < shape.homes) continue;
    std::uint8_t* homes = stash_homes_ + (index - shape.homes) * Bucket::kSlots;
    for (unsigned slot = 0; slot < Bucket::kSlots; ++slot) {
      if ((present >> slot & 1) == 0) homes[slot] = kNoHome;
    }
  }
  for (unsigned home = 0; home < shape.homes; ++home) {
    Bucket& own = bucket(home);
    if (!own.overflows()) continue;
    own.set_overflows(has_displaced(home, shape));
    while (own.overflows() && !own.full()) pull_back(home, shape);
  }
}

bool Segment::absorb(const Segment& other, const SegmentShape& shape) {
  bool fits = true;
  due = due < other.due ? due : other.due;
  expiring = static_cast<std::uint16_t>(expiring + other.expiring);
  if (window != other.window) window = kMixedWindow;
  other.for_each(shape, [&](unsigned index, unsigned slot) {
    const Bucket& from = other.bucket(index);
    unsigned bucket_index = 0, new_slot = 0;
    fits = fits && insert(from.words[slot], from.tags[slot], other.home_of(index, slot, shape),
                          shape, bucket_index, new_slot);
  });
  return fits;
}

}  // namespace replserver

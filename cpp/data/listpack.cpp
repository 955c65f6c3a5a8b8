#include "data/listpack.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace replserver {
namespace {

constexpr unsigned char kString32 = 0xf0;
constexpr unsigned char kInteger16 = 0xf1;
constexpr unsigned char kInteger24 = 0xf2;
constexpr unsigned char kInteger32 = 0xf3;
constexpr unsigned char kInteger64 = 0xf4;

// One byte of the back-length per seven bits; but Redis counts as if the largest value of each
// length from two on needed one byte more, and finds its way only if everyone does.
std::size_t back_length_size(std::size_t data_size) {
  if (data_size <= 127) return 1;
  if (data_size < 16383) return 2;
  if (data_size < 2097151) return 3;
  if (data_size < 268435455) return 4;
  return 5;
}

// Highest bits first; all but the first byte are marked, so that a reader going backwards stops.
void write_back_length(unsigned char* to, std::size_t data_size, std::size_t back_size) {
  for (std::size_t byte = back_size; byte-- > 0; data_size >>= 7) {
    to[byte] = static_cast<unsigned char>((data_size & 0x7f) | (byte ? 0x80 : 0));
  }
}

bool has_back_length(const unsigned char* at, std::size_t data_size, std::size_t back_size) {
  if (back_size == 1) return *at == data_size;
  unsigned char expected[5];
  write_back_length(expected, data_size, back_size);
  return std::memcmp(at, expected, back_size) == 0;
}

std::int64_t load_integer24(const unsigned char* from) {
  const std::uint32_t bits = from[0] | from[1] << 8 | std::uint32_t{from[2]} << 16;
  return static_cast<std::int32_t>(bits << 8) >> 8;
}

// Names that are as long mostly differ in their last bytes ("field:17"), so these come first; and
// two loads that may overlap spare short ones a call.
bool same_bytes(const unsigned char* left, const unsigned char* right, std::size_t size) {
  const auto both = [&](auto word, std::size_t last) {
    using Word = decltype(word);
    return load_packed<Word>(left + last) == load_packed<Word>(right + last) &&
           load_packed<Word>(left) == load_packed<Word>(right);
  };
  if (size > 16) {
    return both(std::uint64_t{}, size - 8) && std::memcmp(left + 8, right + 8, size - 16) == 0;
  }
  if (size >= 8) return both(std::uint64_t{}, size - 8);
  if (size >= 4) return both(std::uint32_t{}, size - 4);
  if (size >= 2) return both(std::uint16_t{}, size - 2);
  return size == 0 || *left == *right;
}

// Most texts are no integers, and most of these show it at once.
std::optional<std::int64_t> integer_of(ByteView text) {
  if (text.empty() || text.size() > kIntegerTextMax) return std::nullopt;
  if (text.front() > '9' || (text.front() < '0' && text.front() != '-')) return std::nullopt;
  return parse_integer(text);
}

// Equal exactly if the elements read alike: 5 and "5" are the same member.
std::pair<std::optional<std::int64_t>, ByteView> identity(const PackedElement& element) {
  if (const auto integer = element.as_integer()) return {integer, ByteView()};
  return {std::nullopt, element.bytes()};
}

std::uint64_t summary_of(const PackedElement& element) {
  const auto [integer, bytes] = identity(element);
  if (integer) return static_cast<std::uint64_t>(*integer);
  // Of names that begin alike ("field:17") the end differs.
  std::uint64_t ending = 0;
  const std::size_t size = std::min(bytes.size(), sizeof ending);
  if (size > 0) std::memcpy(&ending, bytes.data() + bytes.size() - size, size);
  return ending;
}

Result<void> corrupt(ByteView what, std::size_t at) {
  Bytes text("listpack: ");
  return fail(Error::Kind::corrupt, text.append(what) + " at byte " + std::to_string(at));
}

}  // namespace

// Of encoding and data. 0: no such encoding, or its own length is not `readable`.
std::size_t ListpackView::data_size(const unsigned char* entry, std::size_t readable) {
  if (readable == 0) return 0;
  const unsigned head = *entry;
  if (head < 0x80) return 1;
  if (head < 0xc0) return 1 + (head & 0x3f);
  if (head < 0xe0) return 2;
  if (head < 0xf0) return readable < 2 ? 0 : 2 + ((head & 0x0f) << 8 | entry[1]);
  switch (head) {
    case kString32:
      return readable < 5 ? 0 : 5 + std::size_t{load_packed<std::uint32_t>(entry + 1)};
    case kInteger16:
      return 3;
    case kInteger24:
      return 4;
    case kInteger32:
      return 5;
    case kInteger64:
      return 9;
    default:
      return 0;
  }
}

const unsigned char* ListpackView::after_long_text(const unsigned char* entry) {
  const std::size_t size = data_size(entry, SIZE_MAX);
  RS_ASSERT(size > 0);
  return entry + size + back_length_size(size);
}

const unsigned char* ListpackView::before_wide(const unsigned char* entry) {
  const unsigned char* at = entry - 1;
  std::size_t size = *at & 0x7f;
  for (unsigned shift = 7; *at & 0x80; shift += 7) {
    size |= std::size_t{*--at & 0x7fu} << shift;
  }
  return at - size;
}

PackedElement ListpackView::wide_element(const unsigned char* entry) {
  const unsigned head = *entry;
  if (head < 0xe0) {
    const std::int64_t bits = (head & 0x1f) << 8 | entry[1];
    return PackedElement(bits < 4096 ? bits : bits - 8192);
  }
  if (head < 0xf0) return PackedElement(text_at(entry + 2, (head & 0x0f) << 8 | entry[1]));
  switch (head) {
    case kString32:
      return PackedElement(text_at(entry + 5, load_packed<std::uint32_t>(entry + 1)));
    case kInteger16:
      return PackedElement(std::int64_t{load_packed<std::int16_t>(entry + 1)});
    case kInteger24:
      return PackedElement(load_integer24(entry + 1));
    case kInteger32:
      return PackedElement(std::int64_t{load_packed<std::int32_t>(entry + 1)});
    default:
      RS_ASSERT(head == kInteger64);
      return PackedElement(load_packed<std::int64_t>(entry + 1));
  }
}

Result<ListpackView> ListpackView::check(ByteView bytes, PackedCheck check,
                                         std::size_t unique_step) {
  RS_ASSERT(unique_step == 0 || check == PackedCheck::whole);
  const auto refused = [](const Result<void>& why) { return tl::unexpected(why.error()); };
  if (bytes.size() <= kHeaderSize) return refused(corrupt("header is cut off", bytes.size()));
  const ListpackView view(bytes.data());
  if (view.size() != bytes.size()) return refused(corrupt("size is not that of the bytes", 0));
  if (view.data_[bytes.size() - 1] != kEnd) {
    return refused(corrupt("end mark is missing", bytes.size() - 1));
  }
  if (check == PackedCheck::header) return view;

  if (const auto good = check_entries(bytes); !good) return refused(good);
  if (unique_step > 0) {
    if (const auto good = check_unique(view, unique_step); !good) return refused(good);
  }
  return view;
}

Result<void> ListpackView::check_entries(ByteView bytes) {
  const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::size_t end = bytes.size() - 1;
  std::size_t at = kHeaderSize, entries = 0;
  for (; at < end; ++entries) {
    const std::size_t left = end - at;
    const std::size_t size = data_size(data + at, left);
    if (size == 0) return corrupt("no such encoding", at);
    const std::size_t back_size = back_length_size(size);
    if (size > left || back_size > left - size) return corrupt("entry runs past the end", at);
    if (!has_back_length(data + at + size, size, back_size)) {
      return corrupt("back-length is not the entry's", at + size);
    }
    at += size + back_size;
  }
  const std::size_t stored = ListpackView(data).stored_count();
  if (stored != kUnknownCount && stored != entries) return corrupt("count is wrong", 4);
  return {};
}

// Sorts instead of hashing: no choice of elements makes it slow. First by a number that mostly
// differs, then, among those that share it, by the elements themselves.
Result<void> ListpackView::check_unique(ListpackView view, std::size_t step) {
  struct Seen {
    std::uint64_t summary;
    const unsigned char* entry;
  };
  const std::size_t entries = view.count();
  if (entries % step != 0) return corrupt("last group is not complete", view.size() - 1);
  std::vector<Seen> all;
  all.reserve(entries / step);
  std::size_t index = 0;
  for (Iterator at = view.begin(); at != view.end(); ++at) {
    if (index++ % step == 0) all.push_back({summary_of(*at), at.entry_});
  }
  std::sort(all.begin(), all.end(), [](const Seen& left, const Seen& right) {
    if (left.summary != right.summary) return left.summary < right.summary;
    return identity(element(left.entry)) < identity(element(right.entry));
  });
  const auto twice =
      std::adjacent_find(all.begin(), all.end(), [](const Seen& left, const Seen& right) {
        return left.summary == right.summary &&
               identity(element(left.entry)) == identity(element(right.entry));
      });
  if (twice == all.end()) return {};
  const auto* const later = std::max(twice[0].entry, twice[1].entry);
  return corrupt("element is there twice", static_cast<std::size_t>(later - view.data_));
}

std::size_t ListpackView::count() const {
  const std::size_t stored = stored_count();
  if (stored != kUnknownCount) return stored;
  return static_cast<std::size_t>(std::ranges::distance(begin(), end()));
}

ListpackView::Iterator ListpackView::at(std::ptrdiff_t index) const {
  if (const std::size_t stored = stored_count(); stored != kUnknownCount) {
    const auto count = static_cast<std::ptrdiff_t>(stored);
    if (index >= count || index < -count) return end();
    // Whichever end is nearer.
    if (index >= 0 && index > count / 2) index -= count;
    if (index < 0 && index < -count / 2 - 1) index += count;
  }
  if (index >= 0) {
    Iterator at = begin();
    for (; index > 0 && at != end(); --index) ++at;
    return at;
  }
  Iterator at = end();
  for (; index < 0; ++index) {
    if (at == begin()) return end();
    --at;
  }
  return at;
}

ListpackView::Iterator ListpackView::find(ByteView text, Iterator from, std::size_t step) const {
  RS_ASSERT(step > 0);
  const auto* const wanted = reinterpret_cast<const unsigned char*>(text.data());
  const std::optional<std::int64_t> integer = integer_of(text);
  // No entry begins with kEnd: longer texts match no short one.
  const unsigned short_head = text.size() < 64 ? 0x80u | static_cast<unsigned>(text.size()) : kEnd;
  const unsigned char* const last = end().entry_;
  for (const unsigned char* at = from.entry_; at != last;) {
    const unsigned head = *at;
    const unsigned size = kEntrySizes[head];
    if (is_short_text(head)) [[likely]] {
      if (head == short_head && same_bytes(at + 1, wanted, text.size())) return Iterator(at);
    } else if (size == 0) {
      if (text == element(at).bytes()) return Iterator(at);
    } else if (integer) {
      if (*integer == element(at).integer()) return Iterator(at);
    }
    at = after(at);
    for (std::size_t skipped = 1; skipped < step && at != last; ++skipped) at = after(at);
  }
  return end();
}

ListpackItem::ListpackItem(ByteView text) : bytes_(text) {
  if (const auto integer = integer_of(text)) {
    bytes_ = ByteView();
    encode(*integer);
    return;
  }
  const std::size_t size = text.size();
  if (size < 64) {
    head_[0] = static_cast<unsigned char>(0x80 | size);
    head_size_ = 1;
    return;
  }
  if (size < 4096) {
    head_[0] = static_cast<unsigned char>(0xe0 | size >> 8);
    head_[1] = static_cast<unsigned char>(size);
    head_size_ = 2;
  } else {
    RS_ASSERT(size < UINT32_MAX);
    head_[0] = kString32;
    store_packed(head_ + 1, static_cast<std::uint32_t>(size));
    head_size_ = 5;
  }
  back_size_ = static_cast<std::uint8_t>(back_length_size(head_size_ + size));
}

// The shortest that holds it.
void ListpackItem::encode(std::int64_t integer) {
  const auto fits = [&](unsigned bits) {
    const std::int64_t limit = std::int64_t{1} << (bits - 1);
    return integer >= -limit && integer < limit;
  };
  if (integer >= 0 && integer < 128) {
    head_[0] = static_cast<unsigned char>(integer);
    head_size_ = 1;
  } else if (fits(13)) {
    head_[0] = static_cast<unsigned char>(0xc0 | (integer >> 8 & 0x1f));
    head_[1] = static_cast<unsigned char>(integer);
    head_size_ = 2;
  } else {
    head_size_ = fits(16) ? 3 : fits(24) ? 4 : fits(32) ? 5 : 9;
    head_[0] = head_size_ == 9 ? kInteger64 : static_cast<unsigned char>(0xf0 + head_size_ - 2);
    // Of a shorter one the upper bytes are written over or never read.
    unsigned char bytes[8];
    store_packed(bytes, integer);
    std::memcpy(head_ + 1, bytes, sizeof bytes);
  }
}

unsigned char* ListpackItem::write(unsigned char* to) const {
  *to = head_[0];
  if (head_size_ > 1) std::memcpy(to + 1, head_ + 1, head_size_ - 1u);
  to += head_size_;
  if (!bytes_.empty()) std::memcpy(to, bytes_.data(), bytes_.size());
  to += bytes_.size();
  const std::size_t size = head_size_ + bytes_.size();
  if (back_size_ == 1) {
    *to = static_cast<unsigned char>(size);
  } else {
    write_back_length(to, size, back_size_);
  }
  return to + back_size_;
}

Listpack::Listpack(Arena& arena) : buffer_(arena, ListpackView::kHeaderSize + 1) {
  unsigned char* const data = buffer_.data();
  store_packed(data, static_cast<std::uint32_t>(ListpackView::kHeaderSize + 1));
  store_packed(data + 4, std::uint16_t{0});
  data[ListpackView::kHeaderSize] = ListpackView::kEnd;
}

Listpack Listpack::copy_of(Arena& arena, ListpackView view) {
  PackedBuffer buffer(arena, view.size());
  std::memcpy(buffer.data(), view.data_, view.size());
  return Listpack(std::move(buffer));
}

Bytes Listpack::bytes_of(std::span<const ListpackItem> items) {
  std::size_t size = ListpackView::kHeaderSize + 1;
  for (const ListpackItem& item : items) size += item.size();
  RS_ASSERT(size <= kSizeMax);
  Bytes bytes(size, '\0');
  auto* const data = reinterpret_cast<unsigned char*>(bytes.data());
  store_packed(data, static_cast<std::uint32_t>(size));
  const std::size_t count = std::min(items.size(), ListpackView::kUnknownCount);
  store_packed(data + 4, static_cast<std::uint16_t>(count));
  unsigned char* to = data + ListpackView::kHeaderSize;
  for (const ListpackItem& item : items) to = item.write(to);
  *to = ListpackView::kEnd;
  return bytes;
}

Listpack Listpack::adopt(Arena& arena, void* bytes) {
  return Listpack(PackedBuffer(arena, bytes, ListpackView(bytes).size()));
}

Listpack::Iterator Listpack::erase(Iterator first, std::size_t count) {
  Iterator behind = first;
  for (std::size_t walked = 0; walked < count; ++walked) {
    RS_ASSERT(behind != view().end());
    ++behind;
  }
  return splice(first, behind, count, {});
}

Listpack::Iterator Listpack::splice(Iterator from, Iterator to, std::size_t removed,
                                    std::span<const ListpackItem> items) {
  const std::size_t size = view().size(), stored = view().stored_count();
  const auto at = static_cast<std::size_t>(from.entry_ - buffer_.data());
  RS_ASSERT(at >= ListpackView::kHeaderSize && at < size);
  std::size_t inserted = 0;
  for (const ListpackItem& item : items) {
    RS_ASSERT(!buffer_.holds(item.bytes_.data()));
    inserted += item.size();
  }
  const auto erased = static_cast<std::size_t>(to.entry_ - from.entry_);
  RS_ASSERT(size - erased + inserted <= kSizeMax);

  unsigned char* gap = buffer_.splice(size, at, erased, inserted);
  for (const ListpackItem& item : items) gap = item.write(gap);
  unsigned char* const data = buffer_.data();
  store_packed(data, static_cast<std::uint32_t>(size - erased + inserted));
  // Once there were too many to tell, only a walk could say when there no longer are.
  if (stored != ListpackView::kUnknownCount) {
    const std::size_t count =
        std::min(stored - removed + items.size(), ListpackView::kUnknownCount);
    store_packed(data + 4, static_cast<std::uint16_t>(count));
  }
  return Iterator(data + at);
}

}  // namespace replserver

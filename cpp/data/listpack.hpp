// Listpack — a short sequence of strings and integers in one block of bytes, laid out exactly as an
// RDB file has it: saving is a copy, loading a check.
//
//   size 4 | count 2 | entry … entry | 0xff      entry: encoding and data | back-length 1 … 5
//
//   0vvvvvvv       integer 0 … 127               110vvvvv v8    integer of 13 bits
//   10ssssss data  up to 63 bytes                f1, f2, f3, f4 integer of 16, 24, 32, 64 bits
//   1110ssss s8 data  up to 4095 bytes           f0 s32 data    longer
//
// ListpackView reads what an entry of the keyspace, or a checked payload, holds. Listpack owns the
// bytes while they change. The back-length is the size of encoding and data, for walking backwards.
//
// Invariant: size and back-lengths are right; count is, or says 65535: too many to tell.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>

#include "base/numbers.hpp"
#include "base/result.hpp"
#include "data/packed_buffer.hpp"

namespace replserver {

// What an entry holds: an integer, or bytes that live until the listpack next changes.
class PackedElement {
 public:
  using Scratch = char[kIntegerTextMax];

  explicit PackedElement(std::int64_t integer) : integer_(integer) {}
  explicit PackedElement(ByteView bytes)
      : bytes_(bytes.data() != nullptr ? bytes.data() : ""), size_(bytes.size()) {}

  bool is_integer() const { return bytes_ == nullptr; }
  std::int64_t integer() const {
    RS_ASSERT(is_integer());
    return integer_;
  }
  ByteView bytes() const {
    RS_ASSERT(!is_integer());
    return ByteView(bytes_, size_);
  }
  // As a client sees it; an integer is written into `scratch`.
  ByteView text(Scratch& scratch) const {
    if (!is_integer()) return ByteView(bytes_, size_);
    return ByteView(scratch, format_integer(integer_, scratch));
  }
  Bytes copy() const {
    Scratch scratch;
    return Bytes(text(scratch));
  }
  // As an integer if the text is one, however it is stored.
  std::optional<std::int64_t> as_integer() const {
    return is_integer() ? integer_ : parse_integer(ByteView(bytes_, size_));
  }

 private:
  const char* bytes_ = nullptr;
  union {
    std::int64_t integer_;
    std::size_t size_;
  };
};

class ListpackView {
 public:
  class Iterator;
  class Pairs;

  // Bytes that are known to be a listpack; nothing is read beyond what they say.
  explicit ListpackView(const void* bytes) : data_(static_cast<const unsigned char*>(bytes)) {}
  // Of bytes that come from outside. With `unique_step` n, they must be groups of n whose first
  // elements all differ: 1 for the members of a set, 2 for a hash. Duplicates need a whole check.
  static Result<ListpackView> check(ByteView bytes, PackedCheck check, std::size_t unique_step = 0);

  std::size_t size() const { return load_packed<std::uint32_t>(data_); }  // in bytes
  ByteView bytes() const { return ByteView(reinterpret_cast<const char*>(data_), size()); }
  std::size_t count() const;
  bool empty() const { return data_[kHeaderSize] == kEnd; }

  // Iterators are valid until the next change. Pairs need an even count.
  Iterator begin() const;
  Iterator end() const;
  Pairs pairs() const;
  // From the end if negative: -1 is the last. end() if there is none.
  Iterator at(std::ptrdiff_t index) const;
  // The first of every step-th entry that reads as this text, beginning with `from`; or end().
  Iterator find(ByteView text, Iterator from, std::size_t step = 1) const;
  Iterator find(ByteView text, std::size_t step = 1) const;

 protected:
  static constexpr std::size_t kHeaderSize = 6;
  static constexpr unsigned char kEnd = 0xff;
  static constexpr std::size_t kUnknownCount = 65535;

  std::size_t stored_count() const { return load_packed<std::uint16_t>(data_ + 4); }

  const unsigned char* data_;

 private:
  friend class Listpack;
  friend class ListpackItem;

  // Of entries whose first byte tells their whole size, back-length included; 0 for the others.
  static constexpr std::array<std::uint8_t, 256> kEntrySizes = [] {
    std::array<std::uint8_t, 256> sizes{};
    for (unsigned head = 0; head < 0x80; ++head) sizes[head] = 2;
    for (unsigned head = 0x80; head < 0xc0; ++head) {
      sizes[head] = static_cast<std::uint8_t>(2 + (head & 0x3f));
    }
    for (unsigned head = 0xc0; head < 0xe0; ++head) sizes[head] = 3;
    sizes[0xf1] = 4;
    sizes[0xf2] = 5;
    sizes[0xf3] = 6;
    sizes[0xf4] = 10;
    return sizes;
  }();

  static bool is_short_text(unsigned head) { return head >= 0x80 && head < 0xc0; }
  static const unsigned char* after(const unsigned char* entry) {
    const unsigned head = *entry;
    // The commonest by far: a walk waits for each size, and computing it is sooner than a look-up.
    if (is_short_text(head)) [[likely]]
      return entry + (head & 0x3f) + 2;
    if (const unsigned size = kEntrySizes[head]) [[likely]]
      return entry + size;
    return after_long_text(entry);
  }
  static const unsigned char* before(const unsigned char* entry) {
    const unsigned last = entry[-1];
    if (last < 0x80) return entry - 1 - last;
    return before_wide(entry);
  }
  static PackedElement element(const unsigned char* entry) {
    const unsigned head = *entry;
    if (head < 0x80) return PackedElement(std::int64_t{head});
    if (head < 0xc0) return PackedElement(text_at(entry + 1, head & 0x3f));
    return wide_element(entry);
  }
  static ByteView text_at(const unsigned char* from, std::size_t size) {
    return ByteView(reinterpret_cast<const char*>(from), size);
  }
  static std::size_t data_size(const unsigned char* entry, std::size_t readable);
  static const unsigned char* after_long_text(const unsigned char* entry);
  static const unsigned char* before_wide(const unsigned char* entry);
  static PackedElement wide_element(const unsigned char* entry);
  static Result<void> check_entries(ByteView bytes);
  static Result<void> check_unique(ListpackView view, std::size_t step);
};

class ListpackView::Iterator {
 public:
  using iterator_concept = std::bidirectional_iterator_tag;
  using iterator_category = std::input_iterator_tag;  // elements are made, not referred to
  using value_type = PackedElement;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = PackedElement;

  Iterator() = default;
  PackedElement operator*() const { return element(entry_); }
  Iterator& operator++() {
    entry_ = after(entry_);
    return *this;
  }
  Iterator operator++(int) { return std::exchange(*this, Iterator(after(entry_))); }
  Iterator& operator--() {
    entry_ = before(entry_);
    return *this;
  }
  Iterator operator--(int) { return std::exchange(*this, Iterator(before(entry_))); }
  friend bool operator==(Iterator, Iterator) = default;

 private:
  friend class ListpackView;
  friend class Listpack;
  explicit Iterator(const unsigned char* entry) : entry_(entry) {}

  const unsigned char* entry_ = nullptr;
};

// For (field, value) and (member, score): for (const auto [field, value] : view.pairs()) …
class ListpackView::Pairs {
 public:
  struct Pair {
    PackedElement first;
    PackedElement second;
  };
  class Iterator {
   public:
    explicit Iterator(ListpackView::Iterator first) : first_(first) {}
    Pair operator*() const { return {*first_, *std::next(first_)}; }
    Iterator& operator++() {
      ++ ++first_;
      return *this;
    }
    ListpackView::Iterator place() const { return first_; }
    friend bool operator==(Iterator, Iterator) = default;

   private:
    ListpackView::Iterator first_;
  };
  explicit Pairs(ListpackView view) : view_(view) {}
  Iterator begin() const { return Iterator(view_.begin()); }
  Iterator end() const { return Iterator(view_.end()); }

 private:
  ListpackView view_;
};

inline ListpackView::Iterator ListpackView::begin() const { return Iterator(data_ + kHeaderSize); }
inline ListpackView::Iterator ListpackView::end() const { return Iterator(data_ + size() - 1); }
inline ListpackView::Pairs ListpackView::pairs() const { return Pairs(*this); }
inline ListpackView::Iterator ListpackView::find(ByteView text, std::size_t step) const {
  return find(text, begin(), step);
}

// An element on its way into a listpack, encoded as Redis would: text that is the canonical form of
// an int64 becomes an integer. Made of what the caller has, whose bytes it borrows.
class ListpackItem {
 public:
  ListpackItem(ByteView text);
  ListpackItem(const Bytes& text) : ListpackItem(ByteView(text)) {}
  ListpackItem(const char* text) : ListpackItem(ByteView(text)) {}
  ListpackItem(std::int64_t integer) { encode(integer); }

  std::size_t size() const { return head_size_ + bytes_.size() + back_size_; }  // as an entry

 private:
  friend class Listpack;
  void encode(std::int64_t integer);
  unsigned char* write(unsigned char* to) const;  // returns the byte behind the entry

  ByteView bytes_;
  unsigned char head_[9];
  std::uint8_t head_size_;
  std::uint8_t back_size_ = 1;
};

class Listpack {
 public:
  using Iterator = ListpackView::Iterator;
  static constexpr std::size_t kSizeMax = UINT32_MAX;  // limits below it are the callers' own

  explicit Listpack(Arena& arena);  // empty
  static Listpack copy_of(Arena& arena, ListpackView view);
  static Bytes bytes_of(std::span<const ListpackItem> items);  // outside of any arena
  // Takes over what release() gave; whoever keeps the address must now take the next one.
  static Listpack adopt(Arena& arena, void* bytes);
  // Gives the bytes away, for an entry to keep; this may not be used afterwards.
  void* release() { return buffer_.release(view().size()); }

  ListpackView view() const { return ListpackView(buffer_.data()); }
  // Before many items are added: so many bytes more will come.
  void reserve(std::size_t more) { buffer_.reserve(view().size(), view().size() + more); }

  // Each makes older iterators invalid and returns the first entry it wrote, or the one behind what
  // it erased. Items may not lie in this listpack.
  Iterator append(const ListpackItem& item) { return insert(view().end(), item); }
  Iterator append(std::initializer_list<ListpackItem> items) { return insert(view().end(), items); }
  Iterator prepend(const ListpackItem& item) { return insert(view().begin(), item); }
  Iterator insert(Iterator before, const ListpackItem& item) {
    return splice(before, before, 0, {&item, 1});
  }
  Iterator insert(Iterator before, std::initializer_list<ListpackItem> items) {
    return splice(before, before, 0, {items.begin(), items.size()});
  }
  Iterator insert(Iterator before, std::span<const ListpackItem> items) {
    return splice(before, before, 0, items);
  }
  Iterator insert_after(Iterator entry, const ListpackItem& item) { return insert(++entry, item); }
  Iterator replace(Iterator entry, const ListpackItem& item) {
    return splice(entry, std::next(entry), 1, {&item, 1});
  }
  Iterator erase(Iterator first, std::size_t count = 1);  // so many there must be

 private:
  explicit Listpack(PackedBuffer buffer) : buffer_(std::move(buffer)) {}
  Iterator splice(Iterator from, Iterator to, std::size_t removed,
                  std::span<const ListpackItem> items);

  PackedBuffer buffer_;
};

}  // namespace replserver

// StreamNode — some consecutive entries of a stream in one block: two thirds of what a listpack of
// them takes, as they are read forwards only. The first id is kept outside.
//
//   size 4 | live 4 | deleted 4 | packed 4 | last id 16 | n, name 1 … name n | entry | entry | …
//   entry:    head, [ms], seq, value 1 … value n   or, of other names:  …, n, name, value, …
//   head:     deleted 1, own names 2, from 4 on ms since the entry before; 63 of them: and [ms] more
//   seq:      since the entry before, less 1; all of it in another ms; the first: since its node's
//   element:  2 · size, text   or   2 · (integer, its sign lowest) + 1
//   ms, seq, n, and what begins an element: 7 bits a byte, the lowest first, all but the last marked
//
// `packed` is what the same would take as a listpack: the limits of nodes count in these. A deleted
// entry stays where it is, marked, until its node has no other.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/listpack.hpp"
#include "data/stream_id.hpp"

namespace replserver {

// Reads numbers and elements one after the other; nothing is checked.
class StreamBytes {
 public:
  explicit StreamBytes(const unsigned char* at) : at_(at) {}
  const unsigned char* place() const { return at_; }

  unsigned byte() { return *at_++; }
  std::uint64_t number() {
    std::uint64_t number = *at_++;
    if (number < 0x80) [[likely]]
      return number;
    number &= 0x7f;
    for (unsigned shift = 7;; shift += 7) {
      const std::uint64_t next = *at_++;
      number |= (next & 0x7f) << shift;
      if (next < 0x80) return number;
    }
  }
  PackedElement element() {
    const std::uint64_t head = number();
    if (head & 1) {
      return PackedElement(static_cast<std::int64_t>(head >> 2) ^
                           -static_cast<std::int64_t>(head >> 1 & 1));
    }
    const auto* text = reinterpret_cast<const char*>(at_);
    at_ += head >> 1;
    return PackedElement(ByteView(text, head >> 1));
  }
  void skip(std::size_t elements) {
    for (; elements > 0; --elements) {
      const std::uint64_t head = number();
      if ((head & 1) == 0) at_ += head >> 1;
    }
  }

 private:
  const unsigned char* at_;
};

// One entry as it lies in its node; valid until the stream next changes.
struct StreamEntry {
  StreamId id;
  bool is_deleted = false;
  bool has_own_names = false;
  std::size_t fields = 0;
  const unsigned char* place = nullptr;   // of its head
  const unsigned char* names = nullptr;   // the first name: here, or in front of the node
  const unsigned char* values = nullptr;  // the first value; of own names: that name

  template <class Callback>  // void(const PackedElement& name, const PackedElement& value)
  void for_each_field(Callback callback) const {
    StreamBytes value(values), name(names);
    for (std::size_t index = 0; index < fields; ++index) {
      const PackedElement found = has_own_names ? value.element() : name.element();
      callback(found, value.element());
    }
  }
};

class StreamNodeView {
 public:
  StreamNodeView(const StreamId& first, const void* bytes)
      : first_(first), data_(static_cast<const unsigned char*>(bytes)) {}

  std::size_t size() const { return load_packed<std::uint32_t>(data_); }  // in bytes
  ByteView bytes() const { return ByteView(reinterpret_cast<const char*>(data_), size()); }
  std::size_t live() const { return load_packed<std::uint32_t>(data_ + kLiveAt); }
  std::size_t deleted() const { return load_packed<std::uint32_t>(data_ + kDeletedAt); }
  std::size_t packed_size() const;
  const StreamId& first() const { return first_; }
  StreamId last() const { return load_packed<StreamId>(data_ + kLastAt); }
  std::vector<PackedElement> names() const;
  bool has_same_names(std::span<const PackedElement> names_and_values) const;

  // All entries, deleted ones too, upwards while the callback says true: bool(const StreamEntry&).
  template <class Callback>
  void walk(Callback callback) const {
    StreamBytes at(data_ + kHeaderSize);
    const std::size_t names = at.number();
    const unsigned char* const first_name = at.place();
    at.skip(names);
    StreamEntry entry{.id = first_};
    const unsigned char* const end = data_ + size();
    for (bool is_first = true; at.place() != end; is_first = false) {
      entry.place = at.place();
      const unsigned head = at.byte();
      entry.is_deleted = (head & kDeleted) != 0;
      entry.has_own_names = (head & kOwnNames) != 0;
      std::uint64_t ms = head >> kMsShift;
      if (ms == kMsMore) ms += at.number();
      const std::uint64_t seq = at.number();
      entry.id = ms == 0 ? StreamId{entry.id.ms, entry.id.seq + seq + (is_first ? 0 : 1)}
                         : StreamId{entry.id.ms + ms, seq};
      entry.fields = entry.has_own_names ? at.number() : names;
      entry.names = first_name;
      entry.values = at.place();
      if (!callback(entry)) return;
      at.skip(entry.has_own_names ? entry.fields * 2 : entry.fields);
    }
  }

 private:
  friend class StreamNode;
  static constexpr std::size_t kLiveAt = 4, kDeletedAt = 8, kPackedAt = 12, kLastAt = 16;
  static constexpr std::size_t kHeaderSize = 32;
  static constexpr unsigned kDeleted = 1, kOwnNames = 2, kMsShift = 2, kMsMore = 63;

  StreamId first_;
  const unsigned char* data_;
};

// Owns the block while it changes.
class StreamNode {
 public:
  // Without an entry. `words` are names and values in turn, here and below.
  StreamNode(Arena& arena, const StreamId& first, std::span<const PackedElement> words);
  static StreamNode copy_of(Arena& arena, const StreamNodeView& node);
  // Takes over what release() gave; whoever keeps the address must now take the next one.
  static StreamNode adopt(Arena& arena, const StreamId& first, void* bytes);
  void* release() { return buffer_.release(view().size()); }

  StreamNodeView view() const { return StreamNodeView(first_, buffer_.data()); }
  // What this size takes from the arena.
  static std::size_t memory(std::size_t size) { return PackedBuffer::memory(size); }

  void append(const StreamId& id, std::span<const PackedElement> words, bool is_deleted = false);
  // Marks it as deleted. No other entry moves.
  void remove(const StreamEntry& entry);

 private:
  StreamNode(const StreamId& first, PackedBuffer buffer)
      : first_(first), buffer_(std::move(buffer)) {}
  void add_to(std::size_t at, std::size_t number);

  StreamId first_;
  PackedBuffer buffer_;
};

// A client's words as elements: integers where a text is one.
std::vector<PackedElement> elements_of(std::span<const ByteView> words);

}  // namespace replserver

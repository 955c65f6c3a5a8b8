// StreamNode — some consecutive entries of a stream in one listpack, laid out as an RDB file has it.
//
//   count, deleted, n, field 1 … field n, 0 | entry | entry | …         the first id is kept outside
//   entry:  flags, ms - first, seq - first, [n, field, value …  or, with kSameFields, value …], size
//
// `size` is how many elements precede it in its entry: for walking backwards. A deleted entry stays
// where it is, marked, until its node has no other.
#pragma once

#include <cstdint>
#include <span>

#include "base/result.hpp"
#include "data/listpack.hpp"
#include "data/stream_id.hpp"

namespace replserver {

// One entry as it lies in its node; valid until the stream next changes.
struct StreamEntry {
  using Iterator = ListpackView::Iterator;

  StreamId id;
  bool is_deleted;
  bool has_own_names;
  std::size_t fields;
  Iterator place;   // of the flags
  Iterator names;   // the first name: here, or in front of the node
  Iterator values;  // the first value

  template <class Callback>  // void(const PackedElement& name, const PackedElement& value)
  void for_each_field(Callback callback) const {
    Iterator name = names, value = values;
    for (std::size_t index = 0; index < fields; ++index) {
      callback(*name, *value);
      ++name;
      ++value;
      if (!has_own_names) continue;
      ++name;
      ++value;
    }
  }
  Iterator behind() const;  // the next entry's place
};

class StreamNodeView {
 public:
  using Iterator = ListpackView::Iterator;
  static constexpr std::int64_t kDeleted = 1, kSameFields = 2;

  StreamNodeView(const StreamId& first, const void* bytes) : first_(first), packed_(bytes) {}
  // Of a listpack that was checked and comes from outside: whether it is a node.
  static Result<void> check(ListpackView packed);

  std::size_t live() const { return number(0); }
  std::size_t deleted() const { return number(1); }
  ListpackView packed() const { return packed_; }

  Iterator begin() const;
  Iterator end() const { return packed_.end(); }
  StreamEntry entry(Iterator place) const;
  StreamEntry entry_before(Iterator place) const;  // of a place behind begin()
  bool has_same_names(std::span<const ByteView> names_and_values) const;

 private:
  std::size_t number(std::ptrdiff_t index) const {
    return static_cast<std::size_t>((*packed_.at(index)).integer());
  }

  StreamId first_;
  ListpackView packed_;
};

// What changes a node. `words` are names and values in turn.
void begin_stream_node(Listpack& node, std::span<const ByteView> words);
void append_to_stream_node(Listpack& node, const StreamId& first, const StreamId& id,
                           std::span<const ByteView> words);
void delete_in_stream_node(Listpack& node, const StreamEntry& entry);

}  // namespace replserver

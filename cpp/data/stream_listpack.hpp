// StreamListpack — a node of a stream as an RDB file has it, and its ways from there and back.
//
//   count, deleted, n, field 1 … field n, 0 | entry | entry | …         the first id is kept outside
//   entry:  flags, ms - first, seq - first, [n, field, value …  or, with kSameFields, value …], size
//
// `size` is how many elements precede it in its entry: for walking backwards.
#pragma once

#include "base/result.hpp"
#include "data/listpack.hpp"
#include "data/stream_node.hpp"

namespace replserver {

// Valid as long as the bytes are.
class StreamListpackView {
 public:
  using Iterator = ListpackView::Iterator;
  static constexpr std::int64_t kDeleted = 1, kSameFields = 2;

  struct Entry {
    StreamId id;
    bool is_deleted;
    bool has_own_names;
    std::size_t fields;
    Iterator place;           // of the flags
    Iterator values;          // the first value; of own names: that name
    Iterator behind() const;  // the next entry's place
  };

  StreamListpackView(const StreamId& first, const void* bytes) : first_(first), packed_(bytes) {}
  // Of a listpack that was checked and comes from outside: whether it is a node.
  static Result<void> check(ListpackView packed);

  const StreamId& first() const { return first_; }
  std::size_t live() const { return number(0); }
  std::size_t deleted() const { return number(1); }
  std::size_t names() const { return number(2); }
  Iterator first_name() const { return packed_.at(3); }

  Iterator begin() const;
  Iterator end() const { return packed_.end(); }
  Entry entry(Iterator place) const;

 private:
  std::size_t number(std::ptrdiff_t index) const {
    return static_cast<std::size_t>((*packed_.at(index)).integer());
  }

  StreamId first_;
  ListpackView packed_;
};

StreamNode stream_node_of(Arena& arena, const StreamListpackView& packed);
Bytes stream_listpack_of(const StreamNodeView& node);

}  // namespace replserver

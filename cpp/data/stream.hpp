// Stream — entries in the order of their ids, and the groups that read them.
//
//   nodes:  first id -> up to stream-node-max-entries of them (stream_node.hpp), in blocks
//   groups: by name (stream_group.hpp)
//
// StreamView reads what an entry of the keyspace holds. Stream changes it; lent by
// Database::change(), see change.hpp. Everything lies in the database's arena. A walk may be
// resumed at any id. Invariant: every node has an entry that is not deleted.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "data/entry.hpp"
#include "data/limits.hpp"
#include "data/stream_group.hpp"
#include "data/stream_listpack.hpp"

namespace replserver {

// What an entry of the keyspace points to.
struct StreamValue {
  struct Node {
    StreamId id;
    void* bytes;
  };
  OrderedBlocks<Node> nodes;
  std::size_t size = 0;
  StreamId last;         // the highest id there ever was
  StreamId max_deleted;  // by XDEL
  std::uint64_t entries_added = 0;
  std::size_t packed_memory = 0;
  NameOrder<StreamGroup> groups;
};

// Valid until the stream, or any other key of its database, next changes.
class StreamView {
 public:
  using Nodes = OrderedBlocks<StreamValue::Node>;

  explicit StreamView(const Entry& entry)
      : value_(static_cast<const StreamValue*>(entry.pointer())) {}
  explicit StreamView(const StreamValue* value) : value_(value) {}

  std::size_t size() const { return value_->size; }
  std::size_t nodes() const { return value_->nodes.size(); }
  StreamId first() const;  // 0-0 if there is none
  // That of the first node, deleted or not; the highest there can be if there is none. What begins
  // here is the whole stream.
  StreamId edge() const {
    return nodes() == 0 ? StreamId::max() : value_->nodes.at(value_->nodes.begin()).id;
  }
  StreamId last() const { return value_->last; }
  const StreamId& max_deleted() const { return value_->max_deleted; }
  std::uint64_t entries_added() const { return value_->entries_added; }
  const NameOrder<StreamGroup>& groups() const { return value_->groups; }
  const StreamGroup* group(ByteView name) const { return value_->groups.find(name); }
  std::optional<StreamEntry> find(const StreamId& id) const;
  std::size_t memory() const;
  ByteView first_bytes() const;  // of the first node
  const Nodes& node_places() const { return value_->nodes; }
  StreamNodeView node(Nodes::Place place) const {
    return {value_->nodes.at(place).id, value_->nodes.at(place).bytes};
  }

  // Entries of [from, to], upwards or downwards, while the callback says true:
  // bool(const StreamEntry&).
  template <class Callback>
  void walk(const StreamId& from, const StreamId& to, Callback callback) const;
  template <class Callback>
  void walk_down(const StreamId& from, const StreamId& to, Callback callback) const;

  // How many entries there ever were up to this id, or StreamGroup::kUnknown.
  std::int64_t entries_up_to(const StreamId& id) const;
  bool has_gap_from(const StreamId& id) const;  // by XDEL, at it or behind it
  std::optional<std::int64_t> lag(const StreamGroup& group) const;

 private:
  Nodes::Place node_of(const StreamId& id) const;  // the last that begins at or before it, or first

  const StreamValue* value_;
};

struct StreamTrim {
  enum class By { nothing, length, id } by = By::nothing;
  bool is_rough = false;  // whole nodes only
  std::uint64_t length = 0;
  StreamId id;            // the first to stay
  std::size_t limit = 0;  // at most so many entries; 0: all
};

class Stream {
 public:
  static constexpr Type kType = Type::stream;
  static constexpr bool kKeepsEmpty = true;
  using View = StreamView;

  explicit Stream(const ValueContext& context);
  Stream(const ValueContext& context, Encoding encoding, void* value);

  // Names and values in turn; of an id above all there were.
  void append(const StreamId& id, std::span<const ByteView> words);
  // A whole node, as an RDB file has it, behind all others; what else the stream tells of itself is
  // set apart.
  void append_node(const StreamListpackView& packed);
  bool erase(const StreamId& id);  // as XDEL, which leaves a trace
  std::size_t trim(const StreamTrim& trim);
  void set_last(const StreamId& id) { value_->last = id; }
  void set_max_deleted(const StreamId& id) { value_->max_deleted = id; }
  void set_entries_added(std::uint64_t count) { value_->entries_added = count; }

  StreamGroup* group(ByteView name) { return value_->groups.find(name); }
  StreamGroup* add_group(ByteView name, const StreamId& last, std::int64_t entries_read);
  void remove_group(StreamGroup* group);
  Arena& arena() { return context_.arena; }  // for what changes a group

  StreamView view() const { return StreamView(value_); }
  bool empty() const { return value_->size == 0; }
  Encoding encoding() const { return Encoding::stream; }
  void* release() { return value_; }

  static bool destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget);
  static void* clone(const ValueContext& to, const Entry& entry);
  static std::size_t memory(const Entry& entry) { return StreamView(entry).memory(); }
  static std::uint64_t checksum(const Entry& entry, const HashSeed& seed);

 private:
  using Place = StreamView::Nodes::Place;
  template <class Edit>
  void edit(Place place, Edit edit);
  void add_node(StreamNode node);
  void drop_node(Place place);
  bool has_room(Place place, std::span<const ByteView> words) const;
  std::size_t trim_in_first(const StreamTrim& trim);

  ValueContext context_;
  StreamValue* value_;
};

template <class Callback>
void StreamView::walk(const StreamId& from, const StreamId& to, Callback callback) const {
  if (nodes() == 0 || to < from) return;
  const Nodes& all = value_->nodes;
  bool goes_on = true;
  const auto look = [&](const StreamEntry& entry) {
    if (to < entry.id) return goes_on = false;
    if (entry.is_deleted || entry.id < from) return true;
    return goes_on = callback(entry);
  };
  for (auto place = node_of(from); place != all.end() && goes_on; place = all.next(place)) {
    if (to < all.at(place).id) return;
    node(place).walk(look);
  }
}

template <class Callback>
void StreamView::walk_down(const StreamId& from, const StreamId& to, Callback callback) const {
  if (nodes() == 0 || to < from) return;
  const Nodes& all = value_->nodes;
  std::vector<StreamEntry> found;  // nodes are read forwards only
  for (auto place = node_of(to);; place = all.previous(place)) {
    found.clear();
    node(place).walk([&](const StreamEntry& entry) {
      if (!entry.is_deleted && !(entry.id < from) && !(to < entry.id)) found.push_back(entry);
      return !(to < entry.id);
    });
    for (auto entry = found.rbegin(); entry != found.rend(); ++entry) {
      if (!callback(*entry)) return;
    }
    if (place == all.begin() || all.at(place).id < from) return;
  }
}

}  // namespace replserver

#include "data/stream_listpack.hpp"

#include <iterator>

#include "base/assert.hpp"

namespace replserver {
namespace {

auto broken(ByteView what) { return fail(Error::Kind::corrupt, "stream: a node " + Bytes(what)); }

// Reads elements of a node that is not trusted, one after the other.
class Elements {
 public:
  explicit Elements(ListpackView packed) : at_(packed.begin()), end_(packed.end()) {}

  bool at_end() const { return at_ == end_; }
  std::int64_t integer() {  // -1: it is none, or is negative
    if (at_end()) return -1;
    const PackedElement element = *at_++;
    return element.is_integer() ? std::max<std::int64_t>(-1, element.integer()) : -1;
  }
  bool has_integer() {  // of any sign: differences of ids wrap around
    return !at_end() && (*at_++).is_integer();
  }
  bool skip(std::int64_t count) {
    for (; count > 0; --count) {
      if (at_end()) return false;
      ++at_;
    }
    return count == 0;
  }

 private:
  ListpackView::Iterator at_, end_;
};

}  // namespace

// ---- reading ----

StreamListpackView::Iterator StreamListpackView::Entry::behind() const {
  Iterator at = values;
  for (std::size_t left = has_own_names ? fields * 2 : fields; left > 0; --left) ++at;
  return ++at;  // the size
}

StreamListpackView::Iterator StreamListpackView::begin() const {
  Iterator at = first_name();
  for (std::size_t left = names() + 1; left > 0; --left) ++at;
  return at;
}

StreamListpackView::Entry StreamListpackView::entry(Iterator place) const {
  Entry entry{};
  entry.place = place;
  const std::int64_t flags = (*place++).integer();
  entry.id.ms = first_.ms + static_cast<std::uint64_t>((*place++).integer());
  entry.id.seq = first_.seq + static_cast<std::uint64_t>((*place++).integer());
  entry.is_deleted = (flags & kDeleted) != 0;
  entry.has_own_names = (flags & kSameFields) == 0;
  entry.fields = entry.has_own_names ? static_cast<std::size_t>((*place++).integer()) : names();
  entry.values = place;
  return entry;
}

Result<void> StreamListpackView::check(ListpackView packed) {
  Elements elements(packed);
  const std::int64_t live = elements.integer(), deleted = elements.integer();
  const std::int64_t names = elements.integer();
  if (live < 0 || deleted < 0 || names < 0) return broken("without its counts");
  if (!elements.skip(names)) return broken("with names missing");
  if (elements.integer() != 0) return broken("whose names do not end");
  std::int64_t seen_live = 0, seen_deleted = 0;
  while (!elements.at_end()) {
    const std::int64_t flags = elements.integer();
    if (flags < 0 || flags > (kDeleted | kSameFields)) return broken("with unknown flags");
    if (!elements.has_integer() || !elements.has_integer()) return broken("with no id");
    std::int64_t size = names + 3;
    if (flags & kSameFields) {
      if (!elements.skip(names)) return broken("with values missing");
    } else {
      const std::int64_t own = elements.integer();
      if (own < 0 || own > INT32_MAX || !elements.skip(own * 2)) return broken("cut short");
      size = own * 2 + 4;
    }
    if (elements.integer() != size) return broken("with an entry of a wrong size");
    ++(flags & kDeleted ? seen_deleted : seen_live);
  }
  if (live != seen_live || deleted != seen_deleted) return broken("with wrong counts");
  return {};
}

// ---- there and back ----

StreamNode stream_node_of(Arena& arena, const StreamListpackView& packed) {
  std::vector<PackedElement> words, own;  // the node's names with a place for a value behind each
  auto name = packed.first_name();
  for (std::size_t left = packed.names(); left > 0; --left) {
    words.push_back(*name++);
    words.push_back(PackedElement(0));
  }
  StreamNode node(arena, packed.first(), words);
  for (auto at = packed.begin(); at != packed.end();) {
    const StreamListpackView::Entry entry = packed.entry(at);
    at = entry.values;
    if (entry.has_own_names) {
      own.clear();
      for (std::size_t left = entry.fields * 2; left > 0; --left) own.push_back(*at++);
    } else {
      for (std::size_t field = 0; field < entry.fields; ++field) words[field * 2 + 1] = *at++;
    }
    ++at;  // the size
    node.append(entry.id, entry.has_own_names ? own : words, entry.is_deleted);
  }
  return node;
}

Bytes stream_listpack_of(const StreamNodeView& node) {
  std::vector<ListpackItem> items;
  const auto add = [&](std::size_t number) {
    items.emplace_back(static_cast<std::int64_t>(number));
  };
  const auto add_element = [&](const PackedElement& element) {
    if (element.is_integer()) {
      items.emplace_back(element.integer());
    } else {
      items.emplace_back(element.bytes());
    }
  };
  const std::vector<PackedElement> names = node.names();
  add(node.live());
  add(node.deleted());
  add(names.size());
  for (const PackedElement& name : names) add_element(name);
  add(0);
  node.walk([&](const StreamEntry& entry) {
    const std::int64_t same = entry.has_own_names ? 0 : StreamListpackView::kSameFields;
    items.emplace_back(same | (entry.is_deleted ? StreamListpackView::kDeleted : 0));
    add(entry.id.ms - node.first().ms);
    add(entry.id.seq - node.first().seq);
    if (entry.has_own_names) add(entry.fields);
    entry.for_each_field([&](const PackedElement& name, const PackedElement& value) {
      if (entry.has_own_names) add_element(name);
      add_element(value);
    });
    add(entry.has_own_names ? entry.fields * 2 + 4 : entry.fields + 3);
    return true;
  });
  return Listpack::bytes_of(items);
}

}  // namespace replserver

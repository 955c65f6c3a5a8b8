#include "data/stream_node.hpp"

#include <iterator>
#include <vector>

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

ListpackView::Iterator StreamEntry::behind() const {
  Iterator at = values;
  const std::size_t rest = has_own_names ? fields * 2 - (fields > 0 ? 1 : 0) : fields;
  for (std::size_t step = 0; step < rest; ++step) ++at;
  return ++at;  // the size
}

ListpackView::Iterator StreamNodeView::begin() const {
  Iterator at = packed_.begin();
  ++ ++at;
  const std::int64_t names = (*at).integer();
  for (std::int64_t step = 0; step < names + 2; ++step) ++at;
  return at;
}

StreamEntry StreamNodeView::entry(Iterator place) const {
  StreamEntry entry{};
  entry.place = place;
  Iterator at = place;
  const std::int64_t flags = (*at++).integer();
  entry.id.ms = first_.ms + static_cast<std::uint64_t>((*at++).integer());
  entry.id.seq = first_.seq + static_cast<std::uint64_t>((*at++).integer());
  entry.is_deleted = (flags & kDeleted) != 0;
  entry.has_own_names = (flags & kSameFields) == 0;
  if (entry.has_own_names) {
    entry.fields = static_cast<std::size_t>((*at++).integer());
    entry.names = at;
    entry.values = entry.fields > 0 ? std::next(at) : at;
  } else {
    Iterator names = packed_.begin();
    ++ ++names;
    entry.fields = static_cast<std::size_t>((*names++).integer());
    entry.names = names;
    entry.values = at;
  }
  return entry;
}

StreamEntry StreamNodeView::entry_before(Iterator place) const {
  --place;
  for (std::int64_t left = (*place).integer(); left > 0; --left) --place;
  return entry(place);
}

bool StreamNodeView::has_same_names(std::span<const ByteView> words) const {
  Iterator at = packed_.begin();
  ++ ++at;
  if ((*at++).integer() != static_cast<std::int64_t>(words.size() / 2)) return false;
  PackedElement::Scratch scratch;
  for (std::size_t index = 0; index < words.size(); index += 2) {
    if ((*at++).text(scratch) != words[index]) return false;
  }
  return true;
}

Result<void> StreamNodeView::check(ListpackView packed) {
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

// ---- changing ----

void begin_stream_node(Listpack& node, std::span<const ByteView> words) {
  std::vector<ListpackItem> items{ListpackItem(std::int64_t{0}), ListpackItem(std::int64_t{0}),
                                  ListpackItem(static_cast<std::int64_t>(words.size() / 2))};
  for (std::size_t index = 0; index < words.size(); index += 2) items.emplace_back(words[index]);
  items.emplace_back(std::int64_t{0});
  node.insert(node.view().end(), std::span<const ListpackItem>(items));
}

namespace {

void add_to_count(Listpack& node, std::ptrdiff_t index, std::int64_t difference) {
  const auto place = node.view().at(index);
  node.replace(place, ListpackItem((*place).integer() + difference));
}

}  // namespace

void append_to_stream_node(Listpack& node, const StreamId& first, const StreamId& id,
                           std::span<const ByteView> words) {
  const StreamNodeView view(first, node.view().bytes().data());
  const bool same = view.has_same_names(words);
  const auto fields = static_cast<std::int64_t>(words.size() / 2);
  std::vector<ListpackItem> items;
  items.reserve(words.size() + 5);
  items.emplace_back(same ? StreamNodeView::kSameFields : std::int64_t{0});
  items.emplace_back(static_cast<std::int64_t>(id.ms - first.ms));
  items.emplace_back(static_cast<std::int64_t>(id.seq - first.seq));
  if (!same) items.emplace_back(fields);
  for (std::size_t index = same ? 1 : 0; index < words.size(); index += same ? 2 : 1) {
    items.emplace_back(words[index]);
  }
  items.emplace_back(same ? fields + 3 : fields * 2 + 4);
  node.insert(node.view().end(), std::span<const ListpackItem>(items));
  add_to_count(node, 0, 1);
}

void delete_in_stream_node(Listpack& node, const StreamEntry& entry) {
  RS_ASSERT(!entry.is_deleted);
  node.replace(entry.place, ListpackItem((*entry.place).integer() | StreamNodeView::kDeleted));
  add_to_count(node, 0, -1);
  add_to_count(node, 1, 1);
}

}  // namespace replserver

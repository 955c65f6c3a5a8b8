#include "data/stream.hpp"

#include <new>
#include <utility>

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace replserver {
namespace {

std::size_t memory_of(const void* bytes) {
  return PackedBuffer::memory(StreamNodeView({}, bytes).size());
}

}  // namespace

// ---- reading ----

StreamView::Nodes::Place StreamView::node_of(const StreamId& id) const {
  const Nodes& all = value_->nodes;
  const auto place = all.lower_bound(id);
  if (place != all.end() && all.at(place).id == id) return place;
  return place == all.begin() ? place : all.previous(place);
}

StreamId StreamView::first() const {
  StreamId first;
  walk({}, StreamId::max(), [&](const StreamEntry& entry) {
    first = entry.id;
    return false;
  });
  return first;
}

std::optional<StreamEntry> StreamView::find(const StreamId& id) const {
  std::optional<StreamEntry> found;
  walk(id, id, [&](const StreamEntry& entry) {
    found = entry;
    return false;
  });
  return found;
}

std::size_t StreamView::memory() const {
  std::size_t bytes = Arena::rounded(sizeof *value_) + value_->packed_memory;
  bytes += value_->nodes.memory() + value_->groups.memory();
  for (const StreamGroup* group : value_->groups) bytes += group->memory();
  return bytes;
}

ByteView StreamView::first_bytes() const {
  return nodes() == 0 ? ByteView() : node(value_->nodes.begin()).bytes();
}

std::int64_t StreamView::entries_up_to(const StreamId& id) const {
  const auto added = static_cast<std::int64_t>(entries_added());
  if (added == 0) return 0;
  if (size() == 0 && id <= last()) return added;
  if (id == last()) return added;
  if (id > last()) return StreamGroup::kUnknown;
  const StreamId first = this->first();
  if (max_deleted().is_zero() || max_deleted() < first) {
    const std::int64_t before = added - static_cast<std::int64_t>(size());
    if (id < first) return before;
    if (id == first) return before + 1;
  }
  return StreamGroup::kUnknown;
}

bool StreamView::has_gap_from(const StreamId& id) const {
  const StreamId& deleted = max_deleted();
  return size() > 0 && !deleted.is_zero() && id <= deleted && first() <= deleted;
}

std::optional<std::int64_t> StreamView::lag(const StreamGroup& group) const {
  if (entries_added() == 0) return 0;
  const auto added = static_cast<std::int64_t>(entries_added());
  if (group.entries_read != StreamGroup::kUnknown && !has_gap_from(group.last)) {
    return added - group.entries_read;
  }
  const std::int64_t read = entries_up_to(group.last);
  if (read == StreamGroup::kUnknown) return std::nullopt;
  return added - read;
}

// ---- the whole value ----

Stream::Stream(const ValueContext& context)
    : context_(context), value_(new (context.arena.allocate(sizeof(StreamValue))) StreamValue) {}

Stream::Stream(const ValueContext& context, Encoding encoding, void* value)
    : context_(context), value_(static_cast<StreamValue*>(value)) {
  RS_ASSERT(encoding == Encoding::stream);
}

bool Stream::destroy(Arena& arena, Encoding, void* pointer, std::size_t& budget) {
  auto* value = static_cast<StreamValue*>(pointer);
  const bool is_rid = value->nodes.destroy(arena, budget, [&](StreamValue::Node& node) {
    const std::size_t entries = StreamNodeView(node.id, node.bytes).live();
    budget -= std::min(budget - 1, entries);        // the node itself is counted too
    StreamNode::adopt(arena, node.id, node.bytes);  // and lets go of it
  });
  if (!is_rid) return false;
  while (value->groups.size() > 0) {
    StreamGroup* last = value->groups.last();
    // Off the list before its name goes, but only once it goes.
    if (budget == 0 || !StreamGroup::destroy(arena, last, budget)) return false;
    value->groups.erase(last);
  }
  value->groups.free(arena);
  arena.release(value, sizeof *value);
  return true;
}

void* Stream::clone(const ValueContext& to, const Entry& entry) {
  const auto& from = *static_cast<const StreamValue*>(entry.pointer());
  Stream copy(to);
  for (auto at = from.nodes.begin(); at != from.nodes.end(); at = from.nodes.next(at)) {
    const StreamValue::Node& node = from.nodes.at(at);
    copy.add_node(StreamNode::copy_of(to.arena, StreamNodeView(node.id, node.bytes)));
  }
  for (const StreamGroup* group : from.groups) {
    copy.value_->groups.insert(to.arena, StreamGroup::clone(to.arena, *group));
  }
  copy.value_->size = from.size;
  copy.value_->last = from.last;
  copy.value_->max_deleted = from.max_deleted;
  copy.value_->entries_added = from.entries_added;
  return copy.release();
}

std::uint64_t Stream::checksum(const Entry& entry, const HashSeed& seed) {
  const StreamView view(entry);
  std::uint64_t sum = view.size() + 3 * view.last().ms + 5 * view.last().seq;
  sum += 7 * view.entries_added() + 11 * view.groups().size() + 13 * view.max_deleted().seq;
  for (const StreamGroup* group : view.groups()) sum += group->pending().size() + group->last.seq;
  return sum + keyed_hash(view.first_bytes(), seed);
}

// ---- changing ----

template <class Edit>
void Stream::edit(Place place, Edit edit) {
  StreamValue::Node& node = value_->nodes.at(place);
  value_->packed_memory -= memory_of(node.bytes);
  StreamNode changed = StreamNode::adopt(context_.arena, node.id, node.bytes);
  edit(changed);
  node.bytes = changed.release();
  value_->packed_memory += memory_of(node.bytes);
}

void Stream::add_node(StreamNode node) {
  const StreamId first = node.view().first();
  void* bytes = node.release();
  value_->packed_memory += memory_of(bytes);
  value_->nodes.insert(context_.arena, {first, bytes});
}

void Stream::drop_node(Place place) {
  const StreamValue::Node node = value_->nodes.at(place);
  value_->packed_memory -= memory_of(node.bytes);
  StreamNode::adopt(context_.arena, node.id, node.bytes);  // and lets go of it
  value_->nodes.erase(context_.arena, place);
}

bool Stream::has_room(Place place, std::span<const ByteView> words) const {
  // A node is never larger than this, whatever the directives say: sizes of listpacks have 32 bits.
  constexpr std::size_t kBytesMax = std::size_t{1} << 30;
  const CollectionLimits& limits = context_.limits;
  const StreamValue::Node& last = value_->nodes.at(place);
  const StreamNodeView node(last.id, last.bytes);
  std::size_t bytes = node.packed_size();
  for (const ByteView word : words) bytes += word.size();
  std::size_t most = kBytesMax;
  if (limits.stream_node_max_bytes > 0) {
    most = std::min(most, static_cast<std::size_t>(limits.stream_node_max_bytes));
  }
  if (bytes >= most) return false;
  const auto entries = static_cast<std::int64_t>(node.live() + node.deleted());
  return limits.stream_node_max_entries <= 0 || entries < limits.stream_node_max_entries;
}

void Stream::append(const StreamId& id, std::span<const ByteView> words) {
  RS_ASSERT(value_->last < id);
  StreamView::Nodes& nodes = value_->nodes;
  const std::vector<PackedElement> elements = elements_of(words);
  if (nodes.empty() || !has_room(nodes.previous(nodes.end()), words)) {
    StreamNode node(context_.arena, id, elements);
    node.append(id, elements);
    add_node(std::move(node));
  } else {
    edit(nodes.previous(nodes.end()), [&](StreamNode& node) { node.append(id, elements); });
  }
  ++value_->size;
  ++value_->entries_added;
  value_->last = id;
}

void Stream::append_node(const StreamListpackView& packed) {
  RS_ASSERT(packed.live() > 0);
  RS_ASSERT(view().nodes() == 0 ||
            value_->nodes.at(value_->nodes.previous(value_->nodes.end())).id < packed.first());
  add_node(stream_node_of(context_.arena, packed));
  value_->size += packed.live();
}

bool Stream::erase(const StreamId& id) {
  StreamView::Nodes& nodes = value_->nodes;
  if (!view().find(id)) return false;
  auto place = nodes.lower_bound(id);
  if (place == nodes.end() || nodes.at(place).id != id) place = nodes.previous(place);
  const StreamValue::Node node = nodes.at(place);
  if (StreamNodeView(node.id, node.bytes).live() == 1) {
    drop_node(place);
  } else {
    const StreamEntry entry = *view().find(id);
    edit(place, [&](StreamNode& changed) { changed.remove(entry); });
  }
  --value_->size;
  value_->max_deleted = std::max(value_->max_deleted, id);
  return true;
}

std::size_t Stream::trim(const StreamTrim& trim) {
  using By = StreamTrim::By;
  StreamView::Nodes& nodes = value_->nodes;
  std::size_t removed = 0;
  if (trim.by == By::nothing) return 0;
  while (!nodes.empty()) {
    if (trim.by == By::length && value_->size <= trim.length) break;
    const StreamValue::Node& first = nodes.at(nodes.begin());
    const StreamNodeView node(first.id, first.bytes);
    const std::size_t entries = node.live();
    if (trim.limit > 0 && removed + entries > trim.limit) break;
    const bool goes =
        trim.by == By::length ? value_->size - entries >= trim.length : node.last() < trim.id;
    if (!goes) {
      if (!trim.is_rough) removed += trim_in_first(trim);
      break;
    }
    drop_node(nodes.begin());
    value_->size -= entries;
    removed += entries;
  }
  return removed;
}

std::size_t Stream::trim_in_first(const StreamTrim& trim) {
  const Place place = value_->nodes.begin();
  std::size_t removed = 0;
  edit(place, [&](StreamNode& node) {
    node.view().walk([&](const StreamEntry& entry) {
      const bool stays = trim.by == StreamTrim::By::length ? value_->size - removed <= trim.length
                                                           : !(entry.id < trim.id);
      if (stays) return false;
      if (entry.is_deleted) return true;
      node.remove(entry);
      ++removed;
      return true;
    });
  });
  value_->size -= removed;
  const StreamValue::Node& node = value_->nodes.at(place);
  if (StreamNodeView(node.id, node.bytes).live() == 0) drop_node(place);
  return removed;
}

StreamGroup* Stream::add_group(ByteView name, const StreamId& last, std::int64_t entries_read) {
  StreamGroup* group = StreamGroup::make(context_.arena, name, last, entries_read);
  value_->groups.insert(context_.arena, group);
  return group;
}

void Stream::remove_group(StreamGroup* group) {
  value_->groups.erase(group);
  std::size_t all = SIZE_MAX;
  StreamGroup::destroy(context_.arena, group, all);
}

}  // namespace replserver

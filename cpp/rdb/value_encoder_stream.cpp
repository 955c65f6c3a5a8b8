// ValueEncoder's bodies for streams: nodes, then groups, each with what is pending in it.
#include "rdb/value_encoder.hpp"

namespace replserver {
namespace {

constexpr std::size_t kIdsPerStep = 256;
constexpr std::size_t kIdSize = 16;

// Big-endian, so that ids sort as bytes.
char* put_id(char* to, const StreamId& id) {
  return put_fixed(put_fixed(to, __builtin_bswap64(id.ms)), __builtin_bswap64(id.seq));
}

void write_id(RdbOutput& out, const StreamId& id) {
  out.length(id.ms);
  out.length(id.seq);
}

// Calls back with a few items from a place on, and returns the place behind the last.
template <class Item, class Place, class Callback>
Place walk_ids(const OrderedBlocks<Item>& items, Place from, Callback callback) {
  typename OrderedBlocks<Item>::Place at{from.block, from.index};
  for (std::size_t left = kIdsPerStep; left > 0 && at != items.end(); --left, at = items.next(at)) {
    callback(items.at(at));
  }
  return {at.block, at.index};
}
template <class Item, class Place>
bool is_end(const OrderedBlocks<Item>& items, Place at) {
  return typename OrderedBlocks<Item>::Place{at.block, at.index} == items.end();
}

}  // namespace

ValueEncoder::Progress ValueEncoder::begin_stream(RdbOutput& out) {
  const StreamView view(*entry_);
  out.length(view.nodes());
  if (view.nodes() == 0) return begin_groups(out);
  return StreamNodes{view.node_places().begin()};
}

ValueEncoder::Progress ValueEncoder::step(RdbOutput& out, StreamNodes at) {
  const StreamView view(*entry_);
  const StreamView::Nodes& nodes = view.node_places();
  if (at.place == nodes.end()) return begin_groups(out);
  out.commit(
      put_id(put_length(out.reserve(kRdbLengthMax + kIdSize), kIdSize), nodes.at(at.place).id));
  packed_ = stream_listpack_of(view.node(at.place));
  text(out, packed_);
  return StreamNodes{nodes.next(at.place)};
}

ValueEncoder::Progress ValueEncoder::begin_groups(RdbOutput& out) {
  const StreamView view(*entry_);
  out.length(view.size());
  write_id(out, view.last());
  if (type_ != RdbType::stream_listpacks) {
    write_id(out, view.first());
    write_id(out, view.max_deleted());
    out.length(view.entries_added());
  }
  out.length(view.groups().size());
  if (view.groups().size() == 0) return End{};
  return StreamGroups{};
}

const StreamGroup& ValueEncoder::group(const StreamGroups& at) const {
  return *StreamView(*entry_).groups().begin()[at.group];
}

ValueEncoder::Progress ValueEncoder::step(RdbOutput& out, StreamGroups at) {
  switch (at.next) {
    case StreamGroups::Next::group:
      return begin_group(out, at);
    case StreamGroups::Next::pending:
      return write_pending(out, at);
    case StreamGroups::Next::consumer:
      return begin_consumer(out, at);
    case StreamGroups::Next::owned:
      return write_owned(out, at);
  }
  RS_ASSERT(!"a part that no stream has");
}

ValueEncoder::Progress ValueEncoder::begin_group(RdbOutput& out, StreamGroups at) {
  if (at.group == StreamView(*entry_).groups().size()) return End{};
  const StreamGroup& group = this->group(at);
  out.string(group.name());
  write_id(out, group.last);
  // Redis writes -1, "unknown", as the largest length there is.
  if (type_ != RdbType::stream_listpacks) {
    out.length(static_cast<std::uint64_t>(group.entries_read));
  }
  out.length(group.pending().size());
  return StreamGroups{.next = StreamGroups::Next::pending, .group = at.group};
}

ValueEncoder::Progress ValueEncoder::write_pending(RdbOutput& out, StreamGroups at) {
  const StreamGroup& group = this->group(at);
  at.place = walk_ids(group.pending(), at.place, [&](const StreamGroup::Pending& pending) {
    char* to = out.reserve(kIdSize + sizeof pending.delivered + kRdbLengthMax);
    to = put_fixed(put_id(to, pending.id), pending.delivered);
    out.commit(put_length(to, pending.count));
  });
  if (!is_end(group.pending(), at.place)) return at;
  out.length(group.consumers().size());
  return StreamGroups{.next = StreamGroups::Next::consumer, .group = at.group};
}

ValueEncoder::Progress ValueEncoder::begin_consumer(RdbOutput& out, StreamGroups at) {
  const auto& consumers = group(at).consumers();
  if (at.consumer == consumers.size()) return StreamGroups{.group = at.group + 1};
  const StreamConsumer& consumer = *consumers.begin()[at.consumer];
  out.string(consumer.name());
  out.fixed(consumer.seen);
  if (type_ == RdbType::stream_listpacks_3) out.fixed(consumer.active);
  out.length(consumer.pending().size());
  return StreamGroups{
      .next = StreamGroups::Next::owned, .group = at.group, .consumer = at.consumer};
}

ValueEncoder::Progress ValueEncoder::write_owned(RdbOutput& out, StreamGroups at) {
  const StreamConsumer& consumer = *group(at).consumers().begin()[at.consumer];
  at.place = walk_ids(consumer.pending(), at.place, [&](const StreamConsumer::Owned& owned) {
    out.commit(put_id(out.reserve(kIdSize), owned.id));
  });
  if (!is_end(consumer.pending(), at.place)) return at;
  return StreamGroups{
      .next = StreamGroups::Next::consumer, .group = at.group, .consumer = at.consumer + 1};
}

}  // namespace replserver

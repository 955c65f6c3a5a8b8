#include "data/stream_group.hpp"

#include <new>

namespace replserver {

StreamGroup* StreamGroup::make(Arena& arena, ByteView name, const StreamId& last,
                               std::int64_t entries_read) {
  return new (arena.allocate(sizeof(StreamGroup))) StreamGroup(arena, name, last, entries_read);
}

StreamGroup* StreamGroup::clone(Arena& to, const StreamGroup& from) {
  StreamGroup* copy = make(to, from.name(), from.last, from.entries_read);
  for (const StreamConsumer* consumer : from.consumers_) {
    copy->add_consumer(to, consumer->name(), consumer->seen)->active = consumer->active;
  }
  for (auto at = from.pending_.begin(); at != from.pending_.end(); at = from.pending_.next(at)) {
    const Pending& pending = from.pending_.at(at);
    Pending& delivered = copy->deliver(to, pending.id, copy->consumer(pending.owner->name()));
    delivered.delivered = pending.delivered;
    delivered.count = pending.count;
  }
  return copy;
}

bool StreamGroup::destroy(Arena& arena, StreamGroup* group, std::size_t& budget) {
  if (!group->pending_.destroy(arena, budget, [](Pending&) {})) return false;
  while (group->consumers_.size() > 0) {
    StreamConsumer* last = group->consumers_.last();
    if (!last->pending_.destroy(arena, budget, [](StreamConsumer::Owned&) {})) return false;
    group->remove_consumer(arena, last);
    budget -= budget > 0 ? 1 : 0;
  }
  group->consumers_.free(arena);
  group->name_.free(arena);
  arena.release(group, sizeof *group);
  return true;
}

std::size_t StreamGroup::memory() const {
  std::size_t bytes = Arena::rounded(sizeof *this) + name_.memory() + pending_.memory();
  for (const StreamConsumer* consumer : consumers_) bytes += consumer->memory();
  return bytes + consumers_.memory();
}

StreamConsumer* StreamGroup::add_consumer(Arena& arena, ByteView name, UnixMs now) {
  auto* consumer = new (arena.allocate(sizeof(StreamConsumer))) StreamConsumer(arena, name, now);
  consumers_.insert(arena, consumer);
  return consumer;
}

std::size_t StreamGroup::remove_consumer(Arena& arena, StreamConsumer* consumer) {
  const std::size_t had = consumer->pending_.size();
  std::size_t all = SIZE_MAX;
  consumer->pending_.destroy(
      arena, all, [&](StreamConsumer::Owned& owned) { pending_.erase(arena, owned.id); });
  consumers_.erase(consumer);
  consumer->name_.free(arena);
  arena.release(consumer, sizeof *consumer);
  return had;
}

StreamGroup::Pending& StreamGroup::deliver(Arena& arena, const StreamId& id, StreamConsumer* to) {
  if (Pending* pending = pending_.find(id)) {
    if (pending->owner != to) {
      pending->owner->pending_.erase(arena, id);
      to->pending_.insert(arena, {id});
      pending->owner = to;
    }
    return *pending;
  }
  to->pending_.insert(arena, {id});
  pending_.insert(arena, {id, 0, 1, to});
  return *pending_.find(id);
}

bool StreamGroup::acknowledge(Arena& arena, const StreamId& id) {
  const Pending* pending = pending_.find(id);
  if (pending == nullptr) return false;
  pending->owner->pending_.erase(arena, id);
  return pending_.erase(arena, id);
}

}  // namespace replserver

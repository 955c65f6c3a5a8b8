// StreamGroup — consumers who share a stream: each entry is given to one, and is pending until it
// is acknowledged.
//
//   group ── pending:   id -> delivered when, how often, to whom
//         └─ consumers: by name, each with the ids that are pending for it
//
// Owned by its stream, in its arena; pointers to consumers are valid until one is removed.
// Invariant: an id is pending for exactly one consumer, or for none at all.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "data/arena.hpp"
#include "data/ordered_blocks.hpp"

namespace replserver {

// Objects of an arena that have names, in the order of these.
template <class Named>
class NameOrder {
 public:
  std::size_t size() const { return size_; }
  Named* const* begin() const { return items_; }
  Named* const* end() const { return items_ + size_; }

  Named* find(ByteView name) const {
    Named* const* at = place(name);
    return at != end() && (*at)->name() == name ? *at : nullptr;
  }
  void insert(Arena& arena, Named* item) {
    const auto index = static_cast<std::size_t>(place(item->name()) - begin());
    if (size_ == room_) resize(arena, room_ == 0 ? 2 : room_ * 2);
    std::copy_backward(items_ + index, items_ + size_, items_ + size_ + 1);
    items_[index] = item;
    ++size_;
  }
  void erase(Named* item) {
    Named** at = std::find(items_, items_ + size_, item);
    std::copy(at + 1, items_ + size_, at);
    --size_;
  }
  Named* last() const { return items_[size_ - 1]; }
  void free(Arena& arena) {
    if (room_ > 0) arena.release(items_, room_ * sizeof(Named*));
    room_ = size_ = 0;
  }
  std::size_t memory() const { return room_ > 0 ? Arena::rounded(room_ * sizeof(Named*)) : 0; }

 private:
  Named* const* place(ByteView name) const {
    return std::partition_point(begin(), end(),
                                [&](const Named* other) { return other->name() < name; });
  }
  void resize(Arena& arena, std::size_t room) {
    auto* items = static_cast<Named**>(arena.allocate(room * sizeof(Named*)));
    std::copy(begin(), end(), items);
    if (room_ > 0) arena.release(items_, room_ * sizeof(Named*));
    items_ = items;
    room_ = room;
  }

  Named** items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t room_ = 0;
};

// A name in the arena, beside the object that has it.
class ArenaName {
 public:
  ArenaName(Arena& arena, ByteView name) : size_(name.size()) {
    bytes_ = static_cast<char*>(arena.allocate(size_ + 1));
    std::copy(name.begin(), name.end(), bytes_);
  }
  ByteView view() const { return ByteView(bytes_, size_); }
  void free(Arena& arena) { arena.release(bytes_, size_ + 1); }
  std::size_t memory() const { return Arena::rounded(size_ + 1); }

 private:
  char* bytes_;
  std::size_t size_;
};

class StreamConsumer {
 public:
  struct Owned {
    StreamId id;
  };

  StreamConsumer(Arena& arena, ByteView name, UnixMs now) : seen(now), name_(arena, name) {}
  ByteView name() const { return name_.view(); }
  const OrderedBlocks<Owned>& pending() const { return pending_; }
  std::size_t memory() const {
    return Arena::rounded(sizeof *this) + name_.memory() + pending_.memory();
  }

  UnixMs seen;         // when it last asked
  UnixMs active = -1;  // when it last got something; -1: never

 private:
  friend class StreamGroup;
  ArenaName name_;
  OrderedBlocks<Owned> pending_;
};

class StreamGroup {
 public:
  static constexpr std::int64_t kUnknown = -1;
  struct Pending {
    StreamId id;
    UnixMs delivered;
    std::uint64_t count;
    StreamConsumer* owner;
  };

  static StreamGroup* make(Arena& arena, ByteView name, const StreamId& last,
                           std::int64_t entries_read);
  static StreamGroup* clone(Arena& to, const StreamGroup& from);
  static bool destroy(Arena& arena, StreamGroup* group, std::size_t& budget);

  ByteView name() const { return name_.view(); }
  const OrderedBlocks<Pending>& pending() const { return pending_; }
  const NameOrder<StreamConsumer>& consumers() const { return consumers_; }
  StreamConsumer* consumer(ByteView name) const { return consumers_.find(name); }
  std::size_t memory() const;

  StreamConsumer* add_consumer(Arena& arena, ByteView name, UnixMs now);
  std::size_t remove_consumer(Arena& arena, StreamConsumer* consumer);  // how much was pending
  // Delivered to this consumer, whoever had it before.
  Pending& deliver(Arena& arena, const StreamId& id, StreamConsumer* to);
  Pending* find(const StreamId& id) { return pending_.find(id); }
  bool acknowledge(Arena& arena, const StreamId& id);

  StreamId last;              // the last entry that was delivered to anyone
  std::int64_t entries_read;  // how many of all there ever were; or kUnknown

 private:
  StreamGroup(Arena& arena, ByteView name, const StreamId& last_id, std::int64_t read)
      : last(last_id), entries_read(read), name_(arena, name) {}

  ArenaName name_;
  OrderedBlocks<Pending> pending_;
  NameOrder<StreamConsumer> consumers_;
};

}  // namespace replserver

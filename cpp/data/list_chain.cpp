#include "data/list_chain.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>

#include "base/assert.hpp"

namespace replserver {
namespace {

std::size_t memory_of(const ListpackView& packed) { return PackedBuffer::memory(packed.size()); }

void append_all(Listpack& to, ListpackView from, std::size_t first) {
  for (auto it = from.at(static_cast<std::ptrdiff_t>(first)); it != from.end(); ++it) {
    const PackedElement element = *it;
    to.append(element.is_integer() ? ListpackItem(element.integer())
                                   : ListpackItem(element.bytes()));
  }
}

}  // namespace

NodeLimits NodeLimits::of(std::int64_t directive) {
  constexpr std::size_t kBytes[] = {4096, 8192, 16384, 32768, 65536};
  if (directive >= 0) {
    return {.bytes = SIZE_MAX,
            .count = std::max<std::size_t>(1, static_cast<std::size_t>(directive))};
  }
  const auto level = static_cast<std::size_t>(-(directive + 1));
  return {.bytes = kBytes[std::min(level, std::size(kBytes) - 1)], .count = SIZE_MAX};
}

// ---- the whole chain ----

ListChain* ListChain::make(Arena& arena) {
  return new (arena.allocate(sizeof(ListChain))) ListChain;
}

bool ListChain::destroy(Arena& arena, ListChain* chain, std::size_t& budget) {
  while (chain->node_count_ > 0) {
    if (budget == 0) return false;
    const Node last = chain->at(--chain->node_count_);
    budget -= std::min(budget, 1 + last.count);
    Listpack::adopt(arena, last.bytes);  // and lets go of it
  }
  if (chain->nodes_ != nullptr) arena.release(chain->nodes_, chain->room_ * sizeof(Node));
  arena.release(chain, sizeof *chain);
  return true;
}

ListChain* ListChain::clone(Arena& to, const ListChain& from) {
  ListChain* copy = make(to);
  for (std::size_t index = 0; index < from.nodes(); ++index) {
    copy->append_node(to, Listpack::copy_of(to, from.node(index)));
  }
  return copy;
}

std::size_t ListChain::memory() const {
  return Arena::rounded(sizeof *this) + packed_memory_ +
         (room_ > 0 ? Arena::rounded(room_ * sizeof(Node)) : 0);
}

ListChain::Place ListChain::seek(std::size_t index) const {
  RS_ASSERT(index < size_);
  if (index < size_ / 2) {
    std::size_t node = 0;
    while (index >= at(node).count) index -= at(node++).count;
    return {node, index};
  }
  std::size_t node = node_count_, behind = size_ - index;  // elements from it to the end
  while (behind > at(node - 1).count) behind -= at(--node).count;
  return {node - 1, at(node - 1).count - behind};
}

// ---- nodes ----

template <class Edit>
void ListChain::edit(Arena& arena, std::size_t index, Edit edit) {
  Node& node = at(index);
  Listpack packed = Listpack::adopt(arena, node.bytes);
  packed_memory_ -= memory_of(packed.view());
  edit(packed);
  const std::size_t count = packed.view().count();
  size_ += count - node.count;
  node.count = count;
  packed_memory_ += memory_of(packed.view());
  node.bytes = packed.release();
}

bool ListChain::has_room(const NodeLimits& limits, std::size_t node,
                         const ListpackItem& item) const {
  return !limits.exceeded_by(this->node(node).size() + item.size(), at(node).count + 1);
}

// Makes place for one more node before `index`, moving the fewer of the others.
void ListChain::open_gap(Arena& arena, std::size_t index) {
  const bool in_front = index < node_count_ - index;
  const bool fits = in_front ? begin_ > 0 : begin_ + node_count_ < room_;
  if (!fits) {
    const std::size_t room = std::max<std::size_t>(4, node_count_ * 2);
    auto* bigger = static_cast<Node*>(arena.allocate(room * sizeof(Node)));
    const std::size_t begin = in_front ? room - node_count_ - room / 8 : room / 8;
    if (node_count_ > 0) std::memcpy(bigger + begin, nodes_ + begin_, node_count_ * sizeof(Node));
    if (nodes_ != nullptr) arena.release(nodes_, room_ * sizeof(Node));
    nodes_ = bigger;
    room_ = room;
    begin_ = begin;
  }
  Node* first = nodes_ + begin_;
  if (in_front) {
    std::memmove(first - 1, first, index * sizeof(Node));
    --begin_;
  } else {
    std::memmove(first + index + 1, first + index, (node_count_ - index) * sizeof(Node));
  }
  ++node_count_;
}

void ListChain::add_node(Arena& arena, std::size_t index, Listpack packed) {
  open_gap(arena, index);
  const std::size_t count = packed.view().count();
  packed_memory_ += memory_of(packed.view());
  size_ += count;
  at(index) = {packed.release(), count};
}

void ListChain::add_node_of(Arena& arena, std::size_t index, const ListpackItem& item) {
  Listpack packed(arena);
  packed.append(item);
  add_node(arena, index, std::move(packed));
}

void ListChain::append_node(Arena& arena, Listpack packed) {
  add_node(arena, node_count_, std::move(packed));
}

Listpack ListChain::take_only_node(Arena& arena) {
  RS_ASSERT(node_count_ == 1);
  Listpack packed = Listpack::adopt(arena, at(0).bytes);
  packed_memory_ -= memory_of(packed.view());
  size_ = node_count_ = 0;
  return packed;
}

void ListChain::remove_nodes(Arena& arena, std::size_t first, std::size_t count) {
  for (std::size_t index = first; index < first + count; ++index) {
    packed_memory_ -= memory_of(node(index));
    size_ -= at(index).count;
    Listpack::adopt(arena, at(index).bytes);  // and lets go of it
  }
  const std::size_t behind = node_count_ - first - count;
  Node* begin = nodes_ + begin_;
  if (first < behind) {
    std::memmove(begin + count, begin, first * sizeof(Node));
    begin_ += count;
  } else {
    std::memmove(begin + first, begin + first + count, behind * sizeof(Node));
  }
  node_count_ -= count;
}

// The elements from the place on become a node of their own.
void ListChain::split(Arena& arena, const Place& place) {
  Listpack tail(arena);
  append_all(tail, node(place.node), place.offset);
  edit(arena, place.node, [&](Listpack& packed) {
    const std::size_t moved = packed.view().count() - place.offset;
    packed.erase(packed.view().at(static_cast<std::ptrdiff_t>(place.offset)), moved);
  });
  add_node(arena, place.node + 1, std::move(tail));
}

// Two neighbours that fit into half a node become one: whoever removes here and there would
// otherwise leave a node per element behind.
void ListChain::merge_if_small(Arena& arena, const NodeLimits& limits, std::size_t index) {
  if (index + 1 >= node_count_) return;
  const std::size_t bytes = node(index).size() + node(index + 1).size();
  const std::size_t count = at(index).count + at(index + 1).count;
  if (limits.exceeded_by(bytes * 2, count * 2)) return;
  edit(arena, index, [&](Listpack& packed) { append_all(packed, node(index + 1), 0); });
  remove_nodes(arena, index + 1, 1);
}

// ---- elements ----

void ListChain::insert(Arena& arena, const NodeLimits& limits, std::size_t index,
                       const ListpackItem& item) {
  RS_ASSERT(index <= size_);
  if (node_count_ == 0) return add_node_of(arena, 0, item);
  Place place = index < size_ ? seek(index) : Place{node_count_ - 1, at(node_count_ - 1).count};
  if (!has_room(limits, place.node, item)) {
    const bool is_first = place.offset == 0, is_last = place.offset == at(place.node).count;
    if (is_first && place.node > 0 && has_room(limits, place.node - 1, item)) {
      place = {place.node - 1, at(place.node - 1).count};
    } else if (is_first || is_last) {
      return add_node_of(arena, place.node + (is_first ? 0 : 1), item);
    } else {
      split(arena, place);
      if (!has_room(limits, place.node, item)) return add_node_of(arena, place.node + 1, item);
    }
  }
  edit(arena, place.node, [&](Listpack& packed) {
    if (place.offset == 0) {
      packed.prepend(item);
    } else if (place.offset == at(place.node).count) {
      packed.append(item);
    } else {
      packed.insert(packed.view().at(static_cast<std::ptrdiff_t>(place.offset)), item);
    }
  });
}

void ListChain::replace(Arena& arena, const NodeLimits& limits, std::size_t index,
                        const ListpackItem& item) {
  const Place place = seek(index);
  if (at(place.node).count > 1 && !has_room(limits, place.node, item)) {
    insert(arena, limits, index, item);
    return erase(arena, limits, index + 1, 1);
  }
  edit(arena, place.node, [&](Listpack& packed) {
    packed.replace(packed.view().at(static_cast<std::ptrdiff_t>(place.offset)), item);
  });
}

void ListChain::erase(Arena& arena, const NodeLimits& limits, std::size_t first,
                      std::size_t count) {
  RS_ASSERT(first <= size_ && count <= size_ - first);
  while (count > 0) {
    const Place place = seek(first);
    std::size_t whole = 0;  // nodes that go as they are
    while (place.offset == 0 && place.node + whole < node_count_ &&
           at(place.node + whole).count <= count) {
      count -= at(place.node + whole++).count;
    }
    if (whole > 0) {
      remove_nodes(arena, place.node, whole);
      continue;
    }
    const std::size_t taken = std::min(count, at(place.node).count - place.offset);
    edit(arena, place.node, [&](Listpack& packed) {
      packed.erase(packed.view().at(static_cast<std::ptrdiff_t>(place.offset)), taken);
    });
    count -= taken;
    if (count == 0) merge_if_small(arena, limits, place.node);
  }
}

}  // namespace replserver

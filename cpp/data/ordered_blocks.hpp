// OrderedBlocks — items in the order of their ids, in blocks side by side in an arena.
//
//   index:  [ • ][ • ][ • ]            8 bytes a block
//             └> up to kRoom items     found by two binary searches
//
// What is appended fills its block; what is inserted between others splits a full one. A block that
// became a quarter full gives memory back. Owned by a value of the arena; nothing is freed by itself.
//
// Invariant: ids rise strictly over all blocks, and no block is empty.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "base/assert.hpp"
#include "data/arena.hpp"
#include "data/stream_id.hpp"

namespace replserver {

template <class Item>  // trivial, with a member `id`
class OrderedBlocks {
  static_assert(std::is_trivially_copyable_v<Item>);
  static constexpr std::uint32_t kRoom = 64, kRoomMin = 4;

 public:
  struct Place {
    std::size_t block;
    std::uint32_t index;
    friend bool operator==(const Place&, const Place&) = default;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t memory() const {
    return bytes_ + (room_ > 0 ? Arena::rounded(room_ * sizeof(Block*)) : 0);
  }

  Place begin() const { return {0, 0}; }
  Place end() const { return {blocks_in_use_, 0}; }
  Place next(Place at) const {
    if (at.index + 1 < blocks_[at.block]->count) return {at.block, at.index + 1};
    return {at.block + 1, 0};
  }
  Place previous(Place at) const {  // not of begin()
    if (at.index > 0) return {at.block, at.index - 1};
    return {at.block - 1, blocks_[at.block - 1]->count - 1};
  }
  Item& at(Place place) { return blocks_[place.block]->items()[place.index]; }
  const Item& at(Place place) const { return blocks_[place.block]->items()[place.index]; }

  Place lower_bound(const StreamId& id) const {  // the first that is not before it
    Block* const* block = std::partition_point(
        blocks_, blocks_ + blocks_in_use_,
        [&](const Block* candidate) { return candidate->items()[candidate->count - 1].id < id; });
    if (block == blocks_ + blocks_in_use_) return end();
    const Item* items = (*block)->items();
    const Item* item = std::partition_point(items, items + (*block)->count,
                                            [&](const Item& other) { return other.id < id; });
    return {static_cast<std::size_t>(block - blocks_), static_cast<std::uint32_t>(item - items)};
  }
  Item* find(const StreamId& id) {
    const Place place = lower_bound(id);
    return place != end() && at(place).id == id ? &at(place) : nullptr;
  }
  const Item* find(const StreamId& id) const { return const_cast<OrderedBlocks*>(this)->find(id); }

  void insert(Arena& arena, const Item& item) {  // whose id is not there
    Place place = lower_bound(item.id);
    if (place == end() && blocks_in_use_ > 0) place = behind(blocks_in_use_ - 1);
    if (blocks_in_use_ == 0 || (place.index == kRoom && place.block + 1 == blocks_in_use_)) {
      place = {blocks_in_use_, 0};
      add_block(arena, place.block, kRoomMin);
    } else if (blocks_[place.block]->count == kRoom) {
      place = split(arena, place);
    }
    Block* block = blocks_[place.block];
    if (block->count == block->room) block = resize(arena, place.block, block->room * 2);
    Item* to = block->items() + place.index;
    std::memmove(static_cast<void*>(to + 1), to, (block->count - place.index) * sizeof(Item));
    *to = item;
    ++block->count;
    ++size_;
  }

  void erase(Arena& arena, Place place) {
    Block* block = blocks_[place.block];
    Item* from = block->items() + place.index;
    --size_;
    if (--block->count == 0) return drop_block(arena, place.block);
    std::memmove(static_cast<void*>(from), from + 1, (block->count - place.index) * sizeof(Item));
    if (block->room > kRoomMin && block->count <= block->room / 4) {
      resize(arena, place.block, block->room / 2);
    }
  }
  bool erase(Arena& arena, const StreamId& id) {
    const Place place = lower_bound(id);
    if (place == end() || at(place).id != id) return false;
    erase(arena, place);
    return true;
  }

  // Frees blocks from the back, lowering the budget by their items; true when nothing is left.
  template <class Free>  // void(Item&), for what an item owns
  bool destroy(Arena& arena, std::size_t& budget, Free free) {
    while (blocks_in_use_ > 0) {
      if (budget == 0) return false;
      Block* last = blocks_[blocks_in_use_ - 1];
      free(last->items()[--last->count]);
      --size_;
      --budget;
      if (last->count == 0) drop_block(arena, blocks_in_use_ - 1);
    }
    if (room_ > 0) arena.release(blocks_, room_ * sizeof(Block*));
    room_ = 0;
    return true;
  }

 private:
  struct Block {
    std::uint32_t count;
    std::uint32_t room;
    Item* items() { return reinterpret_cast<Item*>(this + 1); }
    const Item* items() const { return reinterpret_cast<const Item*>(this + 1); }
  };
  static_assert(alignof(Item) <= 8);

  static std::size_t bytes_of(std::uint32_t room) { return sizeof(Block) + room * sizeof(Item); }
  Place behind(std::size_t block) const { return {block, blocks_[block]->count}; }

  Block* make_block(Arena& arena, std::uint32_t room) {
    auto* block = static_cast<Block*>(arena.allocate(bytes_of(room)));
    block->count = 0;
    block->room = room;
    bytes_ += Arena::rounded(bytes_of(room));
    return block;
  }
  void free_block(Arena& arena, Block* block) {
    bytes_ -= Arena::rounded(bytes_of(block->room));
    arena.release(block, bytes_of(block->room));
  }
  Block* resize(Arena& arena, std::size_t index, std::uint32_t room) {
    Block* old = blocks_[index];
    Block* block = make_block(arena, std::min(room, kRoom));
    block->count = old->count;
    std::memcpy(static_cast<void*>(block->items()), old->items(), old->count * sizeof(Item));
    free_block(arena, old);
    return blocks_[index] = block;
  }
  void add_block(Arena& arena, std::size_t index, std::uint32_t room) {
    if (blocks_in_use_ == room_) {
      const std::size_t more = std::max<std::size_t>(1, room_ * 2);
      auto* blocks = static_cast<Block**>(arena.allocate(more * sizeof(Block*)));
      if (room_ > 0) {
        std::memcpy(blocks, blocks_, room_ * sizeof(Block*));
        arena.release(blocks_, room_ * sizeof(Block*));
      }
      blocks_ = blocks;
      room_ = more;
    }
    std::memmove(blocks_ + index + 1, blocks_ + index, (blocks_in_use_ - index) * sizeof(Block*));
    blocks_[index] = make_block(arena, room);
    ++blocks_in_use_;
  }
  void drop_block(Arena& arena, std::size_t index) {
    free_block(arena, blocks_[index]);
    --blocks_in_use_;
    std::memmove(blocks_ + index, blocks_ + index + 1, (blocks_in_use_ - index) * sizeof(Block*));
  }
  Place split(Arena& arena, Place place) {
    add_block(arena, place.block + 1, kRoom);
    Block* left = blocks_[place.block];
    Block* right = blocks_[place.block + 1];
    left->count = kRoom / 2;
    right->count = kRoom - kRoom / 2;
    std::memcpy(static_cast<void*>(right->items()), left->items() + left->count,
                right->count * sizeof(Item));
    if (place.index <= left->count) return place;
    return {place.block + 1, place.index - left->count};
  }

  Block** blocks_ = nullptr;
  std::size_t blocks_in_use_ = 0;
  std::size_t room_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace replserver

// ListChain — a long list: packed nodes in a row, each with the count of its elements.
//
//   [ node 680 ][ node 702 ][ node 655 ] …        16 bytes a node, room for more at both ends
//
// An element is found by adding up counts from the nearer end: they lie side by side, so that a
// million elements are a few hundred additions. Whatever is pushed at an end moves no other node.
//
// Owned by a List, in its arena. Invariant: no node is empty; none exceeds the limits it was last
// changed under, unless it holds one element alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "data/arena.hpp"
#include "data/listpack.hpp"

namespace replserver {

// How large one listpack of a list may be: list-max-listpack-size.
struct NodeLimits {
  static constexpr std::size_t kSafeBytes = 8192;  // where entries are counted

  std::size_t bytes = SIZE_MAX;
  std::size_t count = SIZE_MAX;

  static NodeLimits of(std::int64_t directive);
  bool exceeded_by(std::size_t bytes_then, std::size_t count_then) const {
    if (count == SIZE_MAX) return bytes_then > bytes;
    return bytes_then > kSafeBytes || count_then > count;
  }
};

class ListChain {
 public:
  struct Place {
    std::size_t node;
    std::size_t offset;  // of the element in its node
  };

  static ListChain* make(Arena& arena);
  // Frees about `budget` elements, by which it is lowered; true when all is gone, this too.
  static bool destroy(Arena& arena, ListChain* chain, std::size_t& budget);
  static ListChain* clone(Arena& to, const ListChain& from);

  std::size_t size() const { return size_; }
  std::size_t nodes() const { return node_count_; }
  std::size_t memory() const;
  ListpackView node(std::size_t index) const { return ListpackView(at(index).bytes); }
  Place seek(std::size_t index) const;  // of an element that is there

  // Before the element of this index; or at the end.
  void insert(Arena& arena, const NodeLimits& limits, std::size_t index, const ListpackItem& item);
  void replace(Arena& arena, const NodeLimits& limits, std::size_t index, const ListpackItem& item);
  void erase(Arena& arena, const NodeLimits& limits, std::size_t first, std::size_t count);

  // Adds a whole node behind the others, and gives the only one there is away.
  void append_node(Arena& arena, Listpack packed);
  Listpack take_only_node(Arena& arena);

 private:
  struct Node {
    void* bytes;
    std::size_t count;
  };

  Node& at(std::size_t index) { return nodes_[begin_ + index]; }
  const Node& at(std::size_t index) const { return nodes_[begin_ + index]; }
  template <class Edit>
  void edit(Arena& arena, std::size_t node, Edit edit);
  bool has_room(const NodeLimits& limits, std::size_t node, const ListpackItem& item) const;
  void add_node(Arena& arena, std::size_t index, Listpack packed);
  void add_node_of(Arena& arena, std::size_t index, const ListpackItem& item);
  void remove_nodes(Arena& arena, std::size_t first, std::size_t count);
  void open_gap(Arena& arena, std::size_t index);
  void split(Arena& arena, const Place& place);
  void merge_if_small(Arena& arena, const NodeLimits& limits, std::size_t node);

  Node* nodes_ = nullptr;
  std::size_t room_ = 0;   // nodes that fit into the array
  std::size_t begin_ = 0;  // where the first is
  std::size_t node_count_ = 0;
  std::size_t size_ = 0;
  std::size_t packed_memory_ = 0;
};

}  // namespace replserver

// ScoreTree — the order of a large sorted set: a counted B+-tree of its members by score, then bytes.
//
//   inner: first element, node and count per child ──> … ──> leaf <──> leaf <──> leaf
//
// Counts make the rank of an element, the element of a rank and the size of any range one descent.
// A full node splits in halves; at the upper end of the tree a new node is begun instead, so that
// elements which arrive in order fill their nodes. A thin one takes from a neighbour, or joins it.
//
// Owned by a SortedSet, in its arena. Owns its nodes, not the members. Invariant: all leaves are
// equally deep and none is empty; nodes not at the upper end are at least a third full.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "data/arena.hpp"
#include "data/score_tree_nodes.hpp"

namespace replserver {

// Tests take fewer, so that few elements already split and merge.
struct TreeShape {
  std::uint8_t leaf_max = TreeLeaf::kMax;
  std::uint8_t inner_max = TreeInner::kMax;  // at least 4
};

// A border between elements: those with a lower score, or this one too if `after`, lie before it.
struct ScoreBorder {
  double score;
  bool after = false;
};
// Members that are less, or this one too if `after`, lie before it. For sets of one score.
struct MemberBorder {
  ByteView member;
  bool after = false;
};

class ScoreTree {
 public:
  // Between two elements, before the one it gives: valid until the tree next changes.
  class Place {
   public:
    std::size_t rank() const { return rank_; }
    bool at_end() const { return leaf_ == nullptr || index_ == leaf_->count; }

    // Not at the end:
    double score() const { return leaf_->scores[index_]; }
    ByteView member() const { return element().member(); }
    const ScoredMember& element() const { return *leaf_->members[index_]; }
    Place& operator++() {
      ++rank_;
      if (++index_ == leaf_->count && leaf_->next != nullptr) step_into(leaf_->next, 0);
      return *this;
    }
    // Not at rank 0:
    Place& operator--() {
      --rank_;
      if (index_ == 0) step_into(leaf_->previous, leaf_->previous->count);
      --index_;
      return *this;
    }
    friend bool operator==(const Place& one, const Place& other) {
      return one.rank_ == other.rank_;
    }

   private:
    friend class ScoreTree;
    void step_into(const TreeLeaf* leaf, unsigned index) {
      leaf_ = leaf;
      index_ = index;
    }
    const TreeLeaf* leaf_ = nullptr;
    unsigned index_ = 0;
    std::size_t rank_ = 0;
  };
  explicit ScoreTree(Arena& arena, const TreeShape& shape = {});
  ScoreTree(const ScoreTree&) = delete;
  ScoreTree& operator=(const ScoreTree&) = delete;
  // Frees nothing by itself: a database drops its whole arena, a value calls dissolve().

  std::size_t size() const { return size_; }
  std::size_t memory() const { return (leaves_ + inners_) * kNodeBytes; }

  // No equal element may be there; the member must stay where it is until it is erased.
  void insert(ScoredMember& member);
  void erase(const ScoredMember& member);
  // Gives a member of the tree another score.
  void move(ScoredMember& member, double score);

  std::size_t rank(const ScoredMember& member) const;  // one of the tree's
  Place at(std::size_t rank) const;                    // up to size(): the end
  Place seek(const ScoreBorder& border) const;
  Place seek(const MemberBorder& border) const;

  // Calls back with up to `count` elements from a place on, upwards or downwards, fetching members
  // ahead. Downwards begins with the element before the place.
  template <class Callback>
  void up(Place from, std::size_t count, Callback callback) const;
  template <class Callback>
  void down(Place from, std::size_t count, Callback callback) const;

  // Takes `count` elements from a rank on out of the tree, and calls back with each once it is out:
  // the callback may free it, but not touch the tree.
  template <class Callback>
  void erase_ranks(std::size_t first, std::size_t count, Callback callback);

  // Frees nodes and lowers `budget` by the elements they held, until it is nothing; true when no
  // node is left. In between, nothing else may be done with the tree.
  bool dissolve(std::size_t& budget);

  void invariants() const;  // asserts them, reading everything

 private:
  static constexpr std::size_t kNodeBytes = 1024;
  static constexpr unsigned kHeightMax = 24;
  static constexpr std::size_t kAhead = 8;  // members fetched ahead of being read

  // The way down to an element, or to where one belongs. Step 0 is the leaf.
  struct Step {
    void* node;
    unsigned index;
  };
  struct Path {
    Step steps[kHeightMax + 1];
    TreeLeaf& leaf() const { return *static_cast<TreeLeaf*>(steps[0].node); }
    TreeInner& inner(unsigned height) const { return *static_cast<TreeInner*>(steps[height].node); }
    unsigned& index(unsigned height) { return steps[height].index; }
    unsigned index(unsigned height) const { return steps[height].index; }
  };

  template <class Node>
  unsigned max_of() const;
  template <class Node>
  unsigned min_of() const;
  template <class Node>
  Node* make_node();
  void free_node(void* node, unsigned height);

  template <class Search>
  Place seek_by(Search search) const;
  Path path_to(const ScoredMember& member, double score) const;  // to it, or where it belongs
  Path path_at(std::size_t rank) const;
  bool stays(const TreeLeaf& leaf, unsigned index, const ScoredMember& member, double score) const;

  // Changing; score_tree_balance.cpp.
  template <class Node>
  std::optional<TreeChild> put(Node& node, unsigned index, const typename Node::Item& item,
                               bool is_last);
  unsigned cut(Path& path, std::size_t count, ScoredMember** taken);
  void fill_up(TreeInner& parent, unsigned index, unsigned height);
  template <class Node>
  void join_or_share(TreeInner& parent, unsigned index, unsigned height);
  void lower_root();

  struct Seen;  // by invariants()
  std::size_t check_node(const void* node, unsigned height, bool rightmost, Seen& seen) const;
  std::size_t check_leaf(const TreeLeaf& leaf, bool rightmost, Seen& seen) const;

  Arena& arena_;
  TreeShape shape_;
  std::uint8_t height_ = 0;  // of the root; leaves are at 0
  void* root_ = nullptr;
  std::size_t size_ = 0;
  std::size_t leaves_ = 0;
  std::size_t inners_ = 0;
};

template <class Callback>
void ScoreTree::up(Place from, std::size_t count, Callback callback) const {
  count = std::min(count, size_ - from.rank());
  if (count == 0) return;
  Place ahead = from;
  for (std::size_t left = std::min(count, kAhead); left > 0; --left, ++ahead) {
    prefetch_line(&ahead.element());
  }
  for (; count > 0; --count, ++from) {
    if (count > kAhead) {
      prefetch_line(&ahead.element());
      ++ahead;
    }
    callback(from.element());
  }
}

template <class Callback>
void ScoreTree::down(Place from, std::size_t count, Callback callback) const {
  count = std::min(count, from.rank());
  if (count == 0) return;
  Place ahead = from;
  for (std::size_t left = std::min(count, kAhead); left > 0; --left) {
    prefetch_line(&(--ahead).element());
  }
  for (; count > 0; --count) {
    if (count > kAhead) prefetch_line(&(--ahead).element());
    callback((--from).element());
  }
}

template <class Callback>
void ScoreTree::erase_ranks(std::size_t first, std::size_t count, Callback callback) {
  RS_ASSERT(first <= size_ && count <= size_ - first);
  ScoredMember* taken[TreeLeaf::kMax];
  while (count > 0) {
    Path path = path_at(first);
    const unsigned size = cut(path, count, taken);
    for (unsigned index = 0; index < size; ++index) prefetch_line(taken[index]);
    for (unsigned index = 0; index < size; ++index) callback(*taken[index]);
    count -= size;
  }
}

}  // namespace replserver

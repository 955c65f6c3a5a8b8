// The nodes of a ScoreTree, each 1 KiB of its arena: plain arrays, and how stretches of them move.
//
//   leaf:   count | previous | next | score × 62 | member × 62
//   inner:  count | score × 36 | member × 36 | child × 36 | elements below the child × 36
//
// Scores stand by themselves, so that a search reads nothing else. The score and member at an inner
// node's index are those of the first element below that child. Whoever changes a node keeps its
// ancestors true; nodes know nothing of each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "base/prefetch.hpp"
#include "data/scored_member.hpp"

namespace replserver {

struct TreeElement {
  double score;
  ScoredMember* member;
};

struct TreeChild {
  TreeElement first;
  void* node;
  std::uint32_t count;  // of the elements below it
};

struct TreeLeaf {
  using Item = TreeElement;
  static constexpr unsigned kMax = 62;

  std::uint32_t count;
  TreeLeaf* previous;
  TreeLeaf* next;
  double scores[kMax];
  ScoredMember* members[kMax];

  TreeElement at(unsigned index) const { return {scores[index], members[index]}; }
  void set(unsigned index, const TreeElement& element) {
    scores[index] = element.score;
    members[index] = element.member;
  }
  std::size_t weight(unsigned, unsigned size) const { return size; }  // elements of a stretch

  // A stretch of another node, or of this one, overwrites what is at `to`.
  void copy(const TreeLeaf& from, unsigned begin, unsigned size, unsigned to) {
    std::memmove(scores + to, from.scores + begin, size * sizeof *scores);
    std::memmove(members + to, from.members + begin, size * sizeof *members);
  }
  void prefetch() const {
    for (std::size_t byte = 0; byte < offsetof(TreeLeaf, members); byte += 64) {
      prefetch_line(reinterpret_cast<const char*>(this) + byte);
    }
  }
};
static_assert(sizeof(TreeLeaf) <= 1024);

struct TreeInner {
  using Item = TreeChild;
  static constexpr unsigned kMax = 36;

  std::uint32_t count;
  double scores[kMax];
  ScoredMember* members[kMax];
  void* children[kMax];
  std::uint32_t counts[kMax];

  TreeElement at(unsigned index) const { return {scores[index], members[index]}; }
  void set_first(unsigned index, const TreeElement& first) {
    scores[index] = first.score;
    members[index] = first.member;
  }
  void set(unsigned index, const TreeChild& child) {
    set_first(index, child.first);
    children[index] = child.node;
    counts[index] = child.count;
  }
  std::size_t weight(unsigned begin, unsigned size) const {
    std::size_t sum = 0;
    for (unsigned index = begin; index < begin + size; ++index) sum += counts[index];
    return sum;
  }
  void copy(const TreeInner& from, unsigned begin, unsigned size, unsigned to) {
    std::memmove(scores + to, from.scores + begin, size * sizeof *scores);
    std::memmove(members + to, from.members + begin, size * sizeof *members);
    std::memmove(children + to, from.children + begin, size * sizeof *children);
    std::memmove(counts + to, from.counts + begin, size * sizeof *counts);
  }
};
static_assert(sizeof(TreeInner) <= 1024);

// Leaves are at height 0.
inline TreeElement first_below(const void* node, unsigned height) {
  if (height == 0) return static_cast<const TreeLeaf*>(node)->at(0);
  return static_cast<const TreeInner*>(node)->at(0);
}

// Makes a gap, or closes one.
template <class Node>
void open_gap(Node& node, unsigned at, unsigned size) {
  node.copy(node, at, node.count - at, at + size);
  node.count += size;
}
template <class Node>
void close_gap(Node& node, unsigned at, unsigned size) {
  node.copy(node, at + size, node.count - at - size, at);
  node.count -= size;
}

// Moves the last, or the first, elements of one neighbour to the other.
template <class Node>
void move_right(Node& left, Node& right, unsigned size) {
  open_gap(right, 0, size);
  right.copy(left, left.count - size, size, 0);
  left.count -= size;
}
template <class Node>
void move_left(Node& left, Node& right, unsigned size) {
  left.copy(right, 0, size, left.count);
  left.count += size;
  close_gap(right, 0, size);
}

// How many of the indexes from `begin` lie before some border: before(index) must be true for those
// and false for all others. Without branches, which random searches would mispredict.
template <class Before>
unsigned count_before(unsigned begin, unsigned end, Before before) {
  unsigned size = end - begin;
  if (size == 0) return begin;
  while (size > 1) {
    const unsigned half = size / 2;
    begin += before(begin + half - 1) ? half : 0;
    size -= half;
  }
  return begin + (before(begin) ? 1 : 0);
}

}  // namespace replserver

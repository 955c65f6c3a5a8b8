#include "data/score_tree.hpp"

namespace replserver {
namespace {

// Scores first; members are read only where scores tie.
template <class Node, class Before>
unsigned count_by(const Node& node, double score, Before before) {
  const unsigned low =
      count_before(0, node.count, [&](unsigned i) { return node.scores[i] < score; });
  if (low == node.count || node.scores[low] != score) return low;
  const unsigned high =
      count_before(low, node.count, [&](unsigned i) { return node.scores[i] <= score; });
  return count_before(low, high, [&](unsigned i) { return before(node.members[i]->member()); });
}

// The child below which the border lies. Elements before the first one belong to the first child.
unsigned child_of(unsigned firsts_before) { return firsts_before == 0 ? 0 : firsts_before - 1; }

bool precedes(double score, ByteView member, const TreeElement& other) {
  if (score != other.score) return score < other.score;
  return member < other.member->member();
}

}  // namespace

ScoreTree::ScoreTree(Arena& arena, const TreeShape& shape) : arena_(arena), shape_(shape) {
  RS_ASSERT(shape.leaf_max >= 3 && shape.leaf_max <= TreeLeaf::kMax);
  RS_ASSERT(shape.inner_max >= 4 && shape.inner_max <= TreeInner::kMax);
}

template <class Search>
ScoreTree::Place ScoreTree::seek_by(Search search) const {
  Place place;
  if (root_ == nullptr) return place;
  const void* node = root_;
  for (unsigned height = height_; height > 0; --height) {
    const auto& inner = *static_cast<const TreeInner*>(node);
    const unsigned index = child_of(search(inner));
    node = inner.children[index];
    if (height == 1) static_cast<const TreeLeaf*>(node)->prefetch();
    place.rank_ += inner.weight(0, index);
  }
  const auto& leaf = *static_cast<const TreeLeaf*>(node);
  const unsigned index = search(leaf);
  place.rank_ += index;
  place.step_into(&leaf, index);
  if (index == leaf.count && leaf.next != nullptr) place.step_into(leaf.next, 0);
  return place;
}

ScoreTree::Place ScoreTree::seek(const ScoreBorder& border) const {
  return seek_by([&](const auto& node) {
    return count_before(0, node.count, [&](unsigned index) {
      return border.after ? node.scores[index] <= border.score : node.scores[index] < border.score;
    });
  });
}

ScoreTree::Place ScoreTree::seek(const MemberBorder& border) const {
  return seek_by([&](const auto& node) {
    return count_before(0, node.count, [&](unsigned index) {
      const int order = node.members[index]->member().compare(border.member);
      return border.after ? order <= 0 : order < 0;
    });
  });
}

std::size_t ScoreTree::rank(const ScoredMember& member) const {
  const ByteView bytes = member.member();
  const Place place = seek_by([&](const auto& node) {
    return count_by(node, member.score(), [&](ByteView other) { return other < bytes; });
  });
  RS_ASSERT(!place.at_end() && &place.element() == &member);
  return place.rank();
}

ScoreTree::Place ScoreTree::at(std::size_t rank) const {
  RS_ASSERT(rank <= size_);
  Place place;
  if (root_ == nullptr) return place;
  if (rank < size_) {
    const Path path = path_at(rank);
    place.step_into(&path.leaf(), path.index(0));
  } else {
    const void* node = root_;
    for (unsigned height = height_; height > 0; --height) {
      const auto& inner = *static_cast<const TreeInner*>(node);
      node = inner.children[inner.count - 1];
    }
    const auto* last = static_cast<const TreeLeaf*>(node);
    place.step_into(last, last->count);
  }
  place.rank_ = rank;
  return place;
}

ScoreTree::Path ScoreTree::path_at(std::size_t rank) const {
  Path path;
  void* node = root_;
  for (unsigned height = height_; height > 0; --height) {
    const auto& inner = *static_cast<const TreeInner*>(node);
    unsigned index = 0;
    while (rank >= inner.counts[index]) rank -= inner.counts[index++];
    path.steps[height] = {node, index};
    node = inner.children[index];
  }
  path.steps[0] = {node, static_cast<unsigned>(rank)};
  return path;
}

// The element itself, if it is there, counts as not after itself on the way down: it may be the
// first one of a child.
ScoreTree::Path ScoreTree::path_to(const ScoredMember& member, double score) const {
  Path path;
  const ByteView bytes = member.member();
  void* node = root_;
  for (unsigned height = height_; height > 0; --height) {
    const auto& inner = *static_cast<const TreeInner*>(node);
    const unsigned index =
        child_of(count_by(inner, score, [&](ByteView other) { return other <= bytes; }));
    path.steps[height] = {node, index};
    node = inner.children[index];
    if (height == 1) static_cast<const TreeLeaf*>(node)->prefetch();
  }
  const unsigned index = count_by(*static_cast<const TreeLeaf*>(node), score,
                                  [&](ByteView other) { return other < bytes; });
  path.steps[0] = {node, index};
  return path;
}

bool ScoreTree::stays(const TreeLeaf& leaf, unsigned index, const ScoredMember& member,
                      double score) const {
  const bool above_last =
      index > 0 ? !precedes(score, member.member(), leaf.at(index - 1)) : leaf.previous == nullptr;
  if (!above_last) return false;
  return index + 1 < leaf.count ? precedes(score, member.member(), leaf.at(index + 1))
                                : leaf.next == nullptr;
}

// ---- checking ----

struct ScoreTree::Seen {
  TreeElement last{0, nullptr};
  const TreeLeaf* last_leaf = nullptr;
  std::size_t leaves = 0;
  std::size_t inners = 0;
};

void ScoreTree::invariants() const {
  Seen seen;
  if (root_ != nullptr) RS_ASSERT(check_node(root_, height_, true, seen) == size_);
  if (root_ == nullptr) RS_ASSERT(size_ == 0 && height_ == 0);
  RS_ASSERT(seen.leaves == leaves_ && seen.inners == inners_);
  RS_ASSERT(seen.last_leaf == nullptr || seen.last_leaf->next == nullptr);
  RS_ASSERT(height_ == 0 || static_cast<const TreeInner*>(root_)->count >= 2);
}

std::size_t ScoreTree::check_leaf(const TreeLeaf& leaf, bool rightmost, Seen& seen) const {
  RS_ASSERT(leaf.count >= (rightmost ? 1 : shape_.leaf_max / 3u) && leaf.count <= shape_.leaf_max);
  RS_ASSERT(leaf.previous == seen.last_leaf);
  RS_ASSERT(leaf.previous == nullptr || leaf.previous->next == &leaf);
  for (unsigned index = 0; index < leaf.count; ++index) {
    const TreeElement element = leaf.at(index);
    RS_ASSERT(element.score == element.member->score());
    RS_ASSERT(seen.last.member == nullptr ||
              precedes(seen.last.score, seen.last.member->member(), element));
    seen.last = element;
  }
  ++seen.leaves;
  seen.last_leaf = &leaf;
  return leaf.count;
}

// Returns how many elements are below it, having gone through them in order.
std::size_t ScoreTree::check_node(const void* node, unsigned height, bool rightmost,
                                  Seen& seen) const {
  if (height == 0) return check_leaf(*static_cast<const TreeLeaf*>(node), rightmost, seen);
  ++seen.inners;
  const auto& inner = *static_cast<const TreeInner*>(node);
  RS_ASSERT(inner.count >= (rightmost ? 1 : shape_.inner_max / 3u));
  RS_ASSERT(inner.count <= shape_.inner_max);
  std::size_t sum = 0;
  for (unsigned index = 0; index < inner.count; ++index) {
    const TreeElement first = first_below(inner.children[index], height - 1);
    RS_ASSERT(first.member == inner.members[index] && first.score == inner.scores[index]);
    const bool is_last = rightmost && index + 1 == inner.count;
    const std::size_t below = check_node(inner.children[index], height - 1, is_last, seen);
    RS_ASSERT(below == inner.counts[index]);
    sum += below;
  }
  return sum;
}

}  // namespace replserver

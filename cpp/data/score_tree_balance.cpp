// How a ScoreTree grows and shrinks: full nodes are split, thin ones filled up or joined.
#include <type_traits>

#include "data/score_tree.hpp"

namespace replserver {

template <class Node>
unsigned ScoreTree::max_of() const {
  return std::is_same_v<Node, TreeLeaf> ? shape_.leaf_max : shape_.inner_max;
}

// Two nodes that are joined below it leave room for as much again.
template <class Node>
unsigned ScoreTree::min_of() const {
  return max_of<Node>() / 3;
}

template <class Node>
Node* ScoreTree::make_node() {
  auto* node = static_cast<Node*>(arena_.allocate(sizeof(Node)));
  node->count = 0;
  if constexpr (std::is_same_v<Node, TreeLeaf>) {
    node->previous = node->next = nullptr;
    ++leaves_;
  } else {
    ++inners_;
  }
  return node;
}

void ScoreTree::free_node(void* node, unsigned height) {
  if (height > 0) {
    arena_.release(node, sizeof(TreeInner));
    --inners_;
    return;
  }
  const auto& leaf = *static_cast<TreeLeaf*>(node);
  if (leaf.previous != nullptr) leaf.previous->next = leaf.next;
  if (leaf.next != nullptr) leaf.next->previous = leaf.previous;
  arena_.release(node, sizeof(TreeLeaf));
  --leaves_;
}

// ---- growing ----

// Returns the neighbour to the right that a full node was split into. `is_last`: the item comes
// behind everything in the tree.
template <class Node>
std::optional<TreeChild> ScoreTree::put(Node& node, unsigned index, const typename Node::Item& item,
                                        bool is_last) {
  if (node.count < max_of<Node>()) {
    open_gap(node, index, 1);
    node.set(index, item);
    return std::nullopt;
  }
  Node& right = *make_node<Node>();
  if constexpr (std::is_same_v<Node, TreeLeaf>) {
    right.previous = &node;
    right.next = node.next;
    if (right.next != nullptr) right.next->previous = &right;
    node.next = &right;
  }
  if (!is_last) move_right(node, right, node.count / 2);
  Node& target = index <= node.count && !is_last ? node : right;
  const unsigned at = &target == &node ? index : index - node.count;
  open_gap(target, at, 1);
  target.set(at, item);
  const std::size_t weight = right.weight(0, right.count);
  return TreeChild{right.at(0), &right, static_cast<std::uint32_t>(weight)};
}

void ScoreTree::insert(ScoredMember& member) {
  RS_ASSERT(size_ < UINT32_MAX);
  const TreeElement element{member.score(), &member};
  Path path;
  if (root_ == nullptr) root_ = make_node<TreeLeaf>();
  path = path_to(member, member.score());
  TreeLeaf& leaf = path.leaf();
  RS_ASSERT(path.index(0) == leaf.count || leaf.scores[path.index(0)] != element.score ||
            leaf.members[path.index(0)]->member() != member.member());
  const bool is_last = leaf.next == nullptr && path.index(0) == leaf.count;
  std::optional<TreeChild> added = put(leaf, path.index(0), element, is_last);
  for (unsigned height = 1; height <= height_; ++height) {
    TreeInner& inner = path.inner(height);
    const unsigned index = path.index(height);
    inner.counts[index] += 1 - (added ? added->count : 0);
    inner.set_first(index, first_below(inner.children[index], height - 1));
    if (added) added = put(inner, index + 1, *added, is_last);
  }
  ++size_;
  if (!added) return;
  auto* root = make_node<TreeInner>();
  const auto left = static_cast<std::uint32_t>(size_ - added->count);
  root->count = 2;
  root->set(0, {first_below(root_, height_), root_, left});
  root->set(1, *added);
  root_ = root;
  ++height_;
  RS_ASSERT(height_ <= kHeightMax);
}

// Small steps, as those of counters, mostly leave an element between its neighbours.
void ScoreTree::move(ScoredMember& member, double score) {
  Path path = path_to(member, member.score());
  TreeLeaf& leaf = path.leaf();
  const unsigned index = path.index(0);
  RS_ASSERT(index < leaf.count && leaf.members[index] == &member);
  if (stays(leaf, index, member, score)) {
    member.set_score(score);
    leaf.scores[index] = score;
    for (unsigned height = 1; height <= height_; ++height) {
      TreeInner& inner = path.inner(height);
      const unsigned at = path.index(height);
      inner.set_first(at, first_below(inner.children[at], height - 1));
    }
    return;
  }
  ScoredMember* taken[1];
  cut(path, 1, taken);
  member.set_score(score);
  insert(member);
}

// ---- shrinking ----

void ScoreTree::erase(const ScoredMember& member) {
  RS_ASSERT(root_ != nullptr);
  Path path = path_to(member, member.score());
  RS_ASSERT(path.index(0) < path.leaf().count && path.leaf().members[path.index(0)] == &member);
  ScoredMember* taken[1];
  cut(path, 1, taken);
}

// Takes up to `count` elements out of the path's leaf, from its index on; returns how many.
unsigned ScoreTree::cut(Path& path, std::size_t count, ScoredMember** taken) {
  TreeLeaf& leaf = path.leaf();
  const unsigned first = path.index(0);
  const auto size = static_cast<unsigned>(std::min<std::size_t>(count, leaf.count - first));
  std::memcpy(taken, leaf.members + first, size * sizeof *taken);
  close_gap(leaf, first, size);
  size_ -= size;
  for (unsigned height = 1; height <= height_; ++height) {
    TreeInner& inner = path.inner(height);
    const unsigned index = path.index(height);
    inner.counts[index] -= size;
    fill_up(inner, index, height - 1);
  }
  lower_root();
  return size;
}

// A child has lost elements or children: its first may be another one, and it may be thin, or empty.
void ScoreTree::fill_up(TreeInner& parent, unsigned index, unsigned height) {
  if (height > 0) {
    join_or_share<TreeInner>(parent, index, height);
  } else {
    join_or_share<TreeLeaf>(parent, index, height);
  }
}

template <class Node>
void ScoreTree::join_or_share(TreeInner& parent, unsigned index, unsigned height) {
  auto& child = *static_cast<Node*>(parent.children[index]);
  if (child.count > 0) parent.set_first(index, child.at(0));
  if (child.count >= min_of<Node>() && child.count > 0) return;
  if (parent.count == 1) {  // at the upper end: nobody to join, and this may become empty too
    if (child.count > 0) return;
    free_node(&child, height);
    parent.count = 0;
    return;
  }
  const unsigned at = index > 0 ? index - 1 : 0;
  auto& left = *static_cast<Node*>(parent.children[at]);
  auto& right = *static_cast<Node*>(parent.children[at + 1]);
  const std::uint32_t sum = parent.counts[at] + parent.counts[at + 1];
  if (left.count + right.count <= max_of<Node>()) {
    move_left(left, right, right.count);
    free_node(&right, height);
    close_gap(parent, at + 1, 1);
    parent.counts[at] = sum;
  } else {
    const unsigned half = (left.count + right.count) / 2;
    if (left.count > half) {
      move_right(left, right, left.count - half);
    } else {
      move_left(left, right, half - left.count);
    }
    parent.counts[at] = static_cast<std::uint32_t>(left.weight(0, left.count));
    parent.counts[at + 1] = sum - parent.counts[at];
    parent.set_first(at + 1, right.at(0));
  }
  parent.set_first(at, left.at(0));
}

void ScoreTree::lower_root() {
  while (height_ > 0 && static_cast<TreeInner*>(root_)->count == 1) {
    void* child = static_cast<TreeInner*>(root_)->children[0];
    free_node(root_, height_);
    root_ = child;
    --height_;
  }
  if (size_ > 0) return;
  if (root_ != nullptr) free_node(root_, height_);
  root_ = nullptr;
  height_ = 0;
}

// Leaves from the last one on, and each inner node when its last child is gone.
bool ScoreTree::dissolve(std::size_t& budget) {
  size_ = 0;
  while (budget > 0 && root_ != nullptr) {
    void* node = root_;
    TreeInner* parent = nullptr;
    unsigned height = height_;
    for (; height > 0 && static_cast<TreeInner*>(node)->count > 0; --height) {
      parent = static_cast<TreeInner*>(node);
      node = parent->children[parent->count - 1];
    }
    free_node(node, height);
    budget -= std::min<std::size_t>(budget, height > 0 ? 1 : TreeLeaf::kMax / 8);
    if (parent != nullptr) {
      --parent->count;
    } else {
      root_ = nullptr;
      height_ = 0;
    }
  }
  return root_ == nullptr;
}

}  // namespace replserver

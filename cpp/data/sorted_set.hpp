// SortedSet — members with scores, in the order of (score, bytes): a listpack of pairs, or a table
// of members with a tree of their order.
//
//   listpack ──too many, too long──> tree and table
//
// SortedSetView reads what an entry holds. SortedSet changes it; lent by Database::change(), see
// change.hpp. A score lies in a listpack as Redis writes it: as an integer if it is one, else as its
// shortest text. As in Redis a sorted set never goes back to the smaller form by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "data/entry.hpp"
#include "data/limits.hpp"
#include "data/listpack.hpp"
#include "data/score_tree.hpp"
#include "data/scored_member.hpp"

namespace replserver {

struct LargeSortedSet {
  LargeSortedSet(Arena& arena, const HashSeed& seed) : table(arena, seed), tree(arena) {}
  ScoreTable table;
  ScoreTree tree;
  std::size_t member_memory = 0;
};

// Valid until the sorted set, or any other key of its database, next changes.
class SortedSetView {
 public:
  explicit SortedSetView(const Entry& entry) : SortedSetView(entry.encoding(), entry.pointer()) {}
  SortedSetView(Encoding encoding, const void* value) : encoding_(encoding), value_(value) {}

  Encoding encoding() const { return encoding_; }
  bool is_packed() const { return encoding_ == Encoding::listpack; }
  std::size_t size() const;
  std::optional<double> score(ByteView member) const;
  // Counted from the lowest, 0.
  struct Standing {
    std::size_t rank;
    double score;
  };
  std::optional<Standing> standing(ByteView member) const;
  // How many lie before a border. By members: for sets of one score only.
  std::size_t before(const ScoreBorder& border) const;
  std::size_t before(const MemberBorder& border) const;

  // Calls back with (member, score) of up to `count` from a rank on, upwards; or downwards, beginning
  // with the one before that rank. The bytes are valid during the call.
  template <class Callback>
  void up(std::size_t first, std::size_t count, Callback callback) const;
  template <class Callback>
  void down(std::size_t end, std::size_t count, Callback callback) const;
  template <class Callback>
  void for_each(Callback callback) const {
    up(0, size(), callback);
  }
  // Calls back with about `count` and returns the next cursor, 0 at the end: a member that is there
  // all the while is met at least once. Packed ones are told whole.
  template <class Callback>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Callback callback) const;

  // By their encoding:
  ListpackView listpack() const { return ListpackView(value_); }
  const LargeSortedSet& large() const { return *static_cast<const LargeSortedSet*>(value_); }
  static double score_in(const PackedElement& element);
  std::size_t memory() const;

 private:
  template <class IsBefore>
  std::size_t count_packed(IsBefore is_before) const;

  Encoding encoding_;
  const void* value_;
};

class SortedSet {
 public:
  static constexpr Type kType = Type::sorted_set;
  using View = SortedSetView;

  explicit SortedSet(const ValueContext& context) : SortedSet(context, Listpack(context.arena)) {}
  SortedSet(const ValueContext& context, Encoding encoding, void* value);

  // So many members are about to be added: takes at once the form they will need. For a new one it
  // counts, too, how long the first of them is.
  void expect(std::size_t more, std::size_t first_size);
  // Calls back with the score a member has, if it is there, and gives it the score that comes back,
  // if one does.
  template <class Decide>
  void update(ByteView member, Decide decide);
  bool remove(ByteView member);  // false: it is not there
  void remove_ranks(std::size_t first, std::size_t count);

  SortedSetView view() const;
  bool empty() const { return view().size() == 0; }
  Encoding encoding() const { return view().encoding(); }
  void* release();

  static bool destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget);
  static void* clone(const ValueContext& to, const Entry& entry);
  static std::size_t memory(const Entry& entry) { return SortedSetView(entry).memory(); }
  static std::uint64_t checksum(const Entry& entry, const HashSeed& seed);

 private:
  friend class ScoreGathering;
  // Packed ones are held by what edits them; a large one lives in the arena.
  using Value = std::variant<Listpack, LargeSortedSet*>;
  SortedSet(const ValueContext& context, Value value)
      : context_(context), value_(std::move(value)) {}
  static Value adopt(Arena& arena, Encoding encoding, void* value);
  static LargeSortedSet* make_large(const ValueContext& context);
  static void drop_member(LargeSortedSet& large, Arena& arena, ScoredMember& member);

  bool fits_listpack(const Listpack& listpack, ByteView member) const;
  void become_large();
  static void insert_packed(Listpack& listpack, ByteView member, double score);
  void insert_large(LargeSortedSet& large, ByteView member, double score, std::uint64_t hash);

  ValueContext context_;
  Value value_;
};

// ScoreGathering — members and scores on their way to a new sorted set, in no order yet: each is
// looked up, but ordered only once, at the end.
class ScoreGathering {
 public:
  explicit ScoreGathering(const ValueContext& context)
      : context_(context), large_(SortedSet::make_large(context)) {}
  ~ScoreGathering();
  ScoreGathering(const ScoreGathering&) = delete;
  ScoreGathering& operator=(const ScoreGathering&) = delete;

  std::size_t size() const { return large_->table.size(); }
  // If the member is there, it gets what combine(its score, this score) returns.
  template <class Combine>
  void add(ByteView member, double score, Combine combine);
  // All of them, in order, with the scores as they were added: those kept packed have no -0.
  template <class Callback>
  void for_each(Callback callback) const {
    for (const ScoredMember* member : ordered()) callback(member->member(), member->score());
  }
  SortedSet finish();  // nothing else may be done afterwards

 private:
  std::vector<ScoredMember*> ordered() const;

  ValueContext context_;
  LargeSortedSet* large_;
  std::size_t longest_ = 0;
};

// ---- templates ----

template <class Callback>
void SortedSetView::up(std::size_t first, std::size_t count, Callback callback) const {
  if (!is_packed()) {
    const ScoreTree& tree = large().tree;
    return tree.up(tree.at(first), count,
                   [&](const ScoredMember& member) { callback(member.member(), member.score()); });
  }
  PackedElement::Scratch scratch;
  auto at = listpack().at(static_cast<std::ptrdiff_t>(2 * first));
  for (; count > 0 && at != listpack().end(); --count) {
    const PackedElement member = *at++;
    const double score = score_in(*at++);
    callback(member.text(scratch), score);
  }
}

template <class Callback>
void SortedSetView::down(std::size_t end, std::size_t count, Callback callback) const {
  if (!is_packed()) {
    const ScoreTree& tree = large().tree;
    return tree.down(tree.at(end), count, [&](const ScoredMember& member) {
      callback(member.member(), member.score());
    });
  }
  PackedElement::Scratch scratch;
  auto at = end == size() ? listpack().end() : listpack().at(static_cast<std::ptrdiff_t>(2 * end));
  for (count = std::min(count, end); count > 0; --count) {
    const double score = score_in(*--at);
    const PackedElement member = *--at;
    callback(member.text(scratch), score);
  }
}

template <class Callback>
std::uint64_t SortedSetView::scan(std::uint64_t cursor, std::size_t count,
                                  Callback callback) const {
  if (is_packed()) {
    for_each(callback);
    return 0;
  }
  return large().table.scan(cursor, count, [&](const ScoredMember& member) {
    callback(member.member(), member.score());
  });
}

template <class Decide>
void SortedSet::update(ByteView member, Decide decide) {
  if (auto* listpack = std::get_if<Listpack>(&value_)) {
    const auto at = listpack->view().find(member, 2);
    const bool is_there = at != listpack->view().end();
    std::optional<double> had;
    if (is_there) had = SortedSetView::score_in(*std::next(at));
    const std::optional<double> score = decide(had);
    if (!score || score == had) return;
    if (is_there) listpack->erase(at, 2);
    if (is_there || fits_listpack(*listpack, member)) {
      return insert_packed(*listpack, member, *score);
    }
    become_large();
    LargeSortedSet& large = *std::get<LargeSortedSet*>(value_);
    return insert_large(large, member, *score, large.table.hash_of(member));
  }
  LargeSortedSet& large = *std::get<LargeSortedSet*>(value_);
  const std::uint64_t hash = large.table.hash_of(member);
  ScoredMember* found = large.table.find(member, hash);
  std::optional<double> had;
  if (found != nullptr) had = found->score();
  const std::optional<double> score = decide(had);
  if (!score || score == had) return;
  if (found != nullptr) return large.tree.move(*found, *score);
  insert_large(large, member, *score, hash);
}

template <class Combine>
void ScoreGathering::add(ByteView member, double score, Combine combine) {
  const std::uint64_t hash = large_->table.hash_of(member);
  if (ScoredMember* found = large_->table.find(member, hash)) {
    return found->set_score(combine(found->score(), score));
  }
  ScoredMember* made = ScoredMember::make(context_.arena, member, score);
  large_->member_memory += made->memory();
  large_->table.insert(made, hash);
  longest_ = std::max(longest_, member.size());
}

}  // namespace replserver

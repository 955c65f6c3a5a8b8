#include "data/sorted_set.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <vector>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace replserver {
namespace {

// Redis packs no more bytes than this, whatever the limits say.
constexpr std::size_t kPackedSizeMax = std::size_t{1} << 30;
constexpr std::size_t kSummed = 64;  // members of a large one that its checksum reads

bool within(std::size_t size, std::int64_t limit) {
  return size <= static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
}

bool precedes(double score, ByteView member, double other_score, ByteView other) {
  return score != other_score ? score < other_score : member < other;
}

// Calls back with the item that a score is in a listpack.
template <class Callback>
auto with_item(double score, Callback callback) {
  constexpr double kWholeMax = 0x1p62;
  if (score > -kWholeMax && score < kWholeMax && score == std::trunc(score)) {
    return callback(ListpackItem(static_cast<std::int64_t>(score)));
  }
  const Bytes text = format_double(score);
  return callback(ListpackItem(text));
}

}  // namespace

// ---- reading ----

double SortedSetView::score_in(const PackedElement& element) {
  if (element.is_integer()) return static_cast<double>(element.integer());
  return parse_double(element.bytes()).value_or(0);
}

std::size_t SortedSetView::size() const {
  return is_packed() ? listpack().count() / 2 : large().table.size();
}

std::optional<double> SortedSetView::score(ByteView member) const {
  if (is_packed()) {
    const auto at = listpack().find(member, 2);
    if (at == listpack().end()) return std::nullopt;
    return score_in(*std::next(at));
  }
  const ScoreTable& table = large().table;
  const ScoredMember* found = table.find(member, table.hash_of(member));
  if (found == nullptr) return std::nullopt;
  return found->score();
}

std::optional<SortedSetView::Standing> SortedSetView::standing(ByteView member) const {
  if (is_packed()) {
    const auto found = listpack().find(member, 2);
    if (found == listpack().end()) return std::nullopt;
    std::size_t rank = 0;
    for (auto at = listpack().begin(); at != found; ++ ++at) ++rank;
    return Standing{rank, score_in(*std::next(found))};
  }
  const ScoreTable& table = large().table;
  const ScoredMember* found = table.find(member, table.hash_of(member));
  if (found == nullptr) return std::nullopt;
  return Standing{large().tree.rank(*found), found->score()};
}

template <class IsBefore>
std::size_t SortedSetView::count_packed(IsBefore is_before) const {
  std::size_t count = 0;
  for (const auto [member, score] : listpack().pairs()) {
    if (!is_before(member, score)) break;
    ++count;
  }
  return count;
}

std::size_t SortedSetView::before(const ScoreBorder& border) const {
  if (!is_packed()) return large().tree.seek(border).rank();
  return count_packed([&](const PackedElement&, const PackedElement& element) {
    const double score = score_in(element);
    return border.after ? score <= border.score : score < border.score;
  });
}

std::size_t SortedSetView::before(const MemberBorder& border) const {
  if (!is_packed()) return large().tree.seek(border).rank();
  PackedElement::Scratch scratch;
  return count_packed([&](const PackedElement& member, const PackedElement&) {
    const int order = member.text(scratch).compare(border.member);
    return border.after ? order <= 0 : order < 0;
  });
}

std::size_t SortedSetView::memory() const {
  if (is_packed()) return PackedBuffer::memory(listpack().size());
  const LargeSortedSet& large = this->large();
  return Arena::rounded(sizeof large) + large.table.memory() + large.tree.memory() +
         large.member_memory;
}

// ---- the whole value ----

SortedSet::Value SortedSet::adopt(Arena& arena, Encoding encoding, void* value) {
  if (encoding == Encoding::listpack) return Listpack::adopt(arena, value);
  RS_ASSERT(encoding == Encoding::tree);
  return static_cast<LargeSortedSet*>(value);
}

SortedSet::SortedSet(const ValueContext& context, Encoding encoding, void* value)
    : SortedSet(context, adopt(context.arena, encoding, value)) {}

SortedSetView SortedSet::view() const {
  if (const auto* listpack = std::get_if<Listpack>(&value_)) {
    return SortedSetView(Encoding::listpack, listpack->view().bytes().data());
  }
  return SortedSetView(Encoding::tree, std::get<LargeSortedSet*>(value_));
}

void* SortedSet::release() {
  if (auto* listpack = std::get_if<Listpack>(&value_)) return listpack->release();
  return std::get<LargeSortedSet*>(value_);
}

bool SortedSet::destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget) {
  if (encoding == Encoding::listpack) {
    adopt(arena, encoding, value);  // and lets go of it
    return true;
  }
  auto* large = static_cast<LargeSortedSet*>(value);
  if (!large->tree.dissolve(budget)) return false;
  const auto drop = [&](ScoredMember& member) { member.drop(arena); };
  if (!large->table.dissolve(budget, drop)) return false;
  arena.release(large, sizeof *large);
  return true;
}

void* SortedSet::clone(const ValueContext& to, const Entry& entry) {
  const SortedSetView from(entry);
  if (from.is_packed()) return Listpack::copy_of(to.arena, from.listpack()).release();
  LargeSortedSet* large = make_large(to);
  SortedSet made(to, large);
  from.for_each([&](ByteView member, double score) {
    made.insert_large(*large, member, score, large->table.hash_of(member));
  });
  return large;
}

std::uint64_t SortedSet::checksum(const Entry& entry, const HashSeed& seed) {
  const SortedSetView set(entry);
  if (set.is_packed()) return keyed_hash(set.listpack().bytes(), seed);
  std::uint64_t sum = set.size();
  set.up(0, kSummed, [&](ByteView member, double score) {
    sum = sum * 31 + keyed_hash(member, seed) + std::bit_cast<std::uint64_t>(score);
  });
  return sum;
}

// ---- changing ----

LargeSortedSet* SortedSet::make_large(const ValueContext& context) {
  void* place = context.arena.allocate(sizeof(LargeSortedSet));
  return new (place) LargeSortedSet(context.arena, context.seed);
}

void SortedSet::insert_large(LargeSortedSet& large, ByteView member, double score,
                             std::uint64_t hash) {
  ScoredMember* made = ScoredMember::make(context_.arena, member, score);
  large.member_memory += made->memory();
  large.table.insert(made, hash);
  large.tree.insert(*made);
}

void SortedSet::insert_packed(Listpack& listpack, ByteView member, double score) {
  const ListpackView view = listpack.view();
  PackedElement::Scratch scratch;
  const auto comes_before = [&](ListpackView::Iterator at) {
    const ByteView other = (*at).text(scratch);
    return precedes(SortedSetView::score_in(*std::next(at)), other, score, member);
  };
  // What arrives in order needs one comparison.
  auto at = view.begin();
  const auto last = view.empty() ? view.end() : view.at(-2);
  if (!view.empty() && comes_before(last)) {
    at = view.end();
  } else {
    while (at != view.end() && comes_before(at)) ++ ++at;
  }
  with_item(score, [&](const ListpackItem& item) {
    return listpack.insert(at, {ListpackItem(member), item});
  });
}

bool SortedSet::fits_listpack(const Listpack& listpack, ByteView member) const {
  const ListpackView view = listpack.view();
  return within(view.count() / 2 + 1, context_.limits.zset_max_listpack_entries) &&
         within(member.size(), context_.limits.zset_max_listpack_value) &&
         view.size() + member.size() < kPackedSizeMax;
}

void SortedSet::become_large() {
  LargeSortedSet* large = make_large(context_);
  view().for_each([&](ByteView member, double score) {
    insert_large(*large, member, score, large->table.hash_of(member));
  });
  value_ = large;
}

void SortedSet::expect(std::size_t more, std::size_t first_size) {
  if (!std::holds_alternative<Listpack>(value_)) return;
  const bool is_long = empty() && !within(first_size, context_.limits.zset_max_listpack_value);
  if (is_long || !within(more, context_.limits.zset_max_listpack_entries)) become_large();
}

void SortedSet::drop_member(LargeSortedSet& large, Arena& arena, ScoredMember& member) {
  const std::uint64_t hash = large.table.hash_of(member);
  large.table.erase(large.table.locate(member.member(), hash), hash);
  large.member_memory -= member.memory();
  member.drop(arena);
}

bool SortedSet::remove(ByteView member) {
  if (auto* listpack = std::get_if<Listpack>(&value_)) {
    const auto at = listpack->view().find(member, 2);
    if (at == listpack->view().end()) return false;
    listpack->erase(at, 2);
    return true;
  }
  LargeSortedSet& large = *std::get<LargeSortedSet*>(value_);
  const std::uint64_t hash = large.table.hash_of(member);
  const auto place = large.table.locate(member, hash);
  if (!place) return false;
  ScoredMember* found = large.table.at(place);
  large.tree.erase(*found);
  large.table.erase(place, hash);
  large.member_memory -= found->memory();
  found->drop(context_.arena);
  return true;
}

void SortedSet::remove_ranks(std::size_t first, std::size_t count) {
  if (count == 0) return;
  if (auto* listpack = std::get_if<Listpack>(&value_)) {
    listpack->erase(listpack->view().at(static_cast<std::ptrdiff_t>(2 * first)), 2 * count);
    return;
  }
  LargeSortedSet& large = *std::get<LargeSortedSet*>(value_);
  large.tree.erase_ranks(first, count,
                         [&](ScoredMember& member) { drop_member(large, context_.arena, member); });
}

// ---- gathering ----

ScoreGathering::~ScoreGathering() {
  std::size_t all = SIZE_MAX;
  if (large_ != nullptr) SortedSet::destroy(context_.arena, Encoding::tree, large_, all);
}

std::vector<ScoredMember*> ScoreGathering::ordered() const {
  std::vector<ScoredMember*> ordered;
  ordered.reserve(size());
  large_->table.for_each(
      [&](const ScoredMember& member) { ordered.push_back(const_cast<ScoredMember*>(&member)); });
  std::sort(ordered.begin(), ordered.end(), [](const ScoredMember* one, const ScoredMember* other) {
    return precedes(one->score(), one->member(), other->score(), other->member());
  });
  return ordered;
}

SortedSet ScoreGathering::finish() {
  const std::vector<ScoredMember*> members = ordered();
  const bool is_packed = within(size(), context_.limits.zset_max_listpack_entries) &&
                         within(longest_, context_.limits.zset_max_listpack_value) &&
                         longest_ * size() < kPackedSizeMax;
  if (is_packed) {  // what was gathered is let go of with this
    SortedSet packed(context_);
    auto& listpack = std::get<Listpack>(packed.value_);
    for (const ScoredMember* member : members) {
      SortedSet::insert_packed(listpack, member->member(), member->score());
    }
    return packed;
  }
  for (ScoredMember* member : members) large_->tree.insert(*member);
  return SortedSet(context_, std::exchange(large_, nullptr));
}

}  // namespace replserver

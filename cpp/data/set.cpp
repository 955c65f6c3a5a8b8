#include "data/set.hpp"

#include <algorithm>
#include <new>

#include "base/assert.hpp"

namespace replserver {
namespace {

// Redis never makes an intset larger, whatever the limit says.
constexpr std::int64_t kIntsetMax = 1 << 30;
constexpr std::size_t kSummed = 64;  // members of a large set that its checksum reads

bool within(std::size_t size, std::int64_t limit) {
  return size <= static_cast<std::size_t>(std::max<std::int64_t>(limit, 0));
}

ByteView text_of(std::int64_t value, PackedElement::Scratch& scratch) {
  return PackedElement(value).text(scratch);
}

}  // namespace

// ---- reading ----

std::size_t SetView::size() const {
  if (encoding_ == Encoding::table) return table().size();
  return encoding_ == Encoding::listpack ? listpack().count() : intset().count();
}

bool SetView::contains(ByteView member) const {
  if (encoding_ == Encoding::table) {
    return table().find(member, table().hash_of(member)) != nullptr;
  }
  if (encoding_ == Encoding::listpack) return listpack().find(member) != listpack().end();
  const auto value = parse_integer(member);
  return value && intset().contains(*value);
}

Bytes SetView::random(Random& random) const {
  if (encoding_ == Encoding::table) return Bytes(table().random(random)->bytes());
  if (encoding_ == Encoding::listpack) {
    const std::size_t index = random.below(listpack().count());
    return (*listpack().at(static_cast<std::ptrdiff_t>(index))).copy();
  }
  return PackedElement(intset().random(random)).copy();
}

std::size_t SetView::memory() const {
  if (encoding_ == Encoding::listpack) return PackedBuffer::memory(listpack().size());
  if (encoding_ == Encoding::intset) return PackedBuffer::memory(intset().size());
  const auto& large = *static_cast<const LargeSet*>(value_);
  return Arena::rounded(sizeof large) + large.table.memory() + large.member_memory;
}

// ---- the whole value ----

Set::Value Set::adopt(Arena& arena, Encoding encoding, void* value) {
  if (encoding == Encoding::intset) return Intset::adopt(arena, value);
  if (encoding == Encoding::listpack) return Listpack::adopt(arena, value);
  RS_ASSERT(encoding == Encoding::table);
  return static_cast<LargeSet*>(value);
}

Set::Set(const ValueContext& context, Encoding encoding, void* value)
    : Set(context, adopt(context.arena, encoding, value)) {}

SetView Set::view() const {
  if (const auto* intset = std::get_if<Intset>(&value_)) {
    return SetView(Encoding::intset, intset->view().bytes().data());
  }
  if (const auto* listpack = std::get_if<Listpack>(&value_)) {
    return SetView(Encoding::listpack, listpack->view().bytes().data());
  }
  return SetView(Encoding::table, std::get<LargeSet*>(value_));
}

Encoding Set::encoding() const { return view().encoding(); }

void* Set::release() {
  if (auto* intset = std::get_if<Intset>(&value_)) return intset->release();
  if (auto* listpack = std::get_if<Listpack>(&value_)) return listpack->release();
  return std::get<LargeSet*>(value_);
}

bool Set::destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget) {
  if (encoding != Encoding::table) {
    adopt(arena, encoding, value);  // and lets go of it
    return true;
  }
  auto* large = static_cast<LargeSet*>(value);
  const auto drop = [&](SetMember& member) { member.drop(arena); };
  if (!large->table.dissolve(budget, drop)) return false;
  arena.release(large, sizeof *large);
  return true;
}

void* Set::clone(const ValueContext& to, const Entry& entry) {
  const SetView from(entry);
  if (from.encoding() == Encoding::intset)
    return Intset::copy_of(to.arena, from.intset()).release();
  if (from.encoding() == Encoding::listpack) {
    return Listpack::copy_of(to.arena, from.listpack()).release();
  }
  LargeSet* large = make_large(to);
  from.for_each(
      [&](ByteView member) { add_to(*large, to.arena, member, large->table.hash_of(member)); });
  return large;
}

std::uint64_t Set::checksum(const Entry& entry, const HashSeed& seed) {
  const SetView set(entry);
  if (set.encoding() == Encoding::intset) return keyed_hash(set.intset().bytes(), seed);
  if (set.encoding() == Encoding::listpack) return keyed_hash(set.listpack().bytes(), seed);
  std::uint64_t sum = set.size();
  set.scan(0, kSummed, [&](ByteView member) { sum += keyed_hash(member, seed); });
  return sum;
}

// ---- changing ----

LargeSet* Set::make_large(const ValueContext& context) {
  void* place = context.arena.allocate(sizeof(LargeSet));
  return new (place) LargeSet{MemberTable(context.arena, context.seed)};
}

void Set::add_to(LargeSet& large, Arena& arena, ByteView bytes, std::uint64_t hash) {
  SetMember* member = SetMember::make(arena, bytes);
  large.member_memory += member->memory();
  large.table.insert(member, hash);
}

// What was there is let go of only now: the next form was made from it.
template <class Next>
void Set::replace_by(Next next) {
  value_.template emplace<Next>(std::move(next));
}

void Set::become_large() {
  LargeSet* large = make_large(context_);
  view().for_each([&](ByteView member) {
    add_to(*large, context_.arena, member, large->table.hash_of(member));
  });
  replace_by(large);
}

void Set::become_listpack() {
  Listpack listpack(context_.arena);
  view().for_each([&](ByteView member) { listpack.append(member); });
  replace_by(std::move(listpack));
}

bool Set::fits_listpack(std::size_t size, ByteView member) const {
  return within(size, context_.limits.set_max_listpack_entries) &&
         within(member.size(), context_.limits.set_max_listpack_value);
}

void Set::expect(std::size_t more, ByteView first) {
  const bool is_integer = parse_integer(first).has_value();
  const SetView now = view();
  if (now.encoding() == Encoding::table) return;
  if (now.encoding() == Encoding::intset && (is_integer || now.size() > 0)) {
    if (!within(more, context_.limits.set_max_intset_entries)) {
      // A new one of integers that is too large for an intset may still be a listpack.
      const bool packed = now.size() == 0 && within(more, context_.limits.set_max_listpack_entries);
      packed ? become_listpack() : become_large();
    }
  } else if (!within(more, context_.limits.set_max_listpack_entries)) {
    become_large();
  }
}

bool Set::add(ByteView member) {
  if (auto* intset = std::get_if<Intset>(&value_)) return add_to_intset(*intset, member);
  if (auto* listpack = std::get_if<Listpack>(&value_)) return add_to_listpack(*listpack, member);
  return add_to_large(*std::get<LargeSet*>(value_), member);
}

bool Set::add_to_intset(Intset& intset, ByteView member) {
  if (const auto value = parse_integer(member)) {
    if (!intset.add(*value)) return false;
    const std::int64_t limit = std::min(context_.limits.set_max_intset_entries, kIntsetMax);
    if (!within(intset.view().count(), limit)) become_large();
    return true;
  }
  PackedElement::Scratch scratch;
  const IntsetView values = intset.view();
  std::size_t longest = 0;
  if (values.count() > 0) {
    longest = std::max(text_of(values.at(0), scratch).size(),
                       text_of(values.at(values.count() - 1), scratch).size());
  }
  const bool packs = fits_listpack(values.count() + 1, member) &&
                     within(longest, context_.limits.set_max_listpack_value);
  packs ? become_listpack() : become_large();
  return add(member);
}

bool Set::add_to_listpack(Listpack& listpack, ByteView member) {
  if (listpack.view().find(member) != listpack.view().end()) return false;
  if (!fits_listpack(listpack.view().count() + 1, member)) {
    become_large();
    return add(member);
  }
  listpack.append(member);
  return true;
}

bool Set::add_to_large(LargeSet& large, ByteView member) {
  const std::uint64_t hash = large.table.hash_of(member);
  if (large.table.locate(member, hash)) return false;
  add_to(large, context_.arena, member, hash);
  return true;
}

bool Set::remove(ByteView bytes) {
  if (auto* intset = std::get_if<Intset>(&value_)) {
    const auto value = parse_integer(bytes);
    return value && intset->remove(*value);
  }
  if (auto* listpack = std::get_if<Listpack>(&value_)) {
    const auto at = listpack->view().find(bytes);
    if (at == listpack->view().end()) return false;
    listpack->erase(at);
    return true;
  }
  LargeSet& large = *std::get<LargeSet*>(value_);
  const std::uint64_t hash = large.table.hash_of(bytes);
  const auto place = large.table.locate(bytes, hash);
  if (!place) return false;
  SetMember* member = large.table.erase(place, hash);
  large.member_memory -= member->memory();
  member->drop(context_.arena);
  return true;
}

void Set::prefer_intset() {
  const SetView now = view();
  const std::int64_t limit = std::min(context_.limits.set_max_intset_entries, kIntsetMax);
  if (now.encoding() == Encoding::intset || !within(now.size(), limit)) return;
  Intset intset(context_.arena);
  bool only_integers = true;
  now.for_each([&](ByteView member) {
    const auto value = parse_integer(member);
    only_integers = only_integers && value.has_value();
    if (only_integers) intset.add(*value);
  });
  if (!only_integers) return;
  if (now.encoding() == Encoding::table) {
    std::size_t all = SIZE_MAX;
    destroy(context_.arena, Encoding::table, std::get<LargeSet*>(value_), all);
  }
  replace_by(std::move(intset));
}

}  // namespace replserver

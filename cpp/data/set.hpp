// Set — distinct byte strings in no order: an intset, a listpack, or a table of members.
//
//   intset ──a text──> listpack ──too many, too long──> table          intset ──too many──> table
//
// SetView reads what an entry holds. Set changes it; lent by Database::change(), see change.hpp. As
// in Redis a set never goes back to a smaller form by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "data/entry.hpp"
#include "data/intset.hpp"
#include "data/limits.hpp"
#include "data/listpack.hpp"
#include "data/set_member.hpp"

namespace replserver {

struct LargeSet {
  MemberTable table;
  std::size_t member_memory = 0;
};

// Valid until the set, or any other key of its database, next changes.
class SetView {
 public:
  explicit SetView(const Entry& entry) : SetView(entry.encoding(), entry.pointer()) {}
  SetView(Encoding encoding, const void* value) : encoding_(encoding), value_(value) {}

  Encoding encoding() const { return encoding_; }
  std::size_t size() const;
  bool contains(ByteView member) const;
  Bytes random(Random& random) const;  // of a set that is not empty

  // void(ByteView): the bytes are valid during the call. Integers ascend in an intset.
  template <class Callback>
  void for_each(Callback callback) const;
  // Calls back with about `count` members and returns the next cursor, 0 at the end: a member that
  // is there all the while is met at least once. Packed ones are told whole.
  template <class Callback>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Callback callback) const;

  // By their encoding:
  IntsetView intset() const { return IntsetView(value_); }
  ListpackView listpack() const { return ListpackView(value_); }
  const MemberTable& table() const { return static_cast<const LargeSet*>(value_)->table; }
  std::size_t memory() const;

 private:
  Encoding encoding_;
  const void* value_;
};

class Set {
 public:
  static constexpr Type kType = Type::set;
  using View = SetView;

  explicit Set(const ValueContext& context) : Set(context, Intset(context.arena)) {}
  Set(const ValueContext& context, Encoding encoding, void* value);

  // So many members are about to be added: takes at once the form they will need. To a new one the
  // first of them tells whether it will be of integers.
  void expect(std::size_t more, ByteView first);
  bool add(ByteView member);     // false: it is there already
  bool remove(ByteView member);  // false: it is not there
  // All are integers, as their number fits into an intset: then it becomes one.
  void prefer_intset();

  SetView view() const;
  bool empty() const { return view().size() == 0; }
  Encoding encoding() const;
  void* release();

  static bool destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget);
  static void* clone(const ValueContext& to, const Entry& entry);
  static std::size_t memory(const Entry& entry) { return SetView(entry).memory(); }
  static std::uint64_t checksum(const Entry& entry, const HashSeed& seed);

 private:
  // Packed ones are held by what edits them; a large one lives in the arena.
  using Value = std::variant<Intset, Listpack, LargeSet*>;
  Set(const ValueContext& context, Value value) : context_(context), value_(std::move(value)) {}
  static Value adopt(Arena& arena, Encoding encoding, void* value);
  static LargeSet* make_large(const ValueContext& context);
  static void add_to(LargeSet& large, Arena& arena, ByteView member, std::uint64_t hash);

  bool add_to_intset(Intset& intset, ByteView member);
  bool add_to_listpack(Listpack& listpack, ByteView member);
  bool add_to_large(LargeSet& large, ByteView member);
  bool fits_listpack(std::size_t size, ByteView member) const;
  void become_listpack();
  void become_large();
  template <class Next>
  void replace_by(Next next);

  ValueContext context_;
  Value value_;
};

template <class Callback>
void SetView::for_each(Callback callback) const {
  PackedElement::Scratch scratch;
  if (encoding_ == Encoding::table) {
    table().for_each([&](const SetMember& member) { callback(member.bytes()); });
  } else if (encoding_ == Encoding::listpack) {
    for (const PackedElement element : listpack()) callback(element.text(scratch));
  } else {
    const IntsetView values = intset();
    for (std::size_t index = 0; index < values.count(); ++index) {
      callback(PackedElement(values.at(index)).text(scratch));
    }
  }
}

template <class Callback>
std::uint64_t SetView::scan(std::uint64_t cursor, std::size_t count, Callback callback) const {
  if (encoding_ != Encoding::table) {
    for_each(callback);
    return 0;
  }
  return table().scan(cursor, count, [&](const SetMember& member) { callback(member.bytes()); });
}

}  // namespace replserver

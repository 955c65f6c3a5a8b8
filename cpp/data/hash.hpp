// Hash — fields with values, small ones packed and large ones in a table.
//
//   listpack: field, value, field, value …   ──too many, too long, or one expires──>   table
//
// HashView reads what an entry holds, Hash changes it behind the database's door (change.hpp). A
// hash never becomes packed again. A field may have a time to live of its own; when that is over is
// for the caller to know: a view hides what expired before the instant it was told.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "base/random.hpp"
#include "data/entry.hpp"
#include "data/large_hash.hpp"
#include "data/listpack.hpp"

namespace replserver {

class HashView {
 public:
  static constexpr UnixMs kHidesNothing = INT64_MIN;
  struct Field {
    PackedElement name;
    PackedElement value;
    std::optional<UnixMs> expiry;
  };

  // Valid until the next change of the database.
  explicit HashView(const Entry& entry, UnixMs hides_before = kHidesNothing)
      : HashView(entry.pointer(), entry.encoding() == Encoding::listpack, hides_before) {}

  std::size_t size() const { return is_packed_ ? packed().count() / 2 : large().size(); }
  bool may_hide() const { return next_expiry() < hides_before_; }
  UnixMs next_expiry() const {  // no field has an earlier one
    return is_packed_ ? LargeHash::kNoExpiry : large().next_expiry();
  }
  std::size_t visible() const;  // O(1) unless it may hide some

  std::optional<Field> find(ByteView name) const;
  bool contains(ByteView name) const { return find(name).has_value(); }
  Field at(std::size_t index) const;                  // of a packed one
  std::optional<Field> random(Random& random) const;  // uniform; nothing if all are hidden

  template <class Callback>  // void(const Field&)
  void for_each(Callback callback) const;
  // As SCAN; a packed one is told whole.
  template <class Callback>
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Callback callback) const;

  // A walk in pieces, home bucket by home bucket; a packed one is one piece. What is added, taken
  // away or moved by a growing table between two pieces may be told twice or not at all.
  HashCursor first() const { return is_packed_ ? HashCursor() : large().table().first(); }
  template <class Callback>
  void walk(HashCursor& cursor, Callback callback) const;

  bool is_packed() const { return is_packed_; }
  ListpackView packed() const { return ListpackView(value_); }
  const LargeHash& large() const { return *static_cast<const LargeHash*>(value_); }

 private:
  friend class Hash;
  HashView(const void* value, bool is_packed, UnixMs hides_before)
      : value_(value), hides_before_(hides_before), is_packed_(is_packed) {}

  static Field field_of(const HashField& field) {
    return {PackedElement(field.name()), PackedElement(field.value()), field.expiry()};
  }
  bool hides(const HashField& field) const {
    return field.expires() && *field.expiry() < hides_before_;
  }

  const void* value_;
  UnixMs hides_before_;
  bool is_packed_;
};

class Hash {
 public:
  static constexpr Type kType = Type::hash;
  using View = HashView;

  explicit Hash(const ValueContext& context)
      : context_(context), value_(std::in_place_type<Listpack>, context.arena) {}
  Hash(const ValueContext& context, Encoding encoding, void* value);

  Encoding encoding() const { return is_packed() ? Encoding::listpack : Encoding::table; }
  void* release() { return is_packed() ? packed().release() : &large(); }
  bool empty() const;
  // Until the next change. It hides nothing.
  HashView view() const;

  // True: the field is new. It does not expire, or keeps when it does.
  bool set(ByteView name, ByteView value) { return set(name, value, LargeHash::Expiry::clear); }
  bool set_keeping_expiry(ByteView name, ByteView value) {
    return set(name, value, LargeHash::Expiry::keep);
  }
  bool erase(ByteView name);
  // Of a field that is there.
  void set_expiry(ByteView name, std::optional<UnixMs> expiry);
  // So many fields are about to be set, the longest name or value of this size: what cannot stay
  // packed need not begin so.
  void expect(std::size_t fields, std::size_t longest);

  static bool destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget);
  static void* clone(const ValueContext& to, const Entry& from);
  static std::size_t elements(const Entry& entry) { return HashView(entry).size(); }
  static std::size_t memory(const Entry& entry);
  static std::uint64_t checksum(const Entry& entry, HashSeed seed);

 private:
  bool set(ByteView name, ByteView value, LargeHash::Expiry rule);
  bool is_packed() const { return std::holds_alternative<Listpack>(value_); }
  Listpack& packed() { return std::get<Listpack>(value_); }
  LargeHash& large() { return *std::get<LargeHash*>(value_); }
  void unpack(std::size_t expected);

  ValueContext context_;
  std::variant<Listpack, LargeHash*> value_;
};

template <class Callback>
void HashView::for_each(Callback callback) const {
  if (is_packed_) {
    for (const auto [name, value] : packed().pairs()) callback(Field{name, value, std::nullopt});
    return;
  }
  large().table().for_each([&](const HashField& field) {
    if (!hides(field)) callback(field_of(field));
  });
}

template <class Callback>
std::uint64_t HashView::scan(std::uint64_t cursor, std::size_t count, Callback callback) const {
  if (is_packed_) {
    for_each(callback);
    return 0;
  }
  return large().table().scan(cursor, count, [&](const HashField& field) {
    if (!hides(field)) callback(field_of(field));
  });
}

template <class Callback>
void HashView::walk(HashCursor& cursor, Callback callback) const {
  if (is_packed_) {
    for_each(callback);
    cursor.done = true;
    return;
  }
  large().table().walk_home(cursor, [&](const HashField& field) {
    if (!hides(field)) callback(field_of(field));
  });
}

}  // namespace replserver

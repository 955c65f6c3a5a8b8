#include "data/hash.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver {
namespace {

constexpr std::size_t kPackedMax = std::size_t{1} << 30;  // bytes, as in Redis
constexpr std::size_t kChecked = 64;  // fields of a large hash that count for its checksum

}  // namespace

// ---- reading ----

std::size_t HashView::visible() const {
  if (!may_hide()) return size();
  std::size_t count = 0;
  for_each([&](const Field&) { ++count; });
  return count;
}

std::optional<HashView::Field> HashView::find(ByteView name) const {
  if (is_packed_) {
    const auto found = packed().find(name, 2);
    if (found == packed().end()) return std::nullopt;
    return Field{*found, *std::next(found), std::nullopt};
  }
  const HashField* field = large().find(name);
  if (field == nullptr || hides(*field)) return std::nullopt;
  return field_of(*field);
}

HashView::Field HashView::at(std::size_t index) const {
  const auto name = packed().at(static_cast<std::ptrdiff_t>(2 * index));
  return {*name, *std::next(name), std::nullopt};
}

std::optional<HashView::Field> HashView::random(Random& random) const {
  if (is_packed_) return at(random.below(size()));
  if (!may_hide()) return field_of(*large().table().random(random));
  const std::size_t count = visible();
  if (count == 0) return std::nullopt;
  std::size_t rank = random.below(count);
  std::optional<Field> chosen;
  for_each([&](const Field& field) {
    if (rank-- == 0) chosen = field;
  });
  return chosen;
}

// ---- changing ----

Hash::Hash(const ValueContext& context, Encoding encoding, void* value)
    : context_(context), value_(static_cast<LargeHash*>(value)) {
  if (encoding == Encoding::listpack)
    value_.emplace<Listpack>(Listpack::adopt(context.arena, value));
}

HashView Hash::view() const {
  const auto* packed = std::get_if<Listpack>(&value_);
  const void* value = packed ? static_cast<const void*>(packed->view().bytes().data())
                             : std::get<LargeHash*>(value_);
  return HashView(value, packed != nullptr, HashView::kHidesNothing);
}

bool Hash::empty() const { return view().size() == 0; }

void Hash::unpack(std::size_t expected) {
  const ListpackView old = packed().view();
  LargeHash* large = LargeHash::make(context_, std::max(expected, old.count() / 2));
  PackedElement::Scratch names, values;
  for (const auto [name, value] : old.pairs()) {
    large->set(name.text(names), value.text(values), LargeHash::Expiry::clear);
  }
  value_ = large;
}

void Hash::expect(std::size_t fields, std::size_t longest) {
  if (!is_packed()) return;
  if (static_cast<std::int64_t>(fields) <= context_.limits.hash_max_listpack_entries &&
      static_cast<std::int64_t>(longest) <= context_.limits.hash_max_listpack_value) {
    return;
  }
  unpack(fields);
}

bool Hash::set(ByteView name, ByteView value, LargeHash::Expiry rule) {
  if (is_packed()) expect(1, std::max(name.size(), value.size()));
  if (is_packed() && packed().view().size() + name.size() + value.size() > kPackedMax) unpack(0);
  if (!is_packed()) return large().set(name, value, rule);

  const auto found = packed().view().find(name, 2);
  const bool is_new = found == packed().view().end();
  if (is_new) {
    packed().append({name, value});
  } else {
    packed().replace(std::next(found), value);
  }
  // Also when none was added: the limit may be lower than it was.
  const auto fields = static_cast<std::int64_t>(packed().view().count() / 2);
  if (fields > context_.limits.hash_max_listpack_entries) unpack(0);
  return is_new;
}

bool Hash::erase(ByteView name) {
  if (!is_packed()) return large().erase(name);
  const auto found = packed().view().find(name, 2);
  if (found == packed().view().end()) return false;
  packed().erase(found, 2);
  return true;
}

void Hash::set_expiry(ByteView name, std::optional<UnixMs> expiry) {
  if (is_packed() && !expiry) return;
  if (is_packed()) unpack(0);
  large().set_expiry(name, expiry);
}

// ---- where all types meet ----

bool Hash::destroy(Arena& arena, Encoding encoding, void* value, std::size_t& budget) {
  if (encoding == Encoding::table) {
    return LargeHash::destroy(arena, static_cast<LargeHash*>(value), budget);
  }
  Listpack::adopt(arena, value);  // and gone
  return true;
}

void* Hash::clone(const ValueContext& to, const Entry& from) {
  const HashView view(from);
  if (!view.is_packed()) return LargeHash::clone(to, view.large());
  return Listpack::copy_of(to.arena, view.packed()).release();
}

std::size_t Hash::memory(const Entry& entry) {
  const HashView view(entry);
  if (!view.is_packed()) return view.large().memory();
  return PackedBuffer::capacity(view.packed().size());
}

std::uint64_t Hash::checksum(const Entry& entry, HashSeed seed) {
  const HashView view(entry);
  if (view.is_packed()) return keyed_hash(view.packed().bytes(), seed);
  std::uint64_t sum = view.size();
  std::size_t seen = 0;
  for (HashCursor cursor = view.first(); !cursor.done && seen < kChecked;) {
    view.walk(cursor, [&](const HashView::Field& field) {
      sum += keyed_hash(field.name.bytes(), seed) * 3 + keyed_hash(field.value.bytes(), seed) +
             static_cast<std::uint64_t>(field.expiry.value_or(0));
      ++seen;
    });
  }
  return sum;
}

}  // namespace replserver

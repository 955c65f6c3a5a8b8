#include "data/value.hpp"

#include <type_traits>

#include "base/assert.hpp"
#include "base/hash.hpp"
#include "data/hash.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"
#include "data/stream.hpp"

namespace replserver {
namespace {

constexpr HashSeed kChecksumSeed{0x5265706c, 0x53657276};

// Calls back with the class of a collection's type.
template <class Return, class Callback>
Return of_type(Type type, Callback callback) {
  switch (type) {
    case Type::list:
      return callback(std::type_identity<List>());
    case Type::hash:
      return callback(std::type_identity<Hash>());
    case Type::set:
      return callback(std::type_identity<Set>());
    case Type::sorted_set:
      return callback(std::type_identity<SortedSet>());
    case Type::stream:
      return callback(std::type_identity<Stream>());
    default:
      RS_ASSERT(!"a type without a class");
  }
}

template <class Table>
void prefetch_in(const Table& table, std::uint64_t hash, ElementPart part) {
  part == ElementPart::bucket ? table.prefetch_bucket(hash) : table.prefetch_entry(hash);
}

}  // namespace

bool destroy_value(Arena& arena, Type type, Encoding encoding, void* value, std::size_t& budget) {
  if (type == Type::string) {
    if (encoding == Encoding::raw) arena.let_go(static_cast<Arena::Blob*>(value));
    return true;
  }
  return of_type<bool>(type, [&]<class Value>(std::type_identity<Value>) {
    return Value::destroy(arena, encoding, value, budget);
  });
}

std::uint64_t clone_value(const ValueContext& to, const Entry& entry) {
  if (entry.type() == Type::string) {
    RS_ASSERT(entry.encoding() == Encoding::raw);
    // Both entries read the same block; whoever changes it first takes a copy.
    SharedBytes::Block* block = blob_of(entry)->block;
    ++block->references;
    return reinterpret_cast<std::uintptr_t>(to.arena.hold(SharedBytes::adopt(block)));
  }
  return of_type<std::uint64_t>(entry.type(), [&]<class Value>(std::type_identity<Value>) {
    return reinterpret_cast<std::uintptr_t>(Value::clone(to, entry));
  });
}

std::size_t value_memory(const Entry& entry) {
  if (entry.type() != Type::string) {
    return of_type<std::size_t>(
        entry.type(), [&]<class Value>(std::type_identity<Value>) { return Value::memory(entry); });
  }
  if (entry.encoding() != Encoding::raw) return 0;
  const SharedBytes::Block& block = *blob_of(entry)->block;
  return Arena::rounded(sizeof(Arena::Blob)) + sizeof block + block.capacity;
}

bool is_large_elsewhere(const Entry& entry, const LargeValue& than) {
  switch (entry.encoding()) {
    case Encoding::raw:
      return blob_of(entry)->block->size > than.bytes;
    case Encoding::listpack:
    case Encoding::intset:
      return value_memory(entry) > than.bytes;  // to be copied, whatever is in it
    default:
      if (value_memory(entry) > than.bytes) return true;
      return of_type<bool>(entry.type(), [&]<class Value>(std::type_identity<Value>) {
        return typename Value::View(entry).size() > than.elements;
      });
  }
}

std::uint64_t value_checksum(const Entry& entry) {
  const std::uint64_t start = keyed_hash(entry.key(), kChecksumSeed);
  const HashSeed seed{start, static_cast<std::uint64_t>(entry.expiry().value_or(-1))};
  if (entry.type() != Type::string) {
    return of_type<std::uint64_t>(entry.type(), [&]<class Value>(std::type_identity<Value>) {
      return Value::checksum(entry, seed);
    });
  }
  if (entry.encoding() == Encoding::integer) {
    const std::int64_t value = entry.integer();
    return keyed_hash(ByteView(reinterpret_cast<const char*>(&value), sizeof value), seed);
  }
  return keyed_hash(entry.is_inline() ? entry.inline_bytes() : blob_of(entry)->view(), seed);
}

void prefetch_element(const Entry& entry, std::uint64_t hash, ElementPart part) {
  RS_ASSERT(has_element_table(entry));
  if (entry.type() == Type::hash) return prefetch_in(HashView(entry).large().table(), hash, part);
  if (entry.type() == Type::set) return prefetch_in(SetView(entry).table(), hash, part);
  prefetch_in(SortedSetView(entry).large().table, hash, part);
}

}  // namespace replserver

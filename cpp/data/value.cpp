#include "data/value.hpp"

#include "base/assert.hpp"
#include "base/hash.hpp"

namespace replserver {
namespace {

constexpr HashSeed kChecksumSeed{0x5265706c, 0x53657276};

}  // namespace

void destroy_value(Arena& arena, Type type, Encoding encoding, void* value) {
  RS_ASSERT(type == Type::string);
  if (encoding == Encoding::raw) arena.let_go(static_cast<Arena::Blob*>(value));
}

std::uint64_t clone_value(Arena& arena, const Entry& entry) {
  RS_ASSERT(entry.type() == Type::string && entry.encoding() == Encoding::raw);
  // Both entries read the same block; whoever changes it first takes a copy.
  SharedBytes::Block* block = blob_of(entry)->block;
  ++block->references;
  return reinterpret_cast<std::uintptr_t>(arena.hold(SharedBytes::adopt(block)));
}

std::size_t value_memory(const Entry& entry) {
  if (entry.encoding() != Encoding::raw) return 0;
  const SharedBytes::Block& block = *blob_of(entry)->block;
  return Arena::rounded(sizeof(Arena::Blob)) + sizeof block + block.capacity;
}

std::uint64_t value_checksum(const Entry& entry) {
  const std::uint64_t start = keyed_hash(entry.key(), kChecksumSeed);
  const HashSeed seed{start, static_cast<std::uint64_t>(entry.expiry().value_or(-1))};
  if (entry.encoding() == Encoding::integer) {
    const std::int64_t value = entry.integer();
    return keyed_hash(ByteView(reinterpret_cast<const char*>(&value), sizeof value), seed);
  }
  return keyed_hash(entry.is_inline() ? entry.inline_bytes() : blob_of(entry)->view(), seed);
}

}  // namespace replserver

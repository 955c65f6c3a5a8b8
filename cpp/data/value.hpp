// Values that do not fit into their entry: how each type is freed, copied and measured. The one
// place that switches over types; a new type adds its cases here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "data/arena.hpp"
#include "data/entry.hpp"
#include "data/limits.hpp"

namespace replserver {

// Frees what the plan's or entry's pointer owns in `arena`, up to about `budget` elements, by which
// it is lowered: true when nothing is left. Nothing to do for integers and inline values.
bool destroy_value(Arena& arena, Type type, Encoding encoding, void* value, std::size_t& budget);
// The entry's value once more, for an entry of `to`, perhaps another database.
std::uint64_t clone_value(const ValueContext& to, const Entry& entry);
// Bytes beyond the entry itself.
std::size_t value_memory(const Entry& entry);
// Whether snapshots tell it in pieces: telling it at once would hold up everybody else.
struct LargeValue {  // larger than this
  std::size_t bytes = 256 * 1024;
  std::size_t elements = 4096;
};
bool is_large_elsewhere(const Entry& entry, const LargeValue& than);
inline bool is_large(const Entry& entry, const LargeValue& than) {
  return entry.has_pointer() && is_large_elsewhere(entry, than);
}
// All bytes that may not change but through the door, condensed: for builds that verify it.
std::uint64_t value_checksum(const Entry& entry);

// Elements of large hashes, sets and sorted sets lie in tables. A lookup there reads first a bucket,
// then the element: either can be asked for ahead, by the hash that Keyspace::make_key() has of the
// element's bytes.
enum class ElementPart { bucket, item };
inline bool has_element_table(const Entry& entry) {
  return entry.encoding() == Encoding::table || entry.encoding() == Encoding::tree;
}
void prefetch_element(const Entry& entry, std::uint64_t hash, ElementPart part);

inline Arena::Blob* blob_of(const Entry& entry) {
  return static_cast<Arena::Blob*>(entry.pointer());
}

}  // namespace replserver

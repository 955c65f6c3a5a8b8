// What the types of value need to know of their surroundings: how large a packed one may become,
// and where its memory and its hashes come from.
#pragma once

#include <cstdint>

#include "base/hash.hpp"
#include "data/arena.hpp"

namespace replserver {

// Up to these a collection is kept as one packed block. The node copies them from its configuration.
struct CollectionLimits {
  std::int64_t hash_max_listpack_entries = 512;
  std::int64_t hash_max_listpack_value = 64;
  std::int64_t set_max_intset_entries = 512;
  std::int64_t set_max_listpack_entries = 128;
  std::int64_t set_max_listpack_value = 64;
  std::int64_t zset_max_listpack_entries = 128;
  std::int64_t zset_max_listpack_value = 64;
  std::int64_t list_max_listpack_size = -2;  // entries; negative: a class of bytes, as in Redis
  std::int64_t stream_node_max_bytes = 4096;
  std::int64_t stream_node_max_entries = 100;
};

// Of one database, whose values all outlive by far: each of them may keep these references.
struct ValueContext {
  Arena& arena;
  const HashSeed& seed;
  const CollectionLimits& limits;
};

}  // namespace replserver

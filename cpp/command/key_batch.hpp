// Keys of commands that take many: hashed and brought into the cache in groups, so that their
// lookups wait for memory together instead of one after the other.
#pragma once

#include <array>
#include <cstddef>

#include "command/context.hpp"

namespace replserver {

// each(key, index) for the words 1, 1 + step, 1 + 2 * step, …
template <class Each>
void for_each_key(Context& context, Args args, std::size_t step, Each each) {
  constexpr std::size_t kGroup = 16;
  const Database& database = context.database();
  std::array<Key, kGroup> keys;
  for (std::size_t first = 1; first < args.size(); first += kGroup * step) {
    std::size_t count = 0;
    for (std::size_t at = first; count < kGroup && at < args.size(); at += step, ++count) {
      keys[count] = context.key(args[at]);
      database.prefetch_bucket(keys[count].hash);
    }
    if (count > 1) {
      for (std::size_t i = 0; i < count; ++i) database.prefetch_entry(keys[i].hash);
    }
    for (std::size_t i = 0; i < count; ++i) each(keys[i], first + i * step);
  }
}

}  // namespace replserver

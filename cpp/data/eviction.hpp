// EvictionPool — the best victims that sampling has come across and not yet used, as in Redis: so a
// small sample per eviction finds nearly the oldest key of all.
//
// Owned by the Keyspace. Invariant: sorted by score, the best victim last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "data/access.hpp"
#include "data/entry.hpp"

namespace replserver {

enum class EvictionPolicy : std::uint8_t {  // maxmemory-policy
  noeviction,
  allkeys_lru,
  allkeys_lfu,
  allkeys_random,
  volatile_lru,
  volatile_lfu,
  volatile_random,
  volatile_ttl,
};

constexpr bool only_volatile(EvictionPolicy policy) {
  return policy >= EvictionPolicy::volatile_lru;
}
constexpr bool is_random(EvictionPolicy policy) {
  return policy == EvictionPolicy::allkeys_random || policy == EvictionPolicy::volatile_random;
}

class EvictionPool {
 public:
  static constexpr std::size_t kSize = 16;

  struct Candidate {
    std::uint64_t score;  // the higher, the sooner it goes
    int database;
    Bytes key;
  };

  void offer(std::uint64_t score, int database, const Entry& entry);
  bool empty() const { return candidates_.empty(); }
  Candidate take();  // the best one
  void clear() { candidates_.clear(); }

  static std::uint64_t score(EvictionPolicy policy, const Entry& entry, const AccessClock& clock);

 private:
  std::vector<Candidate> candidates_;
};

}  // namespace replserver

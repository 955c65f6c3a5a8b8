// AccessClock — when, or how often, an entry was last used: the 24 bits that LRU and LFU eviction
// and OBJECT IDLETIME/FREQ read.
//
//   LRU: seconds, modulo 2^24 (194 days)      LFU: minutes, modulo 2^16 | logarithmic counter 8
//
// Owned by the Keyspace, told the time by the node. Changing between the two rules leaves old bits
// behind, which are then read wrongly until the entry is used again, as in Redis.
#pragma once

#include <cstdint>

#include "base/random.hpp"
#include "base/time.hpp"

namespace replserver {

struct AccessRules {
  bool lfu = false;           // maxmemory-policy is one of the LFU ones
  int lfu_log_factor = 10;    // lfu-log-factor
  int lfu_decay_minutes = 1;  // lfu-decay-time
};

class AccessClock {
 public:
  static constexpr std::uint32_t kMask = (1u << 24) - 1;
  static constexpr std::uint32_t kFreshCounter = 5;  // a new key must survive its first minutes

  void set_time(UnixMs now_ms);
  void set_rules(const AccessRules& rules);
  const AccessRules& rules() const { return rules_; }

  std::uint32_t fresh() const { return fresh_; }  // of an entry made now
  std::uint32_t touched(std::uint32_t access, Random& random) const {
    return rules_.lfu ? touched_lfu(access, random) : fresh_;
  }

  std::uint32_t idle_seconds(std::uint32_t access) const { return (seconds_ - access) & kMask; }
  std::uint32_t counter(std::uint32_t access) const;  // LFU, decayed up to now

  // What RESTORE IDLETIME/FREQ and RDB files give.
  std::uint32_t with_idle(std::uint32_t idle_seconds) const {
    return (seconds_ - idle_seconds) & kMask;
  }
  std::uint32_t with_counter(std::uint8_t counter) const { return (minutes_ << 8) | counter; }

 private:
  std::uint32_t touched_lfu(std::uint32_t access, Random& random) const;
  void refresh();

  AccessRules rules_;
  std::uint32_t seconds_ = 0;
  std::uint32_t minutes_ = 0;
  std::uint32_t fresh_ = 0;
};

}  // namespace replserver

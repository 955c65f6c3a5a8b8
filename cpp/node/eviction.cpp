#include "node/eviction.hpp"

namespace replserver {
namespace {

// So many keys go before one command at most; the rest goes before the next ones, or in the cycle.
constexpr int kEvictionsMax = 512;

EvictionPolicy policy_of(MaxmemoryPolicy policy) {
  switch (policy) {
    case MaxmemoryPolicy::volatile_lru:
      return EvictionPolicy::volatile_lru;
    case MaxmemoryPolicy::volatile_lfu:
      return EvictionPolicy::volatile_lfu;
    case MaxmemoryPolicy::volatile_random:
      return EvictionPolicy::volatile_random;
    case MaxmemoryPolicy::volatile_ttl:
      return EvictionPolicy::volatile_ttl;
    case MaxmemoryPolicy::allkeys_lru:
      return EvictionPolicy::allkeys_lru;
    case MaxmemoryPolicy::allkeys_lfu:
      return EvictionPolicy::allkeys_lfu;
    case MaxmemoryPolicy::allkeys_random:
      return EvictionPolicy::allkeys_random;
    case MaxmemoryPolicy::noeviction:
      return EvictionPolicy::noeviction;
  }
  return EvictionPolicy::noeviction;
}

// The backlog is not counted: evicting for its sake would write to it, and never end.
bool is_over(const NodeState& node) {
  return node.keyspace.used_memory() + node.clients_memory > node.config->maxmemory;
}

}  // namespace

bool make_room(NodeState& node) {
  if (!is_over(node)) return true;
  const EvictionPolicy policy = policy_of(node.config->maxmemory_policy);
  if (policy == EvictionPolicy::noeviction) return false;

  Context& context = *node.context;
  for (int evictions = 0; evictions < kEvictionsMax && is_over(node); ++evictions) {
    const auto victim =
        node.keyspace.evict_one(policy, node.config->maxmemory_samples, node.random);
    if (!victim) {
      return false;
    }
    ++context.stats.evicted;
    const ByteView verb = node.config->lazyfree_lazy_eviction ? "UNLINK" : "DEL";
    context.changes.add_removed(victim->database, {verb, victim->key});
    context.notify(kNotifyEvicted, "evicted", victim->key, victim->database);
  }
  if (!context.events.empty()) deliver_events(node);
  node.propagation.write(context.changes);
  return true;
}

}  // namespace replserver

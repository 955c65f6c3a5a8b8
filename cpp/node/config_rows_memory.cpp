#include "node/config_rows.hpp"

namespace replserver::config_rows {
namespace {

using N = NodeConfig;

constexpr std::array kPolicies = {named("volatile-lru", MaxmemoryPolicy::volatile_lru),
                                  named("volatile-lfu", MaxmemoryPolicy::volatile_lfu),
                                  named("volatile-random", MaxmemoryPolicy::volatile_random),
                                  named("volatile-ttl", MaxmemoryPolicy::volatile_ttl),
                                  named("allkeys-lru", MaxmemoryPolicy::allkeys_lru),
                                  named("allkeys-lfu", MaxmemoryPolicy::allkeys_lfu),
                                  named("allkeys-random", MaxmemoryPolicy::allkeys_random),
                                  named("noeviction", MaxmemoryPolicy::noeviction)};

constexpr Directive kDirectives[] = {
    {"maxmemory", "", memory(&N::maxmemory, 0, kAnySize), 0,
     "Bytes of data from which keys are evicted or writes refused; 0: no limit."},
    {"maxmemory-policy", "", choice<&N::maxmemory_policy>(kPolicies), 0,
     "Which keys are evicted when memory is full."},
    {"maxmemory-samples", "", number(&N::maxmemory_samples, 1, 64), 0,
     "Keys looked at to find one to evict: more is truer and slower."},
    {"maxmemory-eviction-tenacity", "", number(&N::maxmemory_eviction_tenacity, 0, 100), 0,
     "How long one command may spend on evicting; 100: until enough is free."},
    {"maxmemory-clients", "",
     NumberSlot{&N::maxmemory_clients, NumberSlot::Unit::memory_or_percent, -100, kLongMax}, 0,
     "Memory of all clients together, in bytes or percent of maxmemory; 0: no limit."},
    {"lfu-log-factor", "", number(&N::lfu_log_factor, 0, kIntMax), 0,
     "How hard it is for the counter of a frequently used key to rise."},
    {"lfu-decay-time", "", number(&N::lfu_decay_time, 0, kIntMax), 0,
     "Minutes after which that counter falls by one; 0: at every look."},
    {"active-expire-effort", "", number(&N::active_expire_effort, 1, 10), 0,
     "How much time goes into finding expired keys that nobody asks for."},
    {"lazyfree-lazy-eviction", "", flag(&N::lazyfree_lazy_eviction), 0,
     "Free evicted keys in the background."},
    {"lazyfree-lazy-expire", "", flag(&N::lazyfree_lazy_expire), 0,
     "Free expired keys in the background."},
    {"lazyfree-lazy-server-del", "", flag(&N::lazyfree_lazy_server_del), 0,
     "Free what commands like RENAME overwrite in the background."},
    {"lazyfree-lazy-user-del", "", flag(&N::lazyfree_lazy_user_del), 0,
     "Let DEL do what UNLINK does."},
    {"lazyfree-lazy-user-flush", "", flag(&N::lazyfree_lazy_user_flush), 0,
     "Let FLUSHALL and FLUSHDB free in the background unless they say SYNC."},
    {"jemalloc-bg-thread", "", flag(&N::jemalloc_bg_thread), 0,
     "Let a thread of jemalloc give memory back."},
    {"activedefrag", "", flag(&N::activedefrag), 0, "Move data to undo fragmentation."},
    {"active-defrag-ignore-bytes", "", memory(&N::active_defrag_ignore_bytes, 1), 0,
     "Wasted bytes below which nothing is moved."},
    {"active-defrag-threshold-lower", "", number(&N::active_defrag_threshold_lower, 0, 1000), 0,
     "Percent of waste from which data is moved."},
    {"active-defrag-threshold-upper", "", number(&N::active_defrag_threshold_upper, 0, 1000), 0,
     "Percent of waste from which it is moved with full effort."},
    {"active-defrag-cycle-min", "", number(&N::active_defrag_cycle_min, 1, 99), 0,
     "Percent of a processor used at the lower threshold."},
    {"active-defrag-cycle-max", "", number(&N::active_defrag_cycle_max, 1, 99), 0,
     "Percent of a processor used at the upper threshold."},
    {"active-defrag-max-scan-fields", "", number(&N::active_defrag_max_scan_fields, 1, kLongMax), 0,
     "Elements from which a collection is gone through in steps."},

    {"hash-max-listpack-entries", "hash-max-ziplist-entries",
     number(&N::hash_max_listpack_entries, 0, kLongMax), 0,
     "Fields up to which a hash is kept as a listpack."},
    {"hash-max-listpack-value", "hash-max-ziplist-value", memory(&N::hash_max_listpack_value), 0,
     "Length of a field or value up to which a hash is kept as a listpack."},
    {"list-max-listpack-size", "list-max-ziplist-size",
     number(&N::list_max_listpack_size, kIntMin, kIntMax), 0,
     "Elements per piece of a list; -1 to -5: 4 to 64 kilobytes per piece."},
    {"list-compress-depth", "", number(&N::list_compress_depth, 0, kIntMax), 0,
     "Pieces at either end of a list that are never compressed; 0: none is."},
    {"set-max-intset-entries", "", number(&N::set_max_intset_entries, 0, kLongMax), 0,
     "Members up to which a set of integers is kept as an intset."},
    {"set-max-listpack-entries", "", number(&N::set_max_listpack_entries, 0, kLongMax), 0,
     "Members up to which a set is kept as a listpack."},
    {"set-max-listpack-value", "", number(&N::set_max_listpack_value, 0, kLongMax), 0,
     "Length of a member up to which a set is kept as a listpack."},
    {"zset-max-listpack-entries", "zset-max-ziplist-entries",
     number(&N::zset_max_listpack_entries, 0, kLongMax), 0,
     "Members up to which a sorted set is kept as a listpack."},
    {"zset-max-listpack-value", "zset-max-ziplist-value", memory(&N::zset_max_listpack_value), 0,
     "Length of a member up to which a sorted set is kept as a listpack."},
    {"hll-sparse-max-bytes", "", memory(&N::hll_sparse_max_bytes), 0,
     "Size from which a HyperLogLog is kept dense."},
    {"stream-node-max-bytes", "", memory(&N::stream_node_max_bytes), 0,
     "Bytes in one piece of a stream; 0: no limit."},
    {"stream-node-max-entries", "", number(&N::stream_node_max_entries, 0, kLongMax), 0,
     "Entries in one piece of a stream; 0: no limit."},
};

}  // namespace

std::span<const Directive> memory_and_encodings() { return kDirectives; }

}  // namespace replserver::config_rows

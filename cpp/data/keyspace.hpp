// Keyspace — all numbered databases of a node, with what they share: the hash seed, the generation
// of writes, the access clock, the running snapshots.
//
// Owned by the Node. Does nothing by itself: expiry, eviction and upkeep are steps of bounded work
// that the node asks for. Reports what it removed, so that the node can tell replicas.
//
// A Database& is valid until that database is flushed, swapped or replaced.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "data/change.hpp"
#include "data/database.hpp"
#include "data/eviction.hpp"
#include "data/snapshot.hpp"

namespace replserver {

class Keyspace {
 public:
  struct Options {
    int databases = 16;
    SegmentShape shape = {};  // tests take tiny segments
    int generation_bits = 8;  // tests take 2, so that they wrap
    LargeValue large = {};    // told by snapshots in pieces; tests take small ones
  };
  enum class Flush { now, in_steps };  // where the memory goes: back at once, or by maintain()

  // The hash seed is drawn from `random`.
  Keyspace(int databases, Random& random) : Keyspace(Options{.databases = databases}, random) {}
  Keyspace(const Options& options, Random& random);
  ~Keyspace();
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;

  int databases() const { return static_cast<int>(databases_.size()); }
  Database& database(int index) { return *databases_[static_cast<std::size_t>(index)]; }
  const Database& database(int index) const { return *databases_[static_cast<std::size_t>(index)]; }
  Key make_key(ByteView bytes) const { return {bytes, keyed_hash(bytes, context_.seed)}; }
  std::size_t size() const;  // keys of all databases

  void swap(int first, int second);         // SWAPDB
  std::size_t flush(int index, Flush how);  // FLUSHDB; returns how many keys there were
  std::size_t flush_all(Flush how);         // FLUSHALL
  // A full sync loads into databases of their own, which then take the place of ours at once.
  using Databases = std::vector<std::unique_ptr<Database>>;
  Databases make_databases();
  void replace_all(Databases loaded, Flush how);

  // The access clock: told the time once per turn, and the rules when the configuration changes.
  void set_time(UnixMs now_ms) { context_.access.set_time(now_ms); }
  void set_limits(const CollectionLimits& limits) { context_.limits = limits; }
  void set_access_rules(const AccessRules& rules) { context_.access.set_rules(rules); }
  const AccessClock& access_clock() const { return context_.access; }

  // Removes keys whose time has come, looking at no more than about `budget` segments and entries.
  // `expired(int database, ByteView key)` is called before each goes; it must not touch the data.
  struct Expired {
    std::size_t erased = 0;
    bool more = false;  // the budget ended it: call again soon
  };
  template <class Callback>
  Expired expire_step(UnixMs now, std::size_t budget, Callback expired) {
    return expire_step(now, budget, &call<Callback>, &expired);
  }
  // The same for fields of hashes. `expired(int database, const ExpiredFields&)` is called after
  // some of one hash have gone, and must not touch the data.
  using ExpiredFields = Database::ExpiredFields;
  template <class Callback>
  Expired expire_fields_step(UnixMs now, std::size_t budget, Callback expired) {
    Expired result;
    ExpiredFields fields;
    while (budget > 0) {
      Database* database = with_due_fields(now);
      if (database == nullptr) break;
      budget -= std::min(budget, database->expire_fields_step(now, budget, fields));
      result.erased += fields.names.size();
      if (!fields.names.empty()) expired(database->index(), fields);
    }
    result.more = with_due_fields(now) != nullptr;
    return result;
  }
  // The earliest expiry of all keys, or earlier: expire_step() has nothing to do until after it.
  UnixMs next_expiry() const;

  // Removes the best victim of a sample; nothing when the policy finds none. The returned key is
  // valid until the next call.
  struct Evicted {
    int database;
    ByteView key;
  };
  std::optional<Evicted> evict_one(EvictionPolicy policy, int samples, Random& random);

  // Upkeep in bounded steps: merges thin segments, takes back what flushes left, gives free memory
  // to the system, restamps old generations. True: there is more to do.
  bool maintain(std::size_t budget);

  // Bytes: of all that is kept here, data and tables; and what it takes from the system for it.
  std::size_t used_memory() const;
  std::size_t table_memory() const;    // of it, segments and directories: overhead
  std::size_t retired_memory() const;  // of it, flushed and not yet freed, or kept by a snapshot
  std::size_t reserved_memory() const;
  std::size_t keys_to_free() const;  // INFO lazyfree_pending_objects

  // A point in time of all databases. Nothing: the oldest running one is 2^8-2 generations old.
  std::unique_ptr<Snapshot> start_snapshot(std::vector<SnapshotSink*> sinks);
  std::size_t snapshots() const { return snapshots_.size(); }
  // Large values that snapshots told at once, or to their end, since they were about to change.
  std::uint64_t hurried() const { return hurried_; }

  // WATCH: the one observer; set_watching(true) while any key is watched.
  void set_observer(const KeyObserver& observer);
  void set_watching(bool watching) { context_.observer.watching = watching; }

  // Verifies from now on that no entry changes but through the door. On from the start in builds
  // with a sanitizer. Costs a checksum per change.
  void check_door();

 private:
  template <class Callback>
  static void call(void* context, int database, ByteView key) {
    (*static_cast<Callback*>(context))(database, key);
  }
  friend class Snapshot;

  Expired expire_step(UnixMs now, std::size_t budget, Database::ExpiredCallback expired,
                      void* context);
  Database* with_due_fields(UnixMs now) const;
  void offer_samples(EvictionPolicy policy, int samples, Random& random);
  void retire(std::unique_ptr<Database> database, Flush how);
  std::size_t take_out(int index, Flush how);
  std::uint64_t restamp_target() const;  // just older than every running snapshot
  bool restamp_all();                    // false: a snapshot has been running for too long
  bool dissolve_retired(std::size_t budget);
  bool maintain_one(Database& database, std::size_t budget);

  DatabaseContext context_;
  Databases databases_;
  Databases retired_;                 // flushed: read by a snapshot, or being freed in steps
  std::vector<Snapshot*> snapshots_;  // running, oldest first
  std::uint64_t hurried_ = 0;
  EvictionPool pool_;
  EvictionPolicy pool_policy_ = EvictionPolicy::noeviction;  // whose scores the pool holds
  std::vector<std::uint64_t> volatile_hints_;  // per database: where keys that expire were found
  std::size_t random_database_ = 0;            // random policies take the databases in turn
  Bytes evicted_key_;
  std::size_t expire_database_ = 0;  // where the next step of each kind goes on
  std::size_t upkeep_database_ = 0;
};

}  // namespace replserver

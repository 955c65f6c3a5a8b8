#include "data/keyspace.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCheckDoor = true;
#elif defined(__has_feature)
constexpr bool kCheckDoor = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kCheckDoor = false;
#endif

constexpr std::size_t kFreedPerStep = 32;  // elements of large values, per unit of upkeep

}  // namespace

Keyspace::Keyspace(const Options& options, Random& random)
    : context_{.seed = {random.next(), random.next()},
               .shape = options.shape,
               .random = Random(random.next()),
               .access = {},
               .limits = {},
               .large = options.large,
               .observer = {},
               .generation = 0,
               .generation_mask = static_cast<std::uint8_t>((1 << options.generation_bits) - 1),
               .check_door = kCheckDoor},
      volatile_hints_(static_cast<std::size_t>(options.databases)) {
  RS_ASSERT(options.databases > 0 && options.generation_bits >= 2 && options.generation_bits <= 8);
  databases_.reserve(static_cast<std::size_t>(options.databases));
  for (int index = 0; index < options.databases; ++index) {
    databases_.push_back(std::make_unique<Database>(context_, index));
  }
}

Keyspace::~Keyspace() { RS_ASSERT(snapshots_.empty()); }

std::size_t Keyspace::size() const {
  std::size_t keys = 0;
  for (const auto& database : databases_) keys += database->size();
  return keys;
}

void Keyspace::check_door() {
  context_.check_door = true;
  for (const auto& database : databases_) {
    if (!database->door_check_) database->door_check_ = std::make_unique<DoorCheck>();
  }
}

void Keyspace::set_observer(const KeyObserver& observer) {
  const bool watching = context_.observer.watching;
  context_.observer = observer;
  context_.observer.watching = watching;
}

// ---- whole databases ----

void Keyspace::swap(int first, int second) {
  if (first == second) return;
  auto& one = databases_[static_cast<std::size_t>(first)];
  auto& other = databases_[static_cast<std::size_t>(second)];
  const KeyObserver& observer = context_.observer;
  if (observer.watching) {
    observer.replaced(observer.context, first, *one, other.get());
    observer.replaced(observer.context, second, *other, one.get());
  }
  std::swap(one, other);
  one->index_ = first;
  other->index_ = second;
  pool_.clear();
}

std::size_t Keyspace::flush(int index, Flush how) {
  const KeyObserver& observer = context_.observer;
  if (observer.watching) observer.replaced(observer.context, index, database(index), nullptr);
  return take_out(index, how);
}

std::size_t Keyspace::flush_all(Flush how) {
  std::size_t keys = 0;
  for (int index = 0; index < databases(); ++index) keys += flush(index, how);
  return keys;
}

std::size_t Keyspace::take_out(int index, Flush how) {
  auto& place = databases_[static_cast<std::size_t>(index)];
  const std::size_t keys = place->size();
  if (place->used_memory() == 0) return keys;  // never held anything
  auto old = std::move(place);
  place = std::make_unique<Database>(context_, index);
  retire(std::move(old), how);
  pool_.clear();
  return keys;
}

// A running snapshot goes on reading it; it is the last owner then.
void Keyspace::retire(std::unique_ptr<Database> database, Flush how) {
  database->retire();
  if (how == Flush::in_steps || !database->cursors_.empty()) {
    retired_.push_back(std::move(database));
  }
}

Keyspace::Databases Keyspace::make_databases() {
  Databases fresh;
  for (int index = 0; index < databases(); ++index) {
    fresh.push_back(std::make_unique<Database>(context_, index));
  }
  return fresh;
}

void Keyspace::replace_all(Databases loaded, Flush how) {
  RS_ASSERT(loaded.size() == databases_.size());
  const KeyObserver& observer = context_.observer;
  for (std::size_t index = 0; index < loaded.size(); ++index) {
    if (observer.watching) {
      observer.replaced(observer.context, static_cast<int>(index), *databases_[index],
                        loaded[index].get());
    }
    std::swap(databases_[index], loaded[index]);
    retire(std::move(loaded[index]), how);
  }
  pool_.clear();
}

// ---- memory ----

std::size_t Keyspace::used_memory() const {
  std::size_t bytes = retired_memory();
  for (const auto& database : databases_) bytes += sizeof(Database) + database->used_memory();
  return bytes;
}

std::size_t Keyspace::table_memory() const {
  std::size_t bytes = 0;
  for (const auto& database : databases_) bytes += sizeof(Database) + database->table_memory();
  return bytes;
}

std::size_t Keyspace::retired_memory() const {
  std::size_t bytes = 0;
  for (const auto& database : retired_) bytes += sizeof(Database) + database->used_memory();
  return bytes;
}

std::size_t Keyspace::reserved_memory() const {
  std::size_t bytes = 0;
  for (const auto& database : databases_) bytes += sizeof(Database) + database->reserved_memory();
  for (const auto& database : retired_) bytes += sizeof(Database) + database->reserved_memory();
  return bytes;
}

std::size_t Keyspace::keys_to_free() const {
  std::size_t keys = 0;
  for (const auto& database : databases_) keys += database->remains();
  for (const auto& database : retired_) keys += database->size();
  return keys;
}

// ---- steps ----

UnixMs Keyspace::next_expiry() const {
  UnixMs next = Database::kNoExpiry;
  for (const auto& database : databases_) next = std::min(next, database->next_expiry());
  return next;
}

Keyspace::Expired Keyspace::expire_step(UnixMs now, std::size_t budget,
                                        Database::ExpiredCallback expired, void* context) {
  Expired result;
  for (std::size_t turn = 0; turn < databases_.size() && budget > 0; ++turn) {
    Database& database = *databases_[expire_database_];
    if (database.expiry_is_due(now)) {
      const std::size_t work = database.expire_step(now, budget, expired, context, result.erased);
      budget -= std::min(budget, work);
      if (database.expiry_is_due(now)) break;  // not through yet: goes on here next time
    }
    expire_database_ = (expire_database_ + 1) % databases_.size();
  }
  result.more = next_expiry() < now;
  return result;
}

Database* Keyspace::with_due_fields(UnixMs now) const {
  const auto due = std::ranges::find_if(
      databases_, [&](const auto& database) { return database->next_field_expiry() < now; });
  return due != databases_.end() ? due->get() : nullptr;
}

void Keyspace::offer_samples(EvictionPolicy policy, int samples, Random& random) {
  if (policy != pool_policy_) pool_.clear();
  pool_policy_ = policy;
  for (std::size_t index = 0; index < databases_.size(); ++index) {
    databases_[index]->table_.sample(
        random, static_cast<std::size_t>(samples), only_volatile(policy), volatile_hints_[index],
        [&](const Entry& entry) {
          pool_.offer(EvictionPool::score(policy, entry, context_.access), static_cast<int>(index),
                      entry);
        });
  }
}

std::optional<Keyspace::Evicted> Keyspace::evict_one(EvictionPolicy policy, int samples,
                                                     Random& random) {
  if (policy == EvictionPolicy::noeviction) return std::nullopt;
  const auto evict = [&](int index) -> std::optional<Evicted> {
    if (!database(index).erase(make_key(evicted_key_))) return std::nullopt;
    return Evicted{index, evicted_key_};
  };
  if (is_random(policy)) {
    for (std::size_t turn = 0; turn < databases_.size(); ++turn) {
      const std::size_t index = random_database_;
      random_database_ = (random_database_ + 1) % databases_.size();
      bool found = false;
      databases_[index]->table_.sample(random, 1, only_volatile(policy), volatile_hints_[index],
                                       [&](const Entry& entry) {
                                         evicted_key_ = entry.key();
                                         found = true;
                                       });
      if (found) return evict(static_cast<int>(index));
    }
    return std::nullopt;
  }
  // What the pool remembers may be gone, or have been given another life since; Redis, too, only
  // asks whether the key is there. Sampling finds something as long as there is anything.
  for (int round = 0; round < 16; ++round) {
    offer_samples(policy, samples, random);
    while (!pool_.empty()) {
      EvictionPool::Candidate best = pool_.take();
      evicted_key_ = std::move(best.key);
      const Entry* entry = database(best.database).find(make_key(evicted_key_));
      if (entry == nullptr || (only_volatile(policy) && !entry->has_expiry())) continue;
      return evict(best.database);
    }
  }
  return std::nullopt;
}

bool Keyspace::dissolve_retired(std::size_t budget) {
  for (std::size_t index = 0; index < retired_.size(); ++index) {
    Database& database = *retired_[index];
    if (!database.cursors_.empty()) continue;
    if (database.arena_.dissolve(std::max<std::size_t>(budget / 256, 1))) {
      retired_.erase(retired_.begin() + static_cast<std::ptrdiff_t>(index));
      return true;
    }
    return true;
  }
  return false;
}

// True: this database has more to do.
bool Keyspace::maintain_one(Database& database, std::size_t budget) {
  bool more = database.free_remains(budget * kFreedPerStep);
  if (database.may_merge())
    more |= database.table_.merge_step(std::max<std::size_t>(budget / 64, 1));
  more |= database.arena_.trim(std::max<std::size_t>(budget / 256, 1));
  // Half of the generations are left for snapshots that start before the restamping is done.
  const std::uint64_t wrap = std::uint64_t{context_.generation_mask} + 1;
  if (context_.generation - database.oldest_generation_ > wrap / 2) {
    more |= database.restamp_step(restamp_target(), budget) >= budget;
  }
  return more;
}

bool Keyspace::maintain(std::size_t budget) {
  if (dissolve_retired(budget)) return true;
  for (std::size_t turn = 0; turn < databases_.size(); ++turn) {
    if (maintain_one(*databases_[upkeep_database_], budget)) return true;
    upkeep_database_ = (upkeep_database_ + 1) % databases_.size();
  }
  return false;
}

// ---- snapshots ----

std::uint64_t Keyspace::restamp_target() const {
  return snapshots_.empty() ? context_.generation : snapshots_.front()->generation() - 1;
}

bool Keyspace::restamp_all() {
  const std::uint64_t next = context_.generation + 1;
  const std::uint64_t mask = context_.generation_mask;
  if (!snapshots_.empty() && next - snapshots_.front()->generation() >= mask) return false;
  for (const auto& database : databases_) {
    while (!database->empty() && next - database->oldest_generation_ > mask) {
      if (database->restamp_step(restamp_target(), SIZE_MAX) == 0) return false;
    }
  }
  return true;
}

std::unique_ptr<Snapshot> Keyspace::start_snapshot(std::vector<SnapshotSink*> sinks) {
  if (!restamp_all()) return nullptr;
  ++context_.generation;
  std::unique_ptr<Snapshot> snapshot(new Snapshot(*this, context_.generation, std::move(sinks)));
  for (const auto& database : databases_) {
    if (!database->empty()) snapshot->add_part(*database);
  }
  snapshots_.push_back(snapshot.get());
  return snapshot;
}

}  // namespace replserver

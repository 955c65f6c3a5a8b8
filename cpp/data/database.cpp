#include "data/database.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"
#include "base/numbers.hpp"

namespace replserver {
namespace {

constexpr std::size_t kFreedAtOnce = 512;  // elements: some tens of microseconds

}  // namespace

Database::Database(DatabaseContext& context, int index)
    : context_(context),
      table_(arena_, context.seed, context.shape),
      index_(index),
      oldest_generation_(context.generation) {
  if (context.check_door) door_check_ = std::make_unique<DoorCheck>();
}

Database::~Database() { RS_ASSERT(cursors_.empty()); }

// ---- the door's other side ----

void Database::tell_early(const Entry& entry, std::uint64_t hash) {
  for (Snapshot::Cursor* cursor : cursors_) {
    if (!is_older(entry, cursor->generation)) continue;
    if (cursor->position.passed(hash, table_.home_of(hash))) {
      cursor->snapshot->about_to_change(cursor->label, entry);
      continue;
    }
    if (door_check_) door_check_->verify(entry);
    cursor->snapshot->tell_early(cursor->label, entry);
  }
}

void Database::begin_walk(Snapshot::Cursor* cursor) {
  cursor->position = table_.first();
  RS_ASSERT(!cursor->position.done);
  cursors_.push_back(cursor);
}

void Database::end_walk(Snapshot::Cursor* cursor) {
  cursors_.erase(std::remove(cursors_.begin(), cursors_.end(), cursor), cursors_.end());
}

void Database::retire() {
  retired_ = true;
  retired_at_ = context_.generation;
}

// ---- entries ----

void Database::expiry_added(UnixMs expiry) {
  expiry_sum_ += expiry;
  next_expiry_ = std::min(next_expiry_, expiry);
  next_after_pass_ = std::min(next_after_pass_, expiry);
}

Entry* Database::insert(const EntryPlan& plan, std::uint64_t hash, std::uint32_t access) {
  Entry* entry = insert_untold(plan, hash, access);
  notify(plan.key);
  return entry;
}

Entry* Database::insert_untold(const EntryPlan& plan, std::uint64_t hash, std::uint32_t access) {
  Entry* entry = EntryMaker::make(arena_, plan, stamp_now(), access);
  table_.insert(entry, hash);
  if (plan.expiry) expiry_added(*plan.expiry);
  if (plan.type == Type::hash) field_deadlines_.note(*entry);
  written(entry);
  return entry;
}

// The old entry's value is the caller's to destroy, or is the new one's.
Entry* Database::replace(const Table::Place& place, const EntryPlan& plan, std::uint32_t access) {
  Entry* entry = EntryMaker::make(arena_, plan, stamp_now(), access);
  Entry* old = table_.replace(place, entry);
  if (old->has_expiry()) expiry_removed(*old->expiry());
  if (plan.expiry) expiry_added(*plan.expiry);
  if (door_check_) door_check_->removed(*old);
  EntryMaker::release(arena_, old);
  written(entry);
  return entry;
}

void Database::remove(const Table::Place& place, std::uint64_t hash, bool with_value) {
  Entry* entry = table_.erase(place, hash);
  if (entry->has_expiry()) expiry_removed(*entry->expiry());
  if (entry->type() == Type::hash) field_deadlines_.forget(*entry);
  if (door_check_) door_check_->removed(*entry);
  if (with_value && !entry->is_inline() && entry->encoding() != Encoding::integer) {
    discard(entry->type(), entry->encoding(), entry->pointer());
  }
  EntryMaker::release(arena_, entry);
}

// A value of millions of elements takes the allocator longer to free than a client should wait.
void Database::discard(Type type, Encoding encoding, void* value) {
  std::size_t budget = kFreedAtOnce;
  if (!destroy_value(arena_, type, encoding, value, budget)) {
    remains_.push_back({type, encoding, value});
  }
}

bool Database::free_remains(std::size_t budget) {
  while (!remains_.empty() && budget > 0) {
    const Remains& last = remains_.back();
    if (destroy_value(arena_, last.type, last.encoding, last.value, budget)) remains_.pop_back();
  }
  return !remains_.empty();
}

// ---- collections: see change.hpp ----

Entry* Database::open(const Key& key, Type type) {
  const Table::Place place = table_.locate(key.bytes, key.hash);
  if (!place) return nullptr;
  Entry* entry = table_.at(place);
  RS_ASSERT(entry->type() == type);
  open_door(*entry, key.hash);
  if (door_check_) door_check_->removed(*entry);  // what it was is nobody's business any more
  return entry;
}

void Database::close(const Key& key, Entry* entry, const Changed& changed) {
  const EntryPlan plan{.key = key.bytes,
                       .type = changed.type,
                       .encoding = changed.encoding,
                       .word = reinterpret_cast<std::uintptr_t>(changed.value)};
  if (entry == nullptr) {
    if (changed.is_kept) {
      insert(plan, key.hash, context_.access.fresh());
    } else {
      discard(changed.type, changed.encoding, changed.value);
    }
    return;
  }
  EntryMaker::set_value(*entry, plan);
  if (changed.is_changed) notify(entry->key());
  if (changed.is_kept) {
    if (changed.type == Type::hash) field_deadlines_.note(*entry);
    written(entry);
  } else {
    remove(table_.locate(key.bytes, key.hash), key.hash, true);
  }
}

// A value that is replaced counts as used now; under LFU the key keeps what it has earned.
std::uint32_t Database::access_of_overwritten(const Entry& entry) const {
  return context_.access.rules().lfu ? entry.access() : context_.access.fresh();
}

const Entry* Database::put(const Key& key, EntryPlan& plan, PlanExpiry rule) {
  plan.key = key.bytes;
  const Table::Place place = table_.locate(key.bytes, key.hash);
  if (!place) {
    table_.prefetch_header(key.hash);
    return insert(plan, key.hash, context_.access.fresh());
  }

  Entry* old = table_.at(place);
  about_to_change(*old, key.hash);
  if (rule == PlanExpiry::keep) plan.expiry = old->expiry();
  const std::uint32_t access = access_of_overwritten(*old);
  if (old->type() == Type::hash) field_deadlines_.forget(*old);
  const bool owns = !old->is_inline() && old->encoding() != Encoding::integer;
  const Type type = old->type();
  const Encoding encoding = old->encoding();
  void* value = owns ? old->pointer() : nullptr;

  Entry* entry = old;
  if (EntryMaker::fits(*old, plan)) {
    if (plan.expiry && rule == PlanExpiry::planned) {
      expiry_removed(*old->expiry());
      expiry_added(*plan.expiry);
      table_.expiry_changed(place, *plan.expiry);
    }
    EntryMaker::rewrite(*old, plan);
    EntryMaker::set_access(*old, access);
    written(old);
  } else {
    entry = replace(place, plan, access);
  }
  if (plan.type == Type::hash) field_deadlines_.note(*entry);
  // Only now: the new value may have been a view into the old one.
  if (owns) discard(type, encoding, value);
  return entry;
}

bool Database::erase(const Key& key) {
  const Table::Place place = table_.locate(key.bytes, key.hash);
  if (!place) return false;
  table_.prefetch_header(key.hash);
  about_to_change(*table_.at(place), key.hash);
  remove(place, key.hash, true);
  return true;
}

const Entry* Database::set_expiry(const Key& key, std::optional<UnixMs> expiry) {
  const Table::Place place = table_.locate(key.bytes, key.hash);
  if (!place) return nullptr;
  Entry* entry = table_.at(place);
  if (!expiry && !entry->has_expiry()) return entry;

  about_to_change(*entry, key.hash);
  if (expiry && entry->has_expiry()) {
    expiry_removed(*entry->expiry());
    expiry_added(*expiry);
    EntryMaker::set_expiry(*entry, *expiry);
    table_.expiry_changed(place, *expiry);
    return written(entry);
  }
  EntryPlan plan = EntryMaker::plan_of(*entry);
  plan.expiry = expiry;
  return replace(place, plan, entry->access());
}

void Database::touch(const Entry* entry, std::uint32_t access) {
  EntryMaker::set_access(*const_cast<Entry*>(entry), access);
}

// ---- moving between names and databases ----

const Entry* Database::rename(const Key& from, const Key& to) {
  RS_ASSERT(from.bytes != to.bytes);
  erase(to);
  const Table::Place place = table_.locate(from.bytes, from.hash);
  RS_ASSERT(place);
  Entry* old = table_.at(place);
  about_to_change(*old, from.hash);

  EntryPlan plan = EntryMaker::plan_of(*old);
  plan.key = to.bytes;
  Entry* entry = EntryMaker::make(arena_, plan, stamp_now(), old->access());
  remove(place, from.hash, false);
  table_.insert(entry, to.hash);
  if (plan.expiry) expiry_added(*entry->expiry());
  if (plan.type == Type::hash) field_deadlines_.note(*entry);
  notify(entry->key());
  return written(entry);
}

const Entry* Database::copy(const Key& from, Database& target, const Key& to) {
  RS_ASSERT(this != &target || from.bytes != to.bytes);
  target.erase(to);
  const Entry* source = find(from);
  RS_ASSERT(source != nullptr);
  EntryPlan plan = EntryMaker::plan_of(*source);
  plan.key = to.bytes;
  if (!plan.is_inline() && plan.encoding != Encoding::integer) {
    plan.word = clone_value(target.value_context(), *source);
  }
  return target.insert(plan, to.hash, source->access());
}

const Entry* Database::move(const Key& from, Database& target) {
  const Entry* moved = copy(from, target, from);
  erase(from);
  return moved;
}

// ---- what is told about entries ----

std::size_t Database::memory_usage(const Entry& entry) const {
  const std::size_t share = size() == 0 ? 0 : table_.memory() / size();
  return Arena::rounded(entry.size()) + value_memory(entry) + std::min<std::size_t>(share, 64);
}

std::int64_t Database::average_ttl_ms(UnixMs now) const {
  if (expires() == 0) return 0;
  const auto average =
      static_cast<std::int64_t>(expiry_sum_ / static_cast<std::int64_t>(expires()));
  return std::max<std::int64_t>(average - now, 0);
}

const Entry* Database::random_entry(Random& random) const { return table_.random(random); }

// ---- steps ----

std::size_t Database::expire_step(UnixMs now, std::size_t budget, ExpiredCallback expired,
                                  void* context, std::size_t& erased) {
  expired_.clear();
  const std::size_t work =
      table_.collect_expired(expire_position_, now, budget, next_after_pass_, expired_);
  for (Entry* entry : expired_) {
    const Key key = make_key(entry->key());
    expired(context, index_, key.bytes);
    const Table::Place place = table_.locate(key.bytes, key.hash);
    about_to_change(*entry, key.hash);
    remove(place, key.hash, true);
  }
  erased += expired_.size();
  if (expire_position_ == 0) {  // the pass has been through all segments
    next_expiry_ = next_after_pass_;
    next_after_pass_ = kNoExpiry;
  }
  return work;
}

// An entry not written for as long as the generations' wrap would look new again. Before that, all
// that are older than `to` are made exactly as old as `to`, which every running snapshot finds old.
std::size_t Database::restamp_step(std::uint64_t to, std::size_t budget) {
  if (restamp_cursor_.done) {
    if (empty()) oldest_generation_ = context_.generation;
    if (oldest_generation_ >= to) return 0;
    restamp_cursor_ = table_.first();
    restamp_to_ = to;
  }
  std::size_t work = 0;
  const auto stamp = static_cast<std::uint8_t>(restamp_to_ & context_.generation_mask);
  while (work < budget && !restamp_cursor_.done) {
    work += 1 + table_.walk_home(restamp_cursor_, [&](const Entry& entry) {
      if (is_older(entry, stamp)) EntryMaker::stamp(const_cast<Entry&>(entry), stamp);
    });
  }
  if (restamp_cursor_.done) oldest_generation_ = restamp_to_;
  return work;
}

}  // namespace replserver

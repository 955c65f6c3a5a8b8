#include "command/context.hpp"

#include <limits>

#include "base/mutant.hpp"
#include "base/numbers.hpp"

namespace replserver {

bool Context::is_expired(const Entry& entry) const {
  const auto expiry = entry.expiry();
  return expiry && *expiry < now_ms();
}

bool Context::delete_expired(const Key& key, int db) {
  if (is_replica || keeps_expired) return false;
  erase_expired(key, db);
  return true;
}

// The name may be the entry's own bytes, so it is told before they go. To replicas it is a change of
// the command that found it: they see both at once, as those of Redis do.
void Context::erase_expired(const Key& key, int db) {
  changes.add(db, {settings.lazy_expire ? "UNLINK" : "DEL", key.bytes});
  notify(kNotifyExpired, "expired", key.bytes, db);
  ++stats.expired;
  keyspace.database(db).erase(key);
}

const Entry* Context::find(const Key& key, Touch touch) {
  const Entry* entry = database().find(key);
  const bool shows_all = is_replica && mutated(Mutant::shows_expired_keys_of_replicas);
  if (entry && entry->has_expiry() && is_hidden(*entry) && !shows_all) [[unlikely]] {
    delete_expired(key, db);
    entry = nullptr;
  }
  if (!entry) {
    ++stats.misses;
    notify(kNotifyKeyMiss, "keymiss", key.bytes);
    return nullptr;
  }
  ++stats.hits;
  if (touch == Touch::yes) database().touch(entry);
  return entry;
}

const Entry* Context::find_to_change(const Key& key, int db) {
  Database& database = keyspace.database(db);
  const Entry* entry = database.find(key);
  if (!entry) return nullptr;
  if (entry->has_expiry() && is_hidden(*entry)) [[unlikely]] {
    // Also on a replica, where only a client that may write comes here: its changes are its own.
    erase_expired(key, db);
    return nullptr;
  }
  if (!no_touch) database.touch(entry);
  return entry;
}

const Entry* Context::peek(ByteView key, int db) const {
  const Entry* entry = keyspace.database(db).find(this->key(key));
  return entry && is_hidden(*entry) ? nullptr : entry;
}

bool Context::is_wrong_type(const Entry* entry, Type type) {
  if (!entry || entry->type() == type) [[likely]]
    return false;
  reply.error(kWrongType);
  return true;
}

Result<const Entry*> Context::find(ByteView key, Type type) {
  const Entry* entry = find(key);
  if (entry && entry->type() != type) return fail(Error::Kind::command, Bytes(kWrongType));
  return entry;
}

Result<const Entry*> Context::find_to_change(ByteView key, Type type) {
  const Entry* entry = find_to_change(key);
  if (entry && entry->type() != type) return fail(Error::Kind::command, Bytes(kWrongType));
  return entry;
}

Result<std::int64_t> Context::integer(ByteView word, ByteView error) {
  if (const auto value = parse_integer(word)) return *value;
  return fail(Error::Kind::command, Bytes(error));
}

Result<int> Context::small_integer(ByteView word, ByteView error) {
  constexpr int kLeast = std::numeric_limits<int>::min(), kMost = std::numeric_limits<int>::max();
  const auto value = parse_integer(word);
  if (value && *value >= kLeast && *value <= kMost) return static_cast<int>(*value);
  if (!error.empty()) return fail(Error::Kind::command, Bytes(error));
  if (!value) return fail(Error::Kind::command, Bytes(kNotInteger));
  return fail(Error::Kind::command, "ERR value is out of range, value must between " +
                                        std::to_string(kLeast) + " and " + std::to_string(kMost));
}

Result<int> Context::database_index(ByteView word) const {
  const auto index = small_integer(word);
  if (index && (*index < 0 || *index >= keyspace.databases())) {
    return fail(Error::Kind::command, Bytes(kNoSuchDatabase));
  }
  return index;
}

void Context::changed_as(std::initializer_list<ByteView> words, std::int64_t count) {
  dirty += count;
  changes.add(db, words);
}

void Context::changed_as(std::span<const ByteView> words, std::int64_t count) {
  dirty += count;
  changes.add(db, words);
}

void Context::changed_in(int db, std::initializer_list<ByteView> words, std::int64_t count) {
  dirty += count;
  changes.add(db, words);
}

}  // namespace replserver

#include "command/hash_access.hpp"

namespace replserver {
namespace {

// Of the named fields, those that have expired go. Returns the entry as it is then.
const Entry* without_expired(Context& context, const Entry* entry, const Key& key,
                             const FieldWords& fields) {
  const HashView view = view_of(context, *entry);
  if (!view.may_hide()) [[likely]]
    return entry;
  std::vector<ByteView> expired;
  const HashView all(*entry);
  for (std::size_t at = 0; at < fields.words.size(); at += fields.step) {
    const ByteView name = fields.words[at];
    if (all.contains(name) && !view.contains(name)) expired.push_back(name);
  }
  if (expired.empty()) return entry;

  Change<Hash> hash = context.database().change<Hash>(key);
  for (const ByteView name : expired) {
    if (!hash->erase(name)) continue;  // named twice
    context.changed_as({"HDEL", key.bytes, name}, 0);
    ++context.stats.expired_fields;
  }
  const bool lives = hash.finish();
  context.notify(kNotifyHash, "hexpired", key.bytes);
  if (!lives) context.notify(kNotifyGeneric, "del", key.bytes);
  return lives ? context.database().find(key) : nullptr;
}

}  // namespace

Result<const Entry*> find_hash(Context& context, ByteView key, const FieldWords& fields) {
  const auto found = context.find(key, Type::hash);
  if (!found || !*found || context.is_replica || context.keeps_expired) return found;
  return without_expired(context, *found, context.key(key), fields);
}

Result<const Entry*> find_hash_to_change(Context& context, ByteView key, const FieldWords& fields) {
  const auto found = context.find_to_change(key, Type::hash);
  if (!found || !*found) return found;
  return without_expired(context, *found, context.key(key), fields);
}

}  // namespace replserver

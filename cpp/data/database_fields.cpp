// What a Database does about fields of hashes that expire.
#include "data/change.hpp"
#include "data/hash.hpp"

namespace replserver {

std::size_t Database::expire_fields_step(UnixMs now, std::size_t budget, ExpiredFields& expired) {
  expired.key = field_deadlines_.first();
  expired.names.clear();
  expired.key_is_gone = false;
  const Key key = make_key(expired.key);
  const Entry* entry = find(key);
  RS_ASSERT(entry != nullptr);
  auto& large = *static_cast<LargeHash*>(entry->pointer());
  const std::size_t work = large.collect_expired(now, budget, expired.names);
  if (expired.names.empty()) {  // the one that was to be first has gone since, or lives longer
    field_deadlines_.note(*entry);
    return work;
  }
  Change<Hash> hash = change<Hash>(key);
  for (const Bytes& name : expired.names) hash->erase(name);
  expired.key_is_gone = !hash.finish();
  return work;
}

}  // namespace replserver

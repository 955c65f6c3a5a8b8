#include "data/field_deadlines.hpp"

#include "data/large_hash.hpp"

namespace replserver {
namespace {

bool may_expire(const Entry& entry) {
  return entry.type() == Type::hash && entry.encoding() == Encoding::table;
}

}  // namespace

void FieldDeadlines::note(const Entry& entry) {
  if (may_expire(entry)) move(entry, static_cast<LargeHash*>(entry.pointer())->next_expiry());
}

void FieldDeadlines::forget(const Entry& entry) {
  if (may_expire(entry)) move(entry, LargeHash::kNoExpiry);
}

void FieldDeadlines::move(const Entry& entry, UnixMs deadline) {
  LargeHash& hash = *static_cast<LargeHash*>(entry.pointer());
  const UnixMs noted = hash.noted_expiry();
  if (noted == deadline) return;
  if (noted != LargeHash::kNoExpiry) hashes_.erase({noted, Bytes(entry.key())});
  if (deadline != LargeHash::kNoExpiry) hashes_.emplace(deadline, entry.key());
  hash.note_expiry(deadline);
}

}  // namespace replserver

#include "data/large_hash.hpp"

#include <algorithm>
#include <memory>
#include <new>

#include "base/assert.hpp"

namespace replserver {
namespace {

// Three hundred bytes, one kilobyte, four: each is left for the next when three quarters full. A
// home bucket of a smaller shape covers those of a larger one, so that a cursor of SCAN stays true.
constexpr SegmentShape kShapes[] = {{3, 1}, {15, 2}, {59, 4}};

bool is_enough(const SegmentShape& shape, std::size_t fields) {
  return fields <= shape.slots() * 3 / 4;
}

const SegmentShape& shape_for(std::size_t fields) {
  const auto* shape = std::ranges::find_if(
      kShapes, [&](const SegmentShape& candidate) { return is_enough(candidate, fields); });
  return shape != std::end(kShapes) ? *shape : *std::prev(std::end(kShapes));
}

}  // namespace

LargeHash* LargeHash::make(const ValueContext& context, std::size_t expected) {
  return new (context.arena.allocate(sizeof(LargeHash))) LargeHash(context, shape_for(expected));
}

LargeHash* LargeHash::clone(const ValueContext& to, const LargeHash& from) {
  LargeHash* copy = make(to, from.size());
  from.table_.for_each([&](const HashField& field) {
    copy->insert(HashField::make(to.arena, field.name(), field.value(), field.expiry()),
                 copy->hash_of(field.name()));
  });
  return copy;
}

bool LargeHash::destroy(Arena& arena, LargeHash* hash, std::size_t& budget) {
  const auto free = [&](HashField& field) { HashField::release(arena, &field); };
  if (!hash->table_.dissolve(budget, free)) return false;
  std::destroy_at(hash);
  arena.release(hash, sizeof(LargeHash));
  return true;
}

std::size_t LargeHash::memory() const {
  return Arena::rounded(sizeof(LargeHash)) + table_.memory() + bytes_;
}

void LargeHash::expiry_added(UnixMs expiry) {
  next_expiry_ = expiring() <= 1 && expire_position_ == 0 ? expiry : std::min(next_expiry_, expiry);
  next_after_pass_ = std::min(next_after_pass_, expiry);
}

// Into a table of the next shape; only while it is small, and so in a step that is small.
void LargeHash::outgrow() {
  const SegmentShape larger = shape_for(size() + 1);
  std::vector<HashField*> fields;
  fields.reserve(size());
  std::size_t budget = SIZE_MAX;
  table_.dissolve(budget, [&](HashField& field) { fields.push_back(&field); });
  table_.reshape(larger);
  for (HashField* field : fields) table_.insert(field, hash_of(field->name()));
}

void LargeHash::insert(HashField* field, std::uint64_t hash) {
  if (table_.shape().homes < kShapes[2].homes && !is_enough(table_.shape(), size() + 1)) outgrow();
  table_.insert(field, hash);
  bytes_ += Arena::rounded(field->size());
  if (const auto expiry = field->expiry()) expiry_added(*expiry);
}

void LargeHash::release(HashField* field) {
  bytes_ -= Arena::rounded(field->size());
  HashField::release(arena_, field);
}

void LargeHash::replace(const Table::Place& place, HashField* field) {
  HashField* old = table_.replace(place, field);
  bytes_ += Arena::rounded(field->size());
  if (const auto expiry = field->expiry()) expiry_added(*expiry);
  release(old);
}

void LargeHash::remove(const Table::Place& place, std::uint64_t hash) {
  release(table_.erase(place, hash));
  table_.merge_step(1);
}

bool LargeHash::set(ByteView name, ByteView value, Expiry rule) {
  const std::uint64_t hash = hash_of(name);
  const Table::Place place = table_.locate(name, hash);
  if (!place) {
    insert(HashField::make(arena_, name, value, std::nullopt), hash);
    return true;
  }
  HashField* field = table_.at(place);
  const bool loses_expiry = rule == Expiry::clear && field->expires();
  if (!loses_expiry && field->rewrite(value)) return false;
  replace(place,
          HashField::make(arena_, name, value, loses_expiry ? std::nullopt : field->expiry()));
  return false;
}

bool LargeHash::erase(ByteView name) {
  const std::uint64_t hash = hash_of(name);
  const Table::Place place = table_.locate(name, hash);
  if (!place) return false;
  remove(place, hash);
  return true;
}

void LargeHash::set_expiry(ByteView name, std::optional<UnixMs> expiry) {
  const Table::Place place = table_.locate(name, hash_of(name));
  RS_ASSERT(place);
  HashField* field = table_.at(place);
  if (expiry && field->expires()) {
    field->store_expiry(*expiry);
    table_.expiry_changed(place, *expiry);
    expiry_added(*expiry);
  } else if (expiry || field->expires()) {
    replace(place, HashField::make(arena_, field->name(), field->value(), expiry));
  }
}

std::size_t LargeHash::collect_expired(UnixMs now, std::size_t budget, std::vector<Bytes>& names) {
  std::vector<HashField*> expired;
  const std::size_t work =
      table_.collect_expired(expire_position_, now, budget, next_after_pass_, expired);
  for (const HashField* field : expired) names.emplace_back(field->name());
  if (expire_position_ == 0) {  // the pass has been through all segments
    next_expiry_ = next_after_pass_;
    next_after_pass_ = kNoExpiry;
  }
  return work;
}

}  // namespace replserver

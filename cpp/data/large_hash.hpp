// LargeHash — a hash that is too large for a listpack, or has fields that expire: a table of fields.
//
// Lives in its database's arena, where an entry points to it, and owns its fields there. A small
// one begins with a small table, since a segment of full size would outweigh what it holds.
//
// Invariant: no field expires before next_expiry(); `bytes` is what the fields take in the arena.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "data/hash_field.hpp"
#include "data/limits.hpp"
#include "data/table.hpp"

namespace replserver {

struct HashFieldTraits {
  using Item = HashField;
  static constexpr bool kExpires = true;
  static ByteView key(const HashField& field) { return field.name(); }
  static bool has_key(const HashField& field, ByteView name) { return field.has_name(name); }
  static std::optional<UnixMs> expiry(const HashField& field) { return field.expiry(); }
};

class LargeHash {
 public:
  using Table = SegmentTable<HashFieldTraits>;
  static constexpr UnixMs kNoExpiry = INT64_MAX;

  static LargeHash* make(const ValueContext& context, std::size_t expected);
  static LargeHash* clone(const ValueContext& to, const LargeHash& from);
  // Frees about `budget` fields, by which it is lowered. True: all is gone, this one too.
  static bool destroy(Arena& arena, LargeHash* hash, std::size_t& budget);

  const Table& table() const { return table_; }
  std::size_t size() const { return table_.size(); }
  std::size_t memory() const;
  const HashField* find(ByteView name) const { return table_.find(name, hash_of(name)); }

  enum class Expiry { keep, clear };
  bool set(ByteView name, ByteView value, Expiry rule);  // true: it is new
  bool erase(ByteView name);
  void set_expiry(ByteView name, std::optional<UnixMs> expiry);  // the field must be there

  // Fields with a time to live. No field has an earlier one; kNoExpiry when none has one.
  std::size_t expiring() const { return table_.expiring(); }
  UnixMs next_expiry() const { return expiring() == 0 ? kNoExpiry : next_expiry_; }
  // Adds the names of fields that have expired, looking at about `budget` segments and fields; all
  // of them must then be erased. Returns the work done; there may be more while next_expiry() < now.
  // Alters only what helps to find them, and so nothing that a snapshot tells.
  std::size_t collect_expired(UnixMs now, std::size_t budget, std::vector<Bytes>& names);

  // Under which deadline the database has noted this hash: its own mark, and no part of the value.
  UnixMs noted_expiry() const { return noted_expiry_; }
  void note_expiry(UnixMs expiry) { noted_expiry_ = expiry; }

 private:
  LargeHash(const ValueContext& context, const SegmentShape& shape)
      : arena_(context.arena), seed_(context.seed), table_(context.arena, context.seed, shape) {}

  std::uint64_t hash_of(ByteView name) const { return keyed_hash(name, seed_); }
  void insert(HashField* field, std::uint64_t hash);
  void replace(const Table::Place& place, HashField* field);
  void remove(const Table::Place& place, std::uint64_t hash);
  void release(HashField* field);
  void expiry_added(UnixMs expiry);
  void outgrow();

  Arena& arena_;
  const HashSeed& seed_;
  Table table_;
  std::size_t bytes_ = 0;
  UnixMs next_expiry_ = kNoExpiry;
  UnixMs next_after_pass_ = kNoExpiry;
  std::uint64_t expire_position_ = 0;  // of the pass that is under way, as a hash
  UnixMs noted_expiry_ = kNoExpiry;
};

}  // namespace replserver

// Database — one numbered database: a table of entries in an arena of its own.
//
// All changes go through one door: whatever alters or removes an entry first calls about_to_change(),
// which lets every running snapshot tell the old state and stamps the entry with the current
// generation. The public verbs below do that themselves; a command cannot forget it.
//
// Knows no clock and no role: whether an expired key may be seen or must be deleted is decided by
// the command's Context. A `const Entry*` is valid until the next change of this database. Bytes given
// to a verb may be another entry's, and erase() may be given the entry's own key.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"
#include "base/shared_bytes.hpp"
#include "data/access.hpp"
#include "data/arena.hpp"
#include "data/door_check.hpp"
#include "data/entry.hpp"
#include "data/entry_maker.hpp"
#include "data/field_deadlines.hpp"
#include "data/limits.hpp"
#include "data/snapshot.hpp"
#include "data/table.hpp"
#include "data/value.hpp"

namespace replserver {

class Database;
template <class Value>
class Change;

// A key with its hash: computed once per command, when its bucket is prefetched.
struct Key {
  ByteView bytes;
  std::uint64_t hash = 0;
};

// What WATCH needs: told of every key that is written, removed or created, while `watching`.
struct KeyObserver {
  void (*changed)(void* context, int database, ByteView key) = nullptr;
  // Before a database gives way to another (SWAPDB: both ways; FLUSH: `after` is nullptr).
  void (*replaced)(void* context, int database, const Database& before,
                   const Database* after) = nullptr;
  void* context = nullptr;
  bool watching = false;
};

struct EntryTraits {
  using Item = Entry;
  static constexpr bool kExpires = true;
  static ByteView key(const Entry& entry) { return entry.key(); }
  static bool has_key(const Entry& entry, ByteView key) { return entry.has_key(key); }
  static std::optional<UnixMs> expiry(const Entry& entry) { return entry.expiry(); }
};

// What the databases of one keyspace share.
struct DatabaseContext {
  HashSeed seed;
  SegmentShape shape;
  Random random;  // LFU's coin; eviction and RANDOMKEY get theirs as an argument
  AccessClock access;
  CollectionLimits limits;
  LargeValue large;
  KeyObserver observer;
  std::uint64_t generation = 0;  // of the last snapshot started
  std::uint8_t generation_mask = 0xff;
  bool check_door = false;
};

class Database {
 public:
  enum class Expiry { keep, clear };  // what a write does to the key's time to live

  Database(DatabaseContext& context, int index);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Reading.
  const Entry* find(const Key& key) const { return table_.find(key.bytes, key.hash); }
  std::size_t size() const { return table_.size(); }
  bool empty() const { return table_.size() == 0; }
  std::size_t expires() const { return table_.expiring(); }  // keys with a time to live
  int index() const { return index_; }
  Key make_key(ByteView bytes) const { return {bytes, keyed_hash(bytes, context_.seed)}; }
  void prefetch_bucket(std::uint64_t hash) const { table_.prefetch_bucket(hash); }
  void prefetch_entry(std::uint64_t hash) const {  // once the bucket has arrived
    table_.prefetch_entry(hash);
  }
  const Entry* random_entry(Random& random) const;  // uniform; nullptr when empty

  // SCAN: calls back with about `count` entries and returns the next cursor, 0 at the end. Nothing
  // may be changed by the callback.
  template <class Callback>  // void(const Entry&)
  std::uint64_t scan(std::uint64_t cursor, std::size_t count, Callback callback) const {
    return table_.scan(cursor, count, callback);
  }
  template <class Callback>  // void(const Entry&); in hash order by segment
  void for_each(Callback callback) const {
    table_.for_each(callback);
  }

  // Strings. Each returns the entry as it is afterwards.
  const Entry* set_string(const Key& key, ByteView value, Expiry expiry);  // int if it is one
  const Entry* set_string(const Key& key, ByteView value, std::optional<UnixMs> expiry);
  // A value that was received into a block of its own; kept as it is when it is long.
  const Entry* set_string(const Key& key, SharedBytes value, std::optional<UnixMs> expiry);
  const Entry* set_text(const Key& key, ByteView value, Expiry expiry);  // never int
  const Entry* set_raw(const Key& key, ByteView value, Expiry expiry);   // never int nor embstr
  const Entry* set_integer(const Key& key, std::int64_t value, Expiry expiry);
  // Changed in place, "raw" afterwards. A missing key begins empty: append then is set_string.
  const Entry* append(const Key& key, ByteView tail);
  const Entry* overwrite(const Key& key, std::size_t offset, ByteView bytes);  // SETRANGE, SETBIT
  // The bytes themselves, `size` of them, zero-filled behind the old ones, "raw" afterwards: for
  // SETBIT and BITFIELD. Valid until the next change of this database.
  char* writable_string(const Key& key, std::size_t size);

  // Collections: the only way to change one. The key must be missing, or hold such a value.
  template <class Value>
  Change<Value> change(const Key& key);  // data/change.hpp
  ValueContext value_context() { return {arena_, context_.seed, context_.limits}; }
  // A new one that has no key yet: to be stored, in the place of whatever the key holds, or dropped.
  template <class Value>
  Value make() {
    return Value(value_context());
  }
  template <class Value>
  const Entry* store(const Key& key, Value& value) {
    EntryPlan plan{.type = Value::kType, .encoding = value.encoding()};
    plan.word = reinterpret_cast<std::uintptr_t>(value.release());
    return put(key, plan, PlanExpiry::planned);
  }
  template <class Value>
  void drop(Value& value) {
    const Encoding encoding = value.encoding();
    discard(Value::kType, encoding, value.release());
  }

  // Filling a database that nobody watches yet; data/database_load.cpp. The key must be new: if it
  // is not, nothing is done and nullptr returned.
  struct Loading {
    Key key;
    std::optional<UnixMs> expiry = {};
    std::optional<std::uint64_t> idle_s = {};  // each counts under its kind of eviction policy
    std::optional<std::uint8_t> frequency = {};
  };
  // Of one that has never held a key. More may come, or fewer.
  void presize(std::size_t keys) { table_.presize(keys); }
  bool is_presized() const { return table_.segments() > 0; }
  void prefetch_for_load(std::uint64_t hash) const {  // once the bucket has arrived
    table_.prefetch_header(hash);
    table_.prefetch_entry(hash);
  }
  const Entry* load_string(const Loading& loading, ByteView value);  // int if it is one
  const Entry* load_string(const Loading& loading, SharedBytes value);
  const Entry* load_integer(const Loading& loading, std::int64_t value);
  template <class Value>
  const Entry* load(const Loading& loading, Value& value) {
    if (table_.locate(loading.key.bytes, loading.key.hash)) return nullptr;
    EntryPlan plan{.type = Value::kType, .encoding = value.encoding()};
    plan.word = reinterpret_cast<std::uintptr_t>(value.release());
    return load(loading, plan);
  }

  // Any type. What a large value leaves behind is freed by maintain().
  bool erase(const Key& key);
  const Entry* set_expiry(const Key& key, std::optional<UnixMs> expiry);
  // The value moves to another name and keeps its expiry; what was there is gone. `from` must exist
  // and differ from `to`.
  const Entry* rename(const Key& from, const Key& to);
  // Into this or another database of the same keyspace, replacing what is there; expiry and access
  // come along. `from` must exist, and be another place than the target.
  const Entry* copy(const Key& from, Database& target, const Key& to);
  const Entry* move(const Key& from, Database& target);

  // LRU/LFU only: no change in a snapshot's sense.
  void touch(const Entry* entry, std::uint32_t access);
  void touch(const Entry* entry) {
    const std::uint32_t access = context_.access.touched(entry->access(), context_.random);
    if (access != entry->access()) touch(entry, access);
  }

  // The value as bytes, whatever its encoding; `scratch` (32 bytes) holds an integer's digits.
  static ByteView string_view(const Entry& entry, char* scratch);
  static std::size_t string_size(const Entry& entry);
  // A reference to a long value, to be sent from where it is; empty for those kept inline.
  static SharedBytes shared_string(const Entry& entry);

  // OBJECT, MEMORY USAGE, INFO keyspace.
  std::uint32_t idle_seconds(const Entry& entry) const {
    return context_.access.idle_seconds(entry.access());
  }
  std::uint32_t frequency(const Entry& entry) const {
    return context_.access.counter(entry.access());
  }
  static ByteView encoding_name(const Entry& entry) {
    return replserver::encoding_name(entry.encoding());
  }
  std::size_t memory_usage(const Entry& entry) const;  // entry, value and its share of the table
  std::int64_t average_ttl_ms(UnixMs now) const;       // 0: no key has one
  // No key of this database has an earlier expiry; kNoExpiry when none has one. As in Redis a key
  // lives through the millisecond of its expiry, and is gone in the next.
  static constexpr UnixMs kNoExpiry = INT64_MAX;
  UnixMs next_expiry() const { return expires() == 0 ? kNoExpiry : next_expiry_; }
  // Hashes with fields that expire; and when the first of these may.
  std::size_t expiring_hashes() const { return field_deadlines_.size(); }
  UnixMs next_field_expiry() const { return field_deadlines_.next(); }

  // Memory.
  std::size_t used_memory() const { return arena_.used(); }     // entries, values, table
  std::size_t table_memory() const { return table_.memory(); }  // of it, segments and directory
  std::size_t reserved_memory() const { return arena_.reserved(); }
  const SegmentTable<EntryTraits>& table() const { return table_; }
  std::size_t remains() const { return remains_.size(); }  // large values gone, not yet freed

 private:
  friend class Keyspace;
  friend class Snapshot;
  template <class Value>
  friend class Change;
  using Table = SegmentTable<EntryTraits>;

  // The door.
  void about_to_change(Entry& entry, std::uint64_t hash) {
    open_door(entry, hash);
    notify(entry.key());
  }
  void open_door(Entry& entry, std::uint64_t hash) {
    if (!cursors_.empty()) [[unlikely]]
      tell_early(entry, hash);
    if (door_check_) [[unlikely]]
      door_check_->verify(entry);
    EntryMaker::stamp(entry, stamp_now());
  }
  void notify(ByteView key) {
    const KeyObserver& observer = context_.observer;
    if (observer.watching) [[unlikely]]
      observer.changed(observer.context, index_, key);
  }
  const Entry* written(const Entry* entry) {
    if (door_check_) [[unlikely]]
      door_check_->written(*entry);
    return entry;
  }
  void tell_early(const Entry& entry, std::uint64_t hash);

  // What entries keep of a generation, and how two of them compare: by age, which survives the wrap
  // as long as no entry is as old as the wrap is long (restamp_step sees to that).
  std::uint64_t generation() const { return retired_ ? retired_at_ : context_.generation; }
  std::uint8_t stamp_now() const {
    return static_cast<std::uint8_t>(context_.generation & context_.generation_mask);
  }
  std::uint8_t age(std::uint8_t stamp) const {
    return static_cast<std::uint8_t>((generation() - stamp) & context_.generation_mask);
  }
  bool is_older(const Entry& entry, std::uint8_t snapshot) const {
    return age(entry.generation()) > age(snapshot);
  }

  // Keep: the expiry the key has. Otherwise the plan's.
  enum class PlanExpiry { keep, planned };
  const Entry* put(const Key& key, EntryPlan& plan, PlanExpiry rule);
  const Entry* put_string(const Key& key, ByteView value, EntryPlan& plan, PlanExpiry rule);
  static void plan_inline(EntryPlan& plan, ByteView value);
  const Entry* load(const Loading& loading, EntryPlan& plan);
  std::uint32_t access_of_loaded(const Loading& loading) const;
  Entry* insert(const EntryPlan& plan, std::uint64_t hash, std::uint32_t access);
  Entry* insert_untold(const EntryPlan& plan, std::uint64_t hash, std::uint32_t access);
  Entry* replace(const Table::Place& place, const EntryPlan& plan, std::uint32_t access);
  void remove(const Table::Place& place, std::uint64_t hash, bool with_value);
  void discard(Type type, Encoding encoding, void* value);
  std::uint32_t access_of_overwritten(const Entry& entry) const;
  std::uint64_t hold(ByteView bytes, std::size_t capacity = 0);
  char* resize(const Key& key, std::size_t size, const Entry*& entry);
  char* resize_blob(const Table::Place& place, ByteView old, std::size_t size, const Entry*& entry);

  Entry* open(const Key& key, Type type);  // nullptr: the key is missing
  struct Changed {
    Type type;
    Encoding encoding;
    void* value;
    bool is_kept;     // else the key goes
    bool is_changed;  // else nobody need be told
  };
  void close(const Key& key, Entry* entry, const Changed& changed);

  // Sums over all expiries, for the average; and the earliest, for the timer.
  void expiry_added(UnixMs expiry);
  void expiry_removed(UnixMs expiry) { expiry_sum_ -= expiry; }

  // Steps of the Keyspace.
  using ExpiredCallback = void (*)(void* context, int database, ByteView key);
  std::size_t expire_step(UnixMs now, std::size_t budget, ExpiredCallback expired, void* context,
                          std::size_t& erased);
  bool expiry_is_due(UnixMs now) const { return next_expiry() < now; }
  // Of the hash whose fields are due first. Its key, what it loses, and whether that is all.
  struct ExpiredFields {
    Bytes key;
    std::vector<Bytes> names;
    bool key_is_gone = false;
  };
  std::size_t expire_fields_step(UnixMs now, std::size_t budget, ExpiredFields& expired);
  bool free_remains(std::size_t budget);  // true: there is more
  std::size_t restamp_step(std::uint64_t to, std::size_t budget);
  bool may_merge() const { return cursors_.empty() && restamp_cursor_.done; }
  void retire();
  void begin_walk(Snapshot::Cursor* cursor);
  void end_walk(Snapshot::Cursor* cursor);

  DatabaseContext& context_;
  Arena arena_;
  Table table_;
  int index_;
  bool retired_ = false;                    // flushed, but a snapshot still reads it
  std::uint64_t retired_at_ = 0;            // the generation then
  std::vector<Snapshot::Cursor*> cursors_;  // of running snapshots, oldest first
  std::unique_ptr<DoorCheck> door_check_;
  struct Remains {
    Type type;
    Encoding encoding;
    void* value;
  };
  std::vector<Remains> remains_;

  __extension__ __int128 expiry_sum_ = 0;
  UnixMs next_expiry_ = kNoExpiry;
  std::uint64_t expire_position_ = 0;  // of the pass that is under way, as a hash
  UnixMs next_after_pass_ = kNoExpiry;
  std::vector<Entry*> expired_;  // of one step; kept for its capacity
  FieldDeadlines field_deadlines_;

  std::uint64_t oldest_generation_;  // no entry is older
  HashCursor restamp_cursor_{.done = true};
  std::uint64_t restamp_to_ = 0;
};

}  // namespace replserver

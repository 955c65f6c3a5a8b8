// Context — what a command may touch: the keyspace, the time it runs at, its client's reply.
//
// Does once what every command needs: looks keys up by the rules of expiry and role, checks the
// type, marks changes. Made by the node and lent to one command at a time.
//
//   handler(context, args):  find ─> (WRONGTYPE | missing | entry) ─> change database() ─> changed()
//
// Invariant: whoever changes data says so by changed() or changed_as(), or replicas diverge.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "command/changes.hpp"
#include "command/command.hpp"
#include "data/keyspace.hpp"
#include "resp/writer.hpp"

namespace replserver {

// What commands need of the configuration; the node keeps it current.
struct CommandSettings {
  std::size_t bulk_max = 512u << 20;  // proto-max-bulk-len: no string grows beyond it
  std::size_t hll_sparse_max_bytes = 3000;
  unsigned notify = 0;                // notify-keyspace-events
  bool lazy_expire = false;           // lazyfree-lazy-*: UNLINK instead of DEL towards replicas
  bool lazy_user_del = false;
  bool lazy_user_flush = false;
  bool lazy_server_del = false;
  bool active_expire = true;  // DEBUG SET-ACTIVE-EXPIRE
};

// notify-keyspace-events: which channels, then which classes.
enum Notify : unsigned {
  kNotifyKeyspace = 1u << 0,  // K
  kNotifyKeyevent = 1u << 1,  // E
  kNotifyGeneric = 1u << 2,   // g
  kNotifyString = 1u << 3,    // $
  kNotifyList = 1u << 4,      // l
  kNotifySet = 1u << 5,       // s
  kNotifyHash = 1u << 6,      // h
  kNotifyZset = 1u << 7,      // z
  kNotifyExpired = 1u << 8,   // x
  kNotifyEvicted = 1u << 9,   // e
  kNotifyStream = 1u << 10,   // t
  kNotifyKeyMiss = 1u << 11,  // m, not in A
  kNotifyModule = 1u << 13,   // d
  kNotifyNew = 1u << 14,      // n, not in A
  kNotifyAll = kNotifyGeneric | kNotifyString | kNotifyList | kNotifySet | kNotifyHash |
               kNotifyZset | kNotifyExpired | kNotifyEvicted | kNotifyStream | kNotifyModule,  // A
};

struct KeyEvent {
  int db;
  unsigned kind;  // a class of Notify
  Bytes name;     // "expire"
  Bytes key;
};

struct KeyStats {  // INFO stats
  std::uint64_t hits = 0, misses = 0, expired = 0, expired_fields = 0, evicted = 0;
};

inline constexpr ByteView kWrongType =
    "WRONGTYPE Operation against a key holding the wrong kind of value";
inline constexpr ByteView kSyntaxError = "ERR syntax error";
inline constexpr ByteView kNoSuchDatabase = "ERR DB index is out of range";
inline constexpr ByteView kTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
inline constexpr ByteView kNotInteger = "ERR value is not an integer or out of range";

// What a blocking command waits for, and how it is answered in vain.
struct Blocking {
  Type type;
  Words keys;  // a change of any of them, if it then holds this type, has the command said again
  std::optional<Duration> timeout = {};  // none: for ever
  bool null_array = true;                // the answer when the time is over
  Words words = {};                      // to be said again; none: the client's own
  bool wakes_on_deletion = false;        // also when a key is gone or holds another type
};

class Context {
 public:
  enum class Touch { no, yes };

  Context(Keyspace& keyspace, Random& random, const CommandSettings& settings)
      : keyspace(keyspace), random(random), settings(settings) {}

  Keyspace& keyspace;
  Random& random;
  const CommandSettings& settings;

  // Of the command being executed; set by the node.
  Now now;
  int db = 0;
  resp::Writer reply{nowhere_, 2};
  Key prefetched;               // the first key, hashed ahead: bytes are the argument's own
  bool in_transaction = false;  // inside EXEC: nothing may block
  bool may_wait = false;        // the client can be answered later
  bool from_primary = false;    // our primary's stream: sees expired keys, is never refused
  bool is_replica = false;      // hides expired keys instead of deleting them
  bool keeps_expired = false;   // CLIENT PAUSE: nothing changes by itself, expired keys are hidden
  bool no_touch = false;        // CLIENT NO-TOUCH

  Database& database() { return keyspace.database(db); }
  UnixMs now_ms() const { return unix_ms(now.wall); }
  Key key(ByteView bytes) const {
    const bool is_prefetched = bytes.data() == prefetched.bytes.data() &&
                               bytes.size() == prefetched.bytes.size() && bytes.data() != nullptr;
    return is_prefetched ? prefetched : keyspace.make_key(bytes);
  }

  // For reading: counts a hit or a miss and touches the key. Missing or expired: nullptr.
  const Entry* find(const Key& key) { return find(key, no_touch ? Touch::no : Touch::yes); }
  const Entry* find(ByteView key) { return find(this->key(key)); }
  // Without the touch: looking is no use of the key, as for EXISTS, TYPE, TTL.
  const Entry* find(const Key& key, Touch touch);
  // For writing: an expired key is deleted first, and its deletion propagated.
  const Entry* find_to_change(const Key& key) { return find_to_change(key, db); }
  const Entry* find_to_change(const Key& key, int db);
  const Entry* find_to_change(ByteView key) { return find_to_change(this->key(key), db); }
  // The same with the type checked: an entry, nullptr, or WRONGTYPE.
  Result<const Entry*> find(ByteView key, Type type);
  Result<const Entry*> find_to_change(ByteView key, Type type);
  // True, and told so, when a found entry is not of this type.
  bool is_wrong_type(const Entry* entry, Type type);
  // Without counting, touching, deleting or telling anyone.
  const Entry* peek(ByteView key, int db) const;
  const Entry* peek(ByteView key) const { return peek(key, db); }
  bool is_expired(const Entry& entry) const;  // by the clock alone
  bool is_hidden(const Entry& entry) const { return is_expired(entry) && !from_primary; }
  // Deletes a key that has expired, as its reader found; false where it is only hidden: on a
  // replica, whose primary will delete it.
  bool delete_expired(const Key& key, int db);

  // Numbers in arguments: the value, or Redis' error.
  static Result<std::int64_t> integer(ByteView word, ByteView error = kNotInteger);
  static Result<int> small_integer(ByteView word, ByteView error = {});  // `error`: instead of ours
  Result<int> database_index(ByteView word) const;                       // of one that exists

  // For a handler that finds nothing to serve: it returns without a reply, and is called again with
  // the same words when there may be something. False: it must answer at once, as if in vain.
  bool can_block() const { return may_wait && !in_transaction && !from_primary; }
  void block(Blocking wish) { blocking = std::move(wish); }

  // The data changed. Replicas get the client's own words; or these instead, in this order.
  void changed(std::int64_t count = 1) {
    dirty += count;
    verbatim_ = true;
  }
  void changed_as(std::initializer_list<ByteView> words, std::int64_t count = 1);
  void changed_as(std::span<const ByteView> words, std::int64_t count = 1);
  void changed_in(int db, std::initializer_list<ByteView> words, std::int64_t count = 1);
  bool propagates_verbatim() const { return verbatim_; }

  void notify(unsigned kind, ByteView event, ByteView key) { notify(kind, event, key, db); }
  void notify(unsigned kind, ByteView event, ByteView key, int db) {
    if (!(settings.notify & kind)) [[likely]] {
      return;
    }
    events.push_back({db, kind, Bytes(event), Bytes(key)});
  }

  // Of a key that was written: first that it is new, if it is.
  void notify_written(bool is_new, unsigned kind, ByteView event, ByteView key) {
    if (settings.notify == 0) [[likely]]
      return;
    if (is_new) notify(kNotifyNew, "new", key);
    notify(kind, event, key);
  }

  void begin_command() {  // by the node, before each
    verbatim_ = false;
    blocking.reset();
  }

  std::int64_t dirty = 0;  // changes since the last save, as Redis counts them
  KeyStats stats;
  Changes changes;
  std::vector<KeyEvent> events;
  std::optional<Blocking> blocking;  // what the command being executed waits for

 private:
  void erase_expired(const Key& key, int db);

  resp::Output nowhere_;
  bool verbatim_ = false;
};

}  // namespace replserver

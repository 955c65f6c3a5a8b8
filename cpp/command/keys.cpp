// Keys of any type: which exist, of what type, under which name, in which database.
#include "command/context.hpp"
#include "command/key_batch.hpp"
#include "command/options.hpp"

namespace replserver {
namespace {

constexpr ByteView kSameObject = "ERR source and destination objects are the same";

// Also UNLINK: memory is given back by size class, so that freeing later would gain nothing.
void del(Context& context, Args args) {
  std::int64_t deleted = 0;
  for_each_key(context, args, 1, [&](const Key& key, std::size_t) {
    const Entry* entry = context.database().find(key);
    if (!entry) return;
    if (entry->has_expiry() && context.is_hidden(*entry) &&
        context.delete_expired(key, context.db)) {
      return;
    }
    context.database().erase(key);
    context.notify(kNotifyGeneric, "del", key.bytes);
    ++deleted;
  });
  if (deleted > 0) context.changed(deleted);
  context.reply.integer(deleted);
}

void reply_count(Context& context, Args args, Context::Touch touch) {
  std::int64_t count = 0;
  for_each_key(context, args, 1, [&](const Key& key, std::size_t) {
    if (context.find(key, touch)) ++count;
  });
  context.reply.integer(count);
}

void exists(Context& context, Args args) { reply_count(context, args, Context::Touch::no); }
// Its purpose is to touch: also for a client that has said CLIENT NO-TOUCH.
void touch(Context& context, Args args) { reply_count(context, args, Context::Touch::yes); }

void type(Context& context, Args args) {
  const Entry* entry = context.find(context.key(args[1]), Context::Touch::no);
  context.reply.simple(entry ? type_name(entry->type()) : "none");
}

// ---- Other names, other places -----------------------------------------------------------------

enum class Overwrite { no, yes };

// -1: no such key. 0: the name is taken. 1: renamed.
int rename_key(Context& context, Args args, Overwrite overwrite) {
  const Key from = context.key(args[1]);
  const Key to = context.key(args[2]);
  if (!context.find_to_change(from)) {
    context.reply.error("ERR no such key");
    return -1;
  }
  if (from.bytes == to.bytes) return 0;
  if (context.find_to_change(to) && overwrite == Overwrite::no) return 0;

  context.database().rename(from, to);
  context.changed();
  context.notify(kNotifyNew, "new", args[2]);
  context.notify(kNotifyGeneric, "rename_from", args[1]);
  context.notify(kNotifyGeneric, "rename_to", args[2]);
  return 1;
}

void rename(Context& context, Args args) {
  if (rename_key(context, args, Overwrite::yes) >= 0) context.reply.ok();
}

void renamenx(Context& context, Args args) {
  const int renamed = rename_key(context, args, Overwrite::no);
  if (renamed >= 0) context.reply.integer(renamed);
}

void move(Context& context, Args args) {
  const auto target = context.database_index(args[2]);
  if (!target) return context.reply.error(target.error());
  if (*target == context.db) return context.reply.error(kSameObject);

  const Key key = context.key(args[1]);
  if (!context.find_to_change(key)) return context.reply.integer(0);
  if (context.find_to_change(key, *target)) return context.reply.integer(0);
  context.database().move(key, context.keyspace.database(*target));
  context.changed();
  context.notify(kNotifyNew, "new", args[1], *target);
  context.notify(kNotifyGeneric, "move_from", args[1]);
  context.notify(kNotifyGeneric, "move_to", args[1], *target);
  context.reply.integer(1);
}

void copy(Context& context, Args args) {
  int target = context.db;
  bool replace = false;
  OptionReader options(args, 3);
  while (options.next()) {
    ByteView word;
    if (options.is("REPLACE")) {
      replace = true;
    } else if (options.is("DB", word)) {
      const auto index = context.database_index(word);
      if (index) target = *index;
      if (!index) options.refuse(index.error().text);
    } else {
      options.refuse();
    }
  }
  if (options.refused()) return context.reply.error(options.error());
  if (target == context.db && args[1] == args[2]) return context.reply.error(kSameObject);

  const Key from = context.key(args[1]);
  const Key to = context.key(args[2]);
  if (!context.find(from)) return context.reply.integer(0);
  if (context.find_to_change(to, target) && !replace) return context.reply.integer(0);
  context.database().copy(from, context.keyspace.database(target), to);
  context.changed();
  context.notify(kNotifyNew, "new", args[2], target);
  context.notify(kNotifyGeneric, "copy_to", args[2], target);
  context.reply.integer(1);
}

// ---- OBJECT ------------------------------------------------------------------------------------

// Looking at a key from outside is no use of it, and its absence is told to no one.
const Entry* find_object(Context& context, ByteView name) {
  const Key key = context.key(name);
  const Entry* entry = context.database().find(key);
  if (entry && context.is_hidden(*entry)) {
    context.delete_expired(key, context.db);
    entry = nullptr;
  }
  ++(entry ? context.stats.hits : context.stats.misses);
  if (!entry) context.reply.null();
  return entry;
}

void object_encoding(Context& context, Args args) {
  if (const Entry* entry = find_object(context, args[2])) {
    context.reply.bulk(Database::encoding_name(*entry));
  }
}

// Nothing of ours is shared, but clients know small integers as shared by all who hold them.
void object_refcount(Context& context, Args args) {
  const Entry* entry = find_object(context, args[2]);
  if (!entry) return;
  constexpr std::int64_t kSharedIntegers = 10000, kSharedByAll = INT32_MAX;
  const bool is_shared = entry->encoding() == Encoding::integer && entry->integer() >= 0 &&
                         entry->integer() < kSharedIntegers;
  context.reply.integer(is_shared ? kSharedByAll : 1);
}

constexpr ByteView kNoFrequency =
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that "
    "when switching between policies at runtime LRU and LFU data will take some time to adjust.";
constexpr ByteView kNoIdleTime =
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when "
    "switching between policies at runtime LRU and LFU data will take some time to adjust.";

void object_freq(Context& context, Args args) {
  const Entry* entry = find_object(context, args[2]);
  if (!entry) return;
  if (!context.keyspace.access_clock().rules().lfu) return context.reply.error(kNoFrequency);
  context.reply.integer(context.database().frequency(*entry));
}

void object_idletime(Context& context, Args args) {
  const Entry* entry = find_object(context, args[2]);
  if (!entry) return;
  if (context.keyspace.access_clock().rules().lfu) return context.reply.error(kNoIdleTime);
  context.reply.integer(context.database().idle_seconds(*entry));
}

constexpr ByteView kObjectHelp[] = {
    "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "ENCODING <key>",
    "    Return the kind of internal representation used in order to store the value",
    "    associated with a <key>.",
    "FREQ <key>",
    "    Return the access frequency index of the <key>. The returned integer is",
    "    proportional to the logarithm of the recent access frequency of the key.",
    "IDLETIME <key>",
    "    Return the idle time of the <key>, that is the approximated number of",
    "    seconds elapsed since the last access to the key.",
    "REFCOUNT <key>",
    "    Return the number of references of the value associated with the specified",
    "    <key>.",
    "HELP",
    "    Prints this help.",
};

void object_help(Context& context, Args) {
  context.reply.array(std::size(kObjectHelp));
  for (const ByteView line : kObjectHelp) context.reply.simple(line);
}

constexpr KeyRange kOneKey = {1, 1, 1}, kTwoKeys = {1, 2, 1}, kAllKeys = {1, -1, 1};
constexpr KeyRange kObjectKey = {2, 2, 1};

constexpr Command kCommands[] = {
    // name             arity  flags                keys       categories         handler
    {"copy", -3, kWrite | kDenyOom, kTwoKeys, kKeyspaceCategory, copy},
    {"del", -2, kWrite, kAllKeys, kKeyspaceCategory, del},
    {"exists", -2, kReadonly | kFast, kAllKeys, kKeyspaceCategory, exists},
    {"move", 3, kWrite | kFast, kOneKey, kKeyspaceCategory, move},
    {"object", -2, 0, {}, kNoCategory},
    {"object|encoding", 3, kReadonly, kObjectKey, kKeyspaceCategory, object_encoding},
    {"object|freq", 3, kReadonly, kObjectKey, kKeyspaceCategory, object_freq},
    {"object|help", 2, kLoading | kStale, {}, kKeyspaceCategory, object_help},
    {"object|idletime", 3, kReadonly, kObjectKey, kKeyspaceCategory, object_idletime},
    {"object|refcount", 3, kReadonly, kObjectKey, kKeyspaceCategory, object_refcount},
    {"rename", 3, kWrite, kTwoKeys, kKeyspaceCategory, rename},
    {"renamenx", 3, kWrite | kFast, kTwoKeys, kKeyspaceCategory, renamenx},
    {"touch", -2, kReadonly | kFast, kAllKeys, kKeyspaceCategory, touch},
    {"type", 2, kReadonly | kFast, kOneKey, kKeyspaceCategory, type},
    {"unlink", -2, kWrite | kFast, kAllKeys, kKeyspaceCategory, del},
};

}  // namespace

std::span<const Command> key_commands() { return kCommands; }

}  // namespace replserver

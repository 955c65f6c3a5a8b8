// DUMP and RESTORE — values as bytes, for another server or another time.
#include <algorithm>
#include <vector>

#include "command/integer_text.hpp"
#include "command/options.hpp"
#include "node/state.hpp"
#include "rdb/dump.hpp"
#include "rdb/restore.hpp"

namespace replserver {
namespace {

void dump(NodeContext& context, Args args) {
  const Entry* const entry = context.find(args[1]);
  if (entry == nullptr) return context.reply.null();
  const NodeConfig& config = *context.node.config;
  Bytes payload;
  dump_value(payload, *entry,
             {.version = config.rdb_save_version, .compress = config.rdbcompression});
  context.reply.bulk(payload);
}

// key ttl payload [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
struct Restore {
  bool replaces = false;
  bool is_absolute = false;
  std::optional<std::int64_t> idle_seconds = {};
  std::optional<std::int64_t> frequency = {};
  std::optional<UnixMs> expiry = {};
};

// False: refused, and told so. IDLETIME and FREQ exclude each other.
bool read_options(Context& context, Args args, Restore& wanted) {
  OptionReader options(args, 4);
  while (options.next()) {
    std::int64_t number = 0;
    if (options.is("REPLACE")) {
      wanted.replaces = true;
    } else if (options.is("ABSTTL")) {
      wanted.is_absolute = true;
    } else if (!wanted.frequency && options.is("IDLETIME", number)) {
      wanted.idle_seconds = number;
      if (number < 0) options.refuse("ERR Invalid IDLETIME value, must be >= 0");
    } else if (!wanted.idle_seconds && options.is("FREQ", number)) {
      wanted.frequency = number;
      if (number < 0 || number > 255) {
        options.refuse("ERR Invalid FREQ value, must be >= 0 and <= 255");
      }
    } else {
      options.refuse();
    }
  }
  if (options.refused()) context.reply.error(options.error());
  return !options.refused();
}

bool read_expiry(Context& context, ByteView word, Restore& wanted) {
  const auto ttl = Context::integer(word);
  if (!ttl || *ttl < 0) {
    context.reply.error(ttl ? "ERR Invalid TTL value, must be >= 0" : ttl.error().text);
    return false;
  }
  if (*ttl == 0) return true;
  wanted.expiry = *ttl;
  if (!wanted.is_absolute &&
      __builtin_add_overflow(*ttl, context.now_ms(), &wanted.expiry.value())) {
    wanted.expiry = INT64_MAX;
  }
  return true;
}

// Its time is over before it is there: all that can happen is that the old value goes.
void restore_nothing(Context& context, const Key& key, ByteView payload) {
  const auto checked = check_value(payload, context.database(), true);
  if (!checked) return context.reply.error(checked.error());
  if (context.database().erase(key)) {
    context.changed_as({context.settings.lazy_server_del ? "UNLINK" : "DEL", key.bytes});
    context.notify(kNotifyGeneric, "del", key.bytes);
  }
  context.reply.ok();
}

std::uint32_t access_of(const AccessClock& clock, const Restore& wanted) {
  if (clock.rules().lfu) {
    if (!wanted.frequency) return clock.fresh();
    return clock.with_counter(static_cast<std::uint8_t>(*wanted.frequency));
  }
  if (!wanted.idle_seconds) return clock.fresh();
  constexpr std::int64_t kIdleMax = AccessClock::kMask / 2;
  return clock.with_idle(static_cast<std::uint32_t>(std::min(*wanted.idle_seconds, kIdleMax)));
}

// Replicas are told the instant, not how long from now.
void propagate(Context& context, Args args, const Restore& wanted) {
  if (!wanted.expiry || wanted.is_absolute) return context.changed();
  const IntegerText expiry(*wanted.expiry);
  std::vector<ByteView> words(args.begin(), args.end());
  words[2] = expiry;
  words.push_back("ABSTTL");
  context.changed_as(words);
}

void restore(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const ByteView payload = args[3];
  Restore wanted;
  if (!read_options(context, args, wanted)) return;
  if (!wanted.replaces && context.find_to_change(key) != nullptr) {
    return context.reply.error("BUSYKEY Target key name already exists.");
  }
  if (!read_expiry(context, args[2], wanted)) return;
  if (wanted.expiry && *wanted.expiry <= context.now_ms() && !context.is_replica) {
    return restore_nothing(context, key, payload);
  }
  // Whatever sanitize-dump-payload says: what a client made may be no value of ours at all.
  const bool deep = !context.from_primary;
  const auto restored = restore_value(payload, context.database(), key, wanted.expiry, deep);
  if (!restored) return context.reply.error(restored.error());
  context.database().touch(*restored, access_of(context.keyspace.access_clock(), wanted));
  propagate(context, args, wanted);
  context.notify(kNotifyNew, "new", args[1]);
  context.notify(kNotifyGeneric, "restore", args[1]);
  context.reply.ok();
}

constexpr Command kCommands[] = {
    {"dump", 2, kReadonly, {1, 1, 1}, kKeyspaceCategory, as_node<dump>},
    {"restore", -4, kWrite | kDenyOom, {1, 1, 1}, kKeyspaceCategory | kDangerousCategory, restore},
};

}  // namespace

std::span<const Command> dump_commands() { return kCommands; }

}  // namespace replserver

// DEBUG — for tests of the server and of what talks to it. The dispatcher lets it through only where
// enable-debug-command says so.
#include <algorithm>
#include <cmath>

#include "base/ascii.hpp"
#include "base/glob.hpp"
#include "base/numbers.hpp"
#include "base/until_nul.hpp"
#include "command/help.hpp"
#include "data/digest.hpp"
#include "node/debug_reports.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

void refuse(NodeContext& context, Args args) {
  constexpr std::size_t kShownMax = 128;
  context.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                      Bytes(until_nul(args[1]).substr(0, kShownMax)) + "'. Try DEBUG HELP.");
}

void debug_sleep(NodeContext& context, Args args) {
  constexpr double kSecondsMax = 1e9;
  const double seconds = std::clamp(parse_double(args[2]).value_or(0), 0.0, kSecondsMax);
  context.node.effects.busy += Duration(std::llround(seconds * 1e6));
  context.reply.ok();
}

void debug_object(NodeContext& context, Args args) {
  const Key key = context.key(args[2]);
  const Entry* const entry = context.database().find(key);
  if (entry == nullptr) {
    context.reply.error("ERR no such key");
    return;
  }
  context.reply.simple(object_report(context.database(), key, *entry, context.node.config->rdbcompression));
}

void debug_digest(NodeContext& context, Args) {
  context.reply.simple(hex(dataset_digest(context.keyspace)));
}

void debug_digest_value(NodeContext& context, Args args) {
  context.reply.array(args.size() - 2);
  for (const ByteView key : args.subspan(2)) {
    // Also of a key that has expired, as DIGEST counts it.
    const Entry* const entry = context.database().find(context.key(key));
    context.reply.simple(hex(entry != nullptr ? value_digest(*entry) : Digest()));
  }
}

void debug_set_active_expire(NodeContext& context, Args args) {
  context.node.settings.active_expire = parse_integer(args[2]).value_or(0) != 0;
  context.reply.ok();
}

// POPULATE count [prefix] [size]: not told to replicas.
void debug_populate(NodeContext& context, Args args) {
  constexpr ByteView kNotPositive = "ERR value is out of range, must be positive";
  const auto count = parse_integer(args[2]);
  const auto size = args.size() > 4 ? parse_integer(args[4]) : std::optional<std::int64_t>(0);
  const auto size_max = static_cast<std::int64_t>(context.settings.bulk_max);
  if (!count || *count < 0 || !size || *size < 0 || *size > size_max) {
    context.reply.error(kNotPositive);
    return;
  }
  const Bytes prefix = Bytes(args.size() > 3 ? args[3] : "key") + ":";
  for (std::int64_t i = 0; i < *count; ++i) {
    const Bytes name = prefix + std::to_string(i);
    const Key key = context.key(name);
    if (context.database().find(key) != nullptr) continue;
    Bytes value = "value:" + std::to_string(i);
    if (*size > 0) value.resize(static_cast<std::size_t>(*size));
    context.database().set_string(key, value, Database::Expiry::clear);
    context.notify(kNotifyNew, "new", name);
  }
  context.reply.ok();
}

void debug_stringmatch(NodeContext& context, Args args) {
  context.reply.integer(glob_match(args[2], args[3]) ? 1 : 0);
}

// Line breaks at its end are not cut off, as from other errors, but shown as spaces like those inside.
void debug_error(NodeContext& context, Args args) {
  Bytes text(args[2]);
  for (char& byte : text) {
    if (byte == '\r' || byte == '\n') byte = ' ';
  }
  context.reply.error(text);
}

void debug_log(NodeContext& context, Args args) {
  context.node.log(LogLevel::warning, "DEBUG LOG: " + Bytes(args[2]));
  context.reply.ok();
}

void debug_change_repl_id(NodeContext& context, Args) {
  constexpr std::size_t kDigits = 40;
  context.node.log(LogLevel::notice,
                   "Changing replication IDs after receiving DEBUG change-repl-id");
  context.node.propagation.rename(context.random.hex(kDigits));
  context.reply.ok();
}

// RELOAD [MERGE] [NOFLUSH] [NOSAVE]: into the file and back. Reads are served meanwhile.
void debug_reload(NodeContext& context, Args args) {
  bool flush = true, merge = false, save = true;
  for (const ByteView word : args.subspan(2)) {
    if (equal_ignoring_case(word, "merge")) {
      merge = true;
    } else if (equal_ignoring_case(word, "noflush")) {
      flush = false;
    } else if (equal_ignoring_case(word, "nosave")) {
      save = false;
    } else {
      return context.reply.error(
          "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
    }
  }
  if (context.in_transaction) {
    return context.reply.error("ERR DEBUG RELOAD isn't allowed in a transaction");
  }
  const Existing existing = flush ? Existing::flush : merge ? Existing::replace : Existing::keep;
  const LinkId client = context.session->link;
  context.node.suspend(*context.session, Suspension::operation);
  reload(context.node, existing, save, [client](NodeState& node, bool loaded) {
    ClientSession* const session = node.wake(client);
    if (session == nullptr) return;
    resp::Writer reply = node.writer_for(*session);
    loaded ? reply.ok() : reply.error("ERR Error trying to load the RDB dump, check server logs");
  });
}

void debug_crash(NodeContext& context, Args args) {
  context.node.log(LogLevel::warning, "Ending at once, as DEBUG " + upper(args[1]) + " asks for.");
  context.node.effects.abort = true;
}

void debug_reply_buffer(NodeContext& context, Args args) {
  // Our replies have no buffer of their own whose size could be steered.
  if (equal_ignoring_case(args[2], "peak-reset-time")) {
    const bool is_named =
        equal_ignoring_case(args[3], "never") || equal_ignoring_case(args[3], "reset");
    if (is_named || parse_integer(args[3])) return context.reply.ok();
    return context.reply.error(kNotInteger);
  }
  if (equal_ignoring_case(args[2], "resizing")) return context.reply.ok();
  refuse(context, args);
}

void debug_packed_threshold(NodeContext& context, Args args) {
  constexpr std::uint64_t kLimit = std::uint64_t{4} << 30;
  const auto size = parse_memory(args[2]);
  if (!size || *size >= kLimit) {
    context.reply.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    return;
  }
  context.reply.ok();
}

void debug_htstats(NodeContext& context, Args args) {
  const auto db = parse_integer(args[2]);
  if (!db) return context.reply.error(kNotInteger);
  if (*db < 0 || *db >= context.keyspace.databases()) {
    return context.reply.error("ERR Out of range database");
  }
  context.reply.verbatim("txt", table_report(context.keyspace.database(static_cast<int>(*db))));
}

// ---- PROTOCOL: one reply of each kind, for those who write clients

void reply_string(resp::Writer& reply) { reply.bulk("Hello World"); }
void reply_integer(resp::Writer& reply) { reply.integer(12345); }
void reply_double(resp::Writer& reply) { reply.number(3.141); }
void reply_null(resp::Writer& reply) { reply.null(); }
void reply_bignum(resp::Writer& reply) {
  reply.big_number("1234567999999999999999999999999999999");
}
void reply_array(resp::Writer& reply) {
  reply.array(3);
  for (int i = 0; i < 3; ++i) reply.integer(i);
}
void reply_set(resp::Writer& reply) {
  reply.set(3);
  for (int i = 0; i < 3; ++i) reply.integer(i);
}
void reply_map(resp::Writer& reply) {
  reply.map(3);
  for (int i = 0; i < 3; ++i) {
    reply.integer(i);
    reply.boolean(i == 1);
  }
}
void reply_attribute(resp::Writer& reply) {
  if (reply.version() >= 3) {  // an attribute is no part of the reply: RESP2 leaves it out
    reply.raw("|1\r\n");
    reply.bulk("key-popularity");
    reply.array(2);
    reply.bulk("key:123");
    reply.integer(90);
  }
  reply.bulk("Some real reply following the attribute");
}
void reply_push(resp::Writer& reply) {
  if (reply.version() < 3) return reply.error("ERR RESP2 is not supported by this command");
  reply.push(2);
  reply.bulk("server-cpu-usage");
  reply.integer(42);
  reply.bulk("Some real reply following the push reply");
}
void reply_verbatim(resp::Writer& reply) { reply.verbatim("txt", "This is a verbatim\nstring"); }
void reply_true(resp::Writer& reply) { reply.boolean(true); }
void reply_false(resp::Writer& reply) { reply.boolean(false); }

constexpr struct {
  ByteView name;
  void (*write)(resp::Writer& reply);
} kReplies[] = {
    {"string", reply_string}, {"integer", reply_integer},   {"double", reply_double},
    {"bignum", reply_bignum}, {"null", reply_null},         {"array", reply_array},
    {"set", reply_set},       {"map", reply_map},           {"attrib", reply_attribute},
    {"push", reply_push},     {"verbatim", reply_verbatim}, {"true", reply_true},
    {"false", reply_false},
};

void debug_protocol(NodeContext& context, Args args) {
  Bytes names;
  for (const auto& kind : kReplies) {
    if (equal_ignoring_case(args[2], kind.name)) return kind.write(context.reply);
    if (!names.empty()) names += "|";
    names += kind.name;
  }
  context.reply.error("ERR Wrong protocol type name. Please use one of the following: " + names);
}

void debug_help(NodeContext& context, Args) {
  constexpr ByteView kLines[] = {
      "CHANGE-REPL-ID",
      "    Give the node's history another id: its replicas must begin anew.",
      "DIGEST",
      "    40 hex digits that are the same for the same data.",
      "DIGEST-VALUE <key> [<key> ...]",
      "    The same for single values.",
      "ERROR <string>",
      "    Reply with this error.",
      "HTSTATS <dbid>",
      "    How full the database's table is.",
      "LOG <message>",
      "    Write it to the log.",
      "OBJECT <key>",
      "    How the key's value is kept.",
      "PANIC | SEGFAULT | RESTART",
      "    End at once, without a word to anybody.",
      "POPULATE <count> [<prefix>] [<size>]",
      "    Make keys named key:<number>, or <prefix>:<number>, unless they exist. Replicas are not",
      "    told.",
      "PROTOCOL <type>",
      "    A reply of this type: string, integer, double, bignum, null, array, set, map, attrib,",
      "    push, verbatim, true, false.",
      "QUICKLIST-PACKED-THRESHOLD <size>",
      "    Understood, without an effect.",
      "RELOAD [MERGE] [NOFLUSH] [NOSAVE]",
      "    Save the data set and load it again. NOSAVE: load what was saved before. NOFLUSH: keep",
      "    the keys that are there; MERGE: replace those that the file has, too.",
      "REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time> | RESIZING <0|1>",
      "    Understood, without an effect.",
      "SET-ACTIVE-EXPIRE <0|1>",
      "    0: keys that nobody asks for do not expire.",
      "SLEEP <seconds>",
      "    Do nothing else for so long. Decimals are allowed.",
      "STRINGMATCH-LEN <pattern> <string>",
      "    1 if the glob-style pattern matches, else 0.",
  };
  reply_help(context.reply, "debug", kLines);
}

constexpr struct Subcommand {
  ByteView name;
  std::size_t words_min, words_max;
  void (*handler)(NodeContext&, Args);
} kSubcommands[] = {
    {"sleep", 3, 3, debug_sleep},
    {"object", 3, 4, debug_object},
    {"digest", 2, 2, debug_digest},
    {"digest-value", 2, SIZE_MAX, debug_digest_value},
    {"set-active-expire", 3, 3, debug_set_active_expire},
    {"populate", 3, 5, debug_populate},
    {"stringmatch-len", 4, 4, debug_stringmatch},
    {"error", 3, 3, debug_error},
    {"log", 3, 3, debug_log},
    {"change-repl-id", 2, 2, debug_change_repl_id},
    {"protocol", 3, 3, debug_protocol},
    {"reload", 2, 5, debug_reload},
    {"replybuffer", 4, 4, debug_reply_buffer},
    {"quicklist-packed-threshold", 3, 3, debug_packed_threshold},
    {"htstats", 3, 4, debug_htstats},
    {"segfault", 2, 2, debug_crash},
    {"panic", 2, 2, debug_crash},
    {"assert", 2, 2, debug_crash},
    {"oom", 2, 2, debug_crash},
    {"restart", 2, 3, debug_crash},
    {"crash-and-recover", 2, 3, debug_crash},
    {"help", 2, 2, debug_help},
};

// One command for COMMAND and for statistics, as in Redis.
void debug(NodeContext& context, Args args) {
  for (const Subcommand& subcommand : kSubcommands) {
    if (!equal_ignoring_case(args[1], subcommand.name)) continue;
    if (args.size() < subcommand.words_min || args.size() > subcommand.words_max) break;
    subcommand.handler(context, args);
    return;
  }
  refuse(context, args);
}

constexpr Command kCommands[] = {
    {"debug",
     -2,
     kAdmin | kNoScript | kLoading | kStale | kProtected,
     {},
     kNoCategory,
     as_node<debug>},
};

}  // namespace

std::span<const Command> debug_commands() { return kCommands; }

}  // namespace replserver

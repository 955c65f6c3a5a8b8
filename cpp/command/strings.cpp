// The string commands, but for LCS.
#include <algorithm>
#include <cmath>

#include "base/mutant.hpp"
#include "base/numbers.hpp"
#include "command/context.hpp"
#include "command/expiry_option.hpp"
#include "command/integer_text.hpp"
#include "command/key_batch.hpp"
#include "command/lcs.hpp"
#include "command/options.hpp"

namespace replserver {
namespace {

using Expiry = Database::Expiry;

constexpr ByteView kNotFloat = "ERR value is not a valid float";

void reply_string(resp::Writer& reply, const Entry& entry) {
  if (entry.encoding() == Encoding::integer) return reply.bulk_integer(entry.integer());
  if (entry.is_inline()) return reply.bulk(entry.inline_bytes());
  reply.bulk(Database::shared_string(entry));
}

// Answers as GET does. False: it was an error.
bool reply_get(Context& context, const Entry* entry) {
  if (!entry) {
    context.reply.null();
    return true;
  }
  if (context.is_wrong_type(entry, Type::string)) return false;
  reply_string(context.reply, *entry);
  return true;
}

void get(Context& context, Args args) { reply_get(context, context.find(args[1])); }

// Puts a value in the place of whatever the key holds, and its time to live aside.
void store(Context& context, const Key& key, ByteView value) {
  const bool is_new = !context.find_to_change(key);
  context.database().set_string(key, value, Expiry::clear);
  context.notify_written(is_new, kNotifyString, "set", key.bytes);
}

// ---- SET and its older forms -------------------------------------------------------------------

struct SetOptions {
  enum class When { always, if_absent, if_present };

  When when = When::always;
  bool get = false;
  bool keep_expiry = false;
  ExpiryOption expiry;
};

// False: refused, and told so.
bool read_set_options(Context& context, Args args, SetOptions& set) {
  using When = SetOptions::When;
  OptionReader options(args, 3);
  while (options.next()) {
    if (options.is("NX") && set.when != When::if_present) {
      set.when = When::if_absent;
    } else if (options.is("XX") && set.when != When::if_absent) {
      set.when = When::if_present;
    } else if (options.is("GET")) {
      set.get = true;
    } else if (options.is("KEEPTTL") && !set.expiry) {
      set.keep_expiry = true;
    } else if (set.keep_expiry || !set.expiry.read(options)) {
      options.refuse();
    }
  }
  if (options.refused()) context.reply.error(options.error());
  return !options.refused();
}

// Replicas are told the instant, not how long from a now that is not theirs; and do not answer.
void propagate_set(Context& context, Args args, const SetOptions& set,
                   std::optional<UnixMs> expiry) {
  if (expiry) {
    const bool is_so_already =
        set.expiry.unit == ExpiryOption::Unit::at_milliseconds && args.size() == 5;
    if (is_so_already || mutated(Mutant::hands_on_relative_expiry)) return context.changed();
    return context.changed_as({"SET", args[1], args[2], "PXAT", IntegerText(*expiry)});
  }
  if (!set.get) return context.changed();

  std::vector<ByteView> words(args.begin(), args.begin() + 3);
  for (const ByteView word : args.subspan(3)) {
    if (!equal_ignoring_case(word, "GET")) words.push_back(word);
  }
  context.changed_as(words);
}

void set_with_options(Context& context, Args args) {
  SetOptions set;
  if (!read_set_options(context, args, set)) return;
  std::optional<UnixMs> expiry;
  if (set.expiry) {
    const auto instant = set.expiry.instant(context.now_ms(), "set");
    if (!instant) return context.reply.error(instant.error());
    expiry = *instant;
  }

  const Key key = context.key(args[1]);
  if (set.get && !reply_get(context, context.find(key))) return;
  const bool is_new = !context.find_to_change(key);
  if (set.when == (is_new ? SetOptions::When::if_present : SetOptions::When::if_absent)) {
    if (!set.get) context.reply.null();
    return;
  }

  if (expiry) {
    context.database().set_string(key, args[2], expiry);
  } else {
    context.database().set_string(key, args[2], set.keep_expiry ? Expiry::keep : Expiry::clear);
  }
  propagate_set(context, args, set, expiry);
  context.notify_written(is_new, kNotifyString, "set", args[1]);
  if (expiry) context.notify(kNotifyGeneric, "expire", args[1]);
  if (!set.get) context.reply.ok();
}

void set(Context& context, Args args) {
  if (args.size() > 3) return set_with_options(context, args);
  store(context, context.key(args[1]), args[2]);
  context.changed();
  context.reply.ok();
}

void set_expiring(Context& context, Args args, ExpiryOption::Unit unit, ByteView command) {
  const auto expiry = ExpiryOption{unit, args[2]}.instant(context.now_ms(), command);
  if (!expiry) return context.reply.error(expiry.error());
  const Key key = context.key(args[1]);
  const bool is_new = !context.find_to_change(key);
  context.database().set_string(key, args[3], *expiry);
  context.changed_as({"SET", args[1], args[3], "PXAT", IntegerText(*expiry)});
  context.notify_written(is_new, kNotifyString, "set", args[1]);
  context.notify(kNotifyGeneric, "expire", args[1]);
  context.reply.ok();
}

void setex(Context& context, Args args) {
  set_expiring(context, args, ExpiryOption::Unit::seconds, "setex");
}

void psetex(Context& context, Args args) {
  set_expiring(context, args, ExpiryOption::Unit::milliseconds, "psetex");
}

void setnx(Context& context, Args args) {
  const Key key = context.key(args[1]);
  if (context.find_to_change(key)) return context.reply.integer(0);
  store(context, key, args[2]);
  context.changed();
  context.reply.integer(1);
}

void getset(Context& context, Args args) {
  const Key key = context.key(args[1]);
  if (!reply_get(context, context.find(key))) return;
  store(context, key, args[2]);
  context.changed_as({"SET", args[1], args[2]});
}

void mget(Context& context, Args args) {
  context.reply.array(args.size() - 1);
  for_each_key(context, args, 1, [&](const Key& key, std::size_t) {
    const Entry* entry = context.find(key);
    if (entry && entry->type() == Type::string) {
      reply_string(context.reply, *entry);
    } else {
      context.reply.null();
    }
  });
}

// False: a key without a value, and told so.
bool are_pairs(Context& context, Args args, ByteView command) {
  if (args.size() % 2 == 1) return true;
  context.reply.error("ERR wrong number of arguments for '" + Bytes(command) + "' command");
  return false;
}

void store_pairs(Context& context, Args args) {
  for_each_key(context, args, 2,
               [&](const Key& key, std::size_t at) { store(context, key, args[at + 1]); });
  context.changed(static_cast<std::int64_t>(args.size() / 2));
}

void mset(Context& context, Args args) {
  if (!are_pairs(context, args, "mset")) return;
  store_pairs(context, args);
  context.reply.ok();
}

void msetnx(Context& context, Args args) {
  if (!are_pairs(context, args, "msetnx")) return;
  bool any = false;
  for_each_key(context, args, 2, [&](const Key& key, std::size_t) {
    if (!any) any = context.find_to_change(key);
  });
  if (any) return context.reply.integer(0);
  store_pairs(context, args);
  context.reply.integer(1);
}

// ---- Reading and removing, reading and expiring -------------------------------------------------

void getdel(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find(key);
  if (!reply_get(context, entry) || !entry) return;
  context.database().erase(key);
  context.changed_as({"DEL", args[1]});
  context.notify(kNotifyGeneric, "del", args[1]);
}

void persist_read_key(Context& context, const Key& key) {
  context.database().set_expiry(key, std::nullopt);
  context.changed_as({"PERSIST", key.bytes});
  context.notify(kNotifyGeneric, "persist", key.bytes);
}

void expire_read_key(Context& context, const Key& key, UnixMs expiry) {
  // Like EXPIRE: a time that has come already is a deletion, but for a replica, which leaves that
  // to its primary.
  if (expiry <= context.now_ms() && !context.is_replica) {
    context.database().erase(key);
    context.changed_as({context.settings.lazy_expire ? "UNLINK" : "DEL", key.bytes});
    context.notify(kNotifyGeneric, "del", key.bytes);
    return;
  }
  context.database().set_expiry(key, expiry);
  context.changed_as({"PEXPIREAT", key.bytes, IntegerText(expiry)});
  context.notify(kNotifyGeneric, "expire", key.bytes);
}

void getex(Context& context, Args args) {
  bool persist = false;
  ExpiryOption option;
  OptionReader options(args, 2);
  while (options.next()) {
    if (options.is("PERSIST") && !option) {
      persist = true;
    } else if (persist || !option.read(options)) {
      options.refuse();
    }
  }
  if (options.refused()) return context.reply.error(options.error());

  const Key key = context.key(args[1]);
  const Entry* entry = context.find(key);
  if (!entry) return context.reply.null();
  if (context.is_wrong_type(entry, Type::string)) return;
  if (!option) {
    reply_string(context.reply, *entry);
    if (persist && entry->has_expiry()) persist_read_key(context, key);
    return;
  }
  const auto expiry = option.instant(context.now_ms(), "getex");
  if (!expiry) return context.reply.error(expiry.error());
  reply_string(context.reply, *entry);
  expire_read_key(context, key, *expiry);
}

// ---- Numbers -----------------------------------------------------------------------------------

void add_integer(Context& context, ByteView name, std::int64_t step) {
  const Key key = context.key(name);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::string)) return;

  std::int64_t value = 0;
  if (entry && entry->encoding() == Encoding::integer) {
    value = entry->integer();
  } else if (entry) {
    char scratch[32];
    const auto parsed = parse_integer(Database::string_view(*entry, scratch));
    if (!parsed) return context.reply.error(kNotInteger);
    value = *parsed;
  }
  if (__builtin_add_overflow(value, step, &value)) {
    return context.reply.error("ERR increment or decrement would overflow");
  }

  context.database().set_integer(key, value, Expiry::keep);
  context.changed();
  context.notify_written(!entry, kNotifyString, "incrby", name);
  context.reply.integer(value);
}

void incr(Context& context, Args args) { add_integer(context, args[1], 1); }
void decr(Context& context, Args args) { add_integer(context, args[1], -1); }

void incrby(Context& context, Args args) {
  const auto step = Context::integer(args[2]);
  if (!step) return context.reply.error(step.error());
  add_integer(context, args[1], *step);
}

void decrby(Context& context, Args args) {
  const auto step = Context::integer(args[2]);
  if (!step) return context.reply.error(step.error());
  if (*step == INT64_MIN) return context.reply.error("ERR decrement would overflow");
  add_integer(context, args[1], -*step);
}

void incrbyfloat(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::string)) return;

  char scratch[32];
  const auto value =
      entry ? parse_long_double(Database::string_view(*entry, scratch)) : std::optional(0.0L);
  const auto step = parse_long_double(args[2]);
  if (!value || !step) return context.reply.error(kNotFloat);
  const long double sum = *value + *step;
  if (!std::isfinite(sum)) {
    return context.reply.error("ERR increment would produce NaN or Infinity");
  }

  const Bytes text = format_long_double_human(sum);
  context.database().set_text(key, text, Expiry::keep);
  // Another machine's long double might give another sum.
  context.changed_as({"SET", args[1], text, "KEEPTTL"});
  context.notify_written(!entry, kNotifyString, "incrbyfloat", args[1]);
  context.reply.bulk(text);
}

// ---- Parts of strings --------------------------------------------------------------------------

// True, and told so, when a string of that size may not be. What our primary could do, we can.
bool is_too_long(Context& context, std::uint64_t size, std::uint64_t more) {
  std::uint64_t total = 0;
  const bool overflows = __builtin_add_overflow(size, more, &total);
  if (context.from_primary || (!overflows && total <= context.settings.bulk_max)) return false;
  context.reply.error(kTooLong);
  return true;
}

void append(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::string)) return;
  if (entry && is_too_long(context, Database::string_size(*entry), args[2].size())) return;

  const bool is_new = !entry;
  entry = context.database().append(key, args[2]);
  context.changed();
  context.notify_written(is_new, kNotifyString, "append", args[1]);
  context.reply.integer(static_cast<std::int64_t>(Database::string_size(*entry)));
}

void setrange(Context& context, Args args) {
  const auto offset = Context::integer(args[2]);
  if (!offset) return context.reply.error(offset.error());
  if (*offset < 0) return context.reply.error("ERR offset is out of range");

  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::string)) return;
  const std::size_t size = entry ? Database::string_size(*entry) : 0;
  if (args[3].empty()) return context.reply.integer(static_cast<std::int64_t>(size));
  const auto start = static_cast<std::uint64_t>(*offset);
  if (is_too_long(context, start, args[3].size())) return;

  const bool is_new = !entry;
  entry = context.database().overwrite(key, start, args[3]);
  context.changed();
  context.notify_written(is_new, kNotifyString, "setrange", args[1]);
  context.reply.integer(static_cast<std::int64_t>(Database::string_size(*entry)));
}

// The bytes from start to end, both included; negative ones count from the end.
ByteView range_of(ByteView text, std::int64_t start, std::int64_t end) {
  const auto size = static_cast<std::int64_t>(text.size());
  if (start < 0 && end < 0 && start > end) return {};
  if (start < 0) start = std::max<std::int64_t>(start + size, 0);
  if (end < 0) end = std::max<std::int64_t>(end + size, 0);
  end = std::min(end, size - 1);
  if (start > end) return {};
  return text.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start + 1));
}

void getrange(Context& context, Args args) {
  const auto start = Context::integer(args[2]);
  const auto end = Context::integer(args[3]);
  if (!start || !end) return context.reply.error(kNotInteger);
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::string)) return;
  char scratch[32];
  const ByteView text = entry ? Database::string_view(*entry, scratch) : ByteView();
  context.reply.bulk(range_of(text, *start, *end));
}

void strlen(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::string)) return;
  context.reply.integer(entry ? static_cast<std::int64_t>(Database::string_size(*entry)) : 0);
}

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr std::uint32_t kGrows = kWrite | kDenyOom;

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"append", 3, kGrows | kFast, kOneKey, kStringCategory, append},
    {"decr", 2, kGrows | kFast, kOneKey, kStringCategory, decr},
    {"decrby", 3, kGrows | kFast, kOneKey, kStringCategory, decrby},
    {"get", 2, kReadonly | kFast, kOneKey, kStringCategory, get},
    {"getdel", 2, kWrite | kFast, kOneKey, kStringCategory, getdel},
    {"getex", -2, kWrite | kFast, kOneKey, kStringCategory, getex},
    {"getrange", 4, kReadonly, kOneKey, kStringCategory, getrange},
    {"getset", 3, kGrows | kFast, kOneKey, kStringCategory, getset},
    {"incr", 2, kGrows | kFast, kOneKey, kStringCategory, incr},
    {"incrby", 3, kGrows | kFast, kOneKey, kStringCategory, incrby},
    {"incrbyfloat", 3, kGrows | kFast, kOneKey, kStringCategory, incrbyfloat},
    {"lcs", -3, kReadonly, {1, 2, 1}, kStringCategory, lcs},
    {"mget", -2, kReadonly | kFast, {1, -1, 1}, kStringCategory, mget},
    {"mset", -3, kGrows, {1, -1, 2}, kStringCategory, mset},
    {"msetnx", -3, kGrows, {1, -1, 2}, kStringCategory, msetnx},
    {"psetex", 4, kGrows, kOneKey, kStringCategory, psetex},
    {"set", -3, kGrows, kOneKey, kStringCategory, set},
    {"setex", 4, kGrows, kOneKey, kStringCategory, setex},
    {"setnx", 3, kGrows | kFast, kOneKey, kStringCategory, setnx},
    {"setrange", 4, kGrows, kOneKey, kStringCategory, setrange},
    {"strlen", 2, kReadonly | kFast, kOneKey, kStringCategory, strlen},
    {"substr", 4, kReadonly, kOneKey, kStringCategory, getrange},
};

}  // namespace

std::span<const Command> string_commands() { return kCommands; }

}  // namespace replserver

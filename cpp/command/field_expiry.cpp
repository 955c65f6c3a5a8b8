// Times to live of a hash's fields: HEXPIRE and its kin, HTTL and its kin, HPERSIST.
#include <algorithm>

#include "base/ascii.hpp"
#include "command/expiry_option.hpp"
#include "command/hash_access.hpp"
#include "command/integer_text.hpp"

namespace replserver {
namespace {

// What each field is answered with.
constexpr int kNoField = -2, kNoExpiry = -1, kNotTaken = 0, kDone = 1, kGone = 2;

// Redis keeps a deadline in 48 bits, and two of them for later use.
constexpr UnixMs kLatest = ((std::int64_t{1} << 48) - 2) >> 2;

constexpr ByteView kNoFields =
    "ERR Mandatory argument FIELDS is missing or not at the right position";

// FIELDS n field … from the given word on. False: refused, and told so.
bool read_fields(Context& context, Args args, std::size_t at, ByteView bad_count, Args& names) {
  if (at + 1 >= args.size() || !equal_ignoring_case(args[at], "FIELDS")) {
    context.reply.error(kNoFields);
    return false;
  }
  const auto count = parse_integer(args[at + 1]);
  if (!count || *count < 1) {
    context.reply.error(bad_count);
    return false;
  }
  names = args.subspan(at + 2);
  if (static_cast<std::uint64_t>(*count) == names.size()) return true;
  context.reply.error("ERR The `numfields` parameter must match the number of arguments");
  return false;
}

void reply_each(Context& context, Args names, int answer) {
  context.reply.array(names.size());
  for (std::size_t at = 0; at < names.size(); ++at) context.reply.integer(answer);
}

// ---- HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT ---------------------------------------------------

enum class When { always, if_none, if_any, if_later, if_sooner };

struct ConditionName {
  ByteView name;
  When when;
};
constexpr ConditionName kConditions[] = {
    {"NX", When::if_none}, {"XX", When::if_any}, {"GT", When::if_later}, {"LT", When::if_sooner}};

When condition_of(ByteView word) {
  for (const ConditionName& condition : kConditions) {
    if (equal_ignoring_case(word, condition.name)) return condition.when;
  }
  return When::always;
}

// No time to live counts as the latest of all.
bool takes(When when, UnixMs wanted, std::optional<UnixMs> current) {
  switch (when) {
    case When::if_none:
      return !current;
    case When::if_any:
      return current.has_value();
    case When::if_later:
      return current && wanted > *current;
    case When::if_sooner:
      return !current || wanted < *current;
    default:
      return true;
  }
}

struct ExpireForm {
  ByteView name;
  std::int64_t unit_ms;
  bool is_relative;
};

// Nothing: refused, and told so.
std::optional<UnixMs> read_deadline(Context& context, ByteView word, const ExpireForm& form) {
  const auto number = Context::integer(word);
  if (!number) {
    context.reply.error(number.error());
    return std::nullopt;
  }
  if (*number < 0) {
    context.reply.error("ERR invalid expire time, must be >= 0");
    return std::nullopt;
  }
  const UnixMs since = form.is_relative ? context.now_ms() : 0;
  if (*number > kLatest / form.unit_ms || *number * form.unit_ms > kLatest - since) {
    context.reply.error(invalid_expiry(form.name));
    return std::nullopt;
  }
  return *number * form.unit_ms + since;
}

// What a call did to its fields.
struct Outcome {
  std::vector<ByteView> expiring, gone;
};

void propagate_expiries(Context& context, Args args, UnixMs expiry, std::size_t fields_at,
                        const Outcome& outcome) {
  for (const ByteView name : outcome.gone) context.changed_as({"HDEL", args[1], name});
  if (outcome.expiring.empty()) return;
  const IntegerText deadline(expiry), count(static_cast<std::int64_t>(outcome.expiring.size()));
  std::vector<ByteView> words(args.begin(), args.begin() + static_cast<std::ptrdiff_t>(fields_at));
  words[0] = "HPEXPIREAT";
  words[2] = deadline;
  words.push_back("FIELDS");
  words.push_back(count);
  words.insert(words.end(), outcome.expiring.begin(), outcome.expiring.end());
  context.changed_as(words, static_cast<std::int64_t>(outcome.expiring.size()));
}

// One field after the other, since one named twice is then what its first mention made it.
Outcome expire_fields(Context& context, Change<Hash>& hash, Args names, UnixMs expiry, When when) {
  // A time that has come already is a deletion, but for a replica: its primary will delete.
  const bool is_past = expiry <= context.now_ms() && !context.is_replica;
  Outcome outcome;
  for (const ByteView name : names) {
    const auto field = hash->view().find(name);
    if (!field || !takes(when, expiry, field->expiry)) {
      context.reply.integer(field ? kNotTaken : kNoField);
    } else if (is_past) {
      hash->erase(name);
      outcome.gone.push_back(name);
      context.reply.integer(kGone);
    } else {
      hash->set_expiry(name, expiry);
      outcome.expiring.push_back(name);
      context.reply.integer(kDone);
    }
  }
  return outcome;
}

void hexpire_as(Context& context, Args args, const ExpireForm& form) {
  const auto typed = context.find_to_change(args[1], Type::hash);
  if (!typed) return context.reply.error(typed.error());
  const auto expiry = read_deadline(context, args[2], form);
  if (!expiry) return;
  const When when = condition_of(args[3]);
  const std::size_t fields_at = when == When::always ? 3 : 4;
  Args names;
  constexpr ByteView kBadCount = "ERR Parameter `numFields` should be greater than 0";
  if (!read_fields(context, args, fields_at, kBadCount, names)) return;
  const auto found = find_hash_to_change(context, args[1], {names});
  if (!found || !*found) return reply_each(context, names, kNoField);

  context.reply.array(names.size());
  Change<Hash> hash = context.database().change<Hash>(context.key(args[1]));
  const Outcome outcome = expire_fields(context, hash, names, *expiry, when);
  const bool is_changed = !outcome.expiring.empty() || !outcome.gone.empty();
  const bool lives = hash.finish(is_changed);
  if (!is_changed) return;
  context.stats.expired_fields += outcome.gone.size();
  propagate_expiries(context, args, *expiry, fields_at, outcome);
  context.notify(kNotifyHash, outcome.gone.empty() ? "hexpire" : "hdel", args[1]);
  if (!lives) context.notify(kNotifyGeneric, "del", args[1]);
}

void hexpire(Context& context, Args args) { hexpire_as(context, args, {"hexpire", 1000, true}); }
void hpexpire(Context& context, Args args) { hexpire_as(context, args, {"hpexpire", 1, true}); }
void hexpireat(Context& context, Args args) {
  hexpire_as(context, args, {"hexpireat", 1000, false});
}
void hpexpireat(Context& context, Args args) {
  hexpire_as(context, args, {"hpexpireat", 1, false});
}

// ---- HPERSIST ----------------------------------------------------------------------------------

constexpr ByteView kBadCount = "ERR Number of fields must be a positive integer";

void hpersist(Context& context, Args args) {
  const auto typed = context.find_to_change(args[1], Type::hash);
  if (!typed) return context.reply.error(typed.error());
  Args names;
  if (!read_fields(context, args, 2, kBadCount, names)) return;
  const auto found = find_hash_to_change(context, args[1], {names});
  if (!found || !*found) return reply_each(context, names, kNoField);

  context.reply.array(names.size());
  Change<Hash> hash = context.database().change<Hash>(context.key(args[1]));
  std::int64_t lasting = 0;
  for (const ByteView name : names) {
    const auto field = hash->view().find(name);
    const bool expires = field && field->expiry;
    if (expires) hash->set_expiry(name, std::nullopt);
    lasting += expires;
    context.reply.integer(!field ? kNoField : expires ? kDone : kNoExpiry);
  }
  hash.finish(lasting > 0);
  if (lasting == 0) return;
  context.changed(lasting);
  context.notify(kNotifyHash, "hpersist", args[1]);
}

// ---- HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME ------------------------------------------------------

// Seconds are rounded up.
void reply_expiries(Context& context, Args args, UnixMs since, std::int64_t unit_ms) {
  const auto typed = context.find(args[1], Type::hash);
  if (!typed) return context.reply.error(typed.error());
  Args names;
  if (!read_fields(context, args, 2, kBadCount, names)) return;
  if (!*typed) return reply_each(context, names, kNoField);

  context.reply.array(names.size());
  const HashView view = view_of(context, **typed);
  for (const ByteView name : names) {
    const auto field = view.find(name);
    if (!field || !field->expiry) {
      context.reply.integer(field ? kNoExpiry : kNoField);
    } else {
      context.reply.integer((*field->expiry - since + unit_ms - 1) / unit_ms);
    }
  }
}

void httl(Context& context, Args args) { reply_expiries(context, args, context.now_ms(), 1000); }
void hpttl(Context& context, Args args) { reply_expiries(context, args, context.now_ms(), 1); }
void hexpiretime(Context& context, Args args) { reply_expiries(context, args, 0, 1000); }
void hpexpiretime(Context& context, Args args) { reply_expiries(context, args, 0, 1); }

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr std::uint32_t kGrows = kWrite | kDenyOom | kFast;

constexpr Command kCommands[] = {
    // name       arity  flags              keys     categories     handler
    {"hexpire", -6, kGrows, kOneKey, kHashCategory, hexpire},
    {"hexpireat", -6, kGrows, kOneKey, kHashCategory, hexpireat},
    {"hexpiretime", -5, kReadonly | kFast, kOneKey, kHashCategory, hexpiretime},
    {"hpersist", -5, kWrite | kFast, kOneKey, kHashCategory, hpersist},
    {"hpexpire", -6, kGrows, kOneKey, kHashCategory, hpexpire},
    {"hpexpireat", -6, kGrows, kOneKey, kHashCategory, hpexpireat},
    {"hpexpiretime", -5, kReadonly | kFast, kOneKey, kHashCategory, hpexpiretime},
    {"hpttl", -5, kReadonly | kFast, kOneKey, kHashCategory, hpttl},
    {"httl", -5, kReadonly | kFast, kOneKey, kHashCategory, httl},
};

}  // namespace

std::span<const Command> field_expiry_commands() { return kCommands; }

}  // namespace replserver

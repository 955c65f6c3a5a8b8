// Times to live: EXPIRE and its kin, TTL and its kin, PERSIST.
#include "base/mutant.hpp"
#include "base/until_nul.hpp"
#include "command/context.hpp"
#include "command/expiry_option.hpp"
#include "command/integer_text.hpp"
#include "command/options.hpp"

namespace replserver {
namespace {

struct ExpireRule {  // when a new time to live is taken
  bool if_none = false;
  bool if_any = false;
  bool if_later = false;
  bool if_sooner = false;

  // No time to live counts as the latest of all.
  bool takes(UnixMs wanted, std::optional<UnixMs> current) const {
    if (if_none && current) return false;
    if (if_any && !current) return false;
    if (if_later && (!current || wanted <= *current)) return false;
    if (if_sooner && current && wanted >= *current) return false;
    return true;
  }
};

// False: refused, and told so.
bool read_rule(Context& context, Args args, ExpireRule& rule) {
  OptionReader options(args, 3);
  while (options.next()) {
    if (options.is("NX")) {
      rule.if_none = true;
    } else if (options.is("XX")) {
      rule.if_any = true;
    } else if (options.is("GT")) {
      rule.if_later = true;
    } else if (options.is("LT")) {
      rule.if_sooner = true;
    } else {
      options.refuse("ERR Unsupported option " + Bytes(until_nul(options.word())));
    }
  }
  if (!options.refused() && rule.if_none && (rule.if_any || rule.if_later || rule.if_sooner)) {
    options.refuse("ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  if (!options.refused() && rule.if_later && rule.if_sooner) {
    options.refuse("ERR GT and LT options at the same time are not compatible");
  }
  if (options.refused()) context.reply.error(options.error());
  return !options.refused();
}

// Replicas are told the instant, whatever unit and beginning the client counted in.
void propagate_expiry(Context& context, Args args, UnixMs expiry, bool is_so_already) {
  if (is_so_already || mutated(Mutant::hands_on_relative_expiry)) return context.changed();
  const IntegerText text(expiry);
  if (args.size() == 3) return context.changed_as({"PEXPIREAT", args[1], text});
  std::vector<ByteView> words(args.begin(), args.end());
  words[0] = "PEXPIREAT";
  words[2] = text;
  context.changed_as(words);
}

struct ExpireForm {
  ByteView name;
  std::int64_t unit_ms;
  bool is_relative;
};

void expire_as(Context& context, Args args, const ExpireForm& form) {
  ExpireRule rule;
  if (args.size() > 3 && !read_rule(context, args, rule)) return;
  const auto number = Context::integer(args[2]);
  if (!number) return context.reply.error(number.error());
  UnixMs expiry = 0;
  if (__builtin_mul_overflow(*number, form.unit_ms, &expiry) ||
      __builtin_add_overflow(expiry, form.is_relative ? context.now_ms() : 0, &expiry)) {
    return context.reply.error(invalid_expiry(form.name));
  }

  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (!entry || !rule.takes(expiry, entry->expiry())) return context.reply.integer(0);

  // A time that has come already is a deletion, but for a replica, which leaves that to its primary.
  if (expiry <= context.now_ms() && !context.is_replica) {
    context.database().erase(key);
    context.changed_as({context.settings.lazy_expire ? "UNLINK" : "DEL", args[1]});
    context.notify(kNotifyGeneric, "del", args[1]);
  } else {
    context.database().set_expiry(key, expiry);
    propagate_expiry(context, args, expiry, form.unit_ms == 1 && !form.is_relative);
    context.notify(kNotifyGeneric, "expire", args[1]);
  }
  context.reply.integer(1);
}

void expire(Context& context, Args args) { expire_as(context, args, {"expire", 1000, true}); }
void pexpire(Context& context, Args args) { expire_as(context, args, {"pexpire", 1, true}); }
void expireat(Context& context, Args args) { expire_as(context, args, {"expireat", 1000, false}); }
void pexpireat(Context& context, Args args) { expire_as(context, args, {"pexpireat", 1, false}); }

void persist(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (!entry || !entry->has_expiry()) return context.reply.integer(0);
  context.database().set_expiry(key, std::nullopt);
  context.changed();
  context.notify(kNotifyGeneric, "persist", args[1]);
  context.reply.integer(1);
}

// -2: no such key. -1: it does not expire. Seconds are rounded: 0.4 s left is told as 0.
void reply_expiry(Context& context, ByteView name, UnixMs since, std::int64_t unit_ms) {
  const Entry* entry = context.find(context.key(name), Context::Touch::no);
  if (!entry) return context.reply.integer(-2);
  const auto expiry = entry->expiry();
  if (!expiry) return context.reply.integer(-1);
  const std::int64_t left = std::max<std::int64_t>(*expiry, since) - since;
  const bool rounds_up = unit_ms > 1 && left % unit_ms >= unit_ms / 2;
  context.reply.integer(left / unit_ms + rounds_up);
}

void ttl(Context& context, Args args) { reply_expiry(context, args[1], context.now_ms(), 1000); }
void pttl(Context& context, Args args) { reply_expiry(context, args[1], context.now_ms(), 1); }
void expiretime(Context& context, Args args) { reply_expiry(context, args[1], 0, 1000); }
void pexpiretime(Context& context, Args args) { reply_expiry(context, args[1], 0, 1); }

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags              keys     categories         handler
    {"expire", -3, kWrite | kFast, kOneKey, kKeyspaceCategory, expire},
    {"expireat", -3, kWrite | kFast, kOneKey, kKeyspaceCategory, expireat},
    {"expiretime", 2, kReadonly | kFast, kOneKey, kKeyspaceCategory, expiretime},
    {"persist", 2, kWrite | kFast, kOneKey, kKeyspaceCategory, persist},
    {"pexpire", -3, kWrite | kFast, kOneKey, kKeyspaceCategory, pexpire},
    {"pexpireat", -3, kWrite | kFast, kOneKey, kKeyspaceCategory, pexpireat},
    {"pexpiretime", 2, kReadonly | kFast, kOneKey, kKeyspaceCategory, pexpiretime},
    {"pttl", 2, kReadonly | kFast, kOneKey, kKeyspaceCategory, pttl},
    {"ttl", 2, kReadonly | kFast, kOneKey, kKeyspaceCategory, ttl},
};

}  // namespace

std::span<const Command> expiry_commands() { return kCommands; }

}  // namespace replserver

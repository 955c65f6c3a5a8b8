// The hash commands, but for those about a field's time to live, and those that draw or scan.
#include <algorithm>
#include <cmath>

#include "base/numbers.hpp"
#include "command/hash_access.hpp"
#include "command/integer_text.hpp"
#include "command/removal.hpp"

namespace replserver {
namespace {

void reply_value(resp::Writer& reply, const std::optional<HashView::Field>& field) {
  if (!field) return reply.null();
  reply_element(reply, field->value);
}

std::optional<HashView::Field> field_of(const Context& context, const Entry* entry, ByteView name) {
  if (!entry) return std::nullopt;
  return view_of(context, *entry).find(name);
}

// ---- Writing -----------------------------------------------------------------------------------

// Returns how many of the fields are new; nothing: refused, and told so.
std::optional<std::int64_t> store_fields(Context& context, Args args) {
  const Args pairs = args.subspan(2);
  const auto found = find_hash_to_change(context, args[1], {pairs, 2});
  if (!found) {
    context.reply.error(found.error());
    return std::nullopt;
  }
  std::size_t longest = 0;
  for (const ByteView word : pairs) longest = std::max(longest, word.size());

  Change<Hash> hash = context.database().change<Hash>(context.key(args[1]));
  const bool is_new = hash.is_new();
  hash->expect(pairs.size() / 2, longest);
  std::int64_t created = 0;
  for (std::size_t at = 0; at < pairs.size(); at += 2)
    created += hash->set(pairs[at], pairs[at + 1]);
  hash.finish();
  context.changed(static_cast<std::int64_t>(pairs.size() / 2));
  context.notify_written(is_new, kNotifyHash, "hset", args[1]);
  return created;
}

// False: a field without a value, and told so.
bool are_pairs(Context& context, Args args, ByteView command) {
  if (args.size() % 2 == 0) return true;
  context.reply.error("ERR wrong number of arguments for '" + Bytes(command) + "' command");
  return false;
}

void hset(Context& context, Args args) {
  if (!are_pairs(context, args, "hset")) return;
  if (const auto created = store_fields(context, args)) context.reply.integer(*created);
}

void hmset(Context& context, Args args) {
  if (are_pairs(context, args, "hmset") && store_fields(context, args)) context.reply.ok();
}

void hsetnx(Context& context, Args args) {
  const auto found = find_hash_to_change(context, args[1], {args.subspan(2, 1)});
  if (!found) return context.reply.error(found.error());
  if (field_of(context, *found, args[2])) return context.reply.integer(0);
  if (store_fields(context, args)) context.reply.integer(1);
}

// Puts a sum in the place of a number; a time to live stays.
void store_sum(Context& context, Args args, ByteView sum, ByteView event) {
  Change<Hash> hash = context.database().change<Hash>(context.key(args[1]));
  const bool is_new = hash.is_new();
  hash->set_keeping_expiry(args[2], sum);
  hash.finish();
  context.notify_written(is_new, kNotifyHash, event, args[1]);
}

void hincrby(Context& context, Args args) {
  const auto step = Context::integer(args[3]);
  if (!step) return context.reply.error(step.error());
  const auto found = find_hash_to_change(context, args[1], {args.subspan(2, 1)});
  if (!found) return context.reply.error(found.error());

  std::int64_t value = 0;
  if (const auto field = field_of(context, *found, args[2])) {
    const auto number = field->value.as_integer();
    if (!number) return context.reply.error("ERR hash value is not an integer");
    value = *number;
  }
  if (__builtin_add_overflow(value, *step, &value)) {
    return context.reply.error("ERR increment or decrement would overflow");
  }
  store_sum(context, args, IntegerText(value), "hincrby");
  context.changed();
  context.reply.integer(value);
}

void hincrbyfloat(Context& context, Args args) {
  const auto step = parse_long_double(args[3]);
  if (!step) return context.reply.error("ERR value is not a valid float");
  if (!std::isfinite(*step)) return context.reply.error("ERR value is NaN or Infinity");
  const auto found = find_hash_to_change(context, args[1], {args.subspan(2, 1)});
  if (!found) return context.reply.error(found.error());

  long double value = 0;
  if (const auto field = field_of(context, *found, args[2])) {
    PackedElement::Scratch scratch;
    const auto number = parse_long_double(field->value.text(scratch));
    if (!number) return context.reply.error("ERR hash value is not a float");
    value = *number;
  }
  value += *step;
  if (!std::isfinite(value)) {
    return context.reply.error("ERR increment would produce NaN or Infinity");
  }
  const Bytes text = format_long_double_human(value);
  store_sum(context, args, text, "hincrbyfloat");
  // Another machine's long double might give another sum.
  context.changed_as({"HSET", args[1], args[2], text});
  context.reply.bulk(text);
}

void hdel(Context& context, Args args) {
  const Args names = args.subspan(2);
  const auto found = find_hash_to_change(context, args[1], {names});
  if (!found) return context.reply.error(found.error());
  if (!*found) return context.reply.integer(0);
  Change<Hash> hash = context.database().change<Hash>(context.key(args[1]));
  std::int64_t count = 0;
  for (const ByteView name : names) count += hash->erase(name);
  const bool lives = hash.finish(count > 0);
  context.reply.integer(count);
  if (count == 0) return;
  context.changed(count);
  notify_taken(context, kNotifyHash, "hdel", args[1], lives);
}

// ---- Reading -----------------------------------------------------------------------------------

void hget(Context& context, Args args) {
  const auto found = find_hash(context, args[1], {args.subspan(2)});
  if (!found) return context.reply.error(found.error());
  reply_value(context.reply, field_of(context, *found, args[2]));
}

void hmget(Context& context, Args args) {
  const Args names = args.subspan(2);
  const auto found = find_hash(context, args[1], {names});
  if (!found) return context.reply.error(found.error());
  context.reply.array(names.size());
  for (const ByteView name : names) {
    reply_value(context.reply, field_of(context, *found, name));
  }
}

void hexists(Context& context, Args args) {
  const auto found = find_hash(context, args[1], {args.subspan(2)});
  if (!found) return context.reply.error(found.error());
  context.reply.integer(field_of(context, *found, args[2]).has_value());
}

void hstrlen(Context& context, Args args) {
  const auto found = find_hash(context, args[1], {args.subspan(2)});
  if (!found) return context.reply.error(found.error());
  PackedElement::Scratch scratch;
  const auto field = field_of(context, *found, args[2]);
  context.reply.integer(field ? static_cast<std::int64_t>(field->value.text(scratch).size()) : 0);
}

// Also counts fields that have expired and are not gone yet, as DBSIZE does with keys.
void hlen(Context& context, Args args) {
  const auto found = context.find(args[1], Type::hash);
  if (!found) return context.reply.error(found.error());
  context.reply.integer(*found ? static_cast<std::int64_t>(HashView(**found).size()) : 0);
}

void hgetall(Context& context, Args args) {
  const auto found = context.find(args[1], Type::hash);
  if (!found) return context.reply.error(found.error());
  if (!*found) return context.reply.map(0);
  const HashView view = view_of(context, **found);
  context.reply.map(view.visible());
  view.for_each([&](const HashView::Field& field) {
    reply_element(context.reply, field.name);
    reply_element(context.reply, field.value);
  });
}

void reply_list(Context& context, Args args, PackedElement HashView::Field::*part) {
  const auto found = context.find(args[1], Type::hash);
  if (!found) return context.reply.error(found.error());
  if (!*found) return context.reply.array(0);
  const HashView view = view_of(context, **found);
  context.reply.array(view.visible());
  view.for_each([&](const HashView::Field& field) { reply_element(context.reply, field.*part); });
}

void hkeys(Context& context, Args args) { reply_list(context, args, &HashView::Field::name); }
void hvals(Context& context, Args args) { reply_list(context, args, &HashView::Field::value); }

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr std::uint32_t kGrows = kWrite | kDenyOom | kFast;

constexpr Command kCommands[] = {
    // name       arity  flags           keys     categories      handler
    {"hdel", -3, kWrite | kFast, kOneKey, kHashCategory, hdel},
    {"hexists", 3, kReadonly | kFast, kOneKey, kHashCategory, hexists},
    {"hget", 3, kReadonly | kFast, kOneKey, kHashCategory, hget},
    {"hgetall", 2, kReadonly, kOneKey, kHashCategory, hgetall},
    {"hincrby", 4, kGrows, kOneKey, kHashCategory, hincrby},
    {"hincrbyfloat", 4, kGrows, kOneKey, kHashCategory, hincrbyfloat},
    {"hkeys", 2, kReadonly, kOneKey, kHashCategory, hkeys},
    {"hlen", 2, kReadonly | kFast, kOneKey, kHashCategory, hlen},
    {"hmget", -3, kReadonly | kFast, kOneKey, kHashCategory, hmget},
    {"hmset", -4, kGrows, kOneKey, kHashCategory, hmset},
    {"hset", -4, kGrows, kOneKey, kHashCategory, hset},
    {"hsetnx", 4, kGrows, kOneKey, kHashCategory, hsetnx},
    {"hstrlen", 3, kReadonly | kFast, kOneKey, kHashCategory, hstrlen},
    {"hvals", 2, kReadonly, kOneKey, kHashCategory, hvals},
};

}  // namespace

std::span<const Command> hash_commands() { return kCommands; }

}  // namespace replserver

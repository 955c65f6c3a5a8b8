// The set commands that work on the members of one set.
#include "base/mutant.hpp"
#include "base/numbers.hpp"
#include "command/context.hpp"
#include "command/random_members.hpp"
#include "command/removal.hpp"
#include "command/scan_options.hpp"
#include "data/set.hpp"

namespace replserver {
namespace {

constexpr std::size_t kWordsPerRemoval = 1024;  // members that one SREM tells replicas

void sadd(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::set)) return;
  Change<Set> set = context.database().change<Set>(key);
  set->expect(args.size() - 2, args[2]);
  std::int64_t added = 0;
  for (const ByteView member : args.subspan(2)) added += set->add(member);
  set.finish(added > 0);
  if (added > 0) {
    context.changed(added);
    context.notify_written(!entry, kNotifySet, "sadd", key.bytes);
  }
  context.reply.integer(added);
}

void srem(Context& context, Args args) { remove_members<Set>(context, args, kNotifySet, "srem"); }

void smove(Context& context, Args args) {
  const Key from = context.key(args[1]), to = context.key(args[2]);
  const Entry* source = context.find_to_change(from);
  const Entry* target = context.find_to_change(to);
  if (!source) return context.reply.integer(0);
  if (context.is_wrong_type(source, Type::set) || context.is_wrong_type(target, Type::set)) return;
  if (source == target) return context.reply.integer(SetView(*source).contains(args[3]));

  Change<Set> left = context.database().change<Set>(from);
  const bool moved = left->remove(args[3]);
  const bool lives = left.finish(moved);
  context.reply.integer(moved);
  if (!moved) return;
  notify_taken(context, kNotifySet, "srem", from.bytes, lives);

  Change<Set> entered = context.database().change<Set>(to);
  const bool added = entered->add(args[3]);
  entered.finish(added);
  context.changed(added ? 2 : 1);
  if (added) context.notify_written(!target, kNotifySet, "sadd", to.bytes);
}

void sismember(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::set)) return;
  context.reply.integer(entry && SetView(*entry).contains(args[2]));
}

void smismember(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::set)) return;
  context.reply.array(args.size() - 2);
  for (const ByteView member : args.subspan(2)) {
    context.reply.integer(entry && SetView(*entry).contains(member));
  }
}

void scard(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::set)) return;
  context.reply.integer(entry ? static_cast<std::int64_t>(SetView(*entry).size()) : 0);
}

// ---- taking members at random ----

void pop_one(Context& context, const Key& key) {
  Change<Set> set = context.database().change<Set>(key);
  const Bytes member = set->view().random(context.random);
  set->remove(member);
  const bool lives = set.finish();
  context.changed_as({"SREM", key.bytes, member});  // a replica's own draw would differ
  if (mutated(Mutant::hands_on_random_draws)) context.changed();
  notify_taken(context, kNotifySet, "spop", key.bytes, lives);
  context.reply.bulk(member);
}

void pop_all(Context& context, const Key& key, const SetView& set) {
  const auto size = static_cast<std::int64_t>(set.size());
  context.reply.set(set.size());
  set.for_each([&](ByteView member) { context.reply.bulk(member); });
  context.database().erase(key);
  context.changed_as({context.settings.lazy_server_del ? "UNLINK" : "DEL", key.bytes}, size);
  notify_taken(context, kNotifySet, "spop", key.bytes, false);
}

void pop_some(Context& context, const Key& key, const Words& members) {
  Change<Set> set = context.database().change<Set>(key);
  context.reply.set(members.size());
  for (const Bytes& member : members) {
    set->remove(member);
    context.reply.bulk(member);
  }
  set.finish();
  for (std::size_t first = 0; first < members.size(); first += kWordsPerRemoval) {
    const std::size_t end = std::min(members.size(), first + kWordsPerRemoval);
    std::vector<ByteView> words{"SREM", key.bytes};
    words.insert(words.end(), members.begin() + static_cast<std::ptrdiff_t>(first),
                 members.begin() + static_cast<std::ptrdiff_t>(end));
    context.changed_as(words, static_cast<std::int64_t>(end - first));
  }
  context.notify(kNotifySet, "spop", key.bytes);
}

void spop(Context& context, Args args) {
  if (args.size() > 3) return context.reply.error(kSyntaxError);
  std::size_t count = 0;
  if (args.size() == 3) {
    const auto read = Context::integer(args[2]);
    if (!read) return context.reply.error("ERR value is out of range, must be positive");
    if (*read < 0) return context.reply.error("ERR value is out of range, must be positive");
    count = static_cast<std::size_t>(*read);
  }
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::set)) return;
  if (args.size() == 2) return entry ? pop_one(context, key) : context.reply.null();
  if (!entry || count == 0) return context.reply.set(0);
  const SetView set(*entry);
  if (count >= set.size()) return pop_all(context, key, set);
  pop_some(context, key, distinct_members(set, count, context.random));
}

void srandmember_many(Context& context, Args args) {
  const auto count = read_draws(context, args);
  if (!count) return;
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::set)) return;
  if (!entry || *count == 0) return context.reply.array(0);
  const SetView set(*entry);
  if (*count < -kRepetitionsMax) return context.reply.error(kTooManyDraws);
  if (*count < 0) {
    context.reply.array(static_cast<std::size_t>(-*count));
    for (std::int64_t drawn = 0; drawn < -*count; ++drawn) {
      context.reply.bulk(set.random(context.random));
    }
    return;
  }
  const Words members = distinct_members(set, static_cast<std::size_t>(*count), context.random);
  context.reply.array(members.size());
  for (const Bytes& member : members) context.reply.bulk(member);
}

void srandmember(Context& context, Args args) {
  if (args.size() > 3) return context.reply.error(kSyntaxError);
  if (args.size() == 3) return srandmember_many(context, args);
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::set)) return;
  if (!entry) return context.reply.null();
  context.reply.bulk(SetView(*entry).random(context.random));
}

void sscan(Context& context, Args args) {
  std::uint64_t cursor = 0;
  ScanOptions scan;
  const Entry* entry = nullptr;
  if (!begin_scan(context, args, Type::set, {}, cursor, scan, entry)) return;
  Words found;
  const auto next =
      SetView(*entry).scan(cursor, static_cast<std::size_t>(scan.count), [&](ByteView member) {
        if (scan.matches(member)) found.emplace_back(member);
      });
  reply_scanned(context.reply, next, found.size());
  for (const Bytes& member : found) context.reply.bulk(member);
}

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"sadd", -3, kWrite | kDenyOom | kFast, kOneKey, kSetCategory, sadd},
    {"scard", 2, kReadonly | kFast, kOneKey, kSetCategory, scard},
    {"sismember", 3, kReadonly | kFast, kOneKey, kSetCategory, sismember},
    {"smismember", -3, kReadonly | kFast, kOneKey, kSetCategory, smismember},
    {"smove", 4, kWrite | kFast, {1, 2, 1}, kSetCategory, smove},
    {"spop", -2, kWrite | kFast, kOneKey, kSetCategory, spop},
    {"srandmember", -2, kReadonly, kOneKey, kSetCategory, srandmember},
    {"srem", -3, kWrite | kFast, kOneKey, kSetCategory, srem},
    {"sscan", -3, kReadonly, kOneKey, kSetCategory, sscan},
};

}  // namespace

std::span<const Command> set_commands() { return kCommands; }

}  // namespace replserver

// Whole databases: how big, emptied, changed about.
#include "base/ascii.hpp"
#include "command/context.hpp"

namespace replserver {
namespace {

void dbsize(Context& context, Args) {
  context.reply.integer(static_cast<std::int64_t>(context.database().size()));
}

// How the memory is to be given back; nothing when the words are wrong.
std::optional<Keyspace::Flush> flush_mode(const Context& context, Args args) {
  using Flush = Keyspace::Flush;
  if (args.size() == 1) return context.settings.lazy_user_flush ? Flush::in_steps : Flush::now;
  if (args.size() > 2) return std::nullopt;
  if (equal_ignoring_case(args[1], "SYNC")) return Flush::now;
  if (equal_ignoring_case(args[1], "ASYNC")) return Flush::in_steps;
  return std::nullopt;
}

// Told to replicas also when there was nothing to flush: theirs might differ.
void flushdb(Context& context, Args args) {
  const auto mode = flush_mode(context, args);
  if (!mode) return context.reply.error(kSyntaxError);
  context.changed(static_cast<std::int64_t>(context.keyspace.flush(context.db, *mode)));
  context.reply.ok();
}

void flushall(Context& context, Args args) {
  const auto mode = flush_mode(context, args);
  if (!mode) return context.reply.error(kSyntaxError);
  context.changed(static_cast<std::int64_t>(context.keyspace.flush_all(*mode)));
  context.reply.ok();
}

void swapdb(Context& context, Args args) {
  const auto first = Context::small_integer(args[1], "ERR invalid first DB index");
  if (!first) return context.reply.error(first.error());
  const auto second = Context::small_integer(args[2], "ERR invalid second DB index");
  if (!second) return context.reply.error(second.error());
  const auto exists = [&](int index) { return index >= 0 && index < context.keyspace.databases(); };
  if (!exists(*first) || !exists(*second)) return context.reply.error(kNoSuchDatabase);

  if (*first != *second) context.keyspace.swap(*first, *second);
  context.changed();
  context.reply.ok();
}

constexpr std::uint32_t kDestroys = kKeyspaceCategory | kDangerousCategory;

constexpr Command kCommands[] = {
    // name      arity  flags              keys  categories         handler
    {"dbsize", 1, kReadonly | kFast, {}, kKeyspaceCategory, dbsize},
    {"flushall", -1, kWrite, {}, kDestroys, flushall},
    {"flushdb", -1, kWrite, {}, kDestroys, flushdb},
    {"swapdb", 3, kWrite | kFast, {}, kDestroys, swapdb},
};

}  // namespace

std::span<const Command> database_commands() { return kCommands; }

}  // namespace replserver

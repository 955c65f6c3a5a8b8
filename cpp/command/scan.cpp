// Finding keys that the client does not know: SCAN, KEYS, RANDOMKEY.
#include "base/ascii.hpp"
#include "command/context.hpp"
#include "command/scan_options.hpp"

namespace replserver {
namespace {

void keys(Context& context, Args args) {
  ScanOptions wanted;
  wanted.pattern = args[1];
  const auto late = context.reply.begin();
  std::size_t count = 0;
  context.database().for_each([&](const Entry& entry) {
    if (!wanted.matches(entry.key()) || context.is_hidden(entry)) return;
    context.reply.bulk(entry.key());
    ++count;
  });
  context.reply.end_array(late, count);
}

void scan(Context& context, Args args) {
  const auto cursor = parse_cursor(args[1]);
  if (!cursor) return context.reply.error("ERR invalid cursor");
  ScanOptions scan;
  if (!read_scan_options(context, args, 2, {.type = true}, scan)) return;

  std::vector<const Entry*> found;
  Words expired;
  const auto next = context.database().scan(
      *cursor, static_cast<std::size_t>(scan.count), [&](const Entry& entry) {
        if (!scan.matches(entry.key())) return;
        if (context.is_hidden(entry)) return void(expired.emplace_back(entry.key()));
        // A type that does not exist is no error: nothing is of it.
        if (scan.has_type && !equal_ignoring_case(scan.type, type_name(entry.type()))) return;
        found.push_back(&entry);
      });

  reply_scanned(context.reply, next, found.size());
  for (const Entry* entry : found) context.reply.bulk(entry->key());
  for (const Bytes& key : expired) context.delete_expired(context.key(key), context.db);
}

void randomkey(Context& context, Args) {
  const Database& database = context.database();
  // Where expired keys stay, all of them may be: then one is told all the same after some tries.
  int tries = 100;
  while (const Entry* entry = database.random_entry(context.random)) {
    const bool is_hidden = entry->has_expiry() && context.is_hidden(*entry);
    const Bytes name = is_hidden ? Bytes(entry->key()) : Bytes();
    if (is_hidden && context.delete_expired(context.key(name), context.db)) continue;
    const bool all_may_be = database.size() == database.expires();
    if (is_hidden && !(all_may_be && --tries == 0)) continue;
    return context.reply.bulk(entry->key());
  }
  context.reply.null();
}

constexpr Command kCommands[] = {
    // name       arity  flags                              keys  categories        handler
    {"keys", 2, kReadonly, {}, kKeyspaceCategory | kDangerousCategory, keys},
    {"randomkey", 1, kReadonly | kTouchesArbitraryKeys, {}, kKeyspaceCategory, randomkey},
    {"scan", -2, kReadonly | kTouchesArbitraryKeys, {}, kKeyspaceCategory, scan},
};

}  // namespace

std::span<const Command> scan_commands() { return kCommands; }

}  // namespace replserver

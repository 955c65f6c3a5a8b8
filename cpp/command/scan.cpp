// Finding keys that the client does not know: SCAN, KEYS, RANDOMKEY.
#include "base/glob.hpp"
#include "base/numbers.hpp"
#include "base/until_nul.hpp"
#include "command/context.hpp"
#include "command/options.hpp"

namespace replserver {
namespace {

// "*" is answered without matching: it means every key, also the empty one.
bool matches(ByteView pattern, ByteView key) { return pattern == "*" || glob_match(pattern, key); }

void keys(Context& context, Args args) {
  const auto late = context.reply.begin();
  std::size_t count = 0;
  context.database().for_each([&](const Entry& entry) {
    if (!matches(args[1], entry.key()) || context.is_hidden(entry)) return;
    context.reply.bulk(entry.key());
    ++count;
  });
  context.reply.end_array(late, count);
}

// As strtoul reads it, which older clients rely on for "-1" and "+5"; and "" is 0.
std::optional<std::uint64_t> parse_cursor(ByteView text) {
  const ByteView word = until_nul(text);
  if (word.empty()) return 0;
  const bool is_signed = word[0] == '-' || word[0] == '+';
  ByteView digits = word.substr(is_signed ? 1 : 0);
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  const auto value = parse_unsigned(digits);
  if (value && word[0] == '-') return 0 - *value;
  return value;
}

struct ScanOptions {
  std::int64_t count = 10;
  ByteView pattern = "*";
  ByteView type;
  bool has_type = false;
};

// False: refused, and told so.
bool read_scan_options(Context& context, Args args, ScanOptions& scan) {
  OptionReader options(args, 2);
  while (options.next()) {
    if (options.is("COUNT", scan.count)) {
      if (scan.count < 1) options.refuse();
    } else if (options.is("TYPE", scan.type)) {
      scan.has_type = true;
    } else if (!options.is("MATCH", scan.pattern)) {
      options.refuse();
    }
  }
  if (options.refused()) context.reply.error(options.error());
  return !options.refused();
}

void scan(Context& context, Args args) {
  const auto cursor = parse_cursor(args[1]);
  if (!cursor) return context.reply.error("ERR invalid cursor");
  ScanOptions scan;
  if (!read_scan_options(context, args, scan)) return;

  std::vector<const Entry*> found;
  Words expired;
  const auto next = context.database().scan(
      *cursor, static_cast<std::size_t>(scan.count), [&](const Entry& entry) {
        if (!matches(scan.pattern, entry.key())) return;
        if (context.is_hidden(entry)) return void(expired.emplace_back(entry.key()));
        // A type that does not exist is no error: nothing is of it.
        if (scan.has_type && !equal_ignoring_case(scan.type, type_name(entry.type()))) return;
        found.push_back(&entry);
      });

  char text[kIntegerTextMax];
  context.reply.array(2);
  context.reply.bulk(ByteView(text, format_unsigned(next, text)));
  context.reply.array(found.size());
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

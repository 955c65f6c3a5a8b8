// SETBIT, GETBIT, BITCOUNT, BITPOS, BITOP: strings as rows of bits.
#include <algorithm>
#include <cstring>

#include "base/ascii.hpp"
#include "command/bit_offset.hpp"
#include "command/bits.hpp"
#include "command/context.hpp"
#include "command/store.hpp"

namespace replserver {
namespace {

void setbit(Context& context, Args args) {
  const auto offset = read_bit_offset(context, args[2]);
  if (!offset) return;
  constexpr ByteView kNoBit = "ERR bit is not an integer or out of range";
  const auto value = Context::integer(args[3], kNoBit);
  if (!value || (*value != 0 && *value != 1)) return context.reply.error(kNoBit);
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::string)) return;

  char scratch[32];
  const ByteView before = entry ? Database::string_view(*entry, scratch) : ByteView();
  const bool was = bit_at(before, *offset);
  const std::size_t size = std::max<std::size_t>(before.size(), *offset / 8 + 1);
  const bool grows = size > before.size();
  context.reply.integer(was);
  const bool changes = grows || was != (*value == 1);
  // Also where nothing changes the string becomes "raw", as in Redis.
  if (!changes &&
      (entry->encoding() == Encoding::raw || entry->encoding() == Encoding::raw_inline)) {
    return;
  }
  set_bit(context.database().writable_string(key, size), *offset, *value == 1);
  if (!changes) return;
  context.changed();
  context.notify_written(!entry, kNotifyString, "setbit", key.bytes);
}

void getbit(Context& context, Args args) {
  const auto offset = read_bit_offset(context, args[2]);
  if (!offset) return;
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::string)) return;
  char scratch[32];
  context.reply.integer(entry && bit_at(Database::string_view(*entry, scratch), *offset));
}

// ---- ranges ------------------------------------------------------------------------------------

struct BitRange {
  std::int64_t start = 0, stop = -1;
  bool in_bits = false;
  bool has_stop = false;

  struct Part {  // bits [first, end)
    std::uint64_t first = 0, end = 0;
  };
  // Nothing: no bit of so many bytes is in it.
  std::optional<Part> of(std::size_t bytes) const {
    const auto size = static_cast<std::int64_t>(in_bits ? bytes * 8 : bytes);
    const std::int64_t first = std::max<std::int64_t>(start < 0 ? start + size : start, 0);
    const std::int64_t last =
        std::min(std::max<std::int64_t>(stop < 0 ? stop + size : stop, 0), size - 1);
    if (first > last) return std::nullopt;
    const std::uint64_t unit = in_bits ? 1 : 8;
    return Part{static_cast<std::uint64_t>(first) * unit,
                (static_cast<std::uint64_t>(last) + 1) * unit};
  }
};

// Of the words from `at` on: start, end and the unit. False: refused, and told so; BITPOS looks at
// the unit before the end.
enum class Sooner { end, unit };
bool read_bit_range(Context& context, Args args, std::size_t at, Sooner sooner, BitRange& range) {
  const auto refuse = [&](ByteView error) {
    context.reply.error(error);
    return false;
  };
  if (args.size() > at + 3) return refuse(kSyntaxError);
  if (args.size() > at) {
    const auto start = Context::integer(args[at]);
    if (!start) return refuse(start.error().text);
    range.start = *start;
  }
  range.has_stop = args.size() > at + 1;
  const auto stop = range.has_stop ? Context::integer(args[at + 1]) : Result<std::int64_t>(-1);
  if (!stop && sooner == Sooner::end) return refuse(stop.error().text);
  if (args.size() > at + 2) {
    range.in_bits = equal_ignoring_case(args[at + 2], "BIT");
    if (!range.in_bits && !equal_ignoring_case(args[at + 2], "BYTE")) return refuse(kSyntaxError);
  }
  if (!stop) return refuse(stop.error().text);
  range.stop = *stop;
  return true;
}

void bitcount(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (!entry) return context.reply.integer(0);  // before the range is looked at
  if (context.is_wrong_type(entry, Type::string)) return;
  if (args.size() == 3) return context.reply.error(kSyntaxError);
  BitRange range;
  if (!read_bit_range(context, args, 2, Sooner::end, range)) return;
  if (range.start < 0 && range.stop < 0 && range.start > range.stop) {
    return context.reply.integer(0);  // else both would be moved to the first byte
  }
  char scratch[32];
  const ByteView bytes = Database::string_view(*entry, scratch);
  const auto part = range.of(bytes.size());
  const std::uint64_t count = part ? count_bits(bytes, part->first, part->end) : 0;
  context.reply.integer(static_cast<std::int64_t>(count));
}

void bitpos(Context& context, Args args) {
  const auto wanted = Context::integer(args[2]);
  if (!wanted) return context.reply.error(wanted.error());
  if (*wanted != 0 && *wanted != 1) {
    return context.reply.error("ERR The bit argument must be 1 or 0.");
  }
  const Entry* entry = context.find(args[1]);
  if (!entry) return context.reply.integer(*wanted == 1 ? -1 : 0);
  if (context.is_wrong_type(entry, Type::string)) return;
  BitRange range;
  if (!read_bit_range(context, args, 3, Sooner::unit, range)) return;
  char scratch[32];
  const ByteView bytes = Database::string_view(*entry, scratch);
  const auto part = range.of(bytes.size());
  if (!part) return context.reply.integer(-1);
  const auto found = find_bit(bytes, part->first, part->end, *wanted == 1);
  if (found) return context.reply.integer(static_cast<std::int64_t>(*found));
  // Without an end the string goes on in zeros.
  const bool goes_on = *wanted == 0 && !range.has_stop;
  context.reply.integer(goes_on ? static_cast<std::int64_t>(part->end) : -1);
}

// ---- BITOP -------------------------------------------------------------------------------------

enum class BitOperation { conjunction, disjunction, exclusive, negation };

std::optional<BitOperation> operation_of(ByteView word) {
  if (equal_ignoring_case(word, "AND")) return BitOperation::conjunction;
  if (equal_ignoring_case(word, "OR")) return BitOperation::disjunction;
  if (equal_ignoring_case(word, "XOR")) return BitOperation::exclusive;
  if (equal_ignoring_case(word, "NOT")) return BitOperation::negation;
  return std::nullopt;
}

// Combines a source into the result, which is at least as long: what it lacks counts as zeros.
void combine_bytes(BitOperation operation, Bytes& result, ByteView source) {
  for (std::size_t at = 0; at < source.size(); ++at) {
    char& byte = result[at];
    const char other = source[at];
    switch (operation) {
      case BitOperation::conjunction:
        byte = static_cast<char>(byte & other);
        break;
      case BitOperation::disjunction:
        byte = static_cast<char>(byte | other);
        break;
      case BitOperation::exclusive:
        byte = static_cast<char>(byte ^ other);
        break;
      case BitOperation::negation:
        byte = static_cast<char>(~other);
        break;
    }
  }
  if (operation == BitOperation::conjunction) {
    std::fill(result.begin() + static_cast<std::ptrdiff_t>(source.size()), result.end(), '\0');
  }
}

void bitop(Context& context, Args args) {
  const auto operation = operation_of(args[1]);
  if (!operation) return context.reply.error(kSyntaxError);
  if (*operation == BitOperation::negation && args.size() != 4) {
    return context.reply.error("ERR BITOP NOT must be called with a single source key.");
  }
  std::size_t size = 0;
  for (const ByteView word : args.subspan(3)) {
    const Entry* entry = context.find(word);
    if (context.is_wrong_type(entry, Type::string)) return;
    if (entry) size = std::max(size, Database::string_size(*entry));
  }
  Bytes result(size, '\0');
  for (std::size_t index = 3; index < args.size(); ++index) {
    const Entry* entry = context.peek(args[index]);
    char scratch[32];
    const ByteView source = entry ? Database::string_view(*entry, scratch) : ByteView();
    const bool is_first = index == 3 && *operation != BitOperation::negation;
    combine_bytes(is_first ? BitOperation::disjunction : *operation, result, source);
  }
  const Key key = context.key(args[2]);
  context.reply.integer(static_cast<std::int64_t>(size));
  if (size == 0) return store_nothing(context, key);
  const bool is_new = context.find_to_change(key) == nullptr;
  context.database().set_raw(key, result, Database::Expiry::clear);
  context.changed();
  context.notify_written(is_new, kNotifyString, "set", key.bytes);
}

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"bitcount", -2, kReadonly, kOneKey, kBitmapCategory, bitcount},
    {"bitop", -4, kWrite | kDenyOom, {2, -1, 1}, kBitmapCategory, bitop},
    {"bitpos", -3, kReadonly, kOneKey, kBitmapCategory, bitpos},
    {"getbit", 3, kReadonly | kFast, kOneKey, kBitmapCategory, getbit},
    {"setbit", 4, kWrite | kDenyOom, kOneKey, kBitmapCategory, setbit},
};

}  // namespace

std::span<const Command> bitmap_commands() { return kCommands; }

}  // namespace replserver

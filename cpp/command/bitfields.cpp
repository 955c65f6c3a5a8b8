// BITFIELD and BITFIELD_RO: integers of any width within a string.
#include <algorithm>

#include "base/ascii.hpp"
#include "command/bit_offset.hpp"
#include "command/bits.hpp"
#include "command/context.hpp"

namespace replserver {
namespace {

enum class Overflow { wrap, saturate, fail };

struct FieldOperation {
  enum class Kind { get, set, increase };

  Kind kind = Kind::get;
  bool is_signed = false;
  unsigned width = 0;
  std::uint64_t offset = 0;
  std::int64_t operand = 0;
  Overflow overflow = Overflow::wrap;

  bool writes() const { return kind != Kind::get; }
  std::size_t bytes() const { return static_cast<std::size_t>((offset + width + 7) / 8); }
};

using Wide = __int128;  // holds the sum of any two of 64 bits

// "i16", "u8".
bool read_field_type(Context& context, ByteView word, FieldOperation& operation) {
  operation.is_signed = word.starts_with('i');
  const auto width = word.empty() ? std::nullopt : parse_integer(word.substr(1));
  const std::int64_t most = operation.is_signed ? 64 : 63;
  if ((operation.is_signed || word.starts_with('u')) && width && *width >= 1 && *width <= most) {
    operation.width = static_cast<unsigned>(*width);
    return true;
  }
  context.reply.error(
      "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but "
      "i64 is.");
  return false;
}

bool read_overflow(Context& context, ByteView word, Overflow& overflow) {
  if (equal_ignoring_case(word, "WRAP")) {
    overflow = Overflow::wrap;
  } else if (equal_ignoring_case(word, "SAT")) {
    overflow = Overflow::saturate;
  } else if (equal_ignoring_case(word, "FAIL")) {
    overflow = Overflow::fail;
  } else {
    context.reply.error("ERR Invalid OVERFLOW type specified");
    return false;
  }
  return true;
}

// Nothing: refused, and told so.
std::optional<std::vector<FieldOperation>> read_operations(Context& context, Args args) {
  using Kind = FieldOperation::Kind;
  std::vector<FieldOperation> operations;
  Overflow overflow = Overflow::wrap;
  for (std::size_t at = 2; at < args.size();) {
    const std::size_t more = args.size() - at - 1;
    FieldOperation operation;
    if (more >= 2 && equal_ignoring_case(args[at], "GET")) {
      operation.kind = Kind::get;
    } else if (more >= 3 && equal_ignoring_case(args[at], "SET")) {
      operation.kind = Kind::set;
    } else if (more >= 3 && equal_ignoring_case(args[at], "INCRBY")) {
      operation.kind = Kind::increase;
    } else if (more >= 1 && equal_ignoring_case(args[at], "OVERFLOW")) {
      if (!read_overflow(context, args[at + 1], overflow)) return std::nullopt;
      at += 2;
      continue;
    } else {
      context.reply.error(kSyntaxError);
      return std::nullopt;
    }
    operation.overflow = overflow;
    if (!read_field_type(context, args[at + 1], operation)) return std::nullopt;
    const auto offset = read_bit_offset(context, args[at + 2], operation.width);
    if (!offset) return std::nullopt;
    operation.offset = *offset;
    if (operation.writes()) {
      const auto operand = Context::integer(args[at + 3]);
      if (!operand) {
        context.reply.error(operand.error());
        return std::nullopt;
      }
      operation.operand = *operand;
    }
    operations.push_back(operation);
    at += operation.writes() ? 4 : 3;
  }
  return operations;
}

Wide value_of(const FieldOperation& operation, std::uint64_t bits) {
  const bool is_negative = operation.is_signed && (bits >> (operation.width - 1) & 1);
  return static_cast<Wide>(bits) - (is_negative ? static_cast<Wide>(1) << operation.width : 0);
}

// The value as it fits into the field; nothing where that is a failure.
std::optional<Wide> fitted(const FieldOperation& operation, Wide value) {
  const Wide span = static_cast<Wide>(1) << operation.width;
  const Wide least = operation.is_signed ? -(span / 2) : 0;
  const Wide most = least + span - 1;
  if (value >= least && value <= most) return value;
  if (operation.overflow == Overflow::fail) return std::nullopt;
  if (operation.overflow == Overflow::saturate) return value > most ? most : least;
  return value_of(operation,
                  static_cast<std::uint64_t>(value) & static_cast<std::uint64_t>(span - 1));
}

// Replies, and tells whether the field changed; nothing if it was not to be written.
std::optional<bool> execute(Context& context, const FieldOperation& operation, char* bytes,
                            std::size_t size) {
  const std::uint64_t bits = read_bits(ByteView(bytes, size), operation.offset, operation.width);
  const Wide before = value_of(operation, bits);
  if (!operation.writes()) {
    context.reply.integer(static_cast<std::int64_t>(before));
    return std::nullopt;
  }
  const bool adds = operation.kind == FieldOperation::Kind::increase;
  // What is set in an unsigned field is read as unsigned, too.
  const Wide operand = operation.is_signed || adds
                           ? static_cast<Wide>(operation.operand)
                           : static_cast<Wide>(static_cast<std::uint64_t>(operation.operand));
  const auto after = fitted(operation, adds ? before + operand : operand);
  if (!after) {
    context.reply.null();
    return std::nullopt;
  }
  context.reply.integer(static_cast<std::int64_t>(adds ? *after : before));
  write_bits(bytes, operation.offset, operation.width, static_cast<std::uint64_t>(*after));
  return *after != before;
}

void read_fields(Context& context, ByteView key, const std::vector<FieldOperation>& operations) {
  const Entry* entry = context.find(key);
  if (context.is_wrong_type(entry, Type::string)) return;
  char scratch[32];
  const ByteView bytes = entry ? Database::string_view(*entry, scratch) : ByteView();
  context.reply.array(operations.size());
  for (const FieldOperation& operation : operations) {
    const std::uint64_t bits = read_bits(bytes, operation.offset, operation.width);
    context.reply.integer(static_cast<std::int64_t>(value_of(operation, bits)));
  }
}

void bitfield(Context& context, Args args) {
  const auto operations = read_operations(context, args);
  if (!operations) return;
  std::size_t needed = 0;
  for (const FieldOperation& operation : *operations) {
    if (operation.writes()) needed = std::max(needed, operation.bytes());
  }
  if (needed == 0) return read_fields(context, args[1], *operations);

  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::string)) return;
  const bool is_new = entry == nullptr;
  const std::size_t size = is_new ? 0 : Database::string_size(*entry);
  const bool grows = needed > size;
  char* bytes = context.database().writable_string(key, needed);
  context.reply.array(operations->size());
  std::int64_t changes = 0;
  for (const FieldOperation& operation : *operations) {
    const auto changed = execute(context, operation, bytes, std::max(size, needed));
    changes += changed && (*changed || grows);
  }
  // Where every operation failed the string is there or longer all the same. Redis does not tell
  // its replicas of that, which then have another string.
  if (is_new) context.notify(kNotifyNew, "new", key.bytes);
  if (changes > 0) context.notify(kNotifyString, "setbit", key.bytes);
  if (changes > 0 || grows) context.changed(changes);
}

void bitfield_ro(Context& context, Args args) {
  const auto operations = read_operations(context, args);
  if (!operations) return;
  for (const FieldOperation& operation : *operations) {
    if (operation.writes()) {
      return context.reply.error("ERR BITFIELD_RO only supports the GET subcommand");
    }
  }
  read_fields(context, args[1], *operations);
}

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"bitfield", -2, kWrite | kDenyOom, kOneKey, kBitmapCategory, bitfield},
    {"bitfield_ro", -2, kReadonly | kFast, kOneKey, kBitmapCategory, bitfield_ro},
};

}  // namespace

std::span<const Command> bitfield_commands() { return kCommands; }

}  // namespace replserver

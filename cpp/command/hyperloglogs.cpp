// PFADD, PFCOUNT, PFMERGE, and PFDEBUG and PFSELFTEST for those who look inside.
#include "base/ascii.hpp"
#include "base/until_nul.hpp"
#include "command/context.hpp"
#include "data/hyperloglog.hpp"

namespace replserver {
namespace {

using Expiry = Database::Expiry;

constexpr ByteView kNoSketch = "WRONGTYPE Key is not a valid HyperLogLog string value.";
constexpr ByteView kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

ByteView bytes_of(const Entry& entry, char* scratch) {
  return Database::string_view(entry, scratch);
}

// False: it holds something else, and that was told.
bool is_sketch(Context& context, const Entry* entry) {
  if (!entry) return true;
  if (context.is_wrong_type(entry, Type::string)) return false;
  char scratch[32];
  if (hll::is_one(bytes_of(*entry, scratch))) return true;
  context.reply.error(kNoSketch);
  return false;
}

void keep(Context& context, const Key& key, const Bytes& bytes) {
  context.database().set_raw(key, bytes, Expiry::keep);
}

// How many registers rose; nothing: it is corrupt.
std::optional<std::int64_t> raise_all(Context& context, const Key& key, bool is_new, Args elements,
                                      Bytes& bytes) {
  std::int64_t risen = 0;
  for (const ByteView element : elements) {
    const auto rose =
        hll::raise(bytes, hll::mark_of(element), context.settings.hll_sparse_max_bytes);
    if (!rose) return std::nullopt;
    risen += *rose;
  }
  if (risen == 0 && !is_new) return 0;
  hll::drop_cache(bytes.data());
  keep(context, key, bytes);
  return risen;
}

void pfadd(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (!is_sketch(context, entry)) return;
  char scratch[32];
  Bytes bytes = entry ? Bytes(bytes_of(*entry, scratch)) : hll::make();
  const bool is_new = entry == nullptr;
  const auto risen = raise_all(context, key, is_new, args.subspan(2), bytes);
  if (!risen) return context.reply.error(kCorrupt);
  const std::int64_t changes = *risen + is_new;
  context.reply.integer(changes > 0);
  if (changes == 0) return;
  context.changed(changes);
  context.notify_written(is_new, kNotifyString, "pfadd", key.bytes);
}

// The registers of all keys together. False: refused, and told so.
bool merge_keys(Context& context, Args keys, hll::Registers& registers, bool& any_dense) {
  for (const ByteView word : keys) {
    const Entry* entry = context.find(word);
    if (!is_sketch(context, entry)) return false;
    if (!entry) continue;
    char scratch[32];
    const ByteView bytes = bytes_of(*entry, scratch);
    any_dense = any_dense || hll::is_dense(bytes);
    if (hll::merge(registers, bytes)) continue;
    context.reply.error(kCorrupt);
    return false;
  }
  return true;
}

void count_one(Context& context, const Key& key) {
  const Entry* entry = context.find(key);
  if (!is_sketch(context, entry)) return;
  if (!entry) return context.reply.integer(0);
  char scratch[32];
  Bytes bytes(bytes_of(*entry, scratch));
  if (const auto cached = hll::cached_cardinality(bytes)) {
    return context.reply.integer(static_cast<std::int64_t>(*cached));
  }
  hll::Registers registers{};
  if (!hll::merge(registers, bytes)) return context.reply.error(kCorrupt);
  const std::uint64_t cardinality = hll::estimate(registers);
  hll::cache_cardinality(bytes.data(), cardinality);
  keep(context, key, bytes);
  context.changed();  // replicas keep the same bytes
  context.reply.integer(static_cast<std::int64_t>(cardinality));
}

void pfcount(Context& context, Args args) {
  if (args.size() == 2) return count_one(context, context.key(args[1]));
  hll::Registers registers{};
  bool any_dense = false;
  if (!merge_keys(context, args.subspan(1), registers, any_dense)) return;
  context.reply.integer(static_cast<std::int64_t>(hll::estimate(registers)));
}

void pfmerge(Context& context, Args args) {
  hll::Registers registers{};
  bool any_dense = false;
  if (!merge_keys(context, args.subspan(1), registers, any_dense)) return;
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  char scratch[32];
  Bytes bytes = entry ? Bytes(bytes_of(*entry, scratch)) : hll::make();
  const bool is_new = entry == nullptr;
  bool whole = !any_dense || hll::make_dense(bytes);
  for (std::uint32_t index = 0; whole && index < hll::kRegisters; ++index) {
    if (registers[index] == 0) continue;
    const hll::Mark mark{index, registers[index]};
    whole = hll::raise(bytes, mark, context.settings.hll_sparse_max_bytes).has_value();
  }
  if (!whole) return context.reply.error(kCorrupt);
  hll::drop_cache(bytes.data());
  keep(context, key, bytes);
  context.changed();
  context.notify_written(is_new, kNotifyString, "pfadd", key.bytes);
  context.reply.ok();
}

// ---- looking inside ----------------------------------------------------------------------------

void reply_registers(Context& context, const Key& key, Bytes& bytes) {
  const bool was_dense = hll::is_dense(bytes);
  hll::Registers registers{};
  if (!hll::make_dense(bytes) || !hll::merge(registers, bytes)) {
    return context.reply.error(kCorrupt);
  }
  if (!was_dense) {
    keep(context, key, bytes);
    context.changed();
  }
  context.reply.array(registers.size());
  for (const std::uint8_t value : registers) context.reply.integer(value);
}

void pfdebug(Context& context, Args args) {
  const Key key = context.key(args[2]);
  const Entry* entry = context.find_to_change(key);
  if (!entry) return context.reply.error("ERR The specified key does not exist");
  if (!is_sketch(context, entry)) return;
  char scratch[32];
  Bytes bytes(bytes_of(*entry, scratch));
  const bool was_dense = hll::is_dense(bytes);
  if (equal_ignoring_case(args[1], "GETREG")) return reply_registers(context, key, bytes);
  if (equal_ignoring_case(args[1], "ENCODING")) {
    return context.reply.simple(was_dense ? "dense" : "sparse");
  }
  if (equal_ignoring_case(args[1], "DECODE")) {
    if (was_dense) return context.reply.error("ERR HLL encoding is not sparse");
    return context.reply.bulk(hll::describe(bytes));
  }
  if (equal_ignoring_case(args[1], "TODENSE")) {
    if (!hll::make_dense(bytes)) return context.reply.error(kCorrupt);
    context.reply.integer(!was_dense);
    if (was_dense) return;
    keep(context, key, bytes);
    return context.changed();
  }
  context.reply.error("ERR Unknown PFDEBUG subcommand '" + Bytes(until_nul(args[1])) + "'");
}

// That both encodings count the same elements alike, and not far from the truth.
void pfselftest(Context& context, Args) {
  constexpr std::uint64_t kElements = 100'000;
  Bytes sparse = hll::make(), dense = hll::make();
  hll::make_dense(dense);
  for (std::uint64_t number = 1; number <= kElements; ++number) {
    const hll::Mark mark = hll::mark_of(std::to_string(number));
    hll::raise(sparse, mark, context.settings.hll_sparse_max_bytes);
    hll::raise(dense, mark, 0);
    if (number % 10'000 != 0) continue;
    hll::Registers one{}, other{};
    hll::merge(one, sparse);
    hll::merge(other, dense);
    const std::uint64_t counted = hll::estimate(one);
    const std::uint64_t error = counted > number ? counted - number : number - counted;
    if (one != other || error > number / 20) {
      return context.reply.error("TESTFAILED the estimate of " + std::to_string(number) +
                                 " elements is " + std::to_string(counted));
    }
  }
  context.reply.ok();
}

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr KeyRange kAllKeys = {1, -1, 1};
constexpr std::uint32_t kGrows = kWrite | kDenyOom;
constexpr std::uint32_t kInside = kDangerousCategory | kHyperLogLogCategory;

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"pfadd", -2, kGrows | kFast, kOneKey, kHyperLogLogCategory, pfadd},
    {"pfcount", -2, kReadonly | kMayReplicate, kAllKeys, kHyperLogLogCategory, pfcount},
    {"pfdebug", 3, kGrows | kAdmin, {2, 2, 1}, kInside, pfdebug},
    {"pfmerge", -2, kGrows, kAllKeys, kHyperLogLogCategory, pfmerge},
    {"pfselftest", 1, kAdmin, {}, kInside, pfselftest},
};

}  // namespace

std::span<const Command> hyperloglog_commands() { return kCommands; }

}  // namespace replserver

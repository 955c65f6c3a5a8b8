// The sorted set commands that take the lowest or the highest members out.
#include "base/ascii.hpp"
#include "base/numbers.hpp"
#include "command/pops.hpp"
#include "command/removal.hpp"
#include "command/sorted_set_words.hpp"
#include "data/change.hpp"

namespace replserver {
namespace {

enum class Side { lowest, highest };

ByteView pop_name(Side side) { return side == Side::lowest ? "ZPOPMIN" : "ZPOPMAX"; }
ByteView event_of(Side side) { return side == Side::lowest ? "zpopmin" : "zpopmax"; }

// Takes up to `count`, at least one, out of a sorted set, and calls back with each before.
template <class Callback>
std::size_t pop(Context& context, const Key& key, Side side, std::size_t count, Callback tell) {
  Change<SortedSet> set = context.database().change<SortedSet>(key);
  const SortedSetView view = set->view();
  const std::size_t size = view.size();
  count = std::min(count, size);
  if (side == Side::lowest) {
    view.up(0, count, tell);
    set->remove_ranks(0, count);
  } else {
    view.down(size, count, tell);
    set->remove_ranks(size - count, count);
  }
  const bool lives = set.finish();
  notify_taken(context, kNotifyZset, event_of(side), key.bytes, lives);
  return count;
}

// In RESP3 pairs are arrays if several were asked for.
void pop_from_one(Context& context, Args args, Side side) {
  if (args.size() > 3) return context.reply.error(kSyntaxError);
  const bool is_counted = args.size() == 3;
  std::size_t count = 1;
  if (is_counted) {
    const auto read = Context::integer(args[2]);
    if (!read || *read < 0) {
      return context.reply.error("ERR value is out of range, must be positive");
    }
    count = static_cast<std::size_t>(*read);
  }
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  if (!entry || count == 0) return context.reply.array(0);
  resp::Writer& reply = context.reply;
  const std::size_t size = std::min(count, SortedSetView(*entry).size());
  const bool is_nested = is_counted && reply.version() > 2;
  reply.array(is_nested ? size : 2 * size);
  pop(context, key, side, count, [&](ByteView member, double score) {
    if (is_nested) reply.array(2);
    reply.bulk(member);
    reply.number(score);
  });
  context.changed(static_cast<std::int64_t>(size));
}

void zpopmin(Context& context, Args args) { pop_from_one(context, args, Side::lowest); }
void zpopmax(Context& context, Args args) { pop_from_one(context, args, Side::highest); }

// ---- from the first of several keys that has any ----

std::optional<Side> side_of(ByteView word) {
  if (equal_ignoring_case(word, "MIN")) return Side::lowest;
  if (equal_ignoring_case(word, "MAX")) return Side::highest;
  return std::nullopt;
}

// True if one was served, or refused for its type.
bool serve_pops(Context& context, const ManyPops<Side>& pops) {
  for (const ByteView word : pops.keys) {
    const Key key = context.key(word);
    const Entry* entry = context.find_to_change(key);
    if (!entry) continue;
    if (context.is_wrong_type(entry, Type::sorted_set)) return true;
    resp::Writer& reply = context.reply;
    const std::size_t size = std::min(pops.count, SortedSetView(*entry).size());
    reply.array(2);
    reply.bulk(word);
    reply.array(size);
    pop(context, key, pops.end, size, [&](ByteView member, double score) {
      reply.array(2);
      reply.bulk(member);
      reply.number(score);
    });
    char text[kIntegerTextMax];
    const ByteView count(text, format_unsigned(size, text));
    context.changed_as({pop_name(pops.end), word, count}, static_cast<std::int64_t>(size));
    return true;
  }
  return false;
}

void zmpop(Context& context, Args args) {
  const auto pops = read_many_pops<Side>(context, args, 1, side_of);
  if (!pops) return;
  if (!serve_pops(context, *pops)) context.reply.null_array();
}

// ---- waiting for a member ----

void blocking_pop(Context& context, Args args, Side side) {
  take_or_wait(context, args, Type::sorted_set, [&](const Key& key) {
    context.reply.array(3);
    context.reply.bulk(key.bytes);
    pop(context, key, side, 1, [&](ByteView member, double score) {
      context.reply.bulk(member);
      context.reply.number(score);
    });
    context.changed_as({pop_name(side), key.bytes});  // a replica must not wait
  });
}

void bzpopmin(Context& context, Args args) { blocking_pop(context, args, Side::lowest); }
void bzpopmax(Context& context, Args args) { blocking_pop(context, args, Side::highest); }

void bzmpop(Context& context, Args args) {
  const auto timeout = parse_timeout(args[1], context.now);
  if (!timeout) return context.reply.error(timeout.error());
  const auto pops = read_many_pops<Side>(context, args, 2, side_of);
  if (!pops) return;
  if (!serve_pops(context, *pops)) wait_for(context, Type::sorted_set, pops->keys, *timeout);
}

constexpr std::uint32_t kWaits = kWrite | kBlocking;
constexpr KeyRange kOneKey = {1, 1, 1};
constexpr auto kSortedSet = kSortedSetCategory;

constexpr Command kCommands[] = {
    // name       arity  flags                  keys     categories  handler
    {"bzmpop", -5, kWaits | kMovableKeys, {}, kSortedSet, bzmpop, find_counted_keys<2>},
    {"bzpopmax", -3, kWaits | kFast, {1, -2, 1}, kSortedSet, bzpopmax},
    {"bzpopmin", -3, kWaits | kFast, {1, -2, 1}, kSortedSet, bzpopmin},
    {"zmpop", -4, kWrite | kMovableKeys, {}, kSortedSet, zmpop, find_counted_keys<1>},
    {"zpopmax", -2, kWrite | kFast, kOneKey, kSortedSet, zpopmax},
    {"zpopmin", -2, kWrite | kFast, kOneKey, kSortedSet, zpopmin},
};

}  // namespace

std::span<const Command> sorted_set_pop_commands() { return kCommands; }

}  // namespace replserver

// The list commands that take elements off a list: to reply them, or to push them onto another.
#include <algorithm>

#include "base/ascii.hpp"
#include "command/integer_text.hpp"
#include "command/pops.hpp"
#include "command/removal.hpp"
#include "data/list.hpp"

namespace replserver {
namespace {

constexpr ByteView kNotPositive = "ERR value is out of range, must be positive";

ByteView pop_name(ListEnd end) { return end == ListEnd::front ? "LPOP" : "RPOP"; }
ByteView pop_event(ListEnd end) { return end == ListEnd::front ? "lpop" : "rpop"; }
ByteView push_event(ListEnd end) { return end == ListEnd::front ? "lpush" : "rpush"; }

// Replies up to `count` elements as an array and takes them off. Returns how many.
std::size_t take(Context& context, const Key& key, ListEnd end, std::size_t count) {
  Change<List> list = context.database().change<List>(key);
  const std::size_t size = list->view().size();
  count = std::min(count, size);
  context.reply.array(count);
  std::size_t left = count;
  const bool front = end == ListEnd::front;
  if (count > 0) {
    list->view().walk(front ? 0 : size - 1, front ? ListEnd::back : ListEnd::front,
                      [&](const PackedElement& element) {
                        PackedElement::Scratch scratch;
                        context.reply.bulk(element.text(scratch));
                        return --left > 0;
                      });
  }
  list->erase(front ? 0 : size - count, count);
  list->shrink();
  const bool lives = list.finish(count > 0);
  if (count > 0) notify_taken(context, kNotifyList, pop_event(end), key.bytes, lives);
  return count;
}

Bytes take_one(Context& context, const Key& key, ListEnd end, bool& lives) {
  Change<List> list = context.database().change<List>(key);
  Bytes value = list->pop(end);
  list->shrink();
  lives = list.finish();
  return value;
}

void pop(Context& context, Args args, ListEnd end) {
  if (args.size() > 3) {
    const Bytes name(pop_event(end));
    return context.reply.error("ERR wrong number of arguments for '" + name + "' command");
  }
  std::size_t count = 0;
  if (args.size() == 3) {
    const auto read = Context::integer(args[2]);
    if (!read || *read < 0) return context.reply.error(kNotPositive);
    count = static_cast<std::size_t>(*read);
  }
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (!entry) return args.size() == 3 ? context.reply.null_array() : context.reply.null();
  if (context.is_wrong_type(entry, Type::list)) return;
  if (args.size() == 3) {
    const std::size_t taken = take(context, key, end, count);
    if (taken > 0) context.changed(static_cast<std::int64_t>(taken));
    return;
  }
  bool lives = true;
  context.reply.bulk(take_one(context, key, end, lives));
  context.changed();
  notify_taken(context, kNotifyList, pop_event(end), key.bytes, lives);
}

void lpop(Context& context, Args args) { pop(context, args, ListEnd::front); }
void rpop(Context& context, Args args) { pop(context, args, ListEnd::back); }

// ---- from one list to another ------------------------------------------------------------------

std::optional<ListEnd> end_of(ByteView word) {
  if (equal_ignoring_case(word, "LEFT")) return ListEnd::front;
  if (equal_ignoring_case(word, "RIGHT")) return ListEnd::back;
  return std::nullopt;
}

struct Route {
  Key from, to;
  ListEnd taken_at = ListEnd::back;
  ListEnd put_at = ListEnd::front;
};

enum class Outcome { served, nothing, refused };

// Replies the element that moved. Nothing: there is none.
Outcome move_element(Context& context, const Route& route) {
  const Entry* source = context.find_to_change(route.from);
  if (!source) return Outcome::nothing;
  if (context.is_wrong_type(source, Type::list)) return Outcome::refused;
  const Entry* target = context.find_to_change(route.to);
  if (context.is_wrong_type(target, Type::list)) return Outcome::refused;
  const bool same = source == target;

  Bytes value;
  bool lives = true;
  if (same) {  // which must not go in between
    Change<List> list = context.database().change<List>(route.from);
    value = list->pop(route.taken_at);
    list->push(route.put_at, value);
    list.finish();
  } else {
    value = take_one(context, route.from, route.taken_at, lives);
    const ByteView moved[] = {value};
    Change<List> list = context.database().change<List>(route.to);
    list->expect(moved);
    list->push(route.put_at, value);
  }
  context.notify_written(!target, kNotifyList, push_event(route.put_at), route.to.bytes);
  notify_taken(context, kNotifyList, pop_event(route.taken_at), route.from.bytes, lives);
  context.reply.bulk(value);
  return Outcome::served;
}

// The two words that say at which ends. Nothing: they do not, which was told.
std::optional<Route> read_route(Context& context, Args args) {
  const auto taken_at = end_of(args[3]), put_at = end_of(args[4]);
  if (!taken_at || !put_at) {
    context.reply.error(kSyntaxError);
    return std::nullopt;
  }
  return Route{context.key(args[1]), context.key(args[2]), *taken_at, *put_at};
}

void move_now(Context& context, const Route& route) {
  const Outcome outcome = move_element(context, route);
  if (outcome == Outcome::served) context.changed();
  if (outcome == Outcome::nothing) context.reply.null();
}

void lmove(Context& context, Args args) {
  if (const auto route = read_route(context, args)) move_now(context, *route);
}

void rpoplpush(Context& context, Args args) {
  move_now(context, {context.key(args[1]), context.key(args[2])});
}

// ---- from the first list that has any ----------------------------------------------------------

Outcome pop_first(Context& context, const ManyPops<ListEnd>& wanted) {
  for (const ByteView word : wanted.keys) {
    const Key key = context.key(word);
    const Entry* entry = context.find_to_change(key);
    if (context.is_wrong_type(entry, Type::list)) return Outcome::refused;
    if (!entry) continue;
    context.reply.array(2);
    context.reply.bulk(word);
    const auto taken = static_cast<std::int64_t>(take(context, key, wanted.end, wanted.count));
    context.changed_as({pop_name(wanted.end), word, IntegerText(taken)}, taken);
    return Outcome::served;
  }
  return Outcome::nothing;
}

void lmpop(Context& context, Args args) {
  const auto wanted = read_many_pops<ListEnd>(context, args, 1, end_of);
  if (!wanted) return;
  if (pop_first(context, *wanted) == Outcome::nothing) context.reply.null_array();
}

// ---- waiting for an element --------------------------------------------------------------------

void blocking_pop(Context& context, Args args, ListEnd end) {
  take_or_wait(context, args, Type::list, [&](const Key& key) {
    context.reply.array(2);
    context.reply.bulk(key.bytes);
    bool lives = true;
    context.reply.bulk(take_one(context, key, end, lives));
    context.changed_as({pop_name(end), key.bytes});  // a replica must not wait
    notify_taken(context, kNotifyList, pop_event(end), key.bytes, lives);
  });
}

void blpop(Context& context, Args args) { blocking_pop(context, args, ListEnd::front); }
void brpop(Context& context, Args args) { blocking_pop(context, args, ListEnd::back); }

void wait_for_source(Context& context, Args args, const Timeout& timeout) {
  wait_for(context, Type::list, args.subspan(1, 1), timeout, InVain::null);
}

void blmove(Context& context, Args args) {
  const auto route = read_route(context, args);
  if (!route) return;
  const auto timeout = parse_timeout(args[5], context.now);
  if (!timeout) return context.reply.error(timeout.error());
  const Outcome outcome = move_element(context, *route);
  if (outcome == Outcome::nothing) wait_for_source(context, args, *timeout);
  if (outcome == Outcome::served) {
    context.changed_as({"LMOVE", args[1], args[2], args[3], args[4]});
  }
}

void brpoplpush(Context& context, Args args) {
  const auto timeout = parse_timeout(args[3], context.now);
  if (!timeout) return context.reply.error(timeout.error());
  const Outcome outcome = move_element(context, {context.key(args[1]), context.key(args[2])});
  if (outcome == Outcome::nothing) wait_for_source(context, args, *timeout);
  if (outcome == Outcome::served) context.changed_as({"RPOPLPUSH", args[1], args[2]});
}

void blmpop(Context& context, Args args) {
  const auto timeout = parse_timeout(args[1], context.now);
  if (!timeout) return context.reply.error(timeout.error());
  const auto wanted = read_many_pops<ListEnd>(context, args, 2, end_of);
  if (!wanted) return;
  if (pop_first(context, *wanted) == Outcome::nothing) {
    wait_for(context, Type::list, wanted->keys, *timeout);
  }
}

constexpr std::uint32_t kWaits = kWrite | kBlocking;
constexpr KeyRange kOneKey = {1, 1, 1};
constexpr KeyRange kTwoKeys = {1, 2, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"blmove", 6, kWaits | kDenyOom, kTwoKeys, kListCategory, blmove},
    {"blmpop", -5, kWaits | kMovableKeys, {}, kListCategory, blmpop, find_counted_keys<2>},
    {"blpop", -3, kWaits, {1, -2, 1}, kListCategory, blpop},
    {"brpop", -3, kWaits, {1, -2, 1}, kListCategory, brpop},
    {"brpoplpush", 4, kWaits | kDenyOom, kTwoKeys, kListCategory, brpoplpush},
    {"lmove", 5, kWrite | kDenyOom, kTwoKeys, kListCategory, lmove},
    {"lmpop", -4, kWrite | kMovableKeys, {}, kListCategory, lmpop, find_counted_keys<1>},
    {"lpop", -2, kWrite | kFast, kOneKey, kListCategory, lpop},
    {"rpop", -2, kWrite | kFast, kOneKey, kListCategory, rpop},
    {"rpoplpush", 3, kWrite | kDenyOom, kTwoKeys, kListCategory, rpoplpush},
};

}  // namespace

std::span<const Command> list_taking_commands() { return kCommands; }

}  // namespace replserver

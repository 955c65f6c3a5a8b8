// The list commands that work on one list, but for those that take elements off it.
#include "base/ascii.hpp"
#include "command/context.hpp"
#include "command/index_range.hpp"
#include "command/options.hpp"
#include "data/list.hpp"

namespace replserver {
namespace {

constexpr ByteView kNoKey = "ERR no such key";

enum class IfMissing { create, leave };

void push(Context& context, Args args, ListEnd end, IfMissing if_missing) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::list)) return;
  if (!entry && if_missing == IfMissing::leave) return context.reply.integer(0);
  const Args values = args.subspan(2);
  Change<List> list = context.database().change<List>(key);
  list->expect(values);
  for (const ByteView value : values) list->push(end, value);
  context.reply.integer(static_cast<std::int64_t>(list->view().size()));
  list.finish();
  context.changed(static_cast<std::int64_t>(values.size()));
  context.notify_written(!entry, kNotifyList, end == ListEnd::front ? "lpush" : "rpush", key.bytes);
}

void lpush(Context& context, Args args) { push(context, args, ListEnd::front, IfMissing::create); }
void rpush(Context& context, Args args) { push(context, args, ListEnd::back, IfMissing::create); }
void lpushx(Context& context, Args args) { push(context, args, ListEnd::front, IfMissing::leave); }
void rpushx(Context& context, Args args) { push(context, args, ListEnd::back, IfMissing::leave); }

void llen(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::list)) return;
  context.reply.integer(entry ? static_cast<std::int64_t>(ListView(*entry).size()) : 0);
}

// From the end if negative; nothing if there is no such element.
std::optional<std::size_t> place_of(std::int64_t index, std::size_t elements) {
  const auto size = static_cast<std::int64_t>(elements);
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  return static_cast<std::size_t>(index);
}

void reply_element(resp::Writer& reply, const PackedElement& element) {
  if (element.is_integer()) return reply.bulk_integer(element.integer());
  reply.bulk(element.bytes());
}

void lindex(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (!entry) return context.reply.null();  // before the index is looked at
  if (context.is_wrong_type(entry, Type::list)) return;
  const auto index = Context::integer(args[2]);
  if (!index) return context.reply.error(index.error());
  const ListView list(*entry);
  const auto place = place_of(*index, list.size());
  if (!place) return context.reply.null();
  reply_element(context.reply, list.at(*place));
}

void lrange(Context& context, Args args) {
  const auto range = read_index_range(context, args[2], args[3]);
  if (!range) return;
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::list)) return;
  if (!entry) return context.reply.array(0);
  const ListView list(*entry);
  const auto [first, count] = range->of(list.size());
  context.reply.array(count);
  if (count == 0) return;
  std::size_t left = count;
  list.walk(first, ListEnd::back, [&](const PackedElement& element) {
    reply_element(context.reply, element);
    return --left > 0;
  });
}

void lset(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (!entry) return context.reply.error(kNoKey);
  if (context.is_wrong_type(entry, Type::list)) return;
  const auto index = Context::integer(args[2]);
  if (!index) return context.reply.error(index.error());
  const auto place = place_of(*index, ListView(*entry).size());
  Change<List> list = context.database().change<List>(key);
  list->expect(args.subspan(3, 1));
  if (place) {
    list->replace(*place, args[3]);
    list->shrink();
  }
  list.finish(place.has_value());
  if (!place) return context.reply.error("ERR index out of range");
  context.changed();
  context.notify(kNotifyList, "lset", key.bytes);
  context.reply.ok();
}

void linsert(Context& context, Args args) {
  const bool before = equal_ignoring_case(args[2], "BEFORE");
  if (!before && !equal_ignoring_case(args[2], "AFTER")) return context.reply.error(kSyntaxError);
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::list)) return;
  if (!entry) return context.reply.integer(0);

  const ElementMatch is_pivot(args[3]);
  std::size_t place = 0;
  bool found = false;
  ListView(*entry).walk(0, ListEnd::back, [&](const PackedElement& element) {
    found = is_pivot(element);
    place += !found;
    return !found;
  });
  if (!found) return context.reply.integer(-1);
  Change<List> list = context.database().change<List>(key);
  list->expect(args.subspan(4, 1));
  list->insert(before ? place : place + 1, args[4]);
  context.reply.integer(static_cast<std::int64_t>(list->view().size()));
  list.finish();
  context.changed();
  context.notify(kNotifyList, "linsert", key.bytes);
}

void lrem(Context& context, Args args) {
  const auto count = Context::integer(args[2]);
  if (!count) return context.reply.error(count.error());
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::list)) return;
  if (!entry) return context.reply.integer(0);
  const std::uint64_t limit = *count == 0  ? UINT64_MAX
                              : *count > 0 ? static_cast<std::uint64_t>(*count)
                                           : 0 - static_cast<std::uint64_t>(*count);
  Change<List> list = context.database().change<List>(key);
  const auto removed = static_cast<std::int64_t>(
      list->remove(args[3], limit, *count < 0 ? ListEnd::back : ListEnd::front));
  if (removed > 0) list->shrink();
  const bool lives = list.finish(removed > 0);
  if (removed > 0) {
    context.changed(removed);
    context.notify(kNotifyList, "lrem", key.bytes);
  }
  if (!lives) context.notify(kNotifyGeneric, "del", key.bytes);
  context.reply.integer(removed);
}

void ltrim(Context& context, Args args) {
  const auto range = read_index_range(context, args[2], args[3]);
  if (!range) return;
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::list)) return;
  if (!entry) return context.reply.ok();
  const std::size_t size = ListView(*entry).size();
  const auto [first, count] = range->of(size);
  Change<List> list = context.database().change<List>(key);
  list->erase(first + count, size - first - count);
  list->erase(0, first);
  list->shrink();
  const bool lives = list.finish();
  context.notify(kNotifyList, "ltrim", key.bytes);
  if (!lives) context.notify(kNotifyGeneric, "del", key.bytes);
  if (count < size) context.changed(static_cast<std::int64_t>(size - count));
  context.reply.ok();
}

// ---- LPOS --------------------------------------------------------------------------------------

struct Search {
  std::int64_t rank = 1;   // the how-manieth match; negative: from the end
  std::int64_t count = 1;  // 0: all
  std::int64_t most = 0;   // elements compared; 0: all
  bool is_list = false;    // COUNT was given: the reply is an array
};

// False: refused, and told so.
bool read_search(Context& context, Args args, Search& search) {
  OptionReader options(args, 3);
  while (options.next()) {
    if (options.is("RANK", search.rank)) {
      if (search.rank == 0) {
        options.refuse(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or "
            "use negative to start from the end of the list");
      } else if (search.rank == INT64_MIN) {
        options.refuse(kNotSymmetric);
      }
    } else if (ByteView word; options.is("COUNT", word)) {
      const auto count = Context::integer(word);
      if (!count || *count < 0) options.refuse("ERR COUNT can't be negative");
      search.count = count.value_or(0);
      search.is_list = true;
    } else if (options.is("MAXLEN", word)) {
      const auto most = Context::integer(word);
      if (!most || *most < 0) options.refuse("ERR MAXLEN can't be negative");
      search.most = most.value_or(0);
    } else {
      options.refuse();
    }
  }
  if (options.refused()) context.reply.error(options.error());
  return !options.refused();
}

std::vector<std::int64_t> positions_of(const ListView& list, ByteView value, const Search& search) {
  const bool forward = search.rank > 0;
  std::int64_t skipped = (forward ? search.rank : -search.rank) - 1;
  const ElementMatch matches(value);
  std::vector<std::int64_t> found;
  std::int64_t compared = 0;
  const auto size = static_cast<std::int64_t>(list.size());
  const std::size_t start = forward ? 0 : list.size() - 1;
  list.walk(start, forward ? ListEnd::back : ListEnd::front, [&](const PackedElement& element) {
    const std::int64_t place = forward ? compared : size - 1 - compared;
    ++compared;
    if (matches(element) && skipped-- <= 0) found.push_back(place);
    const bool enough = search.count > 0 && static_cast<std::int64_t>(found.size()) >= search.count;
    return !enough && (search.most == 0 || compared < search.most);
  });
  return found;
}

void lpos(Context& context, Args args) {
  Search search;
  if (!read_search(context, args, search)) return;
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::list)) return;
  std::vector<std::int64_t> found;
  if (entry) found = positions_of(ListView(*entry), args[2], search);
  if (search.is_list) {
    context.reply.array(found.size());
    for (const std::int64_t place : found) context.reply.integer(place);
  } else if (found.empty()) {
    context.reply.null();
  } else {
    context.reply.integer(found.front());
  }
}

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr std::uint32_t kGrows = kWrite | kDenyOom;

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"lindex", 3, kReadonly, kOneKey, kListCategory, lindex},
    {"linsert", 5, kGrows, kOneKey, kListCategory, linsert},
    {"llen", 2, kReadonly | kFast, kOneKey, kListCategory, llen},
    {"lpos", -3, kReadonly, kOneKey, kListCategory, lpos},
    {"lpush", -3, kGrows | kFast, kOneKey, kListCategory, lpush},
    {"lpushx", -3, kGrows | kFast, kOneKey, kListCategory, lpushx},
    {"lrange", 4, kReadonly, kOneKey, kListCategory, lrange},
    {"lrem", 4, kWrite, kOneKey, kListCategory, lrem},
    {"lset", 4, kGrows, kOneKey, kListCategory, lset},
    {"ltrim", 4, kWrite, kOneKey, kListCategory, ltrim},
    {"rpush", -3, kGrows | kFast, kOneKey, kListCategory, rpush},
    {"rpushx", -3, kGrows | kFast, kOneKey, kListCategory, rpushx},
};

}  // namespace

std::span<const Command> list_commands() { return kCommands; }

}  // namespace replserver

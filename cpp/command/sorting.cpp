// SORT and SORT_RO: the elements of a list, a set or a sorted set, ordered by themselves or by what
// keys made from them hold.
#include <algorithm>

#include "base/ascii.hpp"
#include "base/c_number.hpp"
#include "base/until_nul.hpp"
#include "command/context.hpp"
#include "command/store.hpp"
#include "data/hash.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"

namespace replserver {
namespace {

struct Sorting {
  bool descending = false;
  bool by_text = false;
  std::optional<ByteView> by = {};  // the pattern of what to compare
  bool keeps_order = false;         // the pattern has no "*": all would compare alike
  std::vector<ByteView> gets = {};  // the patterns of what to tell; none: the elements
  std::int64_t offset = 0, count = -1;
  std::optional<ByteView> destination = {};
};

// Redis takes patterns for C strings: nothing behind a zero byte is looked at.
std::size_t star_of(ByteView pattern) { return until_nul(pattern).find('*'); }

// False: refused, and told so.
bool read_sorting(Context& context, Args args, bool may_store, Sorting& sorting) {
  const auto refuse = [&](ByteView error) {
    context.reply.error(error);
    return false;
  };
  for (std::size_t at = 2; at < args.size(); ++at) {
    const std::size_t more = args.size() - at - 1;
    if (equal_ignoring_case(args[at], "ASC")) {
      sorting.descending = false;
    } else if (equal_ignoring_case(args[at], "DESC")) {
      sorting.descending = true;
    } else if (equal_ignoring_case(args[at], "ALPHA")) {
      sorting.by_text = true;
    } else if (equal_ignoring_case(args[at], "LIMIT") && more >= 2) {
      const auto offset = Context::integer(args[at + 1]), count = Context::integer(args[at + 2]);
      if (!offset || !count) return refuse(kNotInteger);
      sorting.offset = *offset;
      sorting.count = *count;
      at += 2;
    } else if (may_store && equal_ignoring_case(args[at], "STORE") && more >= 1) {
      sorting.destination = args[++at];
    } else if (equal_ignoring_case(args[at], "BY") && more >= 1) {
      sorting.by = args[++at];
      if (star_of(*sorting.by) == ByteView::npos) sorting.keeps_order = true;
    } else if (equal_ignoring_case(args[at], "GET") && more >= 1) {
      sorting.gets.push_back(args[++at]);
    } else {
      return refuse(kSyntaxError);
    }
  }
  return true;
}

// What the key holds whose name is the pattern with the element in the place of its "*"; or what its
// field holds that "->" names. "#" is the element itself. Nothing: there is no such string.
std::optional<Bytes> value_by(Context& context, ByteView pattern, ByteView element) {
  if (until_nul(pattern) == "#") return Bytes(element);
  const std::size_t star = star_of(pattern);
  if (star == ByteView::npos) return std::nullopt;
  const std::size_t arrow = until_nul(pattern).find("->", star + 1);
  const bool has_field = arrow != ByteView::npos && arrow + 2 < until_nul(pattern).size();
  const ByteView behind = pattern.substr(star + 1, has_field ? arrow - star - 1 : ByteView::npos);
  const Bytes name = Bytes(pattern.substr(0, star)).append(element).append(behind);
  const Entry* entry = context.find(name);
  if (!entry) return std::nullopt;
  if (!has_field) {
    if (entry->type() != Type::string) return std::nullopt;
    char scratch[32];
    return Bytes(Database::string_view(*entry, scratch));
  }
  if (entry->type() != Type::hash) return std::nullopt;
  const auto field = HashView(*entry, context.now_ms()).find(pattern.substr(arrow + 2));
  return field ? std::optional(field->value.copy()) : std::nullopt;
}

struct Sorted {
  Bytes element;
  double number = 0;
  std::optional<Bytes> text = {};  // by what it is compared, where that is another text
};

// Which of the elements are told, once they are in order.
struct Range {
  std::size_t first = 0, count = 0;
};
Range range_of(const Sorting& sorting, std::size_t size) {
  const auto limited = [&](std::int64_t value) {
    return std::min(static_cast<std::size_t>(std::max<std::int64_t>(value, 0)), size);
  };
  const std::size_t first = limited(sorting.offset), rest = size - first;
  return {first, sorting.count < 0 ? rest : std::min(rest, limited(sorting.count))};
}

std::vector<Sorted> elements_of(const Entry& entry) {
  std::vector<Sorted> elements;
  if (entry.type() == Type::list) {
    ListView(entry).for_each(
        [&](const PackedElement& value) { elements.push_back({value.copy()}); });
  } else if (entry.type() == Type::set) {
    SetView(entry).for_each([&](ByteView member) { elements.push_back({Bytes(member)}); });
  } else {
    SortedSetView(entry).for_each(
        [&](ByteView member, double) { elements.push_back({Bytes(member)}); });
  }
  return elements;
}

void keep_range(const Sorting& sorting, std::vector<Sorted>& elements) {
  const Range range = range_of(sorting, elements.size());
  const auto begin = elements.begin() + static_cast<std::ptrdiff_t>(range.first);
  elements.erase(elements.begin(), begin);
  elements.resize(range.count);
}

// Those of the range only, in the order that they have in their value.
std::vector<Sorted> unsorted_elements(const Entry& entry, const Sorting& sorting) {
  std::vector<Sorted> elements;
  if (entry.type() == Type::list) {
    const ListView list(entry);
    const Range range = range_of(sorting, list.size());
    if (range.count == 0) return elements;
    const std::size_t first = sorting.descending ? list.size() - 1 - range.first : range.first;
    list.walk(first, sorting.descending ? ListEnd::front : ListEnd::back,
              [&](const PackedElement& value) {
                elements.push_back({value.copy()});
                return elements.size() < range.count;
              });
  } else if (entry.type() == Type::sorted_set) {
    const SortedSetView members(entry);
    const Range range = range_of(sorting, members.size());
    const auto keep = [&](ByteView member, double) { elements.push_back({Bytes(member)}); };
    sorting.descending ? members.down(members.size() - range.first, range.count, keep)
                       : members.up(range.first, range.count, keep);
  } else {
    elements = elements_of(entry);
    keep_range(sorting, elements);
  }
  return elements;
}

// False: something is no number. What a pattern finds nothing for counts as 0, or as the least text.
bool weigh(Context& context, const Sorting& sorting, std::vector<Sorted>& elements) {
  bool all_are_numbers = true;
  for (Sorted& sorted : elements) {
    if (sorting.by) sorted.text = value_by(context, *sorting.by, sorted.element);
    if (sorting.by_text || (sorting.by && !sorted.text)) continue;
    const auto number =
        parse_c_number(sorting.by ? *sorted.text : sorted.element, OutOfRange::refused);
    sorted.number = number.value_or(0);
    all_are_numbers = all_are_numbers && number;
  }
  return all_are_numbers;
}

void sort_elements(const Sorting& sorting, std::vector<Sorted>& elements) {
  const auto is_less = [&](const Sorted& one, const Sorted& other) {
    if (sorting.by_text) return sorting.by ? one.text < other.text : one.element < other.element;
    if (one.number != other.number) return one.number < other.number;
    return one.element < other.element;  // else equal ones would be in the order of some table
  };
  std::stable_sort(elements.begin(), elements.end(), [&](const Sorted& one, const Sorted& other) {
    return sorting.descending ? is_less(other, one) : is_less(one, other);
  });
}

// The elements that are told, in their order; nothing: some are no numbers, which was told.
std::optional<std::vector<Sorted>> sorted_elements(Context& context, const Entry* entry,
                                                   Sorting& sorting) {
  if (!entry) return std::vector<Sorted>();
  // A set has no order of its own that its copy on a replica would share.
  if (sorting.keeps_order && sorting.destination && entry->type() == Type::set) {
    sorting.keeps_order = false;
    sorting.by_text = true;
    sorting.by.reset();
  }
  if (sorting.keeps_order) return unsorted_elements(*entry, sorting);

  std::vector<Sorted> elements = elements_of(*entry);  // looking up weights may delete the entry
  if (!weigh(context, sorting, elements)) {
    context.reply.error("ERR One or more scores can't be converted into double");
    return std::nullopt;
  }
  sort_elements(sorting, elements);
  keep_range(sorting, elements);
  return elements;
}

// Calls back with what is told: void(ByteView), or for a pattern that finds nothing void(nullopt).
template <class Callback>
void for_each_output(Context& context, const Sorting& sorting, const std::vector<Sorted>& elements,
                     Callback callback) {
  for (const Sorted& sorted : elements) {
    if (sorting.gets.empty()) callback(std::optional<ByteView>(sorted.element));
    for (const ByteView pattern : sorting.gets) {
      const auto value = value_by(context, pattern, sorted.element);
      callback(value ? std::optional<ByteView>(*value) : std::nullopt);
    }
  }
}

void store_outputs(Context& context, const Sorting& sorting, const std::vector<Sorted>& elements) {
  List list = context.database().make<List>();
  for_each_output(context, sorting, elements, [&](std::optional<ByteView> value) {
    const ByteView values[] = {value.value_or("")};
    list.expect(values);
    list.push(ListEnd::back, values[0]);
  });
  const auto size = static_cast<std::int64_t>(list.view().size());
  store_result(context, context.key(*sorting.destination), list, kNotifyList, "sortstore");
  if (size > 1) context.changed(size - 1);  // each element counts, as in Redis
}

void sort_by(Context& context, Args args, bool may_store) {
  Sorting sorting;
  if (!read_sorting(context, args, may_store, sorting)) return;
  const Entry* entry = context.find(args[1]);
  if (entry && entry->type() != Type::list && entry->type() != Type::set &&
      entry->type() != Type::sorted_set) {
    return context.reply.error(kWrongType);
  }
  const auto elements = sorted_elements(context, entry, sorting);
  if (!elements) return;
  if (sorting.destination) return store_outputs(context, sorting, *elements);

  context.reply.array(elements->size() * std::max<std::size_t>(sorting.gets.size(), 1));
  for_each_output(context, sorting, *elements, [&](std::optional<ByteView> value) {
    value ? context.reply.bulk(*value) : context.reply.null();
  });
}

void sort(Context& context, Args args) { sort_by(context, args, true); }
void sort_ro(Context& context, Args args) { sort_by(context, args, false); }

// The sorted key, and behind the last STORE the destination; the others are made from elements.
bool find_sort_keys(Args args, std::vector<int>& positions) {
  positions.push_back(1);
  int stored = 0;
  for (std::size_t at = 2; at < args.size(); ++at) {
    if (equal_ignoring_case(args[at], "LIMIT")) {
      at += 2;
    } else if (equal_ignoring_case(args[at], "GET") || equal_ignoring_case(args[at], "BY")) {
      ++at;
    } else if (equal_ignoring_case(args[at], "STORE") && at + 1 < args.size()) {
      stored = static_cast<int>(++at);
    }
  }
  if (stored != 0) positions.push_back(stored);
  return true;
}

bool find_sorted_key(Args, std::vector<int>& positions) {
  positions.push_back(1);
  return true;
}

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr std::uint32_t kKinds =
    kDangerousCategory | kListCategory | kSetCategory | kSortedSetCategory;

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"sort", -2, kWrite | kDenyOom | kMovableKeys, kOneKey, kKinds, sort, find_sort_keys},
    {"sort_ro", -2, kReadonly | kMovableKeys, kOneKey, kKinds, sort_ro, find_sorted_key},
};

}  // namespace

std::span<const Command> sorting_commands() { return kCommands; }

}  // namespace replserver

// SINTER, SUNION, SDIFF: of many sets, replied or stored.
#include <algorithm>
#include <array>
#include <limits>

#include "command/context.hpp"
#include "command/counted_keys.hpp"
#include "command/options.hpp"
#include "command/store.hpp"
#include "data/set.hpp"

namespace replserver {
namespace {

using Sets = std::vector<SetView>;

// Those that exist. False: one of the keys holds something else, and that was told.
bool find_sets(Context& context, Args keys, Sets& sets, std::size_t& missing) {
  missing = 0;
  std::vector<const Entry*> entries;
  for (const ByteView key : keys) {
    const Entry* entry = context.find(key);
    if (context.is_wrong_type(entry, Type::set)) return false;
    entries.push_back(entry);
  }
  // Looking one up may have deleted an expired one, but none that was found before it.
  for (const Entry* entry : entries) {
    if (entry) {
      sets.emplace_back(*entry);
    } else {
      ++missing;
    }
  }
  return true;
}

// ---- the three ways of combining ----

// Keeps of some members those that are in a set: their buckets are fetched together.
class Group {
 public:
  static constexpr std::size_t kMax = 16;

  bool full() const { return size_ == kMax; }
  void add(ByteView member) { members_[size_++] = member; }
  void keep_those_in(const SetView& set) {
    std::size_t kept = 0;
    if (set.encoding() != Encoding::table) {
      for (std::size_t i = 0; i < size_; ++i) {
        if (set.contains(members_[i])) members_[kept++] = members_[i];
      }
    } else {
      const MemberTable& table = set.table();
      std::array<std::uint64_t, kMax> hashes;
      for (std::size_t i = 0; i < size_; ++i) {
        hashes[i] = table.hash_of(members_[i]);
        table.prefetch_bucket(hashes[i]);
      }
      for (std::size_t i = 0; i < size_; ++i) table.prefetch_entry(hashes[i]);
      for (std::size_t i = 0; i < size_; ++i) {
        if (table.find(members_[i], hashes[i]) != nullptr) members_[kept++] = members_[i];
      }
    }
    size_ = kept;
  }
  template <class Callback>
  void take(Callback callback) {
    for (std::size_t i = 0; i < size_; ++i) callback(members_[i]);
    size_ = 0;
  }

 private:
  std::array<ByteView, kMax> members_;
  std::size_t size_ = 0;
};

// Calls back with the members that all sets have, at least `enough` of them if there are so many.
template <class Callback>
void intersect(Sets sets, std::size_t enough, Callback callback) {
  std::stable_sort(sets.begin(), sets.end(), [](const SetView& one, const SetView& other) {
    return one.size() < other.size();
  });
  const SetView smallest = sets.front();
  const bool groups = smallest.encoding() == Encoding::table;  // whose members stay where they are
  Group group;
  std::size_t found = 0;
  const auto flush = [&] {
    for (std::size_t i = 1; i < sets.size(); ++i) group.keep_those_in(sets[i]);
    group.take([&](ByteView member) {
      callback(member);
      ++found;
    });
  };
  std::uint64_t cursor = 0;
  do {
    cursor = smallest.scan(cursor, Group::kMax, [&](ByteView member) {
      if (!groups && found >= enough) return;
      group.add(member);
      if (!groups || group.full()) flush();
    });
  } while (cursor != 0 && found < enough);
  flush();
}

template <class Callback>
void subtract(const SetView& first, std::span<const SetView> others, Callback callback) {
  first.for_each([&](ByteView member) {
    const bool is_elsewhere = std::any_of(others.begin(), others.end(),
                                          [&](const SetView& set) { return set.contains(member); });
    if (!is_elsewhere) callback(member);
  });
}

// ---- replying and storing ----

enum class Combination { inter, united, difference };

template <class Callback>
void combine(Combination how, const Sets& sets, bool has_first, Callback callback) {
  if (how == Combination::inter) return intersect(sets, SIZE_MAX, callback);
  if (how == Combination::difference) {
    if (has_first) subtract(sets.front(), std::span(sets).subspan(1), callback);
    return;
  }
  for (const SetView& set : sets) set.for_each(callback);
}

// Whether there is a result at all, as far as missing keys tell; and the first of them for SDIFF.
bool may_have_members(Combination how, const Sets& sets, std::size_t missing, bool has_first) {
  if (how == Combination::inter) return missing == 0;
  return how == Combination::difference ? has_first : !sets.empty();
}

void reply_combined(Context& context, Args keys, Combination how) {
  Sets sets;
  std::size_t missing = 0;
  const bool has_first = context.peek(keys[0]) != nullptr;
  if (!find_sets(context, keys, sets, missing)) return;
  if (!may_have_members(how, sets, missing, has_first)) return context.reply.set(0);
  std::size_t size = 0;
  if (how != Combination::united) {
    const auto late = context.reply.begin();
    combine(how, sets, has_first, [&](ByteView member) {
      context.reply.bulk(member);
      ++size;
    });
    return context.reply.end_set(late, size);
  }
  // Whoever was met before is known by a set of its own.
  Database& database = context.database();
  Set seen = database.make<Set>();
  combine(how, sets, has_first, [&](ByteView member) { seen.add(member); });
  context.reply.set(seen.view().size());
  seen.view().for_each([&](ByteView member) { context.reply.bulk(member); });
  database.drop(seen);
}

void store_combined(Context& context, Args args, Combination how, ByteView event) {
  Sets sets;
  std::size_t missing = 0;
  const Args keys = args.subspan(2);
  const bool has_first = context.peek(keys[0]) != nullptr;
  if (!find_sets(context, keys, sets, missing)) return;

  const Key key = context.key(args[1]);
  Database& database = context.database();
  Set result = database.make<Set>();
  if (may_have_members(how, sets, missing, has_first)) {
    combine(how, sets, has_first, [&](ByteView member) { result.add(member); });
    result.prefer_intset();
  }
  store_result(context, key, result, kNotifySet, event);
}

void sinter(Context& context, Args args) {
  reply_combined(context, args.subspan(1), Combination::inter);
}
void sunion(Context& context, Args args) {
  reply_combined(context, args.subspan(1), Combination::united);
}
void sdiff(Context& context, Args args) {
  reply_combined(context, args.subspan(1), Combination::difference);
}
void sinterstore(Context& context, Args args) {
  store_combined(context, args, Combination::inter, "sinterstore");
}
void sunionstore(Context& context, Args args) {
  store_combined(context, args, Combination::united, "sunionstore");
}
void sdiffstore(Context& context, Args args) {
  store_combined(context, args, Combination::difference, "sdiffstore");
}

void sintercard(Context& context, Args args) {
  const auto keys = read_counted_keys(context, args, 1,
                                      "ERR Number of keys can't be greater than number of args");
  if (!keys) return;
  std::size_t enough = SIZE_MAX;
  OptionReader options(args, 2 + keys->size());
  while (options.next()) {
    ByteView word;
    if (!options.is("LIMIT", word)) {
      options.refuse();
      continue;
    }
    const auto limit = Context::integer(word);
    if (!limit || *limit < 0) return context.reply.error("ERR LIMIT can't be negative");
    enough = *limit == 0 ? SIZE_MAX : static_cast<std::size_t>(*limit);
  }
  if (options.refused()) return context.reply.error(options.error());

  Sets sets;
  std::size_t missing = 0, found = 0;
  if (!find_sets(context, *keys, sets, missing)) return;
  if (missing == 0) intersect(sets, enough, [&](ByteView) { ++found; });
  context.reply.integer(static_cast<std::int64_t>(std::min(found, enough)));
}

constexpr KeyRange kAllKeys = {1, -1, 1};

constexpr Command kCommands[] = {
    // name       arity  flags                  keys        categories       handler
    {"sdiff", -2, kReadonly, kAllKeys, kSetCategory, sdiff},
    {"sdiffstore", -3, kWrite | kDenyOom, kAllKeys, kSetCategory, sdiffstore},
    {"sinter", -2, kReadonly, kAllKeys, kSetCategory, sinter},
    {"sintercard",
     -3,
     kReadonly | kMovableKeys,
     {},
     kSetCategory,
     sintercard,
     find_counted_keys<1>},
    {"sinterstore", -3, kWrite | kDenyOom, kAllKeys, kSetCategory, sinterstore},
    {"smembers", 2, kReadonly, {1, 1, 1}, kSetCategory, sinter},
    {"sunion", -2, kReadonly, kAllKeys, kSetCategory, sunion},
    {"sunionstore", -3, kWrite | kDenyOom, kAllKeys, kSetCategory, sunionstore},
};

}  // namespace

std::span<const Command> set_algebra_commands() { return kCommands; }

}  // namespace replserver

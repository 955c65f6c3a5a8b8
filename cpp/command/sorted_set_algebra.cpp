// ZUNION, ZINTER, ZDIFF: of many sorted sets and sets, replied, counted or stored.
#include <algorithm>
#include <cmath>
#include <variant>

#include "base/numbers.hpp"
#include "command/options.hpp"
#include "command/sorted_set_words.hpp"
#include "data/set.hpp"

namespace replserver {
namespace {

enum class Combination { united, inter, difference };
enum class Aggregate { sum, min, max };
enum class Result { replied, stored, counted };

// What is neither a number nor anything else counts as nothing: infinity times 0, or minus itself.
double defined(double score) { return std::isnan(score) ? 0 : score; }

double aggregate(Aggregate how, double one, double other) {
  if (how == Aggregate::min) return std::min(one, other);
  if (how == Aggregate::max) return std::max(one, other);
  return defined(one + other);
}

// A sorted set, a set, whose members all score 1, or a missing key.
class Source {
 public:
  Source() = default;
  explicit Source(const Entry& entry) {
    if (entry.type() == Type::set) {
      value_.emplace<SetView>(entry);
    } else {
      value_.emplace<SortedSetView>(entry);
    }
  }
  double weight = 1;

  std::size_t size() const {
    if (const auto* sorted = std::get_if<SortedSetView>(&value_)) return sorted->size();
    const auto* set = std::get_if<SetView>(&value_);
    return set != nullptr ? set->size() : 0;
  }
  // Scores are weighted.
  std::optional<double> score(ByteView member) const {
    if (const auto* sorted = std::get_if<SortedSetView>(&value_)) {
      const auto score = sorted->score(member);
      if (score) return defined(*score * weight);
    } else if (const auto* set = std::get_if<SetView>(&value_)) {
      if (set->contains(member)) return defined(weight);
    }
    return std::nullopt;
  }
  // As long as the callback returns true.
  template <class Callback>
  void for_each(Callback callback) const {
    bool goes_on = true;
    if (const auto* sorted = std::get_if<SortedSetView>(&value_)) {
      sorted->for_each([&](ByteView member, double score) {
        if (goes_on) goes_on = callback(member, defined(score * weight));
      });
    } else if (const auto* set = std::get_if<SetView>(&value_)) {
      set->for_each([&](ByteView member) {
        if (goes_on) goes_on = callback(member, defined(weight));
      });
    }
  }

 private:
  std::variant<std::monostate, SortedSetView, SetView> value_;
};

struct Call {
  std::vector<Source> sources;
  Combination how = Combination::united;
  Aggregate aggregate = Aggregate::sum;
  bool with_scores = false;
  std::size_t enough = SIZE_MAX;
};

// ---- reading the call ----

bool read_weights(Context& context, Args words, std::vector<Source>& sources) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto weight = parse_double(words[i]);
    if (!weight) {
      context.reply.error("ERR weight value is not a float");
      return false;
    }
    sources[i].weight = *weight;
  }
  return true;
}

bool read_aggregate(ByteView word, Aggregate& aggregate) {
  if (equal_ignoring_case(word, "sum")) {
    aggregate = Aggregate::sum;
  } else if (equal_ignoring_case(word, "min")) {
    aggregate = Aggregate::min;
  } else if (equal_ignoring_case(word, "max")) {
    aggregate = Aggregate::max;
  } else {
    return false;
  }
  return true;
}

bool read_limit(Context& context, ByteView word, std::size_t& enough) {
  const auto limit = Context::integer(word);
  if (!limit || *limit < 0) {
    context.reply.error("ERR LIMIT can't be negative");
    return false;
  }
  enough = *limit == 0 ? SIZE_MAX : static_cast<std::size_t>(*limit);
  return true;
}

bool read_options(Context& context, Args args, std::size_t at, Result result, Call& call) {
  const bool scores_count = call.how != Combination::difference && result != Result::counted;
  for (; at < args.size(); ++at) {
    const std::size_t left = args.size() - at - 1;
    const ByteView word = args[at];
    if (scores_count && left >= call.sources.size() && equal_ignoring_case(word, "weights")) {
      if (!read_weights(context, args.subspan(at + 1), call.sources)) return false;
      at += call.sources.size();
    } else if (scores_count && left >= 1 && equal_ignoring_case(word, "aggregate") &&
               read_aggregate(args[at + 1], call.aggregate)) {
      ++at;
    } else if (result == Result::replied && equal_ignoring_case(word, "withscores")) {
      call.with_scores = true;
    } else if (result == Result::counted && left >= 1 && equal_ignoring_case(word, "limit")) {
      if (!read_limit(context, args[++at], call.enough)) return false;
    } else {
      context.reply.error(kSyntaxError);
      return false;
    }
  }
  return true;
}

// From the number of keys on, which is word `at`. False: it was refused.
bool read_call(Context& context, Args args, std::size_t at, Result result, Call& call) {
  const auto count = Context::integer(args[at]);
  if (!count) {
    context.reply.error(count.error());
    return false;
  }
  if (*count < 1) {
    Bytes name = lower(args[0]);
    context.reply.error("ERR at least 1 input key is needed for '" + name + "' command");
    return false;
  }
  const auto keys = static_cast<std::size_t>(*count);
  if (keys > args.size() - at - 1) {
    context.reply.error(kSyntaxError);
    return false;
  }
  std::vector<const Entry*> entries;
  for (const ByteView key : args.subspan(at + 1, keys)) {
    const Entry* entry = context.find(key);
    const bool is_set = entry && entry->type() == Type::set;
    if (!is_set && context.is_wrong_type(entry, Type::sorted_set)) return false;
    entries.push_back(entry);
  }
  // Looking one up may have deleted an expired one, but none that was found before it.
  for (const Entry* entry : entries) call.sources.push_back(entry ? Source(*entry) : Source());
  return read_options(context, args, at + 1 + keys, result, call);
}

// ---- combining ----

// The smallest first: sums of floating point numbers depend on the order, and Redis has this one.
void order_by_size(std::vector<Source>& sources) {
  std::stable_sort(sources.begin(), sources.end(), [](const Source& one, const Source& other) {
    return one.size() < other.size();
  });
}

// Calls back with (member, score) while it returns true.
template <class Callback>
void intersect(Call& call, Callback callback) {
  order_by_size(call.sources);
  const Source& smallest = call.sources.front();
  const std::span<const Source> others = std::span(call.sources).subspan(1);
  if (smallest.size() == 0) return;
  smallest.for_each([&](ByteView member, double score) {
    for (const Source& other : others) {
      const auto more = other.score(member);
      if (!more) return true;
      score = aggregate(call.aggregate, score, *more);
    }
    return callback(member, score);
  });
}

void combine(Call& call, ScoreGathering& gathering) {
  const auto combined = [&](double one, double other) {
    return aggregate(call.aggregate, one, other);
  };
  const auto gather = [&](ByteView member, double score) {
    gathering.add(member, score, combined);
    return true;
  };
  if (call.how == Combination::inter) {
    intersect(call, gather);
  } else if (call.how == Combination::united) {
    order_by_size(call.sources);
    for (const Source& source : call.sources) source.for_each(gather);
  } else {
    const std::span<const Source> others = std::span(call.sources).subspan(1);
    call.sources.front().for_each([&](ByteView member, double score) {
      const bool is_elsewhere = std::any_of(others.begin(), others.end(), [&](const Source& other) {
        return other.score(member).has_value();
      });
      return is_elsewhere || gather(member, score);
    });
  }
}

void reply_combined(Context& context, Args args, Combination how) {
  Call call;
  call.how = how;
  if (!read_call(context, args, 1, Result::replied, call)) return;
  ScoreGathering result(context.database().value_context());
  combine(call, result);
  if (call.with_scores) {
    begin_scored(context.reply, result.size());
    result.for_each(
        [&](ByteView member, double score) { reply_scored(context.reply, member, score); });
  } else {
    context.reply.array(result.size());
    result.for_each([&](ByteView member, double) { context.reply.bulk(member); });
  }
}

void store_combined(Context& context, Args args, Combination how, ByteView event) {
  Call call;
  call.how = how;
  if (!read_call(context, args, 2, Result::stored, call)) return;
  ScoreGathering gathering(context.database().value_context());
  combine(call, gathering);
  SortedSet result = gathering.finish();
  store_sorted_set(context, context.key(args[1]), result, event);
}

void zunion(Context& context, Args args) { reply_combined(context, args, Combination::united); }
void zinter(Context& context, Args args) { reply_combined(context, args, Combination::inter); }
void zdiff(Context& context, Args args) { reply_combined(context, args, Combination::difference); }
void zunionstore(Context& context, Args args) {
  store_combined(context, args, Combination::united, "zunionstore");
}
void zinterstore(Context& context, Args args) {
  store_combined(context, args, Combination::inter, "zinterstore");
}
void zdiffstore(Context& context, Args args) {
  store_combined(context, args, Combination::difference, "zdiffstore");
}

void zintercard(Context& context, Args args) {
  Call call;
  call.how = Combination::inter;
  if (!read_call(context, args, 1, Result::counted, call)) return;
  std::size_t found = 0;
  intersect(call, [&](ByteView, double) { return ++found < call.enough; });
  context.reply.integer(static_cast<std::int64_t>(found));
}

// ---- keys ----

bool counted_keys(Args args, int at, std::vector<int>& positions) {
  const auto count = Context::integer(args[static_cast<std::size_t>(at)]);
  const auto most = static_cast<std::int64_t>(args.size()) - at - 1;
  if (!count || *count < 1 || *count > most) return false;
  for (int key = 1; key <= static_cast<int>(*count); ++key) positions.push_back(at + key);
  return true;
}
bool keys_read(Args args, std::vector<int>& positions) { return counted_keys(args, 1, positions); }
bool keys_stored(Args args, std::vector<int>& positions) {
  positions.push_back(1);
  return counted_keys(args, 2, positions);
}

constexpr std::uint32_t kReading = kReadonly | kMovableKeys;
constexpr std::uint32_t kStoring = kWrite | kDenyOom | kMovableKeys;
constexpr KeyRange kTarget = {1, 1, 1};
constexpr auto kSortedSet = kSortedSetCategory;

constexpr Command kCommands[] = {
    // name       arity  flags     keys     categories  handler
    {"zdiff", -3, kReading, {}, kSortedSet, zdiff, keys_read},
    {"zdiffstore", -4, kStoring, kTarget, kSortedSet, zdiffstore, keys_stored},
    {"zinter", -3, kReading, {}, kSortedSet, zinter, keys_read},
    {"zintercard", -3, kReading, {}, kSortedSet, zintercard, keys_read},
    {"zinterstore", -4, kStoring, kTarget, kSortedSet, zinterstore, keys_stored},
    {"zunion", -3, kReading, {}, kSortedSet, zunion, keys_read},
    {"zunionstore", -4, kStoring, kTarget, kSortedSet, zunionstore, keys_stored},
};

}  // namespace

std::span<const Command> sorted_set_algebra_commands() { return kCommands; }

}  // namespace replserver

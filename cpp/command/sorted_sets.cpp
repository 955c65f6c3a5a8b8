// The sorted set commands that work on the members of one sorted set by their names.
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "base/numbers.hpp"
#include "command/options.hpp"
#include "command/random_members.hpp"
#include "command/removal.hpp"
#include "command/scan_options.hpp"
#include "command/sorted_set_words.hpp"
#include "data/change.hpp"

namespace replserver {
namespace {

// ---- ZADD ----

struct Adding {
  bool only_new = false;    // NX
  bool only_there = false;  // XX
  bool greater = false;     // GT
  bool less = false;        // LT
  bool counts_all = false;  // CH
  bool increments = false;  // INCR
};

// Scores of one call, in front of their members.
class Scores {
 public:
  explicit Scores(std::size_t size) : many_(size > kFew ? size : 0) {}
  double& operator[](std::size_t index) { return many_.empty() ? few_[index] : many_[index]; }

 private:
  static constexpr std::size_t kFew = 16;
  std::array<double, kFew> few_;
  std::vector<double> many_;
};

// The options from word 2 on; returns the index of the first score.
std::size_t read_adding(Args args, Adding& adding) {
  std::size_t at = 2;
  for (; at < args.size(); ++at) {
    const ByteView word = args[at];
    if (word.size() > 4 || word.size() < 2) return at;
    if (equal_ignoring_case(word, "nx")) {
      adding.only_new = true;
    } else if (equal_ignoring_case(word, "xx")) {
      adding.only_there = true;
    } else if (equal_ignoring_case(word, "ch")) {
      adding.counts_all = true;
    } else if (equal_ignoring_case(word, "incr")) {
      adding.increments = true;
    } else if (equal_ignoring_case(word, "gt")) {
      adding.greater = true;
    } else if (equal_ignoring_case(word, "lt")) {
      adding.less = true;
    } else {
      return at;
    }
  }
  return at;
}

ByteView contradiction(const Adding& adding, std::size_t words) {
  if (words == 0 || words % 2 != 0) return kSyntaxError;
  if (adding.only_new && adding.only_there) {
    return "ERR XX and NX options at the same time are not compatible";
  }
  if ((adding.greater && adding.only_new) || (adding.less && adding.only_new) ||
      (adding.greater && adding.less)) {
    return "ERR GT, LT, and/or NX options at the same time are not compatible";
  }
  if (adding.increments && words > 2) {
    return "ERR INCR option supports a single increment-element pair";
  }
  return {};
}

// What became of the members of a call.
struct Outcome {
  std::int64_t added = 0;
  std::int64_t updated = 0;
  bool is_refused = false;  // the last one, by an option
  bool is_not_a_number = false;
  double score = 0;  // of the last one
};

std::optional<double> decide(const Adding& adding, std::optional<double> had, double score,
                             Outcome& outcome) {
  outcome.is_refused = true;
  if (!had) {
    if (adding.only_there) return std::nullopt;
    outcome.is_refused = false;
    outcome.score = score;
    ++outcome.added;
    return score;
  }
  if (adding.only_new) return std::nullopt;
  if (adding.increments) score += *had;
  if (std::isnan(score)) {
    outcome.is_not_a_number = true;
    return std::nullopt;
  }
  if ((adding.less && score >= *had) || (adding.greater && score <= *had)) return std::nullopt;
  outcome.is_refused = false;
  outcome.score = score;
  if (score == *had) return std::nullopt;
  ++outcome.updated;
  return score;
}

void add(Context& context, Args args, const Adding& adding, std::size_t first,
         bool is_rewritten = false) {
  const std::size_t count = (args.size() - first) / 2;
  if (const ByteView error = contradiction(adding, args.size() - first); !error.empty()) {
    return context.reply.error(error);
  }
  Scores scores(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto score = parse_double(args[first + 2 * i]);
    if (!score) return context.reply.error(kNotFloat);
    scores[i] = *score;
  }
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  if (!entry && adding.only_there) {
    return adding.increments ? context.reply.null() : context.reply.integer(0);
  }
  Outcome outcome;
  Change<SortedSet> set = context.database().change<SortedSet>(key);
  set->expect(count, args[first + 1].size());
  for (std::size_t i = 0; i < count; ++i) {
    set->update(args[first + 1 + 2 * i],
                [&](std::optional<double> had) { return decide(adding, had, scores[i], outcome); });
  }
  const std::int64_t changes = outcome.added + outcome.updated;
  set.finish(changes > 0);
  if (outcome.is_not_a_number) {
    return context.reply.error("ERR resulting score is not a number (NaN)");
  }
  if (changes > 0) {
    is_rewritten ? context.changed_as(args, changes) : context.changed(changes);
    context.notify_written(!entry, kNotifyZset, adding.increments ? "zincr" : "zadd", key.bytes);
  }
  if (!adding.increments) {
    return context.reply.integer(adding.counts_all ? changes : outcome.added);
  }
  outcome.is_refused ? context.reply.null() : context.reply.number(outcome.score);
}

void zadd(Context& context, Args args) { add_scored(context, args, false); }

void zincrby(Context& context, Args args) { add(context, args, {.increments = true}, 2); }

void zrem(Context& context, Args args) {
  remove_members<SortedSet>(context, args, kNotifyZset, "zrem");
}

// ---- looking members up ----

void zcard(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  context.reply.integer(entry ? static_cast<std::int64_t>(SortedSetView(*entry).size()) : 0);
}

void reply_score(resp::Writer& reply, const Entry* entry, ByteView member) {
  const auto score = entry ? SortedSetView(*entry).score(member) : std::nullopt;
  score ? reply.number(*score) : reply.null();
}

void zscore(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  reply_score(context.reply, entry, args[2]);
}

void zmscore(Context& context, Args args) {
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  context.reply.array(args.size() - 2);
  for (const ByteView member : args.subspan(2)) reply_score(context.reply, entry, member);
}

void reply_rank(Context& context, Args args, bool from_top) {
  if (args.size() > 4) {
    return context.reply.error("ERR wrong number of arguments for '" +
                               Bytes(from_top ? "zrevrank" : "zrank") + "' command");
  }
  const bool with_score = args.size() == 4;
  if (with_score && !equal_ignoring_case(args[3], "withscore")) {
    return context.reply.error(kSyntaxError);
  }
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  const auto standing = entry ? SortedSetView(*entry).standing(args[2]) : std::nullopt;
  if (!standing) return with_score ? context.reply.null_array() : context.reply.null();
  const std::size_t rank =
      from_top ? SortedSetView(*entry).size() - 1 - standing->rank : standing->rank;
  if (with_score) context.reply.array(2);
  context.reply.integer(static_cast<std::int64_t>(rank));
  if (with_score) context.reply.number(standing->score);
}

void zrank(Context& context, Args args) { reply_rank(context, args, false); }
void zrevrank(Context& context, Args args) { reply_rank(context, args, true); }

// A packed score is told as it is stored; others, as a long double, in 17 digits.
Bytes scanned_score(double score, bool is_packed) {
  if (is_packed || std::isinf(score)) return format_double(score);
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), score, std::chars_format::general, 17);
  return Bytes(text.data(), end.ptr);
}

void zscan(Context& context, Args args) {
  std::uint64_t cursor = 0;
  ScanOptions scan;
  const Entry* entry = nullptr;
  if (!begin_scan(context, args, Type::sorted_set, {}, cursor, scan, entry)) return;
  const SortedSetView set(*entry);
  Words found;
  const auto next =
      set.scan(cursor, static_cast<std::size_t>(scan.count), [&](ByteView member, double score) {
        if (!scan.matches(member)) return;
        found.emplace_back(member);
        found.push_back(scanned_score(score, set.is_packed()));
      });
  reply_scanned(context.reply, next, found.size());
  for (const Bytes& word : found) context.reply.bulk(word);
}

// ---- drawing members at random ----

template <class Callback>
void draw(const SortedSetView& set, Random& random, Callback callback) {
  set.up(random.below(set.size()), 1, callback);
}

// Few of many are drawn by their ranks; otherwise all ranks are shuffled as far as needed.
std::vector<std::size_t> distinct_ranks(std::size_t size, std::size_t count, Random& random) {
  std::vector<std::size_t> ranks;
  if (count * 3 <= size) {
    std::unordered_set<std::size_t> seen;
    while (ranks.size() < count) {
      const std::size_t rank = random.below(size);
      if (seen.insert(rank).second) ranks.push_back(rank);
    }
    return ranks;
  }
  for (std::size_t rank = 0; rank < size; ++rank) ranks.push_back(rank);
  if (count >= size) return ranks;
  for (std::size_t place = 0; place < count; ++place) {
    std::swap(ranks[place], ranks[place + random.below(size - place)]);
  }
  ranks.resize(count);
  return ranks;
}

void draw_many(Context& context, Args args) {
  const bool with_scores = args.size() == 4;
  const auto count = read_draws(context, args, "WITHSCORES");
  if (!count) return;
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  if (!entry || *count == 0) return context.reply.array(0);
  const SortedSetView set(*entry);
  const auto tell = [&](ByteView member, double score) {
    with_scores ? reply_scored(context.reply, member, score) : context.reply.bulk(member);
  };
  const auto begin = [&](std::size_t size) {
    with_scores ? begin_scored(context.reply, size) : context.reply.array(size);
  };
  if (*count < -kRepetitionsMax) return context.reply.error(kTooManyDraws);
  if (*count < 0) {
    begin(static_cast<std::size_t>(-*count));
    for (std::int64_t left = -*count; left > 0; --left) draw(set, context.random, tell);
    return;
  }
  if (static_cast<std::size_t>(*count) >= set.size()) {
    begin(set.size());
    return set.for_each(tell);
  }
  const auto ranks = distinct_ranks(set.size(), static_cast<std::size_t>(*count), context.random);
  begin(ranks.size());
  for (const std::size_t rank : ranks) set.up(rank, 1, tell);
}

void zrandmember(Context& context, Args args) {
  if (args.size() > 2) return draw_many(context, args);
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  if (!entry) return context.reply.null();
  draw(SortedSetView(*entry), context.random,
       [&](ByteView member, double) { context.reply.bulk(member); });
}

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr auto kSortedSet = kSortedSetCategory;

constexpr Command kCommands[] = {
    // name       arity  flags                  keys     categories  handler
    {"zadd", -4, kWrite | kDenyOom | kFast, kOneKey, kSortedSet, zadd},
    {"zcard", 2, kReadonly | kFast, kOneKey, kSortedSet, zcard},
    {"zincrby", 4, kWrite | kDenyOom | kFast, kOneKey, kSortedSet, zincrby},
    {"zmscore", -3, kReadonly | kFast, kOneKey, kSortedSet, zmscore},
    {"zrandmember", -2, kReadonly, kOneKey, kSortedSet, zrandmember},
    {"zrank", -3, kReadonly | kFast, kOneKey, kSortedSet, zrank},
    {"zrem", -3, kWrite | kFast, kOneKey, kSortedSet, zrem},
    {"zrevrank", -3, kReadonly | kFast, kOneKey, kSortedSet, zrevrank},
    {"zscan", -3, kReadonly, kOneKey, kSortedSet, zscan},
    {"zscore", 3, kReadonly | kFast, kOneKey, kSortedSet, zscore},
};

}  // namespace

void add_scored(Context& context, Args args, bool is_rewritten) {
  Adding adding;
  const std::size_t first = read_adding(args, adding);
  add(context, args, adding, first, is_rewritten);
}

std::span<const Command> sorted_set_commands() { return kCommands; }

}  // namespace replserver

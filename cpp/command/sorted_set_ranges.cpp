// The sorted set commands that work on a range of members: by rank, score or bytes.
#include <cmath>
#include <limits>

#include "base/c_number.hpp"
#include "command/options.hpp"
#include "command/removal.hpp"
#include "command/sorted_set_words.hpp"
#include "data/change.hpp"

namespace replserver {
namespace {

constexpr ByteView kNotScores = "ERR min or max is not a float";
constexpr ByteView kNotMembers = "ERR min or max not valid string range item";

enum class By { rank, score, member };

// Ranks, counted from the lowest.
struct Range {
  std::size_t first = 0;
  std::size_t end = 0;
  std::size_t size() const { return end > first ? end - first : 0; }
};

// ---- the two ends of a range, as words ----

struct RankEnds {
  std::int64_t first = 0;
  std::int64_t last = 0;
};
struct ScoreEnds {
  ScoreBorder first;
  ScoreBorder end;
};
// "-" is before all members, "+" behind them.
struct MemberEnd {
  enum class Kind { lowest, member, highest };
  Kind kind = Kind::member;
  ByteView member;
  bool is_excluded = false;
};
struct MemberEnds {
  MemberEnd min;
  MemberEnd max;
};

bool read_score(ByteView word, double& score, bool& is_excluded) {
  is_excluded = !word.empty() && word.front() == '(';
  if (is_excluded) word.remove_prefix(1);
  const auto value = parse_c_number(word, OutOfRange::clamped);
  score = value.value_or(0);
  return value.has_value();
}

bool read_member(ByteView word, MemberEnd& end) {
  if (word.empty()) return false;
  if (word == "-" || word == "+") {
    end.kind = word == "-" ? MemberEnd::Kind::lowest : MemberEnd::Kind::highest;
    return true;
  }
  if (word.front() != '(' && word.front() != '[') return false;
  end.is_excluded = word.front() == '(';
  end.member = word.substr(1);
  return true;
}

class RangeWords {
 public:
  // Empty, or the error.
  Bytes read(By by, ByteView min, ByteView max) {
    by_ = by;
    if (by == By::rank) {
      const auto first = Context::integer(min), last = Context::integer(max);
      if (!first || !last) return Bytes(kNotInteger);
      ranks_ = {*first, *last};
    } else if (by == By::score) {
      bool excludes_min = false, excludes_max = false;
      if (!read_score(min, scores_.first.score, excludes_min)) return Bytes(kNotScores);
      if (!read_score(max, scores_.end.score, excludes_max)) return Bytes(kNotScores);
      scores_.first.after = excludes_min;
      scores_.end.after = !excludes_max;
    } else {
      if (!read_member(min, members_.min) || !read_member(max, members_.max)) {
        return Bytes(kNotMembers);
      }
    }
    return {};
  }

  Range in(const SortedSetView& set, bool is_reverse) const {
    if (by_ == By::rank) return of_ranks(static_cast<std::int64_t>(set.size()), is_reverse);
    if (by_ == By::score) return {set.before(scores_.first), set.before(scores_.end)};
    return {before(set, members_.min, members_.min.is_excluded),
            before(set, members_.max, !members_.max.is_excluded)};
  }

 private:
  Range of_ranks(std::int64_t size, bool is_reverse) const {
    const auto from_end = [&](std::int64_t rank) { return rank < 0 ? rank + size : rank; };
    const std::int64_t first = std::max<std::int64_t>(from_end(ranks_.first), 0);
    const std::int64_t last = std::min(from_end(ranks_.last), size - 1);
    if (first > last || first >= size) return {};
    const auto low = static_cast<std::size_t>(is_reverse ? size - 1 - last : first);
    return {low, low + static_cast<std::size_t>(last - first + 1)};
  }
  static std::size_t before(const SortedSetView& set, const MemberEnd& end, bool after) {
    if (end.kind == MemberEnd::Kind::lowest) return 0;
    if (end.kind == MemberEnd::Kind::highest) return set.size();
    return set.before(MemberBorder{end.member, after});
  }

  By by_ = By::rank;
  RankEnds ranks_;
  ScoreEnds scores_;
  MemberEnds members_;
};

// ---- ZRANGE and its relatives ----

struct Asked {
  By by = By::rank;
  bool is_reverse = false;
  bool with_scores = false;
  std::int64_t offset = 0;
  std::int64_t limit = -1;
};

// What a command's name leaves open, its options may say.
struct Form {
  bool chooses = false;  // BYSCORE, BYLEX and REV
  bool stores = false;
};

Bytes read_options(Args args, std::size_t first, const Form& form, Asked& asked) {
  OptionReader options(args, first);
  ByteView offset;
  bool is_chosen = !form.chooses;
  while (options.next()) {
    if (!form.stores && options.is("WITHSCORES")) {
      asked.with_scores = true;
    } else if (options.is("LIMIT", offset)) {
      if (!options.next()) {
        options.refuse();
        break;
      }
      const auto from = Context::integer(offset), limit = Context::integer(options.word());
      if (!from || !limit) {
        options.refuse(kNotInteger);
      } else {
        asked.offset = *from;
        asked.limit = *limit;
      }
    } else if (form.chooses && !asked.is_reverse && options.is("REV")) {
      asked.is_reverse = true;
    } else if (!is_chosen && (options.is("BYLEX") || options.is("BYSCORE"))) {
      asked.by = options.is("BYLEX") ? By::member : By::score;
      is_chosen = true;
    } else {
      options.refuse();
    }
  }
  if (options.refused()) return options.error();
  if (asked.limit != -1 && asked.by == By::rank) {
    return "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
  }
  if (asked.with_scores && asked.by == By::member) {
    return "ERR syntax error, WITHSCORES not supported in combination with BYLEX";
  }
  return {};
}

// LIMIT takes from the side where the reading begins.
Range limited(Range range, const Asked& asked) {
  if (range.size() == 0 || asked.by == By::rank) return range;
  const std::size_t size = range.size();
  if (asked.offset < 0 || static_cast<std::size_t>(asked.offset) >= size) return {};
  const auto skipped = static_cast<std::size_t>(asked.offset);
  std::size_t left = size - skipped;
  if (asked.limit >= 0) left = std::min(left, static_cast<std::size_t>(asked.limit));
  if (!asked.is_reverse) return {range.first + skipped, range.first + skipped + left};
  return {range.end - skipped - left, range.end - skipped};
}

// Reads key, ends and options from word `at` on, and finds the members. False: it was refused.
bool find_range(Context& context, Args args, std::size_t at, const Form& form, Asked& asked,
                const Entry*& entry, Range& range) {
  const Bytes wrong = read_options(args, at + 3, form, asked);
  if (!wrong.empty()) {
    context.reply.error(wrong);
    return false;
  }
  ByteView min = args[at + 1], max = args[at + 2];
  if (asked.is_reverse && asked.by != By::rank) std::swap(min, max);
  RangeWords words;
  const Bytes error = words.read(asked.by, min, max);
  if (!error.empty()) {
    context.reply.error(error);
    return false;
  }
  entry = context.find(args[at]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return false;
  if (entry) range = limited(words.in(SortedSetView(*entry), asked.is_reverse), asked);
  return true;
}

template <class Callback>
void read_in_order(const SortedSetView& set, const Range& range, bool is_reverse,
                   Callback callback) {
  if (is_reverse) return set.down(range.end, range.size(), callback);
  set.up(range.first, range.size(), callback);
}

void reply_range(Context& context, Args args, const Form& form, Asked asked) {
  const Entry* entry = nullptr;
  Range range;
  if (!find_range(context, args, 1, form, asked, entry, range)) return;
  const std::size_t size = range.size();
  asked.with_scores ? begin_scored(context.reply, size) : context.reply.array(size);
  if (size == 0) return;
  const SortedSetView set(*entry);
  if (asked.with_scores) {
    return read_in_order(set, range, asked.is_reverse, [&](ByteView member, double score) {
      reply_scored(context.reply, member, score);
    });
  }
  read_in_order(set, range, asked.is_reverse,
                [&](ByteView member, double) { context.reply.bulk(member); });
}

void zrange(Context& context, Args args) { reply_range(context, args, {.chooses = true}, {}); }
void zrevrange(Context& context, Args args) {
  reply_range(context, args, {}, {.is_reverse = true});
}
void zrangebyscore(Context& context, Args args) {
  reply_range(context, args, {}, {.by = By::score});
}
void zrevrangebyscore(Context& context, Args args) {
  reply_range(context, args, {}, {.by = By::score, .is_reverse = true});
}
void zrangebylex(Context& context, Args args) {
  reply_range(context, args, {}, {.by = By::member});
}
void zrevrangebylex(Context& context, Args args) {
  reply_range(context, args, {}, {.by = By::member, .is_reverse = true});
}

void zrangestore(Context& context, Args args) {
  Asked asked;
  const Entry* entry = nullptr;
  Range range;
  if (!find_range(context, args, 2, {.chooses = true, .stores = true}, asked, entry, range)) return;
  SortedSet result = context.database().make<SortedSet>();
  if (range.size() > 0) {
    result.expect(range.size(), 0);
    SortedSetView(*entry).up(range.first, range.size(), [&](ByteView member, double score) {
      result.update(member, [&](std::optional<double>) { return std::optional(score); });
    });
  }
  store_sorted_set(context, context.key(args[1]), result, "zrangestore");
}

// ---- counting and removing ----

void count_range(Context& context, Args args, By by) {
  RangeWords words;
  const Bytes error = words.read(by, args[2], args[3]);
  if (!error.empty()) return context.reply.error(error);
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  const Range range = entry ? words.in(SortedSetView(*entry), false) : Range{};
  context.reply.integer(static_cast<std::int64_t>(range.size()));
}

void zcount(Context& context, Args args) { count_range(context, args, By::score); }
void zlexcount(Context& context, Args args) { count_range(context, args, By::member); }

void remove_range(Context& context, Args args, By by, ByteView event) {
  RangeWords words;
  const Bytes error = words.read(by, args[2], args[3]);
  if (!error.empty()) return context.reply.error(error);
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::sorted_set)) return;
  const Range range = entry ? words.in(SortedSetView(*entry), false) : Range{};
  context.reply.integer(static_cast<std::int64_t>(range.size()));
  if (range.size() == 0) return;
  Change<SortedSet> set = context.database().change<SortedSet>(key);
  set->remove_ranks(range.first, range.size());
  const bool lives = set.finish();
  context.changed(static_cast<std::int64_t>(range.size()));
  notify_taken(context, kNotifyZset, event, key.bytes, lives);
}

void zremrangebyrank(Context& context, Args args) {
  remove_range(context, args, By::rank, "zremrangebyrank");
}
void zremrangebyscore(Context& context, Args args) {
  remove_range(context, args, By::score, "zremrangebyscore");
}
void zremrangebylex(Context& context, Args args) {
  remove_range(context, args, By::member, "zremrangebylex");
}

constexpr KeyRange kOneKey = {1, 1, 1};
constexpr auto kSortedSet = kSortedSetCategory;

constexpr Command kCommands[] = {
    // name       arity  flags                  keys     categories  handler
    {"zcount", 4, kReadonly | kFast, kOneKey, kSortedSet, zcount},
    {"zlexcount", 4, kReadonly | kFast, kOneKey, kSortedSet, zlexcount},
    {"zrange", -4, kReadonly, kOneKey, kSortedSet, zrange},
    {"zrangebylex", -4, kReadonly, kOneKey, kSortedSet, zrangebylex},
    {"zrangebyscore", -4, kReadonly, kOneKey, kSortedSet, zrangebyscore},
    {"zrangestore", -5, kWrite | kDenyOom, {1, 2, 1}, kSortedSet, zrangestore},
    {"zremrangebylex", 4, kWrite, kOneKey, kSortedSet, zremrangebylex},
    {"zremrangebyrank", 4, kWrite, kOneKey, kSortedSet, zremrangebyrank},
    {"zremrangebyscore", 4, kWrite, kOneKey, kSortedSet, zremrangebyscore},
    {"zrevrange", -4, kReadonly, kOneKey, kSortedSet, zrevrange},
    {"zrevrangebylex", -4, kReadonly, kOneKey, kSortedSet, zrevrangebylex},
    {"zrevrangebyscore", -4, kReadonly, kOneKey, kSortedSet, zrevrangebyscore},
};

}  // namespace

std::span<const Command> sorted_set_range_commands() { return kCommands; }

}  // namespace replserver

#include "command/stream_words.hpp"

#include <algorithm>
#include <vector>

#include "base/ascii.hpp"
#include "base/until_nul.hpp"
#include "command/integer_text.hpp"

namespace replserver {
namespace {

// As strtoull reads what is no plain number: "007" is 7, " +7" too, and "-07" is 2^64 - 7.
std::optional<std::uint64_t> parse_loosely(ByteView word) {
  word.remove_prefix(std::min(word.find_first_not_of(" \t\n\v\f\r"), word.size()));
  const bool is_negative = word.starts_with('-');
  if (is_negative || word.starts_with('+')) word.remove_prefix(1);
  const bool has_digits = !word.empty();
  while (word.size() > 1 && word.front() == '0') word.remove_prefix(1);
  const auto number = has_digits ? parse_unsigned(word) : std::nullopt;
  if (!number || !is_negative) return number;
  return -*number;
}

// Half an id. A plain negative number is none, though others wrap around.
std::optional<std::uint64_t> parse_part(ByteView word) {
  if (const auto number = parse_integer(word)) {
    if (*number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
  }
  return parse_loosely(word);
}

// Redis' default: a rough trim does not hold up the others for long.
std::size_t default_limit(const CollectionLimits& limits) {
  const std::int64_t entries = limits.stream_node_max_entries;
  if (entries <= 0) return 10000;
  return static_cast<std::size_t>(std::min<std::int64_t>(100 * entries, 1'000'000));
}

}  // namespace

std::optional<StreamId> parse_stream_id(ByteView word, std::uint64_t missing_seq, bool is_strict) {
  constexpr std::size_t kWordMax = 127;  // Redis has a buffer of so many
  if (word.size() > kWordMax) return std::nullopt;
  word = until_nul(word);
  if (!is_strict && word == "-") return StreamId{};
  if (!is_strict && word == "+") return StreamId::max();
  const std::size_t dash = word.find('-');
  const auto ms = parse_part(word.substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == ByteView::npos) return StreamId{*ms, missing_seq};
  const auto seq = parse_part(word.substr(dash + 1));
  if (!seq) return std::nullopt;
  return StreamId{*ms, *seq};
}

std::optional<StreamId> read_stream_id(Context& context, ByteView word, std::uint64_t missing_seq) {
  const auto id = parse_stream_id(word, missing_seq, true);
  if (!id) context.reply.error(kInvalidStreamId);
  return id;
}

std::optional<StreamRange> read_stream_range(Context& context, ByteView from, ByteView to) {
  const auto is_open = [](ByteView& word) {
    if (word.size() < 2 || word.front() != '(') return false;
    word.remove_prefix(1);
    return true;
  };
  const bool open_from = is_open(from), open_to = is_open(to);
  auto first = parse_stream_id(from, 0, open_from);
  if (first && open_from && !(first = first->next())) {
    context.reply.error("ERR invalid start ID for the interval");
    return std::nullopt;
  }
  auto last = first ? parse_stream_id(to, UINT64_MAX, open_to) : std::nullopt;
  if (last && open_to && !(last = last->previous())) {
    context.reply.error("ERR invalid end ID for the interval");
    return std::nullopt;
  }
  if (!first || !last) {
    context.reply.error(kInvalidStreamId);
    return std::nullopt;
  }
  return StreamRange{*first, *last};
}

void reply_stream_id(resp::Writer& reply, const StreamId& id) { reply.bulk(StreamIdText(id)); }

void reply_stream_entry(resp::Writer& reply, const StreamEntry& entry) {
  reply.array(2);
  reply_stream_id(reply, entry.id);
  reply.array(entry.fields * 2);
  PackedElement::Scratch scratch;
  entry.for_each_field([&](const PackedElement& name, const PackedElement& value) {
    reply.bulk(name.text(scratch));
    reply.bulk(value.text(scratch));
  });
}

// ---- trimming ----

namespace {

// What is behind MAXLEN or MINID. False: refused, and told so.
bool read_threshold(Context& context, Args args, std::size_t& at, StreamTrimWords& words) {
  StreamTrim& trim = words.trim;
  const bool by_length = equal_ignoring_case(args[at], "maxlen");
  if (trim.by != StreamTrim::By::nothing) {
    context.reply.error(
        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
    return false;
  }
  trim.is_rough = false;
  if (args.size() - 1 - at >= 2 && (args[at + 1] == "~" || args[at + 1] == "=")) {
    ++at;
    trim.is_rough = args[at] == "~";
    words.rough_at = at;
  }
  ++at;
  words.threshold_at = at;
  trim.by = by_length ? StreamTrim::By::length : StreamTrim::By::id;
  if (!by_length) {
    const auto id = read_stream_id(context, args[at]);
    if (id) trim.id = *id;
    return id.has_value();
  }
  const auto length = Context::integer(args[at]);
  if (!length || *length < 0) {
    context.reply.error(length ? "ERR The MAXLEN argument must be >= 0." : kNotInteger);
    return false;
  }
  trim.length = static_cast<std::uint64_t>(*length);
  return true;
}

// False: refused, and told so.
bool read_wanted_id(Context& context, ByteView word, WantedStreamId& wanted) {
  if (word == "*") return true;
  word = until_nul(word);
  wanted.has_ms = true;
  // "5-3-*" has one number too many.
  wanted.has_seq = !word.ends_with("-*") || word.find('-') != word.size() - 2;
  if (!wanted.has_seq) word.remove_suffix(2);
  const auto id = read_stream_id(context, word);
  if (id) wanted.id = *id;
  return id.has_value();
}

ByteView wrong_limit(const StreamTrim& trim, bool is_add, bool has_limit, bool obeys) {
  if (has_limit && trim.limit > 0 && trim.by == StreamTrim::By::nothing) {
    return "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
  }
  if (!is_add && trim.by == StreamTrim::By::nothing) {
    return "ERR syntax error, XTRIM must be called with a trimming strategy";
  }
  if (has_limit && !trim.is_rough && !obeys) {
    return "ERR syntax error, LIMIT cannot be used without the special ~ option";
  }
  return {};
}

}  // namespace

bool read_stream_trim(Context& context, Args args, bool is_add, StreamTrimWords& words) {
  bool has_limit = false;
  std::size_t at = 2;
  for (; at < args.size(); ++at) {
    const std::size_t more = args.size() - 1 - at;
    if (more > 0 &&
        (equal_ignoring_case(args[at], "maxlen") || equal_ignoring_case(args[at], "minid"))) {
      if (!read_threshold(context, args, at, words)) return false;
    } else if (more > 0 && equal_ignoring_case(args[at], "limit")) {
      const auto limit = Context::integer(args[++at]);
      if (!limit || *limit < 0) {
        context.reply.error(limit ? "ERR The LIMIT argument must be >= 0." : kNotInteger);
        return false;
      }
      words.trim.limit = static_cast<std::size_t>(*limit);
      has_limit = true;
    } else if (is_add && equal_ignoring_case(args[at], "nomkstream")) {
      words.no_make_stream = true;
    } else if (is_add) {
      if (!read_wanted_id(context, args[at], words.id)) return false;
      break;
    } else {
      context.reply.error(kSyntaxError);
      return false;
    }
  }
  words.id_at = at;
  const ByteView error = wrong_limit(words.trim, is_add, has_limit, context.from_primary);
  if (!error.empty()) {
    context.reply.error(error);
    return false;
  }
  if (context.from_primary) {
    words.trim.limit = 0;  // the primary has told exactly what stays
  } else if (!has_limit && words.trim.is_rough) {
    words.trim.limit = default_limit(context.database().value_context().limits);
  }
  return true;
}

void propagate_trimmed(Context& context, Args args, const StreamTrimWords& words,
                       const StreamView& stream, const StreamId* id, std::int64_t count) {
  std::vector<ByteView> told(args.begin(), args.end());
  const IntegerText length(static_cast<std::int64_t>(stream.size()));
  const StreamIdText first(stream.edge());
  const StreamIdText given(id != nullptr ? *id : StreamId{});
  if (words.trim.is_rough) {
    told[words.rough_at] = "=";
    const bool by_length = words.trim.by == StreamTrim::By::length;
    told[words.threshold_at] = by_length ? ByteView(length) : ByteView(first);
  }
  if (id != nullptr && !words.id.has_seq) told[words.id_at] = given;
  context.changed_as(told, count);
}

}  // namespace replserver

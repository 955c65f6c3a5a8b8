#include "command/lcs.hpp"

#include <algorithm>

#include "command/context.hpp"
#include "command/options.hpp"

namespace replserver {
namespace {

// lengths(i, j): of the longest common subsequence of the first i and the first j bytes.
class LengthTable {
 public:
  LengthTable(ByteView left, ByteView right)
      : width_(right.size() + 1), cells_((left.size() + 1) * width_) {
    for (std::size_t i = 1; i <= left.size(); ++i) {
      const std::uint32_t* above = &cells_[(i - 1) * width_];
      std::uint32_t* row = &cells_[i * width_];
      for (std::size_t j = 1; j < width_; ++j) {
        row[j] = left[i - 1] == right[j - 1] ? above[j - 1] + 1 : std::max(above[j], row[j - 1]);
      }
    }
  }
  std::uint32_t at(std::size_t i, std::size_t j) const { return cells_[i * width_ + j]; }
  std::uint32_t longest() const { return cells_.back(); }

 private:
  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

// Equal bytes that follow each other in both strings.
struct Match {
  std::size_t left, right, size;
};

// From the end to the beginning, the way clients get them.
std::vector<Match> trace(const LengthTable& lengths, ByteView left, ByteView right) {
  std::vector<Match> matches;
  std::size_t i = left.size(), j = right.size();
  bool extends = false;
  while (i > 0 && j > 0) {
    if (left[i - 1] == right[j - 1]) {
      --i;
      --j;
      if (extends) {
        matches.back() = {i, j, matches.back().size + 1};
      } else {
        matches.push_back({i, j, 1});
      }
      extends = true;
      continue;
    }
    extends = false;
    // Several subsequences may be the longest; which one is told is settled here, as in Redis.
    if (lengths.at(i - 1, j) > lengths.at(i, j - 1)) {
      --i;
    } else {
      --j;
    }
  }
  return matches;
}

struct LcsOptions {
  bool length = false;
  bool positions = false;
  bool with_sizes = false;
  std::int64_t size_min = 0;
};

void reply_positions(resp::Writer& reply, const std::vector<Match>& matches, std::uint32_t length,
                     const LcsOptions& lcs) {
  const auto is_told = [&](const Match& match) {
    return static_cast<std::int64_t>(match.size) >= lcs.size_min;
  };
  const auto range = [&](std::size_t start, std::size_t size) {
    reply.array(2);
    reply.integer(static_cast<std::int64_t>(start));
    reply.integer(static_cast<std::int64_t>(start + size - 1));
  };

  reply.map(2);
  reply.bulk("matches");
  reply.array(static_cast<std::size_t>(std::count_if(matches.begin(), matches.end(), is_told)));
  for (const Match& match : matches) {
    if (!is_told(match)) continue;
    reply.array(lcs.with_sizes ? 3 : 2);
    range(match.left, match.size);
    range(match.right, match.size);
    if (lcs.with_sizes) reply.integer(static_cast<std::int64_t>(match.size));
  }
  reply.bulk("len");
  reply.integer(length);
}

bool read_options(Context& context, Args args, LcsOptions& lcs) {
  OptionReader options(args, 3);
  while (options.next()) {
    if (options.is("IDX")) {
      lcs.positions = true;
    } else if (options.is("LEN")) {
      lcs.length = true;
    } else if (options.is("WITHMATCHLEN")) {
      lcs.with_sizes = true;
    } else if (!options.is("MINMATCHLEN", lcs.size_min)) {
      options.refuse();
    }
  }
  if (!options.refused() && lcs.positions && lcs.length) {
    options.refuse("ERR If you want both the length and indexes, please just use IDX.");
  }
  if (options.refused()) context.reply.error(options.error());
  return !options.refused();
}

}  // namespace

void lcs(Context& context, Args args) {
  const auto is_other = [](const Entry* entry) { return entry && entry->type() != Type::string; };
  // Counted and touched first: both, whatever they are. Neither look-up changes the database but
  // for deleting an expired key, so the first entry is looked up again.
  context.find(args[1]);
  const Entry* right_entry = context.find(args[2]);
  const Entry* left_entry = context.peek(args[1]);
  if (is_other(left_entry) || is_other(right_entry)) {
    return context.reply.error("ERR The specified keys must contain string values");
  }

  LcsOptions options;
  if (!read_options(context, args, options)) return;
  char left_scratch[32], right_scratch[32];
  const auto text_of = [](const Entry* entry, char* scratch) {
    return entry ? Database::string_view(*entry, scratch) : ByteView();
  };
  const ByteView left = text_of(left_entry, left_scratch);
  const ByteView right = text_of(right_entry, right_scratch);

  const auto cells = static_cast<unsigned __int128>(left.size() + 1) * (right.size() + 1);
  if (cells * sizeof(std::uint32_t) > context.settings.bulk_max) {
    return context.reply.error(
        "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
  }
  const LengthTable lengths(left, right);
  if (options.length) return context.reply.integer(lengths.longest());

  const std::vector<Match> matches = trace(lengths, left, right);
  if (options.positions) {
    return reply_positions(context.reply, matches, lengths.longest(), options);
  }
  Bytes text;
  for (auto match = matches.rbegin(); match != matches.rend(); ++match) {
    text += left.substr(match->left, match->size);
  }
  context.reply.bulk(text);
}

}  // namespace replserver

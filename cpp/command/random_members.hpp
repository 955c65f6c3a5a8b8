// Distinct members of a collection, drawn at random: SPOP and SRANDMEMBER with a count.
#pragma once

#include <cstddef>
#include <unordered_set>
#include <utility>

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "command/options.hpp"

namespace replserver {

// A client that asks for more with repetitions would wait, and all others with it.
inline constexpr std::int64_t kRepetitionsMax = std::int64_t{1} << 26;
inline constexpr ByteView kTooManyDraws = "ERR value is out of range";

// How many are asked for: key count [with], negative: with repetitions. Nothing: refused, and told so.
inline std::optional<std::int64_t> read_draws(Context& context, Args args, ByteView with = {}) {
  const auto count = Context::integer(args[2]);
  if (!count) {
    context.reply.error(count.error());
  } else if (*count == INT64_MIN) {
    context.reply.error(kNotSymmetric);
  } else if (args.size() > 4 || (args.size() == 4 && !equal_ignoring_case(args[3], with))) {
    context.reply.error(kSyntaxError);
  } else if (args.size() == 4 && (*count < -(INT64_MAX / 2) || *count > INT64_MAX / 2)) {
    context.reply.error(kTooManyDraws);
  } else {
    return *count;
  }
  return std::nullopt;
}

// `count` of them, or all there are. Few of many are drawn one by one; otherwise all are listed and
// the first `count` places are filled at random.
template <class View>
Words distinct_members(const View& view, std::size_t count, Random& random) {
  Words drawn;
  if (count * 3 <= view.size()) {
    std::unordered_set<Bytes> seen;
    while (drawn.size() < count) {
      Bytes member = view.random(random);
      if (seen.insert(member).second) drawn.push_back(std::move(member));
    }
    return drawn;
  }
  drawn.reserve(view.size());
  view.for_each([&](ByteView member) { drawn.emplace_back(member); });
  if (count >= drawn.size()) return drawn;
  for (std::size_t place = 0; place < count; ++place) {
    std::swap(drawn[place], drawn[place + random.below(drawn.size() - place)]);
  }
  drawn.resize(count);
  return drawn;
}

}  // namespace replserver

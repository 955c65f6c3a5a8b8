// Keys behind the word that says how many: "LMPOP 2 one other LEFT", "SINTERCARD 2 one other".
#pragma once

#include <optional>
#include <vector>

#include "command/context.hpp"

namespace replserver {

// The keys behind word `at`. Nothing: the number is refused, which was told; that there are fewer
// words is told as `too_many`.
inline std::optional<Args> read_counted_keys(Context& context, Args args, std::size_t at,
                                             ByteView too_many = kSyntaxError) {
  const auto count = Context::integer(args[at]);
  if (!count || *count < 1) {
    context.reply.error("ERR numkeys should be greater than 0");
    return std::nullopt;
  }
  if (static_cast<std::uint64_t>(*count) > args.size() - at - 1) {
    context.reply.error(too_many);
    return std::nullopt;
  }
  return args.subspan(at + 1, static_cast<std::size_t>(*count));
}

// A KeyFinder.
template <int kAt>
bool find_counted_keys(Args args, std::vector<int>& positions) {
  const auto most = static_cast<std::int64_t>(args.size()) - kAt - 1;
  if (most < 1) return false;
  const auto count = Context::integer(args[kAt]);
  if (!count || *count < 1 || *count > most) return false;
  for (int index = 1; index <= static_cast<int>(*count); ++index) positions.push_back(kAt + index);
  return true;
}

}  // namespace replserver

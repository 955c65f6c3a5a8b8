// What the pops of lists and of sorted sets have in common: BLPOP is as BZPOPMIN, LMPOP as ZMPOP.
#pragma once

#include <optional>

#include "command/counted_keys.hpp"
#include "command/options.hpp"
#include "command/waiting.hpp"

namespace replserver {

// key… timeout: take(key) replies with an element of the first that has any; or the client waits.
template <class Take>
void take_or_wait(Context& context, Args args, Type type, Take take) {
  const auto timeout = parse_timeout(args.back(), context.now);
  if (!timeout) return context.reply.error(timeout.error());
  const Args keys = args.subspan(1, args.size() - 2);
  for (const ByteView word : keys) {
    const Key key = context.key(word);
    const Entry* entry = context.find_to_change(key);
    if (context.is_wrong_type(entry, type)) return;
    if (entry) return take(key);
  }
  wait_for(context, type, keys, *timeout);
}

template <class End>
struct ManyPops {
  Args keys;
  End end;
  std::size_t count = 1;
};

// numkeys key… end [COUNT count], from the word on that says how many keys; read_end(word) gives an
// optional end. Nothing: refused, and told so.
template <class End, class ReadEnd>
std::optional<ManyPops<End>> read_many_pops(Context& context, Args args, std::size_t at,
                                            ReadEnd read_end) {
  const auto keys = read_counted_keys(context, args, at);
  if (!keys) return std::nullopt;
  const std::size_t where = at + 1 + keys->size();
  const std::optional<End> end = where < args.size() ? read_end(args[where]) : std::nullopt;
  if (!end) {
    context.reply.error(kSyntaxError);
    return std::nullopt;
  }
  ManyPops<End> pops{*keys, *end};
  OptionReader options(args, where + 1);
  bool is_counted = false;
  while (options.next()) {
    ByteView word;
    if (is_counted || !options.is("COUNT", word)) {
      options.refuse();
      continue;
    }
    is_counted = true;
    const auto count = Context::integer(word);
    if (!count || *count < 1) options.refuse("ERR count should be greater than 0");
    pops.count = static_cast<std::size_t>(count.value_or(1));
  }
  if (!options.refused()) return pops;
  context.reply.error(options.error());
  return std::nullopt;
}

}  // namespace replserver

// SINTERSTORE, ZUNIONSTORE, BITOP …: a result takes the place of whatever its destination holds.
#pragma once

#include "command/context.hpp"

namespace replserver {

// An empty result leaves no key. What had expired there is deleted like anything else, as in Redis.
inline void store_nothing(Context& context, const Key& key) {
  if (!context.database().erase(key)) return;
  context.changed();
  context.notify(kNotifyGeneric, "del", key.bytes);
}

// Replies the result's size. `kind` and `event`: what is notified where it is not empty.
template <class Value>
void store_result(Context& context, const Key& key, Value& result, unsigned kind, ByteView event) {
  const std::size_t size = result.view().size();
  context.reply.integer(static_cast<std::int64_t>(size));
  if (size == 0) {
    context.database().drop(result);
    return store_nothing(context, key);
  }
  const bool is_new = context.find_to_change(key) == nullptr;
  context.database().store(key, result);
  context.changed();
  context.notify_written(is_new, kind, event, key.bytes);
}

}  // namespace replserver

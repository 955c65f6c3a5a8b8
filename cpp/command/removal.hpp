// Elements that are taken out of a value; its key goes with the last of them.
#pragma once

#include "command/context.hpp"

namespace replserver {

inline void notify_taken(Context& context, unsigned kind, ByteView event, ByteView key,
                         bool lives) {
  context.notify(kind, event, key);
  if (!lives) context.notify(kNotifyGeneric, "del", key);
}

// SREM, ZREM: key member…; replies how many were there.
template <class Value>
void remove_members(Context& context, Args args, unsigned kind, ByteView event) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Value::kType)) return;
  if (!entry) return context.reply.integer(0);
  Change<Value> members = context.database().template change<Value>(key);
  std::int64_t removed = 0;
  for (const ByteView member : args.subspan(2)) removed += members->remove(member);
  const bool lives = members.finish(removed > 0);
  if (removed > 0) {
    context.changed(removed);
    notify_taken(context, kind, event, key.bytes, lives);
  }
  context.reply.integer(removed);
}

}  // namespace replserver

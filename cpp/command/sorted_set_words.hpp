// What the files of the sorted set commands share: how a member with its score is replied, and what
// follows when members were taken out or a result is stored.
#pragma once

#include "command/context.hpp"
#include "command/store.hpp"
#include "data/sorted_set.hpp"

namespace replserver {

inline constexpr ByteView kNotFloat = "ERR value is not a valid float";

// ZADD by its words. If they are not the client's own, replicas are told of these instead.
void add_scored(Context& context, Args args, bool is_rewritten);

// In RESP3 a pair is an array of its own.
inline void reply_scored(resp::Writer& reply, ByteView member, double score) {
  if (reply.version() > 2) reply.array(2);
  reply.bulk(member);
  reply.number(score);
}
inline void begin_scored(resp::Writer& reply, std::size_t members) {
  reply.array(reply.version() > 2 ? members : 2 * members);
}

// In the place of what the key holds; an empty result deletes that. Replies the size.
inline void store_sorted_set(Context& context, const Key& key, SortedSet& result, ByteView event) {
  store_result(context, key, result, kNotifyZset, event);
}

}  // namespace replserver

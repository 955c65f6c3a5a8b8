// What the commands of groups of consumers have in common. None of them touches the key, as in Redis:
// nobody's WATCH fails, no one who waits for entries is woken.
#pragma once

#include "command/stream_words.hpp"

namespace replserver {

// As replicas are told that an entry, whose id a client wrote so, is pending for a consumer, who
// then is there for them too.
void propagate_claim(Context& context, ByteView key, const StreamGroup& group,
                     const StreamGroup::Pending& pending, ByteView id);
void propagate_group_id(Context& context, ByteView key, const StreamGroup& group);
void propagate_consumer(Context& context, ByteView key, const StreamGroup& group, ByteView name);

// Errors of a group that is not there, in both of Redis' wordings.
Bytes no_group_of_key(ByteView group, ByteView key);
Bytes no_key_or_group(ByteView key, ByteView group);

// The consumer who asks now. A new one must be told to replicas.
struct Asking {
  StreamConsumer* consumer;
  bool is_new;
};
Asking asking_consumer(Context& context, Stream& stream, StreamGroup& group, ByteView key,
                       ByteView name);

}  // namespace replserver

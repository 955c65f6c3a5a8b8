// What the commands of groups of consumers have in common.
#pragma once

#include "command/stream_words.hpp"

namespace replserver {

// As replicas are told that an entry is pending for a consumer.
void propagate_claim(Context& context, ByteView key, const StreamGroup& group,
                     const StreamGroup::Pending& pending);
void propagate_group_id(Context& context, ByteView key, const StreamGroup& group);

// The consumer who asks now; a new one, and replicas told of it, if there is none of this name.
StreamConsumer* asking_consumer(Context& context, Stream& stream, StreamGroup& group, ByteView key,
                                ByteView name);

// The families of groups; that of single streams is with the others in command.hpp.
std::span<const Command> stream_group_commands();   // XGROUP, XACK
std::span<const Command> stream_read_commands();    // XREAD, XREADGROUP
std::span<const Command> stream_claim_commands();   // XPENDING, XCLAIM, XAUTOCLAIM
std::span<const Command> stream_report_commands();  // XINFO

}  // namespace replserver

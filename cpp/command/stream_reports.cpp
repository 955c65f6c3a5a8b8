// XINFO: what a stream, its groups and their consumers are like.
#include "base/ascii.hpp"
#include "command/help.hpp"
#include "command/stream_groups.hpp"

namespace replserver {
namespace {

void reply_count(resp::Writer& reply, ByteView name, std::size_t count) {
  reply.bulk(name);
  reply.integer(static_cast<std::int64_t>(count));
}

void reply_id(resp::Writer& reply, ByteView name, const StreamId& id) {
  reply.bulk(name);
  reply_stream_id(reply, id);
}

void reply_optional(resp::Writer& reply, ByteView name, std::optional<std::int64_t> number) {
  reply.bulk(name);
  if (number) {
    reply.integer(*number);
  } else {
    reply.null();
  }
}

std::optional<std::int64_t> entries_read(const StreamGroup& group) {
  if (group.entries_read == StreamGroup::kUnknown) return std::nullopt;
  return group.entries_read;
}

// The stream of XINFO's key; nullptr: refused, and told so.
const Entry* find_stream(Context& context, ByteView key) {
  const Entry* entry = context.find(key);
  if (!entry) {
    context.reply.error("ERR no such key");
    return nullptr;
  }
  return context.is_wrong_type(entry, Type::stream) ? nullptr : entry;
}

void reply_counters(resp::Writer& reply, const StreamView& stream) {
  reply_count(reply, "length", stream.size());
  reply_count(reply, "radix-tree-keys", stream.nodes());
  // There is no such tree here; one of as many keys has at least one node more.
  reply_count(reply, "radix-tree-nodes", stream.nodes() + 1);
  reply_id(reply, "last-generated-id", stream.last());
  reply_id(reply, "max-deleted-entry-id", stream.max_deleted());
  reply_count(reply, "entries-added", stream.entries_added());
  reply_id(reply, "recorded-first-entry-id", stream.first());
}

void reply_edge(resp::Writer& reply, ByteView name, const StreamView& stream, bool is_last) {
  reply.bulk(name);
  if (stream.size() == 0) return reply.null();
  const auto write = [&](const StreamEntry& entry) {
    reply_stream_entry(reply, entry);
    return false;
  };
  if (is_last) {
    stream.walk_down({}, StreamId::max(), write);
  } else {
    stream.walk({}, StreamId::max(), write);
  }
}

void reply_consumer(resp::Writer& reply, const StreamGroup& group, const StreamConsumer& consumer,
                    std::size_t most) {
  reply.map(5);
  reply.bulk("name");
  reply.bulk(consumer.name());
  reply.bulk("seen-time");
  reply.integer(consumer.seen);
  reply.bulk("active-time");
  reply.integer(consumer.active);
  const auto& owned = consumer.pending();
  reply_count(reply, "pel-count", owned.size());
  reply.bulk("pending");
  reply.array(std::min(most, owned.size()));
  std::size_t written = 0;
  for (auto at = owned.begin(); at != owned.end() && written < most; at = owned.next(at)) {
    const StreamGroup::Pending& pending = *group.pending().find(owned.at(at).id);
    reply.array(3);
    reply_stream_id(reply, pending.id);
    reply.integer(pending.delivered);
    reply.integer(static_cast<std::int64_t>(pending.count));
    ++written;
  }
}

void reply_group(resp::Writer& reply, const StreamView& stream, const StreamGroup& group,
                 std::size_t most) {
  reply.map(7);
  reply.bulk("name");
  reply.bulk(group.name());
  reply_id(reply, "last-delivered-id", group.last);
  reply_optional(reply, "entries-read", entries_read(group));
  reply_optional(reply, "lag", stream.lag(group));
  const auto& pending = group.pending();
  reply_count(reply, "pel-count", pending.size());
  reply.bulk("pending");
  reply.array(std::min(most, pending.size()));
  std::size_t written = 0;
  for (auto at = pending.begin(); at != pending.end() && written < most; at = pending.next(at)) {
    const StreamGroup::Pending& one = pending.at(at);
    reply.array(4);
    reply_stream_id(reply, one.id);
    reply.bulk(one.owner->name());
    reply.integer(one.delivered);
    reply.integer(static_cast<std::int64_t>(one.count));
    ++written;
  }
  reply.bulk("consumers");
  reply.array(group.consumers().size());
  for (const StreamConsumer* consumer : group.consumers()) {
    reply_consumer(reply, group, *consumer, most);
  }
}

void reply_full(resp::Writer& reply, const StreamView& stream, std::size_t most) {
  reply.map(9);
  reply_counters(reply, stream);
  reply.bulk("entries");
  reply.array(std::min(most, stream.size()));
  std::size_t written = 0;
  stream.walk({}, StreamId::max(), [&](const StreamEntry& entry) {
    reply_stream_entry(reply, entry);
    return ++written < most;
  });
  reply.bulk("groups");
  reply.array(stream.groups().size());
  for (const StreamGroup* group : stream.groups()) reply_group(reply, stream, *group, most);
}

void xinfo_stream(Context& context, Args args) {
  constexpr std::int64_t kDefaultCount = 10;
  std::int64_t most = kDefaultCount;
  const bool is_full = args.size() > 3;
  const bool is_known =
      !is_full ||
      (equal_ignoring_case(args[3], "full") &&
       (args.size() == 4 || (args.size() == 6 && equal_ignoring_case(args[4], "count"))));
  const Entry* entry = find_stream(context, args[2]);
  if (!entry) return;
  if (!is_known) {
    return context.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                               Bytes(args[1]) + "'. Try XINFO HELP.");
  }
  if (args.size() == 6) {
    const auto count = Context::integer(args[5]);
    if (!count) return context.reply.error(count.error());
    most = *count < 0 ? kDefaultCount : *count;
  }
  const StreamView stream(*entry);
  if (is_full) {
    return reply_full(context.reply, stream, most == 0 ? SIZE_MAX : static_cast<std::size_t>(most));
  }
  context.reply.map(10);
  reply_counters(context.reply, stream);
  reply_count(context.reply, "groups", stream.groups().size());
  reply_edge(context.reply, "first-entry", stream, false);
  reply_edge(context.reply, "last-entry", stream, true);
}

void xinfo_groups(Context& context, Args args) {
  const Entry* entry = find_stream(context, args[2]);
  if (!entry) return;
  const StreamView stream(*entry);
  resp::Writer& reply = context.reply;
  reply.array(stream.groups().size());
  for (const StreamGroup* group : stream.groups()) {
    reply.map(6);
    reply.bulk("name");
    reply.bulk(group->name());
    reply_count(reply, "consumers", group->consumers().size());
    reply_count(reply, "pending", group->pending().size());
    reply_id(reply, "last-delivered-id", group->last);
    reply_optional(reply, "entries-read", entries_read(*group));
    reply_optional(reply, "lag", stream.lag(*group));
  }
}

void xinfo_consumers(Context& context, Args args) {
  const Entry* entry = find_stream(context, args[2]);
  if (!entry) return;
  const StreamGroup* group = StreamView(*entry).group(args[3]);
  if (group == nullptr) {
    return context.reply.error(no_group_of_key(args[3], args[2]));
  }
  resp::Writer& reply = context.reply;
  const UnixMs now = context.now_ms();
  reply.array(group->consumers().size());
  for (const StreamConsumer* consumer : group->consumers()) {
    reply.map(4);
    reply.bulk("name");
    reply.bulk(consumer->name());
    reply_count(reply, "pending", consumer->pending().size());
    reply.bulk("idle");
    reply.integer(std::max<std::int64_t>(0, now - consumer->seen));
    reply.bulk("inactive");
    reply.integer(consumer->active < 0 ? -1 : std::max<std::int64_t>(0, now - consumer->active));
  }
}

void xinfo_help(Context& context, Args) {
  static constexpr ByteView kLines[] = {
      "CONSUMERS <key> <groupname>",
      "    Show consumers of <groupname>.",
      "GROUPS <key>",
      "    Show the stream consumer groups.",
      "STREAM <key> [FULL [COUNT <count>]",
      "    Show information about the stream.",
  };
  reply_help(context.reply, "xinfo", kLines);
}

constexpr KeyRange kSecond = {2, 2, 1};

constexpr Command kCommands[] = {
    {"xinfo", -2, 0, {}},
    {"xinfo|consumers", 4, kReadonly, kSecond, kStreamCategory, xinfo_consumers},
    {"xinfo|groups", 3, kReadonly, kSecond, kStreamCategory, xinfo_groups},
    {"xinfo|help", 2, kLoading | kStale, {}, kStreamCategory, xinfo_help},
    {"xinfo|stream", -3, kReadonly, kSecond, kStreamCategory, xinfo_stream},
};

}  // namespace

std::span<const Command> stream_report_commands() { return kCommands; }

}  // namespace replserver

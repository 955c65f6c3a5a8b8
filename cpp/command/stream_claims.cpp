// What is pending in a group: XPENDING looks, XCLAIM and XAUTOCLAIM give it to another consumer.
#include <vector>

#include "base/ascii.hpp"
#include "command/stream_groups.hpp"

namespace replserver {
namespace {

void reply_no_group(Context& context, ByteView key, ByteView group) {
  context.reply.error("NOGROUP No such key '" + Bytes(key) + "' or consumer group '" +
                      Bytes(group) + "'");
}

// ---- XPENDING ----------------------------------------------------------------------------------

void reply_summary(resp::Writer& reply, const StreamGroup& group) {
  const auto& pending = group.pending();
  reply.array(4);
  reply.integer(static_cast<std::int64_t>(pending.size()));
  if (pending.empty()) {
    reply.null();
    reply.null();
    return reply.null_array();
  }
  reply_stream_id(reply, pending.at(pending.begin()).id);
  reply_stream_id(reply, pending.at(pending.previous(pending.end())).id);
  const auto late = reply.begin();
  std::size_t written = 0;
  for (const StreamConsumer* consumer : group.consumers()) {
    if (consumer->pending().empty()) continue;
    reply.array(2);
    reply.bulk(consumer->name());
    reply.bulk_integer(static_cast<std::int64_t>(consumer->pending().size()));
    ++written;
  }
  reply.end_array(late, written);
}

struct PendingQuery {
  std::int64_t idle_min = 0;
  std::int64_t count = 0;
  StreamRange range;
  std::optional<ByteView> consumer;
};

// False: refused, and told so.
bool read_query(Context& context, Args args, PendingQuery& query) {
  std::size_t at = 3;
  if (args.size() >= 4 && equal_ignoring_case(args[3], "idle")) {
    if (args.size() < 8) {
      context.reply.error(kSyntaxError);
      return false;
    }
    const auto idle = Context::integer(args[4]);
    if (!idle) {
      context.reply.error(idle.error());
      return false;
    }
    query.idle_min = *idle;
    at = 5;
  }
  if (args.size() < at + 3 || args.size() > at + 4) {
    context.reply.error(kSyntaxError);
    return false;
  }
  const auto count = Context::integer(args[at + 2]);
  if (!count) {
    context.reply.error(count.error());
    return false;
  }
  query.count = std::max<std::int64_t>(0, *count);
  const auto range = read_stream_range(context, args[at], args[at + 1]);
  if (!range) return false;
  query.range = *range;
  if (args.size() == at + 4) query.consumer = args[at + 3];
  return true;
}

void reply_pending(Context& context, const StreamGroup& group, const PendingQuery& query) {
  if (query.consumer && group.consumer(*query.consumer) == nullptr) {
    return context.reply.array(0);
  }
  const auto& pending = group.pending();
  const auto late = context.reply.begin();
  std::int64_t written = 0;
  for (auto at = pending.lower_bound(query.range.from); at != pending.end();
       at = pending.next(at)) {
    const StreamGroup::Pending& one = pending.at(at);
    if (query.range.to < one.id || written == query.count) break;
    if (query.consumer && one.owner->name() != *query.consumer) continue;
    const std::int64_t idle = context.now_ms() - one.delivered;
    if (idle < query.idle_min) continue;
    context.reply.array(4);
    reply_stream_id(context.reply, one.id);
    context.reply.bulk(one.owner->name());
    context.reply.integer(std::max<std::int64_t>(0, idle));
    context.reply.integer(static_cast<std::int64_t>(one.count));
    ++written;
  }
  context.reply.end_array(late, static_cast<std::size_t>(written));
}

void xpending(Context& context, Args args) {
  PendingQuery query;
  if (args.size() > 3 && !read_query(context, args, query)) return;
  const Entry* entry = context.find(args[1]);
  if (context.is_wrong_type(entry, Type::stream)) return;
  const StreamGroup* group = entry ? StreamView(*entry).group(args[2]) : nullptr;
  if (group == nullptr) return reply_no_group(context, args[1], args[2]);
  if (args.size() == 3) return reply_summary(context.reply, *group);
  reply_pending(context, *group, query);
}

// ---- XCLAIM ------------------------------------------------------------------------------------

struct Claim {
  std::int64_t idle_min = 0;
  std::optional<UnixMs> delivered;
  std::optional<std::int64_t> count;
  bool is_forced = false;
  bool ids_only = false;
  std::optional<StreamId> last;
  std::vector<StreamId> ids;
};

bool refuse(Context& context, const Bytes& error) {
  context.reply.error(error);
  return false;
}

std::optional<std::int64_t> read_number(Context& context, ByteView word, ByteView what) {
  const auto number = Context::integer(word);
  if (number) return *number;
  context.reply.error("ERR Invalid " + Bytes(what));
  return std::nullopt;
}

bool read_claim_options(Context& context, Args args, std::size_t at, Claim& claim) {
  for (; at < args.size(); ++at) {
    const bool has_more = at + 1 < args.size();
    if (equal_ignoring_case(args[at], "force")) {
      claim.is_forced = true;
    } else if (equal_ignoring_case(args[at], "justid")) {
      claim.ids_only = true;
    } else if (has_more && equal_ignoring_case(args[at], "idle")) {
      const auto idle = read_number(context, args[++at], "IDLE option argument for XCLAIM");
      if (!idle) return false;
      claim.delivered = context.now_ms() - *idle;
    } else if (has_more && equal_ignoring_case(args[at], "time")) {
      const auto time = read_number(context, args[++at], "TIME option argument for XCLAIM");
      if (!time) return false;
      claim.delivered = *time;
    } else if (has_more && equal_ignoring_case(args[at], "retrycount")) {
      claim.count = read_number(context, args[++at], "RETRYCOUNT option argument for XCLAIM");
      if (!claim.count) return false;
    } else if (has_more && equal_ignoring_case(args[at], "lastid")) {
      claim.last = read_stream_id(context, args[++at]);
      if (!claim.last) return false;
    } else {
      return refuse(context, "ERR Unrecognized XCLAIM option '" + Bytes(args[at]) + "'");
    }
  }
  return true;
}

// False: refused, and told so.
bool read_claim(Context& context, Args args, Claim& claim) {
  const auto idle = read_number(context, args[4], "min-idle-time argument for XCLAIM");
  if (!idle) return false;
  claim.idle_min = std::max<std::int64_t>(0, *idle);
  std::size_t at = 5;
  for (; at < args.size(); ++at) {
    const auto id = parse_stream_id(args[at], 0, true);
    if (!id) break;
    claim.ids.push_back(*id);
  }
  if (!read_claim_options(context, args, at, claim)) return false;
  const UnixMs now = context.now_ms();
  if (!claim.delivered || *claim.delivered < 0 || *claim.delivered > now) claim.delivered = now;
  return true;
}

void reply_claimed(Context& context, const StreamEntry& entry, bool ids_only) {
  if (ids_only) {
    reply_stream_id(context.reply, entry.id);
  } else {
    reply_stream_entry(context.reply, entry);
  }
}

// True: it is the consumer's now, and was replied. `told`: replicas have heard of the group's id.
bool claim_one(Context& context, ByteView key, Stream& stream, StreamGroup& group,
               StreamConsumer* consumer, const StreamId& id, const Claim& claim, bool& told) {
  const StreamGroup::Pending* known = group.find(id);
  const auto entry = stream.view().find(id);
  if (!entry) {
    if (known == nullptr) return false;
    propagate_claim(context, key, group, *known);
    told = true;
    group.acknowledge(stream.arena(), id);
    return false;
  }
  if (known == nullptr && !claim.is_forced) return false;
  if (known != nullptr && context.now_ms() - known->delivered < claim.idle_min) return false;
  StreamGroup::Pending& pending = group.deliver(stream.arena(), id, consumer);
  pending.delivered = *claim.delivered;
  if (claim.count && *claim.count >= 0) {
    pending.count = static_cast<std::uint64_t>(*claim.count);
  } else if (!claim.ids_only) {
    ++pending.count;
  }
  consumer->active = context.now_ms();
  reply_claimed(context, *entry, claim.ids_only);
  propagate_claim(context, key, group, pending);
  told = true;
  return true;
}

void xclaim(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry || !StreamView(*entry).group(args[2])) {
    return reply_no_group(context, args[1], args[2]);
  }
  Claim claim;
  if (!read_claim(context, args, claim)) return;
  Change<Stream> stream = context.database().change<Stream>(key);
  StreamGroup& group = *stream->group(args[2]);
  const bool moves_on = claim.last && group.last < *claim.last;
  if (moves_on) group.last = *claim.last;
  StreamConsumer* consumer = asking_consumer(context, *stream, group, key.bytes, args[3]);
  bool told = false;
  std::size_t claimed = 0;
  const auto late = context.reply.begin();
  for (const StreamId& id : claim.ids) {
    claimed += claim_one(context, key.bytes, *stream, group, consumer, id, claim, told) ? 1 : 0;
  }
  context.reply.end_array(late, claimed);
  if (moves_on && !told) propagate_group_id(context, key.bytes, group);
}

// ---- XAUTOCLAIM --------------------------------------------------------------------------------

struct AutoClaim {
  Claim claim;
  StreamId start;
  std::int64_t count = 100;
};

bool read_autoclaim(Context& context, Args args, AutoClaim& wanted) {
  const auto idle = read_number(context, args[4], "min-idle-time argument for XAUTOCLAIM");
  if (!idle) return false;
  wanted.claim.idle_min = std::max<std::int64_t>(0, *idle);
  wanted.claim.delivered = context.now_ms();
  const auto range = read_stream_range(context, args[5], "+");
  if (!range) return false;
  wanted.start = range->from;
  for (std::size_t at = 6; at < args.size(); ++at) {
    if (at + 1 < args.size() && equal_ignoring_case(args[at], "count")) {
      const auto count = Context::integer(args[++at]);
      if (!count || *count < 1 || *count > INT64_MAX / 16) {
        return refuse(context, "ERR COUNT must be > 0");
      }
      wanted.count = *count;
    } else if (equal_ignoring_case(args[at], "justid")) {
      wanted.claim.ids_only = true;
    } else {
      return refuse(context, Bytes(kSyntaxError));
    }
  }
  return true;
}

void xautoclaim(Context& context, Args args) {
  AutoClaim wanted;
  if (!read_autoclaim(context, args, wanted)) return;
  const Key key = context.key(args[1]);
  const Entry* entry = context.find_to_change(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry || !StreamView(*entry).group(args[2])) {
    return reply_no_group(context, args[1], args[2]);
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  StreamGroup& group = *stream->group(args[2]);
  StreamConsumer* consumer = asking_consumer(context, *stream, group, key.bytes, args[3]);
  // Which are looked at is settled first: claiming changes what is pending.
  constexpr std::int64_t kAttemptsPerEntry = 10;
  std::int64_t attempts = wanted.count * kAttemptsPerEntry;
  std::int64_t left = wanted.count;
  std::optional<StreamId> next = wanted.start;
  std::vector<StreamId> claimed, deleted;
  bool told = false;
  // Entries go into an array of their own, whose length is known only at its end; the id before it
  // is too. So all is gathered first.
  const auto& pending = group.pending();
  while (next && attempts-- > 0 && left > 0) {
    const auto place = pending.lower_bound(*next);
    if (place == pending.end()) {
      next.reset();
      break;
    }
    const StreamGroup::Pending one = pending.at(place);
    next = one.id.next();
    const bool is_there = stream->view().find(one.id).has_value();
    if (!is_there) {
      deleted.push_back(one.id);
      propagate_claim(context, key.bytes, group, one);
      group.acknowledge(stream->arena(), one.id);
      --left;
    } else if (context.now_ms() - one.delivered >= wanted.claim.idle_min) {
      claimed.push_back(one.id);
      --left;
    }
  }
  const auto place = next ? pending.lower_bound(*next) : pending.end();
  context.reply.array(3);
  reply_stream_id(context.reply, place == pending.end() ? StreamId{} : pending.at(place).id);
  context.reply.array(claimed.size());
  for (const StreamId& id : claimed) {
    claim_one(context, key.bytes, *stream, group, consumer, id, wanted.claim, told);
  }
  context.reply.array(deleted.size());
  for (const StreamId& id : deleted) reply_stream_id(context.reply, id);
}

constexpr KeyRange kOneKey = {1, 1, 1};

constexpr Command kCommands[] = {
    {"xautoclaim", -6, kWrite | kFast, kOneKey, kStreamCategory, xautoclaim},
    {"xclaim", -6, kWrite | kFast, kOneKey, kStreamCategory, xclaim},
    {"xpending", -3, kReadonly, kOneKey, kStreamCategory, xpending},
};

}  // namespace

std::span<const Command> stream_claim_commands() { return kCommands; }

}  // namespace replserver

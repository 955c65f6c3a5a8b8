// What is pending in a group: XPENDING looks, XCLAIM and XAUTOCLAIM give it to another consumer.
#include <vector>

#include "base/ascii.hpp"
#include "base/until_nul.hpp"
#include "command/stream_groups.hpp"

namespace replserver {
namespace {

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

bool refuse(Context& context, const Bytes& error) {
  context.reply.error(error);
  return false;
}

// False: refused, and told so. Like Redis, it counts the words once, for all forms: behind those of
// the shortest form there may be some that mean nothing.
bool read_query(Context& context, Args args, PendingQuery& query) {
  constexpr std::size_t kWordsMin = 6, kWithIdleMin = 8, kWordsMax = 9;
  if (args.size() < kWordsMin || args.size() > kWordsMax) {
    return refuse(context, Bytes(kSyntaxError));
  }
  std::size_t at = 3;
  if (equal_ignoring_case(args[at], "idle")) {
    const auto idle = Context::integer(args[4]);
    if (!idle) return refuse(context, idle.error().text);
    if (args.size() < kWithIdleMin) return refuse(context, Bytes(kSyntaxError));
    query.idle_min = *idle;
    at = 5;
  }
  const auto count = Context::integer(args[at + 2]);
  if (!count) return refuse(context, count.error().text);
  query.count = std::max<std::int64_t>(0, *count);
  const auto range = read_stream_range(context, args[at], args[at + 1]);
  if (!range) return false;
  query.range = *range;
  if (args.size() > at + 3) query.consumer = args[at + 3];
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
  if (group == nullptr) return context.reply.error(no_key_or_group(args[1], args[2]));
  if (args.size() == 3) return reply_summary(context.reply, *group);
  reply_pending(context, *group, query);
}

// ---- XCLAIM ------------------------------------------------------------------------------------

constexpr std::size_t kClaimIdsAt = 5;

struct Claim {
  std::int64_t idle_min = 0;
  std::optional<UnixMs> delivered;
  std::optional<std::int64_t> count;
  bool is_forced = false;
  bool ids_only = false;
  std::optional<StreamId> last;
  std::vector<StreamId> ids;  // the words from the fifth on
};

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
      return refuse(context, "ERR Unrecognized XCLAIM option '" + Bytes(until_nul(args[at])) + "'");
    }
  }
  return true;
}

// False: refused, and told so.
bool read_claim(Context& context, Args args, Claim& claim) {
  const auto idle = read_number(context, args[4], "min-idle-time argument for XCLAIM");
  if (!idle) return false;
  claim.idle_min = std::max<std::int64_t>(0, *idle);
  std::size_t at = kClaimIdsAt;
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

// The consumer of one XCLAIM, XAUTOCLAIM who gets entries, and the group they are pending in.
class Claims {
 public:
  Claims(Context& context, ByteView key, Stream& stream, StreamGroup& group, ByteView consumer)
      : context_(context),
        key_(key),
        stream_(stream),
        group_(group),
        asking_(asking_consumer(context, stream, group, key, consumer)) {}

  // True: it is the consumer's now, and was replied.
  bool claim(const StreamId& id, ByteView word, const Claim& claim);
  // An entry that is gone is pending no more. Who repeats the claim there finds that, too.
  void forget(const StreamGroup::Pending& pending, ByteView word);
  bool told_group_id() const { return told_; }

  // In Redis a replica does not hear of a consumer who got nothing, and is no true copy then.
  void finish() {
    if (asking_.is_new && !got_some_) {
      propagate_consumer(context_, key_, group_, asking_.consumer->name());
    }
  }

 private:
  Context& context_;
  ByteView key_;
  Stream& stream_;
  StreamGroup& group_;
  Asking asking_;
  bool told_ = false;
  bool got_some_ = false;
};

void Claims::forget(const StreamGroup::Pending& pending, ByteView word) {
  propagate_claim(context_, key_, group_, pending, word);
  told_ = true;
  group_.acknowledge(stream_.arena(), StreamId(pending.id));
}

bool Claims::claim(const StreamId& id, ByteView word, const Claim& claim) {
  const StreamGroup::Pending* known = group_.find(id);
  const auto entry = stream_.view().find(id);
  if (!entry) {
    if (known != nullptr) forget(*known, word);
    return false;
  }
  if (known == nullptr && !claim.is_forced) return false;
  if (known != nullptr && context_.now_ms() - known->delivered < claim.idle_min) return false;
  StreamGroup::Pending& pending = group_.deliver(stream_.arena(), id, asking_.consumer);
  pending.delivered = *claim.delivered;
  if (claim.count && *claim.count >= 0) {
    pending.count = static_cast<std::uint64_t>(*claim.count);
  } else if (!claim.ids_only) {
    ++pending.count;
  }
  asking_.consumer->active = context_.now_ms();
  reply_claimed(context_, *entry, claim.ids_only);
  propagate_claim(context_, key_, group_, pending, word);
  told_ = got_some_ = true;
  return true;
}

void xclaim(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find(key);
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry || !StreamView(*entry).group(args[2])) {
    return context.reply.error(no_key_or_group(args[1], args[2]));
  }
  Claim claim;
  if (!read_claim(context, args, claim)) return;
  Change<Stream> stream = context.database().change<Stream>(key);
  StreamGroup& group = *stream->group(args[2]);
  const bool moves_on = claim.last && group.last < *claim.last;
  if (moves_on) group.last = *claim.last;
  Claims claims(context, key.bytes, *stream, group, args[3]);
  std::size_t claimed = 0;
  const auto late = context.reply.begin();
  for (std::size_t index = 0; index < claim.ids.size(); ++index) {
    claimed += claims.claim(claim.ids[index], args[kClaimIdsAt + index], claim) ? 1 : 0;
  }
  context.reply.end_array(late, claimed);
  if (moves_on && !claims.told_group_id()) propagate_group_id(context, key.bytes, group);
  claims.finish();
  stream.finish(false);
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

// Which entries are looked at is settled first: claiming changes what is pending.
struct AutoChoice {
  struct Chosen {
    StreamId id;
    bool is_there;
  };
  std::vector<Chosen> chosen;
  std::size_t there = 0;
  StreamId next;  // to begin with the next time; 0-0: all were seen
};

AutoChoice choose(const Context& context, const StreamView& stream, const StreamGroup& group,
                  const AutoClaim& wanted) {
  constexpr std::int64_t kAttemptsPerEntry = 10;
  AutoChoice choice;
  std::int64_t attempts = wanted.count * kAttemptsPerEntry;
  std::int64_t left = wanted.count;
  const auto& pending = group.pending();
  auto at = pending.lower_bound(wanted.start);
  for (; at != pending.end() && attempts > 0 && left > 0; at = pending.next(at), --attempts) {
    const StreamGroup::Pending& one = pending.at(at);
    const bool is_there = stream.find(one.id).has_value();
    if (is_there && context.now_ms() - one.delivered < wanted.claim.idle_min) continue;
    choice.chosen.push_back({one.id, is_there});
    choice.there += is_there ? 1 : 0;
    --left;
  }
  if (at != pending.end()) choice.next = pending.at(at).id;
  return choice;
}

void xautoclaim(Context& context, Args args) {
  const Key key = context.key(args[1]);
  const Entry* entry = context.find(key);
  AutoClaim wanted;
  if (!read_autoclaim(context, args, wanted)) return;
  if (context.is_wrong_type(entry, Type::stream)) return;
  if (!entry || !StreamView(*entry).group(args[2])) {
    return context.reply.error(no_key_or_group(args[1], args[2]));
  }
  Change<Stream> stream = context.database().change<Stream>(key);
  StreamGroup& group = *stream->group(args[2]);
  Claims claims(context, key.bytes, *stream, group, args[3]);
  const AutoChoice choice = choose(context, stream->view(), group, wanted);
  context.reply.array(3);
  reply_stream_id(context.reply, choice.next);
  context.reply.array(choice.there);
  for (const auto& [id, is_there] : choice.chosen) {
    if (is_there) {
      claims.claim(id, StreamIdText(id), wanted.claim);
    } else {
      claims.forget(*group.find(id), StreamIdText(id));
    }
  }
  context.reply.array(choice.chosen.size() - choice.there);
  for (const auto& [id, is_there] : choice.chosen) {
    if (!is_there) reply_stream_id(context.reply, id);
  }
  claims.finish();
  stream.finish(false);
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

// SUBSCRIBE and its relatives, PUBLISH, PUBSUB.
#include <array>

#include "base/ascii.hpp"
#include "base/glob.hpp"
#include "base/until_nul.hpp"
#include "command/help.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

using Kind = PubSub::Kind;

std::size_t count_told(const ClientSession& session, Kind kind) {
  if (kind == Kind::shard) return session.shard_channels.size();
  return session.channels.size() + session.patterns.size();
}

// Confirmations are messages: they come even to a client that wants no replies.
void confirm(NodeContext& context, Kind kind, ByteView what, std::optional<ByteView> name) {
  resp::Writer message = context.node.writer_for(*context.session);
  message.push(3);
  message.bulk(what);
  if (name) {
    message.bulk(*name);
  } else {
    message.null();
  }
  message.integer(static_cast<std::int64_t>(count_told(*context.session, kind)));
}

void subscribe_to(NodeContext& context, Kind kind, ByteView what, Args args) {
  // Whoever calls in process waits for one reply; there is nobody to take messages later. Within EXEC
  // only shards are refused, as Redis does.
  if (context.session->in_process || (kind == Kind::shard && context.in_transaction)) {
    return context.reply.error("ERR " + upper(what) + " isn't allowed for a DENY BLOCKING client");
  }
  for (const ByteView name : args.subspan(1)) {
    context.node.pubsub.subscribe(*context.session, kind, name);
    confirm(context, kind, what, name);
  }
}

void unsubscribe_from(NodeContext& context, Kind kind, ByteView what, Args args,
                      const std::set<Bytes>& all) {
  if (args.size() > 1) {
    for (const ByteView name : args.subspan(1)) {
      context.node.pubsub.unsubscribe(*context.session, kind, name);
      confirm(context, kind, what, name);
    }
    return;
  }
  if (all.empty()) return confirm(context, kind, what, std::nullopt);
  const std::vector<Bytes> names(all.begin(), all.end());
  for (const Bytes& name : names) {
    context.node.pubsub.unsubscribe(*context.session, kind, name);
    confirm(context, kind, what, name);
  }
}

void subscribe(NodeContext& context, Args args) {
  subscribe_to(context, Kind::channel, "subscribe", args);
}

void psubscribe(NodeContext& context, Args args) {
  subscribe_to(context, Kind::pattern, "psubscribe", args);
}

void ssubscribe(NodeContext& context, Args args) {
  subscribe_to(context, Kind::shard, "ssubscribe", args);
}

void unsubscribe(NodeContext& context, Args args) {
  unsubscribe_from(context, Kind::channel, "unsubscribe", args, context.session->channels);
}

void punsubscribe(NodeContext& context, Args args) {
  unsubscribe_from(context, Kind::pattern, "punsubscribe", args, context.session->patterns);
}

void sunsubscribe(NodeContext& context, Args args) {
  unsubscribe_from(context, Kind::shard, "sunsubscribe", args, context.session->shard_channels);
}

// Replicas get every message for their own subscribers; the data is as it was.
void publish(NodeContext& context, Args args) {
  const std::int64_t receivers = context.node.publish(args[1], args[2]);
  context.changed(0);
  context.reply.integer(receivers);
}

void spublish(NodeContext& context, Args args) {
  const std::int64_t receivers = context.node.publish_shard(args[1], args[2]);
  context.changed(0);
  context.reply.integer(receivers);
}

void list_channels(NodeContext& context, Args args, const PubSub::Listeners& channels) {
  if (args.size() > 3) {
    return context.reply.error("ERR unknown subcommand or wrong number of arguments for '" +
                               Bytes(until_nul(args[1])) + "'. Try PUBSUB HELP.");
  }
  const resp::Writer::Late late = context.reply.begin();
  std::size_t count = 0;
  for (const auto& [channel, sessions] : channels) {
    if (args.size() == 3 && !glob_match(args[2], channel)) continue;
    context.reply.bulk(channel);
    ++count;
  }
  context.reply.end_array(late, count);
}

// Flat in RESP3, too.
void count_subscribers(NodeContext& context, Args args, const PubSub::Listeners& channels) {
  const Args names = args.subspan(2);
  context.reply.array(names.size() * 2);
  for (const ByteView name : names) {
    const auto place = channels.find(name);
    context.reply.bulk(name);
    context.reply.integer(
        place == channels.end() ? 0 : static_cast<std::int64_t>(place->second.size()));
  }
}

void pubsub_channels(NodeContext& context, Args args) {
  list_channels(context, args, context.node.pubsub.channels());
}

void pubsub_shardchannels(NodeContext& context, Args args) {
  list_channels(context, args, context.node.pubsub.shard_channels());
}

void pubsub_numsub(NodeContext& context, Args args) {
  count_subscribers(context, args, context.node.pubsub.channels());
}

void pubsub_shardnumsub(NodeContext& context, Args args) {
  count_subscribers(context, args, context.node.pubsub.shard_channels());
}

void pubsub_numpat(NodeContext& context, Args) {
  context.reply.integer(static_cast<std::int64_t>(context.node.pubsub.patterns().size()));
}

void pubsub_help(NodeContext& context, Args) {
  static constexpr ByteView kLines[] = {
      "CHANNELS [<pattern>]",
      "    Return the currently active channels matching a <pattern> (default: '*').",
      "NUMPAT",
      "    Return number of subscriptions to patterns.",
      "NUMSUB [<channel> ...]",
      "    Return the number of subscribers for the specified channels, excluding",
      "    pattern subscriptions(default: no channels).",
      "SHARDCHANNELS [<pattern>]",
      "    Return the currently active shard level channels matching a <pattern> (default: '*').",
      "SHARDNUMSUB [<shardchannel> ...]",
      "    Return the number of subscribers for the specified shard level channel(s)",
  };
  reply_help(context.reply, "pubsub", kLines);
}

constexpr std::uint32_t kAlways = kLoading | kStale;
constexpr std::uint32_t kSubscribe = kPubsub | kNoScript | kAlways;
constexpr std::uint32_t kPublish = kPubsub | kAlways | kFast | kMayReplicate;
constexpr std::uint32_t kAsk = kPubsub | kAlways;
constexpr Command kCommands[] = {
    // name, arity, flags, keys, categories, handler
    {"psubscribe", -2, kSubscribe | kSentinel, {}, kNoCategory, as_node<psubscribe>},
    {"publish", 3, kPublish | kSentinel, {}, kNoCategory, as_node<publish>},
    {"pubsub", -2, 0, {}, kNoCategory, nullptr},
    {"pubsub|channels", -2, kAsk, {}, kNoCategory, as_node<pubsub_channels>},
    {"pubsub|help", 2, kAlways, {}, kNoCategory, as_node<pubsub_help>},
    {"pubsub|numpat", 2, kAsk, {}, kNoCategory, as_node<pubsub_numpat>},
    {"pubsub|numsub", -2, kAsk, {}, kNoCategory, as_node<pubsub_numsub>},
    {"pubsub|shardchannels", -2, kAsk, {}, kNoCategory, as_node<pubsub_shardchannels>},
    {"pubsub|shardnumsub", -2, kAsk, {}, kNoCategory, as_node<pubsub_shardnumsub>},
    {"punsubscribe", -1, kSubscribe | kSentinel, {}, kNoCategory, as_node<punsubscribe>},
    {"spublish", 3, kPublish, {1, 1, 1}, kNoCategory, as_node<spublish>},
    {"ssubscribe", -2, kSubscribe, {1, -1, 1}, kNoCategory, as_node<ssubscribe>},
    {"subscribe", -2, kSubscribe | kSentinel, {}, kNoCategory, as_node<subscribe>},
    {"sunsubscribe", -1, kSubscribe, {1, -1, 1}, kNoCategory, as_node<sunsubscribe>},
    {"unsubscribe", -1, kSubscribe | kSentinel, {}, kNoCategory, as_node<unsubscribe>},
};

}  // namespace

std::span<const Command> pubsub_commands() { return kCommands; }

}  // namespace replserver

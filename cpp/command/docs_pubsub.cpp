#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kPerChannel = "O(N), N being the number of channels";

constexpr CommandDocs kDocs[] = {
    {"psubscribe", "2.0.0", "O(N), N being the number of patterns",
     "Hears what is said on channels that match the patterns", "pattern..."},
    {"publish", "2.0.0", "O(N+M), N being the subscribers and M the patterns of all clients",
     "Says something on a channel; tells how many heard it", "channel message"},
    {"pubsub", "2.8.0", "Depends on the subcommand", "Tells about channels and their subscribers",
     ""},
    {"pubsub|channels", "2.8.0", "O(N), N being the channels in use", "Lists the channels in use",
     "[pattern]"},
    {"pubsub|help", "6.2.0", "O(1)", "Lists the subcommands", ""},
    {"pubsub|numpat", "2.8.0", "O(1)", "Counts the patterns that clients subscribed to", ""},
    {"pubsub|numsub", "2.8.0", kPerChannel, "Counts the subscribers of channels", "[channel...]"},
    {"pubsub|shardchannels", "7.0.0", "O(N), N being the shard channels in use",
     "Lists the shard channels in use", "[pattern]"},
    {"pubsub|shardnumsub", "7.0.0", kPerChannel, "Counts the subscribers of shard channels",
     "[shardchannel...]"},
    {"punsubscribe", "2.0.0", "O(N), N being the patterns of all clients",
     "Hears no more of patterns, or of all", "[pattern...]"},
    {"spublish", "7.0.0", "O(N), N being the subscribers", "Says something on a shard channel",
     "shardchannel message"},
    {"ssubscribe", "7.0.0", kPerChannel, "Hears what is said on shard channels", "shardchannel..."},
    {"subscribe", "2.0.0", kPerChannel, "Hears what is said on channels", "channel..."},
    {"sunsubscribe", "7.0.0", kPerChannel, "Hears no more of shard channels, or of all",
     "[shardchannel...]"},
    {"unsubscribe", "2.0.0", kPerChannel, "Hears no more of channels, or of all", "[channel...]"},
};

}  // namespace

std::span<const CommandDocs> pubsub_docs() { return kDocs; }

}  // namespace replserver

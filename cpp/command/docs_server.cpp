#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kPerCommand = "O(N), N being the number of commands asked for";
constexpr ByteView kPerParameter = "O(N), N being the number of parameters";
constexpr ByteView kSub = "Depends on the subcommand";

constexpr ByteView kAllNodes = "request_policy:all_nodes response_policy:all_succeeded";
constexpr ByteView kAllShards = "request_policy:all_shards response_policy:all_succeeded";
constexpr ByteView kInAnyOrder = "nondeterministic_output_order";
constexpr ByteView kNodesDiffer =
    "nondeterministic_output request_policy:all_nodes response_policy:special";
constexpr ByteView kShardsDiffer =
    "nondeterministic_output request_policy:all_shards response_policy:special";
constexpr ByteView kVaries = "nondeterministic_output";

constexpr CommandDocs kDocs[] = {
    {"bgsave", "1.0.0", "O(1), and then O(N), N being the keys of all databases",
     "Saves the data into its file while clients are served", "[SCHEDULE@3.2.2]"},
    {"command", "2.8.13", "O(N), N being the number of commands", "Describes all commands", "",
     kInAnyOrder},
    {"command|count", "2.8.13", "O(1)", "Counts the commands", ""},
    {"command|docs", "7.0.0", kPerCommand, "Explains commands to people", "[command-name...]",
     kInAnyOrder},
    {"command|getkeys", "2.8.13", "O(N), N being the words of the call", "Lists the keys of a call",
     "command [arg...]"},
    {"command|getkeysandflags", "7.0.0", "O(N), N being the words of the call",
     "Lists the keys of a call, and what it does with them", "command [arg...]"},
    {"command|help", "5.0.0", "O(1)", "Lists the subcommands", ""},
    {"command|info", "2.8.13", kPerCommand, "Describes commands to programs", "[command-name...]",
     kInAnyOrder},
    {"command|list", "7.0.0", "O(N), N being the number of commands", "Lists the names of commands",
     "[FILTERBY filterby(MODULE module-name|ACLCAT category|PATTERN pattern)]", kInAnyOrder},
    {"config", "2.0.0", kSub, "Reads and changes the configuration", ""},
    {"config|get", "2.0.0", kPerParameter, "Reads parameters", "parameter..."},
    {"config|help", "5.0.0", "O(1)", "Lists the subcommands", ""},
    {"config|resetstat", "2.0.0", "O(1)", "Sets the counters of INFO to zero", "", kAllNodes},
    {"config|rewrite", "2.8.0", "O(1)", "Writes the configuration into its file", "", kAllNodes},
    {"config|set", "2.0.0", kPerParameter, "Changes parameters", "data(parameter value)...",
     kAllNodes},
    {"dbsize", "1.0.0", "O(1)", "Counts the keys of the database", "",
     "request_policy:all_shards response_policy:agg_sum"},
    {.name = "debug",
     .since = "1.0.0",
     .complexity = kSub,
     .summary = "Looks into the server, and makes trouble on purpose",
     .syntax = "",
     .is_internal = true},
    {"flushall", "1.0.0", "O(N), N being the keys of all databases", "Deletes everything",
     "[flush-type(ASYNC@4.0.0|SYNC@6.2.0)]", kAllShards},
    {"flushdb", "1.0.0", "O(N), N being the keys of the database",
     "Deletes all keys of the database", "[flush-type(ASYNC@4.0.0|SYNC@6.2.0)]", kAllShards},
    {"info", "1.0.0", "O(1)", "Reports on the server: what it is, holds and has done",
     "[section...]", kShardsDiffer},
    {"lastsave", "1.0.0", "O(1)", "Tells when the data was last saved, in seconds since 1970", "",
     kVaries},
    {"latency", "2.8.13", kSub, "Reports on what took long", ""},
    {"latency|doctor", "2.8.13", "O(1)", "Explains in words what took long", "", kNodesDiffer},
    {"latency|graph", "2.8.13", "O(1)", "Draws the samples of an event", "event", kNodesDiffer},
    {"latency|help", "2.8.13", "O(1)", "Lists the subcommands", ""},
    {"latency|histogram", "7.0.0", "O(N), N being the commands that were called",
     "Tells how the times of commands are distributed", "[command...]", kNodesDiffer},
    {"latency|history", "2.8.13", "O(1)", "Lists the samples of an event", "event", kNodesDiffer},
    {"latency|latest", "2.8.13", "O(1)", "Lists the last sample of each event", "", kNodesDiffer},
    {"latency|reset", "2.8.13", "O(1)", "Forgets the samples of events, or of all", "[event...]",
     "request_policy:all_nodes response_policy:agg_sum"},
    {"lolwut", "5.0.0", "O(1)", "Shows a little art and the version", "[VERSION version:integer]"},
    {"memory", "4.0.0", kSub, "Reports on memory", ""},
    {"memory|doctor", "4.0.0", "O(1)", "Explains in words what is wrong with memory", "",
     kShardsDiffer},
    {"memory|help", "4.0.0", "O(1)", "Lists the subcommands", ""},
    {"memory|malloc-stats", "4.0.0", "Depends on the memory in use", "Reports on the allocator", "",
     kShardsDiffer},
    {"memory|purge", "4.0.0", "Depends on the memory in use", "Gives unused memory back", "",
     kAllShards},
    {"memory|stats", "4.0.0", "O(1)", "Tells what memory is used for", "", kShardsDiffer},
    {"memory|usage", "4.0.0", "O(N), N being the number of samples",
     "Estimates the memory of a key", "key [SAMPLES count:integer]"},
    {"monitor", "1.0.0", "O(1) for each command of any client",
     "Shows all commands as they come in", ""},
    {"psync", "2.8.0", "O(1), and the work of a snapshot where one is needed",
     "Asks for the stream of changes from an offset on", "replicationid offset:integer"},
    {"replconf",
     "3.0.0",
     "O(1)",
     "What a replica and its primary tell each other",
     "",
     {},
     {},
     {},
     true},
    {"replicaof", "5.0.0", "O(1)", "Follows a primary, or no one any more",
     "args(host-port(host port:integer)|no-one(NO ONE))"},
    {"role", "2.8.12", "O(1)", "Tells whether this is a primary or a replica, and of whom", ""},
    {"save", "1.0.0", "O(N), N being the keys of all databases",
     "Saves the data into its file and waits for that", ""},
    {"slaveof", "1.0.0", "O(1)", "The former name of REPLICAOF",
     "args(host-port(host port:integer)|no-one(NO ONE))", "", "5.0.0", "`REPLICAOF`"},
    {"shutdown", "1.0.0", "O(N) when saving, N being the keys of all databases; else O(1)",
     "Ends the server, after saving if need be",
     "[save-selector(NOSAVE|SAVE)] [NOW@7.0.0] [FORCE@7.0.0] [ABORT@7.0.0]"},
    {"slowlog", "2.2.12", kSub, "Reports on slow commands", ""},
    {"slowlog|get", "2.2.12", "O(N), N being the entries returned", "Lists slow commands",
     "[count:integer]", "request_policy:all_nodes nondeterministic_output"},
    {"slowlog|help", "6.2.0", "O(1)", "Lists the subcommands", ""},
    {"slowlog|len", "2.2.12", "O(1)", "Counts the entries of the slow log", "",
     "request_policy:all_nodes response_policy:agg_sum nondeterministic_output"},
    {"slowlog|reset", "2.2.12", "O(N), N being the entries of the slow log", "Empties the slow log",
     "", kAllNodes},
    {"swapdb", "4.0.0", "O(N), N being the clients that watch or wait for keys of either",
     "Lets two databases change places", "index1:integer index2:integer"},
    {"sync", "1.0.0", "O(N), N being the number of keys",
     "Asks for a snapshot and the stream after it", ""},
    {"time", "2.6.0", "O(1)", "Tells the time of the server", "", kVaries},
};

}  // namespace

std::span<const CommandDocs> server_docs() { return kDocs; }

}  // namespace replserver

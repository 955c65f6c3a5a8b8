#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kVaries = "nondeterministic_output";
constexpr ByteView kByEntries = "O(log(N)+M), N being the entries of the stream, M those read";

constexpr CommandDocs kDocs[] = {
    {"xack", "5.0.0", "O(1) for each id", "Takes entries off what is pending in a group",
     "key group id..."},
    {"xadd", "5.0.0", "O(1), and O(N) for N entries that are trimmed", "Appends an entry",
     "key [NOMKSTREAM@6.2.0] [trim(strategy(MAXLEN|MINID@6.2.0) [operator(equal==|approximately=~)]"
     " threshold [LIMIT count:integer@6.2.0])] id-selector(auto-id=*|id) data(field value)...",
     kVaries},
    {"xautoclaim", "6.2.0", "O(1) for each entry looked at",
     "Gives entries that were pending for long to another consumer",
     "key group consumer min-idle-time start [COUNT count:integer] [JUSTID]", kVaries},
    {"xclaim", "5.0.0", "O(log N) for each id, N being what is pending in the group",
     "Gives pending entries to another consumer",
     "key group consumer min-idle-time id... [IDLE ms:integer]"
     " [TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] [FORCE] [JUSTID]"
     " [LASTID lastid]",
     kVaries},
    {"xdel", "5.0.0", "O(log(N)) for each entry", "Removes entries by their ids", "key id..."},
    {"xgroup", "5.0.0", "Depends on the subcommand", "Holds what concerns groups of consumers", ""},
    {"xgroup|create", "5.0.0", "O(1)", "Creates a group",
     "key group{groupname} id-selector(id|new-id=$) [MKSTREAM]"
     " [ENTRIESREAD entries-read:integer@7.0.0]"},
    {"xgroup|createconsumer", "6.2.0", "O(1)", "Creates a consumer",
     "key group{groupname} consumer{consumername}"},
    {"xgroup|delconsumer", "5.0.0", "O(1)", "Removes a consumer",
     "key group{groupname} consumer{consumername}"},
    {"xgroup|destroy", "5.0.0", "O(N), N being what is pending in the group", "Removes a group",
     "key group{groupname}"},
    {"xgroup|help", "5.0.0", "O(1)", "Tells how the subcommands are used", ""},
    {"xgroup|setid", "5.0.0", "O(1)", "Sets the id after which a group reads",
     "key group{groupname} id-selector(id|new-id=$) [ENTRIESREAD entries-read:integer@7.0.0]"},
    {"xinfo", "5.0.0", "Depends on the subcommand", "Holds what tells about streams", ""},
    {"xinfo|consumers", "5.0.0", "O(1) for each consumer", "Tells about the consumers of a group",
     "key group{groupname}", kVaries},
    {"xinfo|groups", "5.0.0", "O(1) for each group", "Tells about the groups of a stream", "key"},
    {"xinfo|help", "5.0.0", "O(1)", "Tells how the subcommands are used", ""},
    {"xinfo|stream", "5.0.0", "O(1)", "Tells about a stream",
     "key [full-block(FULL [COUNT count:integer])@6.0.0]"},
    {"xlen", "5.0.0", "O(1)", "Counts the entries of a stream", "key"},
    {"xpending", "5.0.0", "O(N), N being the entries told of", "Tells what is pending in a group",
     "key group [filters([IDLE min-idle-time:integer@6.2.0] start end count:integer [consumer])]",
     kVaries},
    {"xrange", "5.0.0", kByEntries, "Reads entries of a range of ids",
     "key start end [COUNT count:integer]"},
    {"xread", "5.0.0", kByEntries, "Reads what comes after an id, of several streams",
     "[COUNT count:integer] [BLOCK milliseconds:integer] STREAMS streams(key... id...)"},
    {"xreadgroup", "5.0.0", kByEntries, "Reads what a group has not seen, of several streams",
     "GROUP group-block(group consumer) [COUNT count:integer] [BLOCK milliseconds:integer] [NOACK]"
     " STREAMS streams(key... id...)"},
    {"xrevrange", "5.0.0", kByEntries, "Reads entries of a range of ids, the highest first",
     "key end start [COUNT count:integer]"},
    {"xsetid", "5.0.0", "O(1)", "Sets the id after which the next entry comes (internal)",
     "key last-id [ENTRIESADDED entries-added:integer@7.0.0]"
     " [MAXDELETEDID max-deleted-id@7.0.0]"},
    {"xtrim", "5.0.0", "O(N), N being the entries removed", "Removes the oldest entries",
     "key trim(strategy(MAXLEN|MINID@6.2.0) [operator(equal==|approximately=~)] threshold"
     " [LIMIT count:integer@6.2.0])",
     kVaries},
};

}  // namespace

std::span<const CommandDocs> stream_docs() { return kDocs; }

}  // namespace replserver

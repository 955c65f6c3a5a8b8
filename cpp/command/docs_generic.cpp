#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kSums = "request_policy:multi_shard response_policy:agg_sum";
constexpr ByteView kVaries = "nondeterministic_output";

constexpr CommandDocs kDocs[] = {
    {"copy", "6.2.0", "O(N), N being the elements of the value", "Copies a value to another key",
     "source:key destination:key#1 [DB destination-db:integer] [REPLACE]"},
    {"del", "1.0.0", "O(N), N being the number of keys", "Deletes keys", "key...", kSums},
    {"dump", "2.6.0", "O(N), N being the size of the value",
     "Gives a value as bytes that RESTORE takes", "key", kVaries},
    {"exists", "1.0.0", "O(N), N being the number of keys", "Counts which of the keys exist",
     "key...", kSums},
    {"expire", "1.0.0", "O(1)", "Lets a key expire after so many seconds",
     "key seconds:integer [condition(NX|XX|GT|LT)@7.0.0]"},
    {"expireat", "1.2.0", "O(1)", "Lets a key expire at a time in seconds since 1970",
     "key unix-time-seconds:unix-time [condition(NX|XX|GT|LT)@7.0.0]"},
    {"expiretime", "7.0.0", "O(1)", "Tells when a key expires, in seconds since 1970", "key"},
    {"keys", "1.0.0", "O(N), N being the keys of the database",
     "Lists the keys that match a pattern", "pattern",
     "request_policy:all_shards nondeterministic_output_order"},
    {"migrate", "2.6.0", "O(N), N being the elements of all values",
     "Hands keys over to another server",
     "host port:integer key-selector(key|empty-string=\"\") destination-db:integer timeout:integer "
     "[COPY@3.0.0] [REPLACE@3.0.0] "
     "[authentication(AUTH auth{password}@4.0.7|AUTH2 auth2(username password)@6.0.0)] "
     "[KEYS keys:key#1{key}...@3.0.6]",
     kVaries},
    {"move", "1.0.0", "O(1)", "Moves a key to another database", "key db:integer"},
    {"object", "2.2.3", "Depends on the subcommand", "Tells how the value of a key is kept", ""},
    {"object|encoding", "2.2.3", "O(1)", "Names the encoding of a value", "key", kVaries},
    {"object|freq", "4.0.0", "O(1)", "Tells how often a key was used, on a logarithmic scale",
     "key", kVaries},
    {"object|help", "6.2.0", "O(1)", "Lists the subcommands", ""},
    {"object|idletime", "2.2.3", "O(1)", "Tells how many seconds ago a key was last used", "key",
     kVaries},
    {"object|refcount", "2.2.3", "O(1)", "Tells how many references to a value there are", "key",
     kVaries},
    {"persist", "2.2.0", "O(1)", "Lets a key live for ever", "key"},
    {"pexpire", "2.6.0", "O(1)", "Lets a key expire after so many milliseconds",
     "key milliseconds:integer [condition(NX|XX|GT|LT)@7.0.0]"},
    {"pexpireat", "2.6.0", "O(1)", "Lets a key expire at a time in milliseconds since 1970",
     "key unix-time-milliseconds:unix-time [condition(NX|XX|GT|LT)@7.0.0]"},
    {"pexpiretime", "7.0.0", "O(1)", "Tells when a key expires, in milliseconds since 1970", "key"},
    {"pttl", "2.6.0", "O(1)", "Tells how many milliseconds a key has to live", "key", kVaries},
    {"randomkey", "1.0.0", "O(1)", "Draws a key of the database", "",
     "request_policy:all_shards response_policy:special nondeterministic_output"},
    {"rename", "1.0.0", "O(1)", "Gives a key another name, replacing a key of that name",
     "key newkey:key#1"},
    {"renamenx", "1.0.0", "O(1)", "Gives a key another name, provided that it is free",
     "key newkey:key#1"},
    {"restore", "2.6.0", "O(N), N being the size of the value",
     "Makes a key of the bytes that DUMP gave",
     "key ttl:integer serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0] "
     "[IDLETIME seconds:integer@5.0.0] [FREQ frequency:integer@5.0.0]"},
    {"scan", "2.8.0", "O(1) a call, O(N) for all N keys",
     "Goes through the keys, some at each call",
     "cursor:integer [MATCH pattern] [COUNT count:integer] [TYPE type@6.0.0]",
     "nondeterministic_output request_policy:special response_policy:special"},
    {"sort", "1.0.0", "O(N+M*log(M))",
     "Sorts the elements of a list, a set or a sorted set; may store the result",
     "key [BY by-pattern:pattern#1{pattern}] [LIMIT limit(offset:integer count:integer)] "
     "[GET get-pattern:pattern#1{pattern}...+] [order(ASC|DESC)] [sorting=ALPHA] "
     "[STORE destination:key#2]"},
    {"sort_ro", "7.0.0", "O(N+M*log(M))", "Sorts the elements of a list, a set or a sorted set",
     "key [BY by-pattern:pattern#1{pattern}] [LIMIT limit(offset:integer count:integer)] "
     "[GET get-pattern:pattern#1{pattern}...+] [order(ASC|DESC)] [sorting=ALPHA]"},
    {"touch", "3.2.1", "O(N), N being the number of keys",
     "Marks keys as used now; counts those found", "key...", kSums},
    {"ttl", "1.0.0", "O(1)", "Tells how many seconds a key has to live", "key", kVaries},
    {"type", "1.0.0", "O(1)", "Names the type of a value", "key"},
    {"unlink", "4.0.0", "O(N), N being the number of keys; memory is given back in the background",
     "Deletes keys without waiting for their memory", "key...", kSums},
    {"wait", "3.0.0", "O(1)", "Waits until so many replicas have what the client wrote",
     "numreplicas:integer timeout:integer", "request_policy:all_shards response_policy:agg_min"},
    {"waitaof", "7.2.0", "O(1)", "Waits until so many servers have it on disk",
     "numlocal:integer numreplicas:integer timeout:integer",
     "request_policy:all_shards response_policy:agg_min"},
};

}  // namespace

std::span<const CommandDocs> generic_docs() { return kDocs; }

}  // namespace replserver

#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr CommandDocs kDocs[] = {
    {"append", "2.0.0", "O(1) on average",
     "Adds text to the end of a string, which is made if missing", "key value"},
    {"decr", "1.0.0", "O(1)", "Lowers an integer by one", "key"},
    {"decrby", "1.0.0", "O(1)", "Lowers an integer by an amount", "key decrement:integer"},
    {"get", "1.0.0", "O(1)", "Reads a string", "key"},
    {"getdel", "6.2.0", "O(1)", "Reads a string and deletes its key", "key"},
    {"getex", "6.2.0", "O(1)", "Reads a string and sets, or removes, when its key expires",
     "key [expiration(EX seconds:integer|PX milliseconds:integer|EXAT unix-time-seconds:unix-time"
     "|PXAT unix-time-milliseconds:unix-time|PERSIST)]"},
    {"getrange", "2.4.0", "O(N), N being the bytes returned", "Reads a part of a string",
     "key start:integer end:integer"},
    {"getset", "1.0.0", "O(1)", "Replaces a string and tells what it was", "key value", "", "6.2.0",
     "`SET` with the `!GET` argument"},
    {"incr", "1.0.0", "O(1)", "Raises an integer by one", "key"},
    {"incrby", "1.0.0", "O(1)", "Raises an integer by an amount", "key increment:integer"},
    {"incrbyfloat", "2.6.0", "O(1)", "Raises a decimal number by an amount",
     "key increment:double"},
    {"lcs", "7.0.0", "O(N*M), N and M being the lengths of the strings",
     "Finds the longest sequence of bytes that two strings have in common",
     "key1:key key2:key [LEN] [IDX] [MINMATCHLEN min-match-len:integer] [WITHMATCHLEN]"},
    {"mget", "1.0.0", "O(N), N being the number of keys", "Reads several strings", "key...",
     "request_policy:multi_shard"},
    {"mset", "1.0.1", "O(N), N being the number of keys", "Writes several strings",
     "data(key value)...", "request_policy:multi_shard response_policy:all_succeeded"},
    {"msetnx", "1.0.1", "O(N), N being the number of keys",
     "Writes several strings, provided that none of the keys exists", "data(key value)..."},
    {"psetex", "2.6.0", "O(1)", "Writes a string that expires after so many milliseconds",
     "key milliseconds:integer value", "", "2.6.12", "`SET` with the `PX` argument"},
    {"set", "1.0.0", "O(1)", "Writes a string, whatever the key held before",
     "key value [condition(NX|XX)@2.6.12] [GET@6.2.0] [expiration(EX seconds:integer@2.6.12"
     "|PX milliseconds:integer@2.6.12|EXAT unix-time-seconds:unix-time@6.2.0"
     "|PXAT unix-time-milliseconds:unix-time@6.2.0|KEEPTTL@6.0.0)]"},
    {"setex", "2.0.0", "O(1)", "Writes a string that expires after so many seconds",
     "key seconds:integer value", "", "2.6.12", "`SET` with the `EX` argument"},
    {"setnx", "1.0.0", "O(1)", "Writes a string, provided that the key does not exist", "key value",
     "", "2.6.12", "`SET` with the `NX` argument"},
    {"setrange", "2.2.0", "O(N), N being the bytes written", "Overwrites a part of a string",
     "key offset:integer value"},
    {"strlen", "2.2.0", "O(1)", "Tells how long a string is", "key"},
    {"substr", "1.0.0", "O(N), N being the bytes returned", "Reads a part of a string",
     "key start:integer end:integer", "", "2.0.0", "`GETRANGE`"},
};

}  // namespace

std::span<const CommandDocs> string_docs() { return kDocs; }

}  // namespace replserver

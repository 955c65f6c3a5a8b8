#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr CommandDocs kDocs[] = {
    {"hdel", "2.0.0", "O(N), N being the number of fields",
     "Removes fields, and the key with the last of them", "key field..."},
    {"hexists", "2.0.0", "O(1)", "Tells whether a hash has a field", "key field"},
    {"hexpire", "7.4.0", "O(N), N being the number of fields",
     "Lets fields expire after so many seconds",
     "key seconds:integer [condition(NX|XX|GT|LT)] fields(FIELDS numfields:integer field...)"},
    {"hexpireat", "7.4.0", "O(N), N being the number of fields",
     "Lets fields expire at a time, in seconds",
     "key unix-time-seconds:unix-time [condition(NX|XX|GT|LT)] "
     "fields(FIELDS numfields:integer field...)"},
    {"hexpiretime", "7.4.0", "O(N), N being the number of fields",
     "Tells when fields expire, in seconds", "key fields(FIELDS numfields:integer field...)"},
    {"hget", "2.0.0", "O(1)", "Reads a field", "key field"},
    {"hgetall", "2.0.0", "O(N), N being the number of fields", "Reads all fields with their values",
     "key", "nondeterministic_output_order"},
    {"hincrby", "2.0.0", "O(1)", "Raises an integer in a field by an amount",
     "key field increment:integer"},
    {"hincrbyfloat", "2.6.0", "O(1)", "Raises a decimal number in a field by an amount",
     "key field increment:double"},
    {"hkeys", "2.0.0", "O(N), N being the number of fields", "Names all fields", "key",
     "nondeterministic_output_order"},
    {"hlen", "2.0.0", "O(1)", "Counts the fields", "key"},
    {"hmget", "2.0.0", "O(N), N being the number of fields", "Reads several fields",
     "key field..."},
    {"hmset", "2.0.0", "O(N), N being the number of fields", "Writes several fields",
     "key data(field value)...", "", "4.0.0", "`HSET` with multiple field-value pairs"},
    {"hpersist", "7.4.0", "O(N), N being the number of fields", "Lets fields expire no more",
     "key fields(FIELDS numfields:integer field...)"},
    {"hpexpire", "7.4.0", "O(N), N being the number of fields",
     "Lets fields expire after so many milliseconds",
     "key milliseconds:integer [condition(NX|XX|GT|LT)] fields(FIELDS numfields:integer field...)"},
    {"hpexpireat", "7.4.0", "O(N), N being the number of fields",
     "Lets fields expire at a time, in milliseconds",
     "key unix-time-milliseconds:unix-time [condition(NX|XX|GT|LT)] "
     "fields(FIELDS numfields:integer field...)"},
    {"hpexpiretime", "7.4.0", "O(N), N being the number of fields",
     "Tells when fields expire, in milliseconds", "key fields(FIELDS numfields:integer field...)"},
    {"hpttl", "7.4.0", "O(N), N being the number of fields",
     "Tells how long fields have to live, in milliseconds",
     "key fields(FIELDS numfields:integer field...)", "nondeterministic_output"},
    {"hrandfield", "6.2.0", "O(N), N being the number of fields returned", "Draws fields at random",
     "key [options(count:integer [WITHVALUES])]", "nondeterministic_output"},
    {"hscan", "2.8.0", "O(1) for every call, O(N) for all of them together",
     "Names the fields with their values in pieces",
     "key cursor:integer [MATCH pattern:pattern] [COUNT count:integer]", "nondeterministic_output"},
    {"hset", "2.0.0", "O(N), N being the number of fields", "Writes fields",
     "key data(field value)..."},
    {"hsetnx", "2.0.0", "O(1)", "Writes a field, provided that it does not exist",
     "key field value"},
    {"hstrlen", "3.2.0", "O(1)", "Tells how long a field's value is", "key field"},
    {"httl", "7.4.0", "O(N), N being the number of fields",
     "Tells how long fields have to live, in seconds",
     "key fields(FIELDS numfields:integer field...)", "nondeterministic_output"},
    {"hvals", "2.0.0", "O(N), N being the number of fields", "Reads the values of all fields",
     "key", "nondeterministic_output_order"},
};

}  // namespace

std::span<const CommandDocs> hash_docs() { return kDocs; }

}  // namespace replserver

#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kByOrder = "O(log(N)), N being the members of the sorted set";
constexpr ByteView kByRange =
    "O(log(N)+M), N being the members of the sorted set, M those in the range";
constexpr ByteView kByMembers = "O(N*log(N)), N being the members of all sets";

constexpr CommandDocs kDocs[] = {
    {"bzmpop", "7.0.0", "O(K+M*log(N)), K being the keys, M the members taken, N those there are",
     "As `ZMPOP`, waiting for a member if there is none",
     "timeout:double numkeys:integer key... where(MIN|MAX) [COUNT count:integer]"},
    {"bzpopmax", "5.0.0", "O(log(N)), N being the members",
     "Takes the highest member of the first sorted set that has any, or waits for one",
     "key... timeout:double"},
    {"bzpopmin", "5.0.0", "O(log(N)), N being the members",
     "Takes the lowest member of the first sorted set that has any, or waits for one",
     "key... timeout:double"},
    {"zadd", "1.2.0", "O(M*log(N)), M being the members given, N those of the sorted set",
     "Adds members to a sorted set, or gives them other scores",
     "key [condition(NX|XX)@3.0.2] [comparison(GT|LT)@6.2.0] [change=CH@3.0.2] "
     "[increment=INCR@3.0.2] data(score:double member)..."},
    {"zcard", "1.2.0", "O(1)", "Counts the members of a sorted set", "key"},
    {"zcount", "2.0.0", kByOrder, "Counts the members whose scores are in a range",
     "key min:double max:double"},
    {"zdiff", "6.2.0", kByMembers, "Lists the members of a sorted set that no other of them has",
     "numkeys:integer key... [WITHSCORES]"},
    {"zdiffstore", "6.2.0", kByMembers,
     "Stores the members of a sorted set that no other of them has",
     "destination:key numkeys:integer key:key#1..."},
    {"zincrby", "1.2.0", kByOrder, "Adds to the score of a member", "key increment:integer member"},
    {"zinter", "6.2.0", kByMembers, "Lists the members that all of the sorted sets have",
     "numkeys:integer key... [WEIGHTS weight:integer...] [AGGREGATE "
     "aggregate(SUM|MIN|MAX)] [WITHSCORES]"},
    {"zintercard", "7.0.0", "O(N*M), N being the members of the smallest set, M the sets",
     "Counts the members that all of the sorted sets have",
     "numkeys:integer key... [LIMIT limit:integer]"},
    {"zinterstore", "2.0.0", kByMembers, "Stores the members that all of the sorted sets have",
     "destination:key numkeys:integer key:key#1... [WEIGHTS weight:integer...] "
     "[AGGREGATE aggregate(SUM|MIN|MAX)]"},
    {"zlexcount", "2.8.9", kByOrder, "Counts the members that are in a range of bytes",
     "key min max"},
    {"zmpop", "7.0.0",
     "O(N+M*log(K)), N being the keys, M the members taken, K those of the sorted set",
     "Takes the lowest or highest members of the first sorted set that has any",
     "numkeys:integer key... where(MIN|MAX) [COUNT count:integer]"},
    {"zmscore", "6.2.0", "O(N), N being the members asked for",
     "Tells the scores of several members", "key member..."},
    {"zpopmax", "5.0.0", kByRange, "Takes the highest members of a sorted set",
     "key [count:integer]"},
    {"zpopmin", "5.0.0", kByRange, "Takes the lowest members of a sorted set",
     "key [count:integer]"},
    {"zrandmember", "6.2.0", "O(N*log(M)), N being the members drawn, M those of the sorted set",
     "Draws members of a sorted set at random", "key [options(count:integer [WITHSCORES])]",
     "nondeterministic_output"},
    {"zrange", "1.2.0", kByRange, "Lists a range of members by rank, score or bytes",
     "key start stop [sortby(BYSCORE|BYLEX)@6.2.0] [REV@6.2.0] [LIMIT "
     "limit(offset:integer count:integer)@6.2.0] [WITHSCORES]"},
    {"zrangebylex", "2.8.9", kByRange, "Lists the members that are in a range of bytes",
     "key min max [LIMIT limit(offset:integer count:integer)]", "", "6.2.0",
     "`ZRANGE` with the `BYLEX` argument"},
    {"zrangebyscore", "1.0.5", kByRange, "Lists the members whose scores are in a range",
     "key min:double max:double [WITHSCORES@2.0.0] [LIMIT limit(offset:integer "
     "count:integer)]",
     "", "6.2.0", "`ZRANGE` with the `BYSCORE` argument"},
    {"zrangestore", "6.2.0", kByRange, "Stores a range of members by rank, score or bytes",
     "dst:key src:key#1 min max [sortby(BYSCORE|BYLEX)] [REV] [LIMIT "
     "limit(offset:integer count:integer)]"},
    {"zrank", "2.0.0", kByOrder, "Tells the rank of a member, counted from the lowest",
     "key member [WITHSCORE@7.2.0]"},
    {"zrem", "1.2.0", "O(M*log(N)), M being the members given, N those of the sorted set",
     "Removes members from a sorted set", "key member..."},
    {"zremrangebylex", "2.8.9", kByRange, "Removes the members that are in a range of bytes",
     "key min max"},
    {"zremrangebyrank", "2.0.0", kByRange, "Removes a range of members by rank",
     "key start:integer stop:integer"},
    {"zremrangebyscore", "1.2.0", kByRange, "Removes the members whose scores are in a range",
     "key min:double max:double"},
    {"zrevrange", "1.2.0", kByRange, "Lists a range of members from the highest down",
     "key start:integer stop:integer [WITHSCORES]", "", "6.2.0",
     "`ZRANGE` with the `REV` argument"},
    {"zrevrangebylex", "2.8.9", kByRange,
     "Lists the members that are in a range of bytes, from the last up",
     "key max min [LIMIT limit(offset:integer count:integer)]", "", "6.2.0",
     "`ZRANGE` with the `REV` and `BYLEX` arguments"},
    {"zrevrangebyscore", "2.2.0", kByRange,
     "Lists the members whose scores are in a range, from the highest down",
     "key max:double min:double [WITHSCORES] [LIMIT limit(offset:integer count:integer)]", "",
     "6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments"},
    {"zrevrank", "2.0.0", kByOrder, "Tells the rank of a member, counted from the highest",
     "key member [WITHSCORE@7.2.0]"},
    {"zscan", "2.8.0", "O(1) per call, O(N) for a whole walk",
     "Walks through the members of a sorted set",
     "key cursor:integer [MATCH pattern] [COUNT count:integer]", "nondeterministic_output"},
    {"zscore", "1.2.0", "O(1)", "Tells the score of a member", "key member"},
    {"zunion", "6.2.0", kByMembers, "Lists the members that any of the sorted sets has",
     "numkeys:integer key... [WEIGHTS weight:integer...] [AGGREGATE "
     "aggregate(SUM|MIN|MAX)] [WITHSCORES]"},
    {"zunionstore", "2.0.0", kByMembers, "Stores the members that any of the sorted sets has",
     "destination:key numkeys:integer key:key#1... [WEIGHTS weight:integer...] "
     "[AGGREGATE aggregate(SUM|MIN|MAX)]"},
};

}  // namespace

std::span<const CommandDocs> sorted_set_docs() { return kDocs; }

}  // namespace replserver

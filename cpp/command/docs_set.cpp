#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kUnordered = "nondeterministic_output_order";
constexpr ByteView kVaries = "nondeterministic_output";
constexpr ByteView kByMembers = "O(N), N being the members of all sets";
constexpr ByteView kByProbes = "O(N*M), N being the members of the smallest set, M the sets";

constexpr CommandDocs kDocs[] = {
    {"sadd", "1.0.0", "O(N), N being the members given", "Adds members to a set", "key member..."},
    {"scard", "1.0.0", "O(1)", "Counts the members of a set", "key"},
    {"sdiff", "1.0.0", kByMembers, "Lists the members of a set that no other of the sets has",
     "key...", kUnordered},
    {"sdiffstore", "1.0.0", kByMembers, "Stores the members of a set that no other of the sets has",
     "destination:key key:key#1..."},
    {"sinter", "1.0.0", kByProbes, "Lists the members that all of the sets have", "key...",
     kUnordered},
    {"sintercard", "7.0.0", kByProbes, "Counts the members that all of the sets have",
     "numkeys:integer key... [LIMIT limit:integer]"},
    {"sinterstore", "1.0.0", kByProbes, "Stores the members that all of the sets have",
     "destination:key key:key#1..."},
    {"sismember", "1.0.0", "O(1)", "Tells whether a set has a member", "key member"},
    {"smembers", "1.0.0", "O(N), N being the members of the set", "Lists the members of a set",
     "key", kUnordered},
    {"smismember", "6.2.0", "O(N), N being the members asked for",
     "Tells of several members whether a set has them", "key member..."},
    {"smove", "1.0.0", "O(1)", "Moves a member from one set to another",
     "source:key destination:key#1 member"},
    {"spop", "1.0.0", "O(N), N being the members taken", "Takes members of a set at random",
     "key [count:integer@3.2.0]", kVaries},
    {"srandmember", "1.0.0", "O(N), N being the members drawn", "Draws members of a set at random",
     "key [count:integer@2.6.0]", kVaries},
    {"srem", "1.0.0", "O(N), N being the members given", "Removes members from a set",
     "key member..."},
    {"sscan", "2.8.0", "O(1) per call, O(N) for a whole walk", "Walks through the members of a set",
     "key cursor:integer [MATCH pattern] [COUNT count:integer]", kVaries},
    {"sunion", "1.0.0", kByMembers, "Lists the members that any of the sets has", "key...",
     kUnordered},
    {"sunionstore", "1.0.0", kByMembers, "Stores the members that any of the sets has",
     "destination:key key:key#1..."},
};

}  // namespace

std::span<const CommandDocs> set_docs() { return kDocs; }

}  // namespace replserver

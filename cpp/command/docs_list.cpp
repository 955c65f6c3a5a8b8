#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kByDistance = "O(N), N being the elements between it and the nearer end";

constexpr CommandDocs kDocs[] = {
    {"blmove", "6.2.0", "O(1)", "As `LMOVE`, waiting for an element if there is none",
     "source:key destination:key#1 wherefrom(LEFT|RIGHT) whereto(LEFT|RIGHT) timeout:double"},
    {"blmpop", "7.0.0", "O(N+M), N being the keys, M the elements taken",
     "As `LMPOP`, waiting for an element if there is none",
     "timeout:double numkeys:integer key... where(LEFT|RIGHT) [COUNT count:integer]"},
    {"blpop", "2.0.0", "O(N), N being the keys",
     "Takes the head off the first list that has any, or waits for one", "key... timeout:double"},
    {"brpop", "2.0.0", "O(N), N being the keys",
     "Takes the tail off the first list that has any, or waits for one", "key... timeout:double"},
    {"brpoplpush", "2.2.0", "O(1)", "As `RPOPLPUSH`, waiting for an element if there is none",
     "source:key destination:key#1 timeout:double", "", "6.2.0",
     "`BLMOVE` with the `RIGHT` and `LEFT` arguments"},
    {"lindex", "1.0.0", kByDistance, "Reads an element of a list by its index",
     "key index:integer"},
    {"linsert", "2.2.0", "O(N), N being the elements before the pivot",
     "Inserts an element before or after another", "key where(BEFORE|AFTER) pivot element"},
    {"llen", "1.0.0", "O(1)", "Counts the elements of a list", "key"},
    {"lmove", "6.2.0", "O(1)", "Moves an element from an end of one list to an end of another",
     "source:key destination:key#1 wherefrom(LEFT|RIGHT) whereto(LEFT|RIGHT)"},
    {"lmpop", "7.0.0", "O(N+M), N being the keys, M the elements taken",
     "Takes elements off the first list that has any",
     "numkeys:integer key... where(LEFT|RIGHT) [COUNT count:integer]"},
    {"lpop", "1.0.0", "O(N), N being the elements taken", "Takes elements off the head of a list",
     "key [count:integer@6.2.0]"},
    {"lpos", "6.0.6", "O(N), N being the elements compared", "Finds the indices of an element",
     "key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]"},
    {"lpush", "1.0.0", "O(N), N being the elements given",
     "Puts elements before the head of a list", "key element..."},
    {"lpushx", "2.2.0", "O(N), N being the elements given",
     "Puts elements before the head of a list that exists", "key element..."},
    {"lrange", "1.0.0", "O(S+N), S being the elements before the range, N those in it",
     "Reads a range of a list", "key start:integer stop:integer"},
    {"lrem", "1.0.0", "O(N+M), N being the elements of the list, M those removed",
     "Removes elements that are equal to one", "key count:integer element"},
    {"lset", "1.0.0", kByDistance, "Replaces an element of a list by its index",
     "key index:integer element"},
    {"ltrim", "1.0.0", "O(N), N being the elements removed", "Keeps only a range of a list",
     "key start:integer stop:integer"},
    {"rpop", "1.0.0", "O(N), N being the elements taken", "Takes elements off the tail of a list",
     "key [count:integer@6.2.0]"},
    {"rpoplpush", "1.2.0", "O(1)",
     "Moves an element from the tail of one list to the head of another",
     "source:key destination:key#1", "", "6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments"},
    {"rpush", "1.0.0", "O(N), N being the elements given",
     "Puts elements behind the tail of a list", "key element..."},
    {"rpushx", "2.2.0", "O(N), N being the elements given",
     "Puts elements behind the tail of a list that exists", "key element..."},
};

}  // namespace

std::span<const CommandDocs> list_docs() { return kDocs; }

}  // namespace replserver

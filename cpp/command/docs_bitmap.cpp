#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr ByteView kByBytes = "O(N), N being the bytes looked at";
constexpr ByteView kByFields = "O(1) for each field";

constexpr CommandDocs kDocs[] = {
    {"bitcount", "2.6.0", kByBytes, "Counts the bits of a string that are set",
     "key [index(start:integer end:integer [index_unit(BYTE|BIT)@7.0.0])]"},
    {"bitfield", "3.2.0", kByFields, "Reads, writes and counts with integers within a string",
     "key [operation(GET encoding_offset(encoding offset:integer)"
     "|write([OVERFLOW wrap_sat_fail(WRAP|SAT|FAIL)] write_operation(SET "
     "encoding_offset_value(encoding offset:integer value:integer)|INCRBY "
     "encoding_offset_increment(encoding offset:integer increment:integer))))...]"},
    {"bitfield_ro", "6.0.0", kByFields, "Reads integers within a string",
     "key [GET encoding_offset(encoding offset:integer)...+]"},
    {"bitop", "2.6.0", "O(N), N being the bytes of the longest string",
     "Combines the bits of strings", "operation destkey:key key:key#1..."},
    {"bitpos", "2.8.7", kByBytes, "Finds the first bit that is set, or is not",
     "key bit:integer [index(start:integer [end_index(end:integer "
     "[index_unit(BYTE|BIT)@7.0.0])])]"},
    {"getbit", "2.2.0", "O(1)", "Reads a bit of a string", "key offset:integer"},
    {"setbit", "2.2.0", "O(1)", "Writes a bit of a string", "key offset:integer value:integer"},
};

}  // namespace

std::span<const CommandDocs> bitmap_docs() { return kDocs; }

}  // namespace replserver

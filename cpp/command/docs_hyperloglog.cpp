#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr CommandDocs kDocs[] = {
    {"pfadd", "2.8.9", "O(N), N being the elements given", "Counts elements in a HyperLogLog",
     "key [element...]"},
    {"pfcount", "2.8.9", "O(N), N being the keys",
     "Estimates how many different elements HyperLogLogs have counted", "key..."},
    {"pfdebug",
     "2.8.9",
     "O(1)",
     "Shows how a HyperLogLog is kept",
     "subcommand key",
     "",
     {},
     {},
     true},
    {"pfmerge", "2.8.9", "O(N), N being the keys", "Merges HyperLogLogs into one",
     "destkey:key sourcekey:key#1..."},
    {"pfselftest", "2.8.9", "O(1)", "Tests that HyperLogLogs count well", "", "", {}, {}, true},
};

}  // namespace

std::span<const CommandDocs> hyperloglog_docs() { return kDocs; }

}  // namespace replserver

#include "command/docs.hpp"

namespace replserver {
namespace {

constexpr CommandDocs kDocs[] = {
    {"discard", "2.0.0", "O(N), N being the queued commands", "Drops a transaction", ""},
    {"exec", "1.2.0", "Depends on the queued commands", "Executes a transaction", ""},
    {"multi", "1.2.0", "O(1)", "Starts a transaction: commands are queued until EXEC", ""},
    {"unwatch", "2.2.0", "O(1)", "Forgets the watched keys", ""},
    {"watch", "2.2.0", "O(N), N being the number of keys",
     "Lets the next EXEC do nothing if one of these keys has changed by then", "key..."},
};

}  // namespace

std::span<const CommandDocs> transaction_docs() { return kDocs; }

}  // namespace replserver

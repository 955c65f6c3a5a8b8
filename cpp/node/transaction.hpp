// What ends a transaction without executing it: DISCARD, RESET, and whatever keeps EXEC from it.
#pragma once

#include "node/state.hpp"

namespace replserver {

// Forgets what the session queued and what it watched, if anything.
void discard_transaction(NodeState& node, ClientSession& session);
void unwatch_keys(NodeState& node, ClientSession& session);

// EXEC itself is refused, with the error that another command would get: the client is told
// EXECABORT, and its transaction is over.
void abort_transaction(NodeState& node, ClientSession& session, ByteView why);

}  // namespace replserver

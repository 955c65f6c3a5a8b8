// What happens to clients in blocking commands: they are parked, served, answered in vain. The
// queues are those of Waiters.
#pragma once

#include "node/state.hpp"

namespace replserver {

// The command that just ran has asked for it, by Context::block().
void park(NodeState& node, ClientSession& session, Args words);

// Says again the commands of those whose keys have changed. While a CLIENT PAUSE lasts they wait.
void serve_waiters(NodeState& node);

void time_out_waiters(NodeState& node);

// Answers as when its time is over, or with an error instead; its next commands go on.
void unblock(NodeState& node, ClientSession& session, ByteView error = {});

// Whoever goes waits no more.
void forget_waiter(NodeState& node, const ClientSession& session);

}  // namespace replserver

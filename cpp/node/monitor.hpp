// MONITOR — clients that are shown every command as it was executed:
//
//   +1700000000.123456 [0 127.0.0.1:1234] "set" "k" "v"
#pragma once

#include "node/state.hpp"

namespace replserver {

// To be called once `session` has executed the command, so that EXEC is shown behind what it
// executed, and SELECT with the database that it chose. Administrative commands and those that
// should not be shown are left out here.
void feed_monitors(NodeState& node, const ClientSession& session, const RegisteredCommand& command,
                   Args words);

void start_monitoring(NodeState& node, ClientSession& session);
void stop_monitoring(NodeState& node, ClientSession& session);  // RESET, or it is gone

}  // namespace replserver

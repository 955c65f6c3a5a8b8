// Eviction — keeping the node's memory below maxmemory by giving up keys.
#pragma once

#include "node/state.hpp"

namespace replserver {

// Evicts until there is room. False: there is none, and a command that needs memory must be refused.
bool make_room(NodeState& node);

}  // namespace replserver

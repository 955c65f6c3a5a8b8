// INFO — what a node tells about itself, as text: sections of "name:value" lines.
#pragma once

#include "command/command.hpp"
#include "node/state.hpp"

namespace replserver {

// The sections asked for, in their fixed order, whatever the order of the names: "server", …,
// "default", "all" or "everything", in any letter case. No names: "default". Unknown names are
// passed over.
Bytes info(const NodeState& node, Args sections = {});

}  // namespace replserver

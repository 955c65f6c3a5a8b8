#include "node/state.hpp"

namespace replserver {

std::span<const Command> introspection_commands() { return {}; }

}  // namespace replserver

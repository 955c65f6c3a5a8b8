// What MONITOR and SLOWLOG show of a command: its words, without the passwords among them.
#pragma once

#include <vector>

#include "command/command.hpp"

namespace replserver {

// Views into `words`, with "(redacted)" in the place of each secret.
std::vector<ByteView> redacted(const Command& command, Args words);

}  // namespace replserver

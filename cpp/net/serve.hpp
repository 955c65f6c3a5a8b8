// The server as a program: what a command line's words ask for, from reading the configuration to
// the exit code.
#pragma once

#include "base/bytes.hpp"

namespace replserver::net {

// Returns when the server has shut down, with the process' exit code. Installs handlers for SIGTERM
// and SIGINT: the first one shuts down in order, a second one ends the process at once.
// `program` is the name shown by --help; `arguments` are the words after it.
int serve(const Bytes& program, const Words& arguments);

}  // namespace replserver::net

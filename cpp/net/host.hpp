// What the operating system knows about our process, for INFO.
#pragma once

#include "node/state.hpp"

namespace replserver::net {

// The parts that never change; the caller adds config_file and listeners.
HostFacts host_facts();
// Refreshes memory and processor use; for the thread that calls it.
void refresh(HostFacts& facts);

std::uint64_t entropy();  // 64 random bits
std::uint64_t meter_nanoseconds();

}  // namespace replserver::net

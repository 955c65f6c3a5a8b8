// LOLWUT — a small picture, as every Redis has one: a primary, and its replicas following.
#pragma once

#include "base/random.hpp"

namespace replserver {

// One line for the primary and one for each replica, `columns` wide; each replica is somewhere on
// its way, drawn from `random`.
Bytes replication_picture(Random& random, std::size_t columns, std::size_t replicas);

}  // namespace replserver

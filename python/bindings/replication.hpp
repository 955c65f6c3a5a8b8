// Where a node stands in replication, and what is wished of it, between C++ and Python.
#pragma once

#include "convert.hpp"
#include "node/replication_status.hpp"

namespace replserver {

// The package's Replication is made of it.
py::dict to_dict(const ReplicationStatus& status);

// Keys are the names of ReplicationWish's members; what is not there is not wished.
ReplicationWish to_wish(const py::dict& wish);

}  // namespace replserver

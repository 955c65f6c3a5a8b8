// A workload — writes as an application might send them, of all types, on a dozen keys of each. They are
// for the database that is selected, and for itself and two others (COPY).
#pragma once

#include "base/bytes.hpp"
#include "base/random.hpp"

namespace replserver::sim {

Words some_write(Random& random);

}  // namespace replserver::sim

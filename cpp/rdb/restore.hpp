// RESTORE's side of what dump.hpp makes: type | value | version 2 | CRC64.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "base/time.hpp"
#include "data/database.hpp"

namespace replserver {

// Gives the key the value that the payload holds, in the place of what was there. The whole payload
// is checked before anything changes; the error is what a client is told.
Result<const Entry*> restore_value(ByteView payload, Database& database, const Key& key,
                                   std::optional<UnixMs> expiry, bool deep);

// The whole check alone, for a value that has expired before it is there.
Result<void> check_value(ByteView payload, Database& database, bool deep);

}  // namespace replserver

// The timeout of blocking commands: seconds, perhaps with a fraction; 0 waits for ever.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "base/time.hpp"
#include "command/context.hpp"

namespace replserver {

struct Timeout {
  std::optional<Duration> limit;  // none: for ever
};
Result<Timeout> parse_timeout(ByteView seconds, const Now& now);
Result<Timeout> parse_timeout_ms(ByteView milliseconds, const Now& now);  // XREAD's

}  // namespace replserver

// What blocking commands have in common: their timeout, and waiting for one of their keys.
#pragma once

#include <optional>

#include "base/result.hpp"
#include "base/time.hpp"
#include "command/context.hpp"

namespace replserver {

struct Timeout {
  std::optional<Duration> limit;  // none: for ever
};
// Seconds, perhaps with a fraction; 0 waits for ever.
Result<Timeout> parse_timeout(ByteView seconds, const Now& now);
Result<Timeout> parse_timeout_ms(ByteView milliseconds, const Now& now);  // XREAD's

enum class InVain { null_array, null };  // how the command is answered when the time is over

// Nothing was found: the client waits, or is told so at once where nobody may wait.
void wait_for(Context& context, Type type, Args keys, const Timeout& timeout,
              InVain in_vain = InVain::null_array);

}  // namespace replserver

// ExpiryOption — EX, PX, EXAT or PXAT with its number, as SET, GETEX and SETEX are given it.
//
// Read first and understood later: Redis complains of the syntax of a command before it looks at
// the numbers in it.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "command/options.hpp"

namespace replserver {

struct ExpiryOption {
  enum class Unit { none, seconds, milliseconds, at_seconds, at_milliseconds };

  Unit unit = Unit::none;
  ByteView number;

  explicit operator bool() const { return unit != Unit::none; }
  // True when the current option is one of the four. A second one must be the same again.
  bool read(OptionReader& options);
  // When that is; or why it cannot be, naming the command.
  Result<UnixMs> instant(UnixMs now, ByteView command) const;
};

Error invalid_expiry(ByteView command);  // ERR invalid expire time in 'set' command

}  // namespace replserver

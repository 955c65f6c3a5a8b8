// Who we are: the Redis that we are like, and our own version.
#pragma once

#include "base/bytes.hpp"

namespace replserver {

// What clients ask for when they want to know what they may use.
inline constexpr ByteView kRedisVersion = "7.2.4";

#ifdef REPLSERVER_VERSION
inline constexpr ByteView kServerVersion = REPLSERVER_VERSION;
#else
inline constexpr ByteView kServerVersion = "unversioned";
#endif

}  // namespace replserver

// A client's word as Redis reads it where it takes words for C strings, as in its error texts: up to
// the first zero byte.
#pragma once

#include "base/bytes.hpp"

namespace replserver {

inline ByteView until_nul(ByteView word) { return word.substr(0, word.find('\0')); }

}  // namespace replserver

// Glob patterns as KEYS, SCAN, PSUBSCRIBE, ACL and CONFIG GET know them: * ? [a-z] [^a] \x.
//
// Redis' corners are kept, since patterns are shared between servers: an empty text is matched by
// the empty pattern alone (not by "*"), a class that is not closed ends with the pattern, and a
// range goes by the value of chars as signed, in either direction. The time is at most the product
// of the two lengths, whatever the pattern.
#pragma once

#include "base/bytes.hpp"

namespace replserver {

bool glob_match(ByteView pattern, ByteView text, bool ignore_case = false);

}  // namespace replserver

// Numbers where Redis hands a word to strtod: space in front is no harm, nothing behind a zero byte is
// seen, and nothing at all is 0. Elsewhere it is stricter: see parse_double.
#pragma once

#include <optional>

#include "base/bytes.hpp"

namespace replserver {

enum class OutOfRange { refused, clamped };  // clamped: too large is infinite, too small is 0

std::optional<double> parse_c_number(ByteView word, OutOfRange out_of_range);

}  // namespace replserver

// Numbers as clients write and read them, independent of the process' locale. Strict: the whole
// text is the number, without spaces.
//
// Doubles are printed as Redis 7.2 does, with the fewest digits that read back as the same value;
// 7.0 printed 17 significant digits in the shape of "%.17g":
//
//   value             7.0                    7.2 and here
//   0.1               0.10000000000000001    0.1
//   12345.678901234   12345.678901234        1.2345678901234e+4
//   1e-05             1.0000000000000001e-05 0.00001
//   1e17              1e+17                  100000000000000000
//
// Redis' generator (Grisu2) prints a digit too many for about one value in a thousand; we do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace replserver {

constexpr std::size_t kIntegerTextMax = 20;  // of "-9223372036854775808"

// As Redis: no '+', no leading zeros, no "-0".
std::optional<std::int64_t> parse_integer(ByteView text);
std::optional<std::uint64_t> parse_unsigned(ByteView text);

// As strtod: hexadecimal, "inf" and "infinity" in any case. Refused: NaN, overflow, and what is
// not zero but rounds to it (of long doubles also the subnormal ones).
std::optional<double> parse_double(ByteView text);
std::optional<long double> parse_long_double(ByteView text);

// Writes at most kIntegerTextMax characters; returns how many.
std::size_t format_integer(std::int64_t value, char* to);
std::size_t format_unsigned(std::uint64_t value, char* to);

Bytes format_double(double value);
Bytes format_long_double_human(long double value);  // INCRBYFLOAT: 17 decimals, zeros trimmed

}  // namespace replserver

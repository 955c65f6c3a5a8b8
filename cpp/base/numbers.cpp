#include "base/numbers.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include "base/assert.hpp"

namespace replserver {
namespace {

// Redis reads long doubles through a buffer of this size.
constexpr std::size_t kLongDoubleTextMax = 5 * 1024 - 1;

// "000102…99": integers are written two digits at a time.
constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t value = 0; value < 100; ++value) {
    pairs[2 * value] = static_cast<char>('0' + value / 10);
    pairs[2 * value + 1] = static_cast<char>('0' + value % 10);
  }
  return pairs;
}();

std::size_t digit_count(std::uint64_t value) {
  std::size_t count = 1;
  for (;;) {
    if (value < 10) return count;
    if (value < 100) return count + 1;
    if (value < 1000) return count + 2;
    if (value < 10000) return count + 3;
    value /= 10000;
    count += 4;
  }
}

// Digits alone, without leading zeros, at most `limit`.
std::optional<std::uint64_t> parse_digits(ByteView text, std::uint64_t limit) {
  if (text.empty() || text.size() > kIntegerTextMax) return std::nullopt;
  if (text.front() == '0' && text.size() > 1) return std::nullopt;

  std::uint64_t value = 0;
  // Nineteen digits always fit; only the twentieth can overflow.
  const std::size_t safe = std::min<std::size_t>(text.size(), 19);
  for (std::size_t index = 0; index < safe; ++index) {
    const unsigned digit = static_cast<unsigned char>(text[index]) - unsigned{'0'};
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  if (text.size() == 20) {
    const unsigned digit = static_cast<unsigned char>(text[19]) - unsigned{'0'};
    if (digit > 9) return std::nullopt;
    constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    if (value > (max - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  if (value > limit) return std::nullopt;
  return value;
}

bool is_hex_digit_or_point(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.';
}

template <class Number>
std::optional<Number> parse_float(ByteView text) {
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  // from_chars would take a second minus sign, and wants hexadecimal without its prefix.
  if (text.empty() || text.front() == '-') return std::nullopt;
  auto form = std::chars_format::general;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    text.remove_prefix(2);
    if (!is_hex_digit_or_point(text.front())) return std::nullopt;
    form = std::chars_format::hex;
  }
  Number value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value, form);
  if (read.ec != std::errc{} || read.ptr != end || std::isnan(value)) return std::nullopt;
  return negative ? -value : value;
}

// The decimal digits of a finite, positive value and the power of ten of the last one:
// 12.5 is "125" and -1.
struct Decimal {
  std::array<char, 20> digits;
  int count = 0;
  int exponent = 0;
};

Decimal shortest_decimal(double value) {
  std::array<char, 32> text;  // d[.ddd]e±dd[d]
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  RS_ASSERT(written.ec == std::errc{});

  Decimal decimal;
  const char* at = text.data();
  for (; *at != 'e'; ++at) {
    if (*at != '.') decimal.digits[static_cast<std::size_t>(decimal.count++)] = *at;
  }
  ++at;
  if (*at == '+') ++at;
  std::from_chars(at, written.ptr, decimal.exponent);
  decimal.exponent -= decimal.count - 1;
  return decimal;
}

// The choice between plain and scientific form is Redis 7.2's own, unlike that of "%g".
void append_decimal(Bytes& text, const Decimal& decimal) {
  const ByteView digits(decimal.digits.data(), static_cast<std::size_t>(decimal.count));
  const int last = decimal.exponent;
  const int leading = last + decimal.count - 1;  // power of ten of the first digit
  const int magnitude = std::abs(leading);

  if (last >= 0 && magnitude < decimal.count + 7) {
    text += digits;
    text.append(static_cast<std::size_t>(last), '0');
    return;
  }
  if (last < 0 && (last > -7 || magnitude < 4)) {
    const int before_point = decimal.count + last;
    if (before_point > 0) {
      const auto whole = static_cast<std::size_t>(before_point);
      text.append(digits.substr(0, whole)).append(".").append(digits.substr(whole));
    } else {
      text.append("0.").append(static_cast<std::size_t>(-before_point), '0').append(digits);
    }
    return;
  }
  text += digits.front();
  if (digits.size() > 1) text.append(".").append(digits.substr(1));
  text += leading < 0 ? "e-" : "e+";
  text += std::to_string(magnitude);
}

}  // namespace

std::optional<std::int64_t> parse_integer(ByteView text) {
  constexpr std::uint64_t max = std::numeric_limits<std::int64_t>::max();
  if (text.empty() || text.front() != '-') {
    const auto value = parse_digits(text, max);
    if (!value) return std::nullopt;
    return static_cast<std::int64_t>(*value);
  }
  const auto value = parse_digits(text.substr(1), max + 1);
  if (!value || *value == 0) return std::nullopt;
  return static_cast<std::int64_t>(0 - *value);
}

std::optional<std::uint64_t> parse_unsigned(ByteView text) {
  return parse_digits(text, std::numeric_limits<std::uint64_t>::max());
}

std::optional<double> parse_double(ByteView text) { return parse_float<double>(text); }

std::optional<long double> parse_long_double(ByteView text) {
  if (text.size() > kLongDoubleTextMax) return std::nullopt;
  return parse_float<long double>(text);
}

std::size_t format_unsigned(std::uint64_t value, char* to) {
  const std::size_t size = digit_count(value);
  char* at = to + size;
  while (value >= 100) {
    at -= 2;
    std::memcpy(at, &kDigitPairs[2 * (value % 100)], 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(to, &kDigitPairs[2 * value], 2);
  } else {
    *to = static_cast<char>('0' + value);
  }
  return size;
}

std::size_t format_integer(std::int64_t value, char* to) {
  if (value >= 0) return format_unsigned(static_cast<std::uint64_t>(value), to);
  *to = '-';
  return 1 + format_unsigned(0 - static_cast<std::uint64_t>(value), to + 1);
}

Bytes format_double(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";

  // Integers are printed whole up to 2^62; beyond it the shape follows the digits.
  constexpr double limit = 0x1p62;
  if (value >= -limit && value <= limit && value == std::trunc(value)) {
    char digits[kIntegerTextMax];
    return Bytes(digits, format_integer(static_cast<std::int64_t>(value), digits));
  }
  Bytes text;
  if (value < 0) text = "-";
  append_decimal(text, shortest_decimal(std::fabs(value)));
  return text;
}

Bytes format_long_double_human(long double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";

  Bytes text(kLongDoubleTextMax, '\0');
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 17);
  RS_ASSERT(written.ec == std::errc{});
  text.resize(static_cast<std::size_t>(written.ptr - text.data()));
  text.resize(text.find_last_not_of('0') + 1);  // there is a point: seventeen decimals follow it
  if (text.back() == '.') text.pop_back();
  if (text == "-0") return "0";
  return text;
}

}  // namespace replserver

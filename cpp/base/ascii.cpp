#include "base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/assert.hpp"

namespace replserver {
namespace {

constexpr ByteView kHexDigits = "0123456789abcdef";

struct Unit {
  ByteView name;
  std::uint64_t size;
};
constexpr Unit kUnits[] = {
    {"", 1},
    {"b", 1},
    {"k", 1000},
    {"kb", 1024},
    {"m", 1000 * 1000},
    {"mb", 1024 * 1024},
    {"g", 1000 * 1000 * 1000},
    {"gb", 1024 * 1024 * 1024},
};

void append_quoted(Bytes& text, char c) {
  constexpr ByteView escaped = "\\\"\n\r\t\a\b";
  constexpr ByteView names = "\\\"nrtab";
  if (const std::size_t known = escaped.find(c); known != ByteView::npos) {
    text += '\\';
    text += names[known];
  } else if (c >= ' ' && c <= '~') {
    text += c;
  } else {
    const auto value = static_cast<unsigned char>(c);
    text += "\\x";
    text += kHexDigits[value >> 4];
    text += kHexDigits[value & 15];
  }
}

}  // namespace

Bytes lower(ByteView text) {
  Bytes result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

Bytes upper(ByteView text) {
  Bytes result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_upper);
  return result;
}

Bytes Quoted::operator()(ByteView bytes) const {
  Bytes text;
  text.reserve(bytes.size() + 2);
  text += '"';
  for (const char c : bytes) append_quoted(text, c);
  text += '"';
  return text;
}

Bytes joined(const Words& words, ByteView separator) {
  Bytes text;
  for (const Bytes& word : words) {
    if (&word != &words.front()) text += separator;
    text += word;
  }
  return text;
}

std::optional<std::uint64_t> parse_memory(ByteView text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const Unit* const unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& it) {
    return equal_ignoring_case(it.name, text.substr(digits));
  });
  if (unit == std::end(kUnits)) return std::nullopt;

  std::uint64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + digits, count);
  if (read.ec == std::errc::result_out_of_range) return std::nullopt;
  if (count > UINT64_MAX / unit->size) return std::nullopt;
  return count * unit->size;
}

Bytes human_bytes(std::uint64_t size) {
  if (size < 1024) return std::to_string(size) + "B";
  constexpr ByteView units = "KMGTP";
  double value = static_cast<double>(size) / 1024;
  std::size_t unit = 0;
  // By the exact size, as Redis decides: 1048575 is "1024.00K".
  for (; unit < units.size() && size >> (10 * (unit + 2)) > 0; ++unit) value /= 1024;
  if (unit == units.size()) return std::to_string(size) + "B";

  std::array<char, 16> digits;  // at most "1024.00"
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value,
                                     std::chars_format::fixed, 2);
  RS_ASSERT(written.ec == std::errc{});
  return Bytes(digits.data(), written.ptr) + units[unit];
}

}  // namespace replserver

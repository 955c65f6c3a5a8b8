#include "base/c_number.hpp"

#include <charconv>
#include <limits>

#include "base/numbers.hpp"
#include "base/until_nul.hpp"

namespace replserver {
namespace {

// Of what parse_double refuses; nothing: it is not for being out of range.
std::optional<double> clamped(ByteView text) {
  const bool is_negative = text.front() == '-';
  if (is_negative || text.front() == '+') text.remove_prefix(1);
  if (text.starts_with('-')) return std::nullopt;  // which from_chars would take
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc::result_out_of_range || read.ptr != end) return std::nullopt;

  const auto wide = parse_long_double(text);
  const bool is_large = wide ? *wide > 1 : text.find_first_of('-') == ByteView::npos;
  if (!is_large) return 0.0;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return is_negative ? -kInfinity : kInfinity;
}

}  // namespace

std::optional<double> parse_c_number(ByteView word, OutOfRange out_of_range) {
  word = until_nul(word);
  if (word.empty()) return 0.0;
  const std::size_t start = word.find_first_not_of(" \t\n\v\f\r");
  if (start == ByteView::npos) return std::nullopt;
  word.remove_prefix(start);
  const auto value = parse_double(word);
  return value || out_of_range == OutOfRange::refused ? value : clamped(word);
}

}  // namespace replserver

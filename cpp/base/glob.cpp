#include "base/glob.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace replserver {
namespace {

char folded(char c, bool ignore_case) { return ignore_case ? to_lower(c) : c; }

// The class whose '[' is at `at`; steps behind its ']' or to the end of the pattern.
bool class_matches(ByteView pattern, std::size_t& at, char c, bool ignore_case) {
  ++at;
  const bool inverted = at < pattern.size() && pattern[at] == '^';
  if (inverted) ++at;

  bool found = false;
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    const std::size_t left = pattern.size() - at;
    if (pattern[at] == '\\' && left >= 2) {
      ++at;
      if (pattern[at] == c) found = true;  // an escaped letter keeps its case
    } else if (left >= 3 && pattern[at + 1] == '-') {
      const auto [first, last] = std::minmax(
          {static_cast<signed char>(pattern[at]), static_cast<signed char>(pattern[at + 2])});
      const auto low = static_cast<signed char>(folded(static_cast<char>(first), ignore_case));
      const auto high = static_cast<signed char>(folded(static_cast<char>(last), ignore_case));
      const auto value = static_cast<signed char>(folded(c, ignore_case));
      if (low <= value && value <= high) found = true;
      at += 2;
    } else if (folded(pattern[at], ignore_case) == folded(c, ignore_case)) {
      found = true;
    }
  }
  if (at < pattern.size()) ++at;
  return found != inverted;
}

// The element at `at`, which is not '*', against one character; steps behind it.
bool element_matches(ByteView pattern, std::size_t& at, char c, bool ignore_case) {
  switch (pattern[at]) {
    case '?':
      ++at;
      return true;
    case '[':
      return class_matches(pattern, at, c, ignore_case);
    case '\\':
      if (at + 1 < pattern.size()) ++at;
      [[fallthrough]];
    default:
      return folded(pattern[at++], ignore_case) == folded(c, ignore_case);
  }
}

}  // namespace

// Every element but '*' takes exactly one character, so that only the last '*' met need ever be
// tried with one character more: what an earlier one could take, the last one can as well.
bool glob_match(ByteView pattern, ByteView text, bool ignore_case) {
  if (text.empty()) return pattern.empty();

  std::size_t at = 0;
  std::size_t taken = 0;
  std::size_t behind_star = ByteView::npos;
  std::size_t taken_before_star = 0;
  while (taken < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      behind_star = ++at;
      taken_before_star = taken;
      if (at == pattern.size()) return true;
      continue;
    }
    if (at < pattern.size() && element_matches(pattern, at, text[taken], ignore_case)) {
      ++taken;
      continue;
    }
    if (behind_star == ByteView::npos) return false;
    at = behind_star;
    taken = ++taken_before_star;
  }
  return pattern.find_first_not_of('*', at) == ByteView::npos;
}

}  // namespace replserver

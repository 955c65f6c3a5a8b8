// Text rules of Redis that know only ASCII, whatever the process' locale: case, quoting, sizes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace replserver {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; }
constexpr char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~32) : c; }

Bytes lower(ByteView text);
Bytes upper(ByteView text);

constexpr bool equal_ignoring_case(ByteView left, ByteView right) {
  if (left.size() != right.size()) return false;
  for (std::size_t index = 0; index < left.size(); ++index) {
    if (to_lower(left[index]) != to_lower(right[index])) return false;
  }
  return true;
}

// In double quotes, with what does not print as \n, \x00 and the like: MONITOR, redis.conf.
// resp::split_words() reads it back. An object, not a function: given a std::string, a call would
// otherwise find std::quoted first wherever <iomanip> is included.
struct Quoted {
  Bytes operator()(ByteView bytes) const;
};
inline constexpr Quoted quoted;

Bytes joined(const Words& words, ByteView separator);

// "100", "1kb" (1024), "1k" (1000), likewise m and g, in any case. As in Redis, no digits are 0.
// Nothing: negative, another unit, or more than 64 bits hold.
std::optional<std::uint64_t> parse_memory(ByteView text);

Bytes human_bytes(std::uint64_t size);  // "1.50M": INFO's used_memory_human

}  // namespace replserver

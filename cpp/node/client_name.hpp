// What a client may call itself and its library: CLIENT LIST must stay a line of words.
#pragma once

#include <algorithm>

#include "base/bytes.hpp"

namespace replserver {

inline constexpr ByteView kBadClientName =
    "ERR Client names cannot contain spaces, newlines or special characters.";

inline bool is_client_name(ByteView text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

}  // namespace replserver

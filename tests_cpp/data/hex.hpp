// Bytes written down as hexadecimal digits, for tests of packed layouts.
#pragma once

#include <string>

#include "base/bytes.hpp"

namespace replserver {

inline Bytes from_hex(ByteView hex) {
  Bytes bytes;
  for (std::size_t at = 0; at < hex.size(); at += 2) {
    bytes += static_cast<char>(std::stoi(Bytes(hex.substr(at, 2)), nullptr, 16));
  }
  return bytes;
}

}  // namespace replserver

// LZF — the light compression of strings in RDB files.
//
//   control < 32: control + 1 bytes follow as they are
//   else:         a copy of earlier bytes: (control >> 5) + 2 of them, 7 there means one more byte to
//                 be added; from ((control & 31) << 8 | next byte) + 1 bytes before
//
// Our own: liblzf looks into a table that it does not initialise, so that what it writes depends on
// what the stack held before. The same data must give the same file.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"

namespace replserver {

// Into at most `room` bytes at `to`; how many were written, or 0: they do not suffice.
std::size_t lzf_compress(ByteView from, char* to, std::size_t room);

// False: these are not the compressed form of exactly `size` bytes; what lies at `to` is undefined.
bool lzf_decompress(ByteView from, char* to, std::size_t size);

}  // namespace replserver

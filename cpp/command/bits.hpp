// Bits of a string, the first being the highest bit of its first byte: what the bitmap commands do
// with bytes, and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace replserver {

bool bit_at(ByteView bytes, std::uint64_t offset);  // false behind the end
void set_bit(char* bytes, std::uint64_t offset, bool value);

// Of the bits [first, end), which must be there.
std::uint64_t count_bits(ByteView bytes, std::uint64_t first, std::uint64_t end);
std::optional<std::uint64_t> find_bit(ByteView bytes, std::uint64_t first, std::uint64_t end,
                                      bool value);

// An integer of up to 64 bits; what is behind the end reads as zero.
std::uint64_t read_bits(ByteView bytes, std::uint64_t offset, unsigned width);
void write_bits(char* bytes, std::uint64_t offset, unsigned width, std::uint64_t value);

}  // namespace replserver

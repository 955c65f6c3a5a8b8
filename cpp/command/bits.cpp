#include "command/bits.hpp"

#include <bit>
#include <cstring>

namespace replserver {
namespace {

unsigned char byte_at(ByteView bytes, std::uint64_t index) {
  return static_cast<unsigned char>(bytes[static_cast<std::size_t>(index)]);
}

std::uint64_t word_at(const char* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

bool bit_at(ByteView bytes, std::uint64_t offset) {
  if (offset / 8 >= bytes.size()) return false;
  return byte_at(bytes, offset / 8) >> (7 - offset % 8) & 1;
}

void set_bit(char* bytes, std::uint64_t offset, bool value) {
  const auto mask = static_cast<unsigned char>(1u << (7 - offset % 8));
  auto& byte = reinterpret_cast<unsigned char&>(bytes[offset / 8]);
  byte = static_cast<unsigned char>(value ? byte | mask : byte & ~mask);
}

std::uint64_t count_bits(ByteView bytes, std::uint64_t first, std::uint64_t end) {
  std::uint64_t count = 0;
  for (; first < end && first % 8 != 0; ++first) count += bit_at(bytes, first);
  for (; first < end && end % 8 != 0; --end) count += bit_at(bytes, end - 1);
  const char* at = bytes.data() + first / 8;
  std::uint64_t left = (end - first) / 8;
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += 8) {
    count += static_cast<std::uint64_t>(std::popcount(word_at(at)));
  }
  for (; left > 0; --left, ++at) {
    count += static_cast<std::uint64_t>(std::popcount(static_cast<unsigned char>(*at)));
  }
  return count;
}

std::optional<std::uint64_t> find_bit(ByteView bytes, std::uint64_t first, std::uint64_t end,
                                      bool value) {
  const std::uint64_t uniform = value ? 0 : UINT64_MAX;  // eight bytes without such a bit
  while (first < end) {
    if (first % 8 == 0) {
      while (end - first >= 64 && word_at(bytes.data() + first / 8) == uniform) first += 64;
      while (end - first >= 8 && byte_at(bytes, first / 8) == (uniform & 0xff)) first += 8;
      if (first == end) break;
    }
    if (bit_at(bytes, first) == value) return first;
    ++first;
  }
  return std::nullopt;
}

std::uint64_t read_bits(ByteView bytes, std::uint64_t offset, unsigned width) {
  std::uint64_t value = 0;
  for (unsigned bit = 0; bit < width; ++bit) {
    value = value << 1 | (bit_at(bytes, offset + bit) ? 1 : 0);
  }
  return value;
}

void write_bits(char* bytes, std::uint64_t offset, unsigned width, std::uint64_t value) {
  for (unsigned bit = 0; bit < width; ++bit) {
    set_bit(bytes, offset + bit, value >> (width - 1 - bit) & 1);
  }
}

}  // namespace replserver

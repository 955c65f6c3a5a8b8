#include "rdb/crc64.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "base/assert.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace replserver {
namespace {

static_assert(std::endian::native == std::endian::little, "words are loaded as they lie in memory");

// 0xad93d23594c935a9 with its bits in reverse: bit 63 - n is the coefficient of x^n.
constexpr std::uint64_t kPolynomial = 0x95ac9329ac4bc9b5;

constexpr std::uint64_t times_x(std::uint64_t value) {
  return (value >> 1) ^ (value & 1 ? kPolynomial : 0);
}

// kTables[n][byte]: what the byte does to the checksum when n bytes of zeros follow it.
using Tables = std::array<std::array<std::uint64_t, 256>, 8>;
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = times_x(value);
    tables[0][byte] = value;
  }
  for (std::size_t zeros = 1; zeros < 8; ++zeros) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t before = tables[zeros - 1][byte];
      tables[zeros][byte] = (before >> 8) ^ tables[0][before & 255];
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

}  // namespace

std::uint64_t crc64_by_tables(std::uint64_t crc, ByteView bytes) {
  const char* from = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; from += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, from, sizeof word);
    word ^= crc;
    crc = 0;
    for (std::size_t index = 0; index < 8; ++index) {
      crc ^= kTables[7 - index][(word >> (8 * index)) & 255];
    }
  }
  for (; left > 0; ++from, --left) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(*from)) & 255];
  }
  return crc;
}

#if defined(__x86_64__)

namespace {

#define RS_FOLDS __attribute__((target("pclmul,sse2")))

// 16 bytes of the message, first byte lowest, are the polynomial low * x^64 + high. To move them
// `bits` further from the message's end, each half is multiplied by what that power of x leaves. A
// product of two reflected halves lies one bit lower than its place, which is one power of x more.
struct Distance {
  std::uint64_t low, high;
};
constexpr std::uint64_t power_of_x(int exponent) {
  std::uint64_t value = std::uint64_t{1} << 63;
  for (; exponent > 0; --exponent) value = times_x(value);
  return value;
}
constexpr Distance distance_of(int bits) { return {power_of_x(bits + 63), power_of_x(bits - 1)}; }

RS_FOLDS inline __m128i load(const char* from) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
RS_FOLDS inline __m128i constants(Distance distance) {
  return _mm_set_epi64x(static_cast<long long>(distance.high),
                        static_cast<long long>(distance.low));
}
RS_FOLDS inline __m128i fold(__m128i moved, __m128i onto, __m128i distance) {
  const __m128i low = _mm_clmulepi64_si128(moved, distance, 0x00);
  const __m128i high = _mm_clmulepi64_si128(moved, distance, 0x11);
  return _mm_xor_si128(onto, _mm_xor_si128(low, high));
}

}  // namespace

bool crc64_can_fold() { return __builtin_cpu_supports("pclmul"); }

RS_FOLDS std::uint64_t crc64_by_folding(std::uint64_t crc, ByteView bytes) {
  const char* from = bytes.data();
  std::size_t left = bytes.size();
  if (left < 32) return crc64_by_tables(crc, bytes);

  const __m128i near = constants(distance_of(128));
  __m128i folded = _mm_xor_si128(load(from), _mm_cvtsi64_si128(static_cast<long long>(crc)));
  from += 16, left -= 16;
  // Four at a time: a multiplication takes several cycles, but another can begin in the next one.
  if (left >= 48 + 64) {
    const __m128i far = constants(distance_of(512));
    __m128i lanes[4] = {folded, load(from), load(from + 16), load(from + 32)};
    for (from += 48, left -= 48; left >= 64; from += 64, left -= 64) {
      for (int lane = 0; lane < 4; ++lane) {
        lanes[lane] = fold(lanes[lane], load(from + 16 * lane), far);
      }
    }
    folded = lanes[0];
    for (int lane = 1; lane < 4; ++lane) folded = fold(folded, lanes[lane], near);
  }
  for (; left >= 16; from += 16, left -= 16) folded = fold(folded, load(from), near);

  char rest[16];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), folded);
  return crc64_by_tables(crc64_by_tables(0, {rest, sizeof rest}), {from, left});
}

#undef RS_FOLDS

#else

bool crc64_can_fold() { return false; }
std::uint64_t crc64_by_folding(std::uint64_t crc, ByteView bytes) {
  RS_ASSERT(crc64_can_fold());
  return crc64_by_tables(crc, bytes);
}

#endif

std::uint64_t crc64(std::uint64_t crc, ByteView bytes) {
  if (bytes.size() >= 64 && crc64_can_fold()) return crc64_by_folding(crc, bytes);
  return crc64_by_tables(crc, bytes);
}

}  // namespace replserver

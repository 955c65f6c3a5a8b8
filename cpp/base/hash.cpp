#include "base/hash.hpp"

#include <bit>
#include <cstring>

namespace replserver {
namespace {

static_assert(std::endian::native == std::endian::little, "words are loaded as they lie in memory");

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }

  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    v0 ^= word;
  }
};

template <class Word>
std::uint64_t load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// The last size % 8 bytes as the low bytes of a word. Overlapping loads instead of one load per
// byte: every length costs at most two, and none reaches outside the key.
std::uint64_t load_rest(const char* begin, std::size_t size) {
  const std::size_t left = size & 7;
  const char* const end = begin + size;
  if (left == 0) return 0;
  if (size >= 8) return load<std::uint64_t>(end - 8) >> (64 - 8 * left);
  if (left >= 4) {
    return load<std::uint32_t>(begin) | load<std::uint32_t>(end - 4) << (8 * left - 32);
  }
  // One to three bytes: the first, the middle one and the last, which may be the same.
  return load<std::uint8_t>(begin) | load<std::uint8_t>(begin + left / 2) << (8 * (left / 2)) |
         load<std::uint8_t>(end - 1) << (8 * left - 8);
}

}  // namespace

std::uint64_t keyed_hash(ByteView bytes, const HashSeed& seed) {
  SipState state{seed.low ^ 0x736f6d6570736575ull, seed.high ^ 0x646f72616e646f6dull,
                 seed.low ^ 0x6c7967656e657261ull, seed.high ^ 0x7465646279746573ull};
  const char* at = bytes.data();
  for (const char* const end = at + (bytes.size() & ~std::size_t{7}); at != end; at += 8) {
    state.absorb(load<std::uint64_t>(at));
  }
  state.absorb(std::uint64_t{bytes.size()} << 56 | load_rest(bytes.data(), bytes.size()));

  state.v2 ^= 0xff;
  state.round();
  state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace replserver

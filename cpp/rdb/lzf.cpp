#include "rdb/lzf.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace replserver {
namespace {

constexpr std::size_t kLiteralsMax = 32;
constexpr std::size_t kMatchMin = 3;
constexpr std::size_t kMatchMax = 264;
constexpr std::size_t kDistanceMax = 8192;
constexpr unsigned kLongMatch = 7;

std::uint32_t three_bytes(const unsigned char* at) {
  std::uint16_t two;
  std::memcpy(&two, at, sizeof two);
  return two | static_cast<std::uint32_t>(at[2]) << 16;
}

// Where three bytes were last seen. A slot that nothing was put into names the first place, which
// is a guess like any other, so that nobody need ask whether there is one.
template <class Place, unsigned bits_max>
class Seen {
 public:
  // As large as the input makes sensible: clearing it must not cost more than reading the input.
  explicit Seen(std::size_t input)
      : shift_(32 - std::clamp(static_cast<unsigned>(std::bit_width(input)), kBitsMin, bits_max)) {
    std::fill_n(places_, std::size_t{1} << (32 - shift_), Place{0});
  }

  // The place of the same three bytes, or of others; and remembers this one.
  std::size_t exchange(std::uint32_t three, std::size_t place) {
    Place& slot = places_[(three * 0x9e3779b1u) >> shift_];
    const Place before = slot;
    slot = static_cast<Place>(place);
    return before;
  }

 private:
  static constexpr unsigned kBitsMin = 8;
  unsigned shift_;
  Place places_[std::size_t{1} << bits_max];
};

// Of most strings there is little: a table that is cleared by a few instructions.
using SeenInShort = Seen<std::uint8_t, 8>;
constexpr std::size_t kShortMax = 256;
using SeenInLong = Seen<std::uint32_t, 13>;
constexpr std::size_t kLongMax = UINT32_MAX;

class Compressed {
 public:
  Compressed(char* to, std::size_t room)
      : begin_(reinterpret_cast<unsigned char*>(to)), at_(begin_), end_(begin_ + room) {}

  bool literals(const unsigned char* from, std::size_t count) {
    while (count > 0) {
      const std::size_t part = std::min(count, kLiteralsMax);
      if (left() < part + 1) return false;
      *at_++ = static_cast<unsigned char>(part - 1);
      std::memcpy(at_, from, part);
      at_ += part;
      from += part;
      count -= part;
    }
    return true;
  }
  bool match(std::size_t distance, std::size_t length) {
    if (left() < 3) return false;
    distance -= 1;
    length -= 2;
    const auto high = static_cast<unsigned>(distance >> 8);
    if (length < kLongMatch) {
      *at_++ = static_cast<unsigned char>(length << 5 | high);
    } else {
      *at_++ = static_cast<unsigned char>(kLongMatch << 5 | high);
      *at_++ = static_cast<unsigned char>(length - kLongMatch);
    }
    *at_++ = static_cast<unsigned char>(distance);
    return true;
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  unsigned char *begin_, *at_, *end_;
};

template <class Table>
std::size_t compress(ByteView from, char* to, std::size_t room) {
  const auto* in = reinterpret_cast<const unsigned char*>(from.data());
  const std::size_t size = from.size();
  Table seen(size);
  Compressed out(to, room);
  std::size_t literals = 0;  // where they begin
  std::size_t at = 1;
  // Behind the last place from which on a match helps: there are three bytes for it, and the room
  // holds what is before it.
  const auto end_of_search = [&] {
    const std::size_t fits = literals + (room - out.size());
    return std::min(size, fits) < kMatchMin ? 0 : std::min(size, fits) - kMatchMin + 1;
  };
  std::size_t search_end = end_of_search();
  while (at < search_end) {
    const std::uint32_t three = three_bytes(in + at);
    const std::size_t before = seen.exchange(three, at);
    if (three_bytes(in + before) != three || at - before > kDistanceMax) {
      ++at;
      continue;
    }
    const std::size_t longest = std::min(size - at, kMatchMax);
    std::size_t length = kMatchMin;
    while (length < longest && in[before + length] == in[at + length]) ++length;
    if (!out.literals(in + literals, at - literals) || !out.match(at - before, length)) return 0;
    // The last bytes of a match are where the next one usually continues.
    const std::size_t end = at + length;
    for (at = std::max(at + 1, end - 2); at < end && at + kMatchMin <= size; ++at) {
      seen.exchange(three_bytes(in + at), at);
    }
    at = literals = end;
    search_end = end_of_search();
  }
  return out.literals(in + literals, size - literals) ? out.size() : 0;
}

}  // namespace

std::size_t lzf_compress(ByteView from, char* to, std::size_t room) {
  if (from.size() > kLongMax) return 0;
  return from.size() <= kShortMax ? compress<SeenInShort>(from, to, room)
                                  : compress<SeenInLong>(from, to, room);
}

bool lzf_decompress(ByteView from, char* to, std::size_t size) {
  const auto* in = reinterpret_cast<const unsigned char*>(from.data());
  const auto* const in_end = in + from.size();
  char* out = to;
  char* const out_end = to + size;
  while (in < in_end) {
    const unsigned control = *in++;
    if (control < kLiteralsMax) {
      const std::size_t count = control + 1;
      if (static_cast<std::size_t>(in_end - in) < count) return false;
      if (static_cast<std::size_t>(out_end - out) < count) return false;
      std::memcpy(out, in, count);
      in += count;
      out += count;
      continue;
    }
    std::size_t length = (control >> 5) + 2;
    if (control >> 5 == kLongMatch) {
      if (in == in_end) return false;
      length += *in++;
    }
    if (in == in_end) return false;
    const std::size_t distance = ((control & 31) << 8 | *in++) + 1;
    if (static_cast<std::size_t>(out - to) < distance) return false;
    if (static_cast<std::size_t>(out_end - out) < length) return false;
    const char* copied = out - distance;
    if (distance >= length) {
      std::memcpy(out, copied, length);
      out += length;
    } else {  // it repeats bytes that it writes itself
      for (; length > 0; --length) *out++ = *copied++;
    }
  }
  return out == out_end;
}

}  // namespace replserver

// RdbOutput — the words of the RDB format on their way into a stream of bytes.
//
// What is short is stored without further checks into room that was reserved for its worst case: a
// key with a short value costs one look at the room that is left, not one per byte.
//
// Borrows its stream, which nobody else may append to.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "base/block_stream.hpp"
#include "base/numbers.hpp"
#include "rdb/format.hpp"

namespace replserver {

static_assert(std::endian::native == std::endian::little, "fixed numbers are written as they lie");

// ---- unchecked stores: each returns the place behind what it wrote ----

constexpr std::size_t kRdbLengthMax = 9;
constexpr std::size_t kRdbIntegerMax = 1 + kIntegerTextMax;

template <class Number>
char* put_fixed(char* to, Number number) {
  std::memcpy(to, &number, sizeof number);
  return to + sizeof number;
}

inline char* put_byte(char* to, auto byte) {
  *to = static_cast<char>(byte);
  return to + 1;
}

inline char* put_length(char* to, std::uint64_t length) {
  if (length < 64) [[likely]]
    return put_byte(to, length);
  if (length < 16384) {
    to = put_byte(to, static_cast<unsigned>(RdbLength::bits_14) | length >> 8);
    return put_byte(to, length);
  }
  if (length <= UINT32_MAX) {
    to = put_byte(to, RdbLength::bits_32);
    return put_fixed(to, __builtin_bswap32(static_cast<std::uint32_t>(length)));
  }
  to = put_byte(to, RdbLength::bits_64);
  return put_fixed(to, __builtin_bswap64(length));
}

inline char* put_special(char* to, RdbString kind) {
  return put_byte(to, static_cast<unsigned>(RdbLength::special) | static_cast<unsigned>(kind));
}

// A string that is the text of an integer.
inline char* put_integer(char* to, std::int64_t value) {
  if (value == static_cast<std::int8_t>(value)) {
    return put_fixed(put_special(to, RdbString::int8), static_cast<std::int8_t>(value));
  }
  if (value == static_cast<std::int16_t>(value)) {
    return put_fixed(put_special(to, RdbString::int16), static_cast<std::int16_t>(value));
  }
  if (value == static_cast<std::int32_t>(value)) {
    return put_fixed(put_special(to, RdbString::int32), static_cast<std::int32_t>(value));
  }
  const std::size_t digits = format_integer(value, to + 1);
  return put_byte(to, digits) + digits;
}

// At most kRdbLengthMax + its size.
inline char* put_string(char* to, ByteView bytes) {
  constexpr std::size_t kLongestInt32 = 11;
  if (bytes.size() <= kLongestInt32 && !bytes.empty() && bytes.front() <= '9') {
    const auto integer = parse_integer(bytes);
    if (integer && *integer == static_cast<std::int32_t>(*integer))
      return put_integer(to, *integer);
  }
  to = put_length(to, bytes.size());
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

class RdbOutput {
 public:
  static constexpr std::size_t kReserveMax = 6 * 1024;  // an entry's own value, and its key
  static constexpr std::size_t kCompressMin = 20;       // longer ones are worth a try
  // Compressing takes a nanosecond or two for every byte, and must be done in one go, during which
  // nobody is served.
  static constexpr std::size_t kCompressMax = 64 * 1024;

  RdbOutput(BlockStream& stream, bool compresses)
      : stream_(stream), start_(stream.end()), compresses_(compresses) {}

  std::uint64_t end() const { return stream_.end(); }
  bool compresses(std::size_t size) const {
    return compresses_ && size > kCompressMin && size <= kCompressMax;
  }

  // Room for up to kReserveMax bytes, to be stored and then committed up to `end`.
  char* reserve(std::size_t size) {
    if (left_ < size) [[unlikely]]
      find_room(size);
    return at_;
  }
  void commit(char* end) {
    const auto size = static_cast<std::size_t>(end - at_);
    RS_ASSERT(size <= left_);
    if (at_ == scratch_) [[unlikely]]
      return commit_scratch(size);
    stream_.commit(size);
    at_ = end;
    left_ -= size;
  }

  template <class Byte>
  void byte(Byte byte) {
    commit(put_byte(reserve(1), byte));
  }
  void length(std::uint64_t length) { commit(put_length(reserve(kRdbLengthMax), length)); }
  template <class Number>
  void fixed(Number number) {
    commit(put_fixed(reserve(sizeof number), number));
  }
  void integer(std::int64_t value) { commit(put_integer(reserve(kRdbIntegerMax), value)); }
  void string(ByteView bytes) {
    if (bytes.size() > kReserveMax - 2 * kRdbLengthMax) [[unlikely]]
      return long_string(bytes);
    commit(put(reserve(2 * kRdbLengthMax + bytes.size()), bytes));
  }
  // The string as it is or compressed, into room that was reserved for it as it is, and for both
  // lengths.
  char* put(char* to, ByteView bytes) {
    if (!compresses(bytes.size())) [[likely]]
      return put_string(to, bytes);
    return put_compressed(to, bytes);
  }
  void raw(ByteView bytes) {
    stream_.append(bytes);
    left_ = 0;
  }

 private:
  void find_room(std::size_t size);
  void commit_scratch(std::size_t size);
  void long_string(ByteView bytes);
  char* put_compressed(char* to, ByteView bytes);
  ByteView compressed(ByteView bytes);

  BlockStream& stream_;
  std::uint64_t start_;
  bool compresses_;
  char* at_ = nullptr;
  std::size_t left_ = 0;  // there
  Bytes compressed_;
  char scratch_[kReserveMax];  // for what lies in two blocks
};

}  // namespace replserver

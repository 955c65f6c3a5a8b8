// A keyspace of short strings, as the benchmarks of the core use it: keys of 16 bytes, values of 32.
#pragma once

#include <cstring>
#include <memory>

#include "data/keyspace.hpp"

namespace replserver {

inline constexpr ByteView kValue = "value-of-thirty-two-bytes-length";

struct KeyText {
  char bytes[16];
  explicit KeyText(std::uint64_t number) {
    std::memcpy(bytes, "key:", 4);
    for (int digit = 15; digit >= 4; --digit, number /= 10) {
      bytes[digit] = static_cast<char>('0' + number % 10);
    }
  }
  ByteView view() const { return ByteView(bytes, 16); }
};

inline std::unique_ptr<Keyspace> filled(std::uint64_t keys) {
  Random random(1);
  auto keyspace = std::make_unique<Keyspace>(1, random);
  Database& database = keyspace->database(0);
  for (std::uint64_t number = 0; number < keys; ++number) {
    const KeyText key(number);
    database.set_string(database.make_key(key.view()), kValue, std::nullopt);
  }
  return keyspace;
}

// Shared by the reading benchmarks of one size.
inline Keyspace& keyspace_of(std::uint64_t keys) {
  static std::unique_ptr<Keyspace> kept;
  static std::uint64_t kept_keys = 0;
  if (kept_keys != keys) kept.reset();
  if (!kept) kept = filled(keys);
  kept_keys = keys;
  return *kept;
}

}  // namespace replserver

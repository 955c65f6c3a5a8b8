// SHA-1, and the digests of DEBUG DIGEST made from it.
//
// An order-less collection is xored together, an ordered one mixed, so that two servers with the
// same data give the same 40 hex digits whatever the layout of their tables.
#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>

#include "base/bytes.hpp"

namespace replserver {

using Digest = std::array<std::uint8_t, 20>;

class Sha1 {
 public:
  Sha1();
  void update(ByteView bytes);
  Digest digest();  // once, at the end

  static Digest of(ByteView bytes);

 private:
  SHA_CTX context_;
};

void xor_in(Digest& digest, const Digest& other);
void xor_in(Digest& digest, ByteView bytes);  // digest ^= sha1(bytes)
void mix_in(Digest& digest, ByteView bytes);  // the same, then digest = sha1(digest)

Bytes hex(const Digest& digest);  // 40 digits, lower case

}  // namespace replserver

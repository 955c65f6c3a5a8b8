// The plain functions are used although OpenSSL 3 prefers EVP: fetching an algorithm by name costs
// more than the digest of the few bytes that each call here has.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/digest.hpp"

namespace replserver {

static_assert(std::tuple_size_v<Digest> == SHA_DIGEST_LENGTH);

Sha1::Sha1() { SHA1_Init(&context_); }

void Sha1::update(ByteView bytes) { SHA1_Update(&context_, bytes.data(), bytes.size()); }

Digest Sha1::digest() {
  Digest digest;
  SHA1_Final(digest.data(), &context_);
  return digest;
}

Digest Sha1::of(ByteView bytes) {
  Sha1 sha;
  sha.update(bytes);
  return sha.digest();
}

void xor_in(Digest& digest, const Digest& other) {
  for (std::size_t index = 0; index < digest.size(); ++index) digest[index] ^= other[index];
}

void xor_in(Digest& digest, ByteView bytes) { xor_in(digest, Sha1::of(bytes)); }

void mix_in(Digest& digest, ByteView bytes) {
  xor_in(digest, bytes);
  digest = Sha1::of(ByteView(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

Bytes hex(const Digest& digest) {
  Bytes text;
  for (const std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace replserver

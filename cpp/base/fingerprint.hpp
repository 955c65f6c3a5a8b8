// Fingerprint — 64 bits that two of our own nodes compare where a Digest would cost too much: a
// mistake that they overlook is as likely as two of 2^64 equal numbers, and no attacker is about.
//
// Equal in all nodes, unlike the hash of a table, whose seed is a node's own. Never leaves a process.
#pragma once

#include <cstdint>

#include "base/hash.hpp"

namespace replserver {

struct Fingerprint {
  std::uint64_t bits = 0;
  bool operator==(const Fingerprint&) const = default;
};

// Seeded by what is there already, so that the order counts.
inline void mix_in(Fingerprint& fingerprint, ByteView bytes) {
  fingerprint.bits = keyed_hash(bytes, {fingerprint.bits, 0x7265706c73657276});
}

// Every bit of the number changes half of the others.
inline void mix_in(Fingerprint& fingerprint, std::uint64_t number) {
  std::uint64_t bits = fingerprint.bits ^ number;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  fingerprint.bits = bits ^ (bits >> 31);
}

// The order does not count.
inline void xor_in(Fingerprint& fingerprint, ByteView bytes) {
  fingerprint.bits ^= keyed_hash(bytes, {0x6c61626f7261746f, 0x7265706c73657276});
}

}  // namespace replserver

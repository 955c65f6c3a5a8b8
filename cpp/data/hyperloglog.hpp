// HyperLogLog — an estimate of how many different elements were seen, in a string of at most 12 KiB.
//
//   "HYLL" | encoding 1 | unused 3 | cached cardinality 8, highest bit: it is stale | registers
//
//   dense:   6 bits × 16384, from the lowest bit of each byte up
//   sparse:  00nnnnnn  n+1 zeros    01nnnnnn nnnnnnnn  n+1 zeros    1vvvvvnn  n+1 registers of v+1
//
// The bytes are those of Redis, so that a replica and an RDB file agree on them. Functions over the
// bytes of a value; whose they are, and how they get back there, is the commands' business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"

namespace replserver::hll {

constexpr unsigned kIndexBits = 14;
constexpr std::size_t kRegisters = std::size_t{1} << kIndexBits;
constexpr std::size_t kHeader = 16;
constexpr std::size_t kDenseSize = kHeader + kRegisters * 6 / 8;

using Registers = std::array<std::uint8_t, kRegisters>;

// Where an element is counted, and the value its register must have at least.
struct Mark {
  std::uint32_t index;
  std::uint8_t value;
};
Mark mark_of(ByteView element);

Bytes make();                 // empty, sparse
bool is_one(ByteView bytes);  // by its header and size; a sparse one may still be corrupt
bool is_dense(ByteView bytes);

std::optional<std::uint64_t> cached_cardinality(ByteView bytes);
void cache_cardinality(char* bytes, std::uint64_t cardinality);
void drop_cache(char* bytes);

// Raises a register of a dense one; false: it was as high.
bool raise_dense(char* bytes, const Mark& mark);
// Of a sparse one, which becomes dense beyond `size_max`. Nothing: it is corrupt.
std::optional<bool> raise_sparse(Bytes& bytes, const Mark& mark, std::size_t size_max);
// Either. Nothing: it is corrupt.
std::optional<bool> raise(Bytes& bytes, const Mark& mark, std::size_t size_max);
bool make_dense(Bytes& bytes);  // false: it is corrupt

// Raises each register to what it is in `bytes`. False: these are corrupt.
bool merge(Registers& registers, ByteView bytes);
std::uint64_t estimate(const Registers& registers);

Bytes describe(ByteView sparse);  // "Z:3000 v:2,1 z:20": PFDEBUG DECODE, also of a corrupt one

}  // namespace replserver::hll

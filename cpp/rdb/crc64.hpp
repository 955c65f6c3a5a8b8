// CRC64 "Jones" as RDB files and DUMP payloads end with it: reflected, starting at 0, not inverted.
// "123456789" gives 0xe9c6d914c4b8d9ca. No library carries this variant.
//
// By carry-less multiplication where the CPU has it (14 GB/s), which is asked for at run time; by
// tables of eight bytes a step elsewhere (1.9 GB/s).
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace replserver {

// The checksum of what `crc` is the checksum of, followed by these bytes.
std::uint64_t crc64(std::uint64_t crc, ByteView bytes);

// The two ways by themselves, so that tests can hold them against each other.
std::uint64_t crc64_by_tables(std::uint64_t crc, ByteView bytes);
bool crc64_can_fold();
std::uint64_t crc64_by_folding(std::uint64_t crc, ByteView bytes);  // only if it can

}  // namespace replserver

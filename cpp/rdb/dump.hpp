// Values as DUMP hands them out: type | value | version 2 | CRC64.
#pragma once

#include "base/bytes.hpp"
#include "data/entry.hpp"
#include "rdb/format.hpp"

namespace replserver {

// Appends the value of this entry, for servers that read this version of RDB.
void dump_value(Bytes& out, const Entry& entry, int version = kRdbVersionDefault);

// How many bytes it takes in an RDB file.
std::size_t encoded_size(const Entry& entry, bool compress);

}  // namespace replserver

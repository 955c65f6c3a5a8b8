// Values as DUMP hands them out: type | value | version 2 | CRC64.
#pragma once

#include "base/bytes.hpp"
#include "data/entry.hpp"
#include "rdb/format.hpp"

namespace replserver {

struct DumpFormat {
  int version = kRdbVersionDefault;  // of RDB, that the reader must know
  bool compress = false;
};

// Appends the value of this entry.
void dump_value(Bytes& out, const Entry& entry, const DumpFormat& format = {});

// How many bytes it takes in an RDB file.
std::size_t encoded_size(const Entry& entry, bool compress);

}  // namespace replserver

#include "rdb/dump.hpp"

#include <algorithm>

#include "base/block_stream.hpp"
#include "data/value.hpp"
#include "rdb/crc64.hpp"
#include "rdb/output.hpp"
#include "rdb/value_encoder.hpp"

namespace replserver {
namespace {

// One block for what is small.
std::size_t block_size(const Entry& entry) {
  constexpr std::size_t kMost = 256 * 1024;
  return std::min(entry.size() + value_memory(entry) + 2 * kRdbLengthMax, kMost);
}

}  // namespace

void dump_value(Bytes& out, const Entry& entry, const DumpFormat& format) {
  BlockStream stream(block_size(entry));
  RdbOutput values(stream, format.compress);
  ValueEncoder value(entry, format.version);
  values.byte(value.type());
  value.write(values);
  values.fixed(static_cast<std::uint16_t>(format.version));

  const std::size_t begin = out.size();
  out.reserve(begin + stream.end() + kRdbChecksumSize);
  for (std::uint64_t at = 0; at < stream.end();) {
    const ByteView bytes = stream.read(at);
    out += bytes;
    at += bytes.size();
  }
  const std::uint64_t checksum = crc64(0, ByteView(out).substr(begin));
  out.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

std::size_t encoded_size(const Entry& entry, bool compress) {
  BlockStream stream(block_size(entry));
  RdbOutput values(stream, compress);
  ValueEncoder value(entry, kRdbVersionDefault);
  while (!value.write(values, 64 * 1024)) stream.forget(stream.end());
  return stream.end();
}

}  // namespace replserver

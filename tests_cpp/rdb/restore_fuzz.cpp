// Any payload is refused, or gives a value that can be dumped, and restored from that as the same.
#include <cstdint>
#include <cstdlib>

#include "rdb/dump.hpp"
#include "rdb/file.hpp"
#include "rdb/restore.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 2) return 0;
  // The first byte chooses the check; footer and checksum are ours, or nothing would ever pass.
  Bytes payload(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto seal = [](Bytes& bytes) {
    bytes.append("\x0c\0", 2);
    const std::uint64_t checksum = crc64(0, bytes);
    bytes.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
  };
  seal(payload);
  Loaded target;
  Database& database = target.keyspace.database(0);
  const Key one = target.keyspace.make_key("one"), other = target.keyspace.make_key("other");
  const bool deep = data[0] % 2 == 0;
  if (!restore_value(payload, database, one, {}, deep)) return 0;
  const Bytes digest = hex(value_digest(*database.find(one)));
  if (!deep) return 0;
  Bytes again;
  dump_value(again, *database.find(one), {.version = kRdbVersionMax});
  if (!restore_value(again, database, other, {}, true)) std::abort();
  if (hex(value_digest(*database.find(other))) != digest) std::abort();
  return 0;
}

// The numbers of the RDB format: what its bytes mean to whoever writes and whoever reads them.
//
//   "REDIS0011" | AUX … | FUNCTION2 … | per database: SELECTDB RESIZEDB keys … | EOF | CRC64
//   key: [IDLE or FREQ] [EXPIRETIME_MS] type | key | value
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace replserver {

constexpr int kRdbVersionMax = 12;  // that is read
constexpr int kRdbVersionDefault = 11;
constexpr int kRdbVersionMin = 9;  // that is written

constexpr ByteView kRdbMagic = "REDIS";  // followed by four digits of the version
constexpr std::size_t kRdbHeaderSize = 9;
constexpr std::size_t kRdbChecksumSize = 8;
constexpr int kRdbChecksumSince = 5;  // the version whose files end with one

enum class RdbOpcode : std::uint8_t {
  key_meta = 243,  // Redis 8.4; SLOT_IMPORT to Valkey 9
  slot_info = 244,
  function = 245,
  function_pre_ga = 246,
  module_aux = 247,
  idle = 248,
  freq = 249,
  aux = 250,
  resize_db = 251,
  expiry_ms = 252,
  expiry_s = 253,
  select_db = 254,
  eof = 255,
};

enum class RdbType : std::uint8_t {
  string = 0,
  list = 1,
  set = 2,
  zset = 3,  // scores as text
  hash = 4,
  zset_2 = 5,  // scores as 8 bytes
  module_pre_ga = 6,
  module_2 = 7,
  hash_zipmap = 9,
  list_ziplist = 10,
  set_intset = 11,
  zset_ziplist = 12,
  hash_ziplist = 13,
  list_quicklist = 14,  // of ziplists
  stream_listpacks = 15,
  hash_listpack = 16,
  zset_listpack = 17,
  list_quicklist_2 = 18,
  stream_listpacks_2 = 19,
  set_listpack = 20,
  stream_listpacks_3 = 21,
  hash_metadata_pre_ga = 22,
  hash_listpack_ex_pre_ga = 23,
  hash_metadata = 24,
  hash_listpack_ex = 25,
};

enum class RdbContainer : std::uint8_t { plain = 1, packed = 2 };  // a node of list_quicklist_2

// The first byte of a length: its upper two bits tell the kind.
enum class RdbLength : std::uint8_t {
  bits_6 = 0x00,
  bits_14 = 0x40,
  bits_32 = 0x80,
  bits_64 = 0x81,
  special = 0xc0,  // not a length: what the lower six bits tell
};

// Strings that are something else.
enum class RdbString : std::uint8_t { int8 = 0, int16 = 1, int32 = 2, lzf = 3 };

// The length byte of a score as text, where there is no text.
enum class RdbScore : std::uint8_t { nan = 253, positive_infinity = 254, negative_infinity = 255 };

// What separates the values of a module.
enum class RdbModulePart : std::uint8_t {
  eof = 0,
  signed_integer = 1,
  unsigned_integer = 2,
  float_number = 3,
  double_number = 4,
  string = 5,
};

}  // namespace replserver

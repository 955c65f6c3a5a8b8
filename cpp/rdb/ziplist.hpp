// The packed forms of old RDB files. They are read once, into what took their place; each element
// is checked on the way, so that no byte outside of the blob is read, whatever it says.
//
//   ziplist:  bytes 4 | offset of the last 4 | count 2 | entry … | 0xff
//     entry:  size of the one before, 1 byte or 0xfe and 4 | encoding and size | data
//   zipmap:   count 1 | size, key, size, free 1, value, free bytes … | 0xff   size: 1, or 254 and 4
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.hpp"
#include "data/listpack.hpp"

namespace replserver {

enum class OldElement { found, end, broken };

class ZiplistReader {
 public:
  explicit ZiplistReader(ByteView bytes);  // whose elements live as long as they
  OldElement next(PackedElement& element);
  std::size_t position() const { return at_; }

 private:
  bool read_data(PackedElement& element);
  std::size_t left() const { return bytes_.size() - at_; }
  unsigned char byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }

  ByteView bytes_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;    // where the last entry that was read begins
  std::size_t before_ = 0;  // its size
  std::size_t count_ = 0;
  bool is_broken_ = false;
};

class ZipmapReader {  // keys and values in turn
 public:
  explicit ZipmapReader(ByteView bytes);
  OldElement next(PackedElement& element);
  std::size_t position() const { return at_; }

 private:
  bool read_size(std::size_t& size);

  ByteView bytes_;
  std::size_t at_ = 1;
  std::size_t count_ = 0;
  bool is_value_ = false;
};

}  // namespace replserver

// Any bytes, in pieces, are refused or loaded into databases that can be read; and a file that is
// loaded whole is loaded the same way in pieces.
#include <cstdint>
#include <cstdlib>

#include "rdb/file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 1) return 0;
  // The first byte chooses the size of the pieces and the depth of the check.
  const ByteView file(reinterpret_cast<const char*>(data + 1), size - 1);
  const RdbLoader::Options options{
      .checksum = false, .deep = data[0] % 2 == 0, .skip_modules = data[0] % 3 == 0};
  Loaded whole, pieces;
  const Bytes error = whole.load(file, SIZE_MAX, options);
  const Bytes error_of_pieces = pieces.load(file, 1 + data[0] / 8, options);
  if (error.empty() != error_of_pieces.empty()) std::abort();
  if (error.empty() && whole.digest() != pieces.digest()) std::abort();
  return 0;
}

// Any bytes are refused or decompressed within their bounds; what is compressed comes back.
#include <cstdint>
#include <cstdlib>

#include "rdb/lzf.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  if (size < 2) return 0;
  // Two bytes tell how much room there is, the others are what is to be read.
  const std::size_t room = data[0] | data[1] << 8;
  const ByteView bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  Bytes to(room, 0);
  (void)lzf_decompress(bytes, to.data(), room);

  const std::size_t compressed = lzf_compress(bytes, to.data(), room);
  if (compressed > room) std::abort();
  if (compressed == 0) return 0;
  Bytes back(bytes.size(), 0);
  if (!lzf_decompress(ByteView(to).substr(0, compressed), back.data(), back.size())) std::abort();
  if (back != bytes) std::abort();
  return 0;
}

// Any bytes, whole and in pieces, make the same commands or the same error.
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "resp/transcript.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  using namespace replserver::resp;
  if (size < 2) return 0;
  // The first bytes choose the limits and the cuts.
  const ParserLimits limits{.bulk_max = data[0] & 1 ? 512u << 20 : 100,
                            .inline_max = data[0] & 2 ? 65536u : 30u,
                            .words_max = data[0] & 4 ? 2147483647 : 20,
                            .authenticated = (data[0] & 8) == 0};
  Random random(data[1]);
  const ByteView stream(reinterpret_cast<const char*>(data + 2), size - 2);
  const Bytes whole = transcript(stream, limits, uncut);
  if (transcript(stream, limits, [] { return 1; }) != whole) std::abort();
  if (transcript(stream, limits, [&] { return 1 + random.below(20); }) != whole) std::abort();
  return 0;
}

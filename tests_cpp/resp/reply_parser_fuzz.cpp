// Any bytes, whole and in pieces, make the same replies, and fail or not alike.
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "resp/transcript.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  using namespace replserver::resp;
  if (size < 2) return 0;
  // The first bytes choose the limits and the cuts.
  ReplyLimits limits;
  if (data[0] & 1) limits = {.size_max = 60, .line_max = 10, .nesting_max = 3, .elements_max = 8};
  Random random(data[1]);
  const ByteView stream(reinterpret_cast<const char*>(data + 2), size - 2);
  const ReplyTranscript whole = reply_transcript(stream, limits, uncut);
  const auto check = [&](const ReplyTranscript& cut) {
    if (cut.replies != whole.replies || cut.failed != whole.failed) std::abort();
    if (!whole.failed && cut.at_border != whole.at_border) std::abort();
  };
  check(reply_transcript(stream, limits, [] { return 1; }));
  check(reply_transcript(stream, limits, [&] { return 1 + random.below(20); }));
  return 0;
}

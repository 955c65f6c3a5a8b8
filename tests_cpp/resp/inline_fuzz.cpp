// Any line is split or refused; its words, quoted, are split into the same words again.
#include <cstdint>
#include <cstdlib>

#include "base/ascii.hpp"
#include "resp/parser.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  const auto words = resp::split_words(ByteView(reinterpret_cast<const char*>(data), size));
  if (!words) return 0;
  Bytes line;
  for (const Bytes& word : *words) line += quoted(word) + " ";
  if (resp::split_words(line) != words) std::abort();
  return 0;
}

// A HyperLogLog from outside: whatever its bytes, nothing beyond them is read, and it stays one.
#include <cstddef>
#include <cstdint>

#include "base/assert.hpp"
#include "data/hyperloglog.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace replserver;
  Bytes bytes = hll::make();
  bytes.resize(hll::kHeader);
  bytes.append(reinterpret_cast<const char*>(data), size);
  if (!hll::is_one(bytes)) return 0;
  hll::Registers registers{};
  const bool whole = hll::merge(registers, bytes);
  hll::describe(bytes);
  const std::size_t limit = size > 0 ? data[0] * 16u : 3000;
  for (std::uint32_t index = 0; index < hll::kRegisters; index += 997) {
    const auto rose = hll::raise(bytes, {index, static_cast<std::uint8_t>(1 + index % 40)}, limit);
    RS_ASSERT(rose.has_value() || !whole);
  }
  hll::Registers after{};
  RS_ASSERT(hll::merge(after, bytes) || !whole);
  return 0;
}

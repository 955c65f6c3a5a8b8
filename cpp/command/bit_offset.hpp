// Offsets of bits in arguments: "7", and "#7" for the seventh field of some width.
#pragma once

#include <cstdint>
#include <optional>

#include "command/context.hpp"

namespace replserver {

// Nothing: refused, and told so. `width`: of the fields that "#" counts; 0: there is no "#".
inline std::optional<std::uint64_t> read_bit_offset(Context& context, ByteView word,
                                                    unsigned width = 0) {
  constexpr ByteView kRefused = "ERR bit offset is not an integer or out of range";
  const bool by_fields = width > 0 && word.starts_with('#');
  const auto number = Context::integer(by_fields ? word.substr(1) : word, kRefused);
  const auto most = static_cast<std::int64_t>(context.settings.bulk_max) * 8;
  const std::int64_t unit = by_fields ? width : 1;
  if (!number || *number < 0 || *number >= most || *number * unit >= most) {
    context.reply.error(kRefused);
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(*number * unit);
}

}  // namespace replserver

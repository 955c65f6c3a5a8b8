// What SCAN, HSCAN, SSCAN and ZSCAN have in common: cursor, options, the shape of their reply.
#pragma once

#include <cstdint>
#include <optional>

#include "command/context.hpp"

namespace replserver {

struct ScanOptions {
  std::int64_t count = 10;
  ByteView pattern = "*";
  ByteView type;
  bool has_type = false;
  bool no_values = false;

  // "*" is answered without matching: it means every name, also the empty one.
  bool matches(ByteView name) const;
};

// Which options exist beside MATCH and COUNT.
struct ScanForms {
  bool type = false;
  bool no_values = false;
};

// As strtoul reads it, which older clients rely on for "-1" and "+5"; and "" is 0.
std::optional<std::uint64_t> parse_cursor(ByteView text);
// The options from word `first` on. False: refused, and told so.
bool read_scan_options(Context& context, Args args, std::size_t first, const ScanForms& forms,
                       ScanOptions& scan);

// The cursor and the options of a collection's scan, and its entry. False: it has been answered,
// also when the key is missing.
bool begin_scan(Context& context, Args args, Type type, const ScanForms& forms,
                std::uint64_t& cursor, ScanOptions& scan, const Entry*& entry);

// The head of the reply: the cursor, and then an array of so many.
void reply_scanned(resp::Writer& reply, std::uint64_t next, std::size_t words);

}  // namespace replserver

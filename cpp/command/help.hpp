// What HELP of a container command answers, in the shape that Redis gives it.
#pragma once

#include <span>

#include "base/ascii.hpp"
#include "resp/writer.hpp"

namespace replserver {

// `lines`: per subcommand its syntax, then its explanation, indented by four blanks. HELP itself is
// added.
inline void reply_help(resp::Writer& reply, ByteView container, std::span<const ByteView> lines) {
  reply.array(lines.size() + 3);
  reply.simple(upper(container) + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const ByteView line : lines) reply.simple(line);
  reply.simple("HELP");
  reply.simple("    Prints this help.");
}

}  // namespace replserver

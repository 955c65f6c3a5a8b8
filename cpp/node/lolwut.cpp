#include "node/lolwut.hpp"

namespace replserver {
namespace {

Bytes repeated(ByteView sign, std::size_t count) {
  Bytes text;
  for (std::size_t i = 0; i < count; ++i) text += sign;
  return text;
}

// A replica that has everything, that is behind, or whose link is cut.
Bytes follower(Random& random, std::size_t columns) {
  const std::size_t applied = columns - random.below(columns / 3 + 1);
  const std::size_t missing = columns - applied;
  if (missing == 0) return repeated("=", columns) + "> in step";
  const bool is_cut = random.below(4) == 0;
  const Bytes gap = is_cut ? " x" + repeated(" ", missing - 1) : repeated(".", missing) + " ";
  return repeated("=", applied) + gap + (is_cut ? "will resume" : "on its way");
}

}  // namespace

Bytes replication_picture(Random& random, std::size_t columns, std::size_t replicas) {
  Bytes text = "primary   " + repeated("=", columns) + "> writes\n";
  for (std::size_t i = 0; i < replicas; ++i) {
    text += "  `-- " + std::to_string(i % 10) + "   " + follower(random, columns) + "\n";
  }
  return text + "\nOne history; everyone holds a prefix of it.\n";
}

}  // namespace replserver

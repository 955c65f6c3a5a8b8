#include "command/command.hpp"

namespace replserver {

bool key_positions(const Command& command, Args args, std::vector<int>& positions) {
  if (command.find_keys) return command.find_keys(args, positions);
  if (command.keys.first == 0) return true;

  const int count = static_cast<int>(args.size());
  const int last = command.keys.last < 0 ? count + command.keys.last : command.keys.last;
  if (last >= count) return false;
  for (int at = command.keys.first; at <= last; at += command.keys.step) positions.push_back(at);
  return true;
}

}  // namespace replserver

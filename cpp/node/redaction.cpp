#include "node/redaction.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "node/config_table.hpp"

namespace replserver {
namespace {

constexpr ByteView kRedacted = "(redacted)";

// HELLO 3 AUTH user password SETNAME name
void redact_hello(std::vector<ByteView>& words) {
  for (std::size_t i = 2; i + 2 < words.size(); ++i) {
    if (!equal_ignoring_case(words[i], "auth")) continue;
    words[i + 1] = words[i + 2] = kRedacted;
    i += 2;
  }
}

// MIGRATE host port key db timeout … AUTH password | AUTH2 user password … KEYS key …
void redact_migrate(std::vector<ByteView>& words) {
  for (std::size_t i = 6; i + 1 < words.size(); ++i) {
    if (equal_ignoring_case(words[i], "keys")) return;
    std::size_t secrets = equal_ignoring_case(words[i], "auth") ? 1 : 0;
    if (equal_ignoring_case(words[i], "auth2")) secrets = 2;
    for (; secrets > 0 && i + 1 < words.size(); --secrets) words[++i] = kRedacted;
  }
}

// CONFIG SET name value [name value …]
void redact_config_set(std::vector<ByteView>& words) {
  for (std::size_t i = 2; i + 1 < words.size(); i += 2) {
    const Directive* const directive = find_directive(words[i]);
    if (directive != nullptr && (directive->flags & kSensitive) != 0) words[i + 1] = kRedacted;
  }
}

}  // namespace

std::vector<ByteView> redacted(const Command& command, Args words) {
  std::vector<ByteView> shown(words.begin(), words.end());
  if (command.name == "auth") {
    std::fill(shown.begin() + 1, shown.end(), kRedacted);
  } else if (command.name == "hello") {
    redact_hello(shown);
  } else if (command.name == "migrate") {
    redact_migrate(shown);
  } else if (command.name == "config|set") {
    redact_config_set(shown);
  }
  return shown;
}

}  // namespace replserver

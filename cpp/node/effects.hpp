// Effects — what a Node wants its driver to do, pulled after every input.
//
// The driver carries them out in this order: log, dial, writable, hang_up, operations, stop. A file or
// listening operation is answered by Node::completed(), a dialled link by Node::opened() or closed().
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "node/config_values.hpp"

namespace replserver {

// A slot of the node's, in the low half, and how often it was used: never the same twice. Slots are
// small numbers, so a driver can keep its sockets in a vector.
enum class LinkId : std::uint64_t {};
inline std::uint32_t slot_of(LinkId link) { return static_cast<std::uint32_t>(link); }
enum class OperationId : std::uint64_t {};

struct Endpoint {
  Bytes host;
  std::uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct LogRecord {
  LogLevel level;
  char role;  // M or S
  Bytes text;
};

// Operations. Paths are relative to the node's `dir` unless they are absolute.
struct ReadFile {
  Bytes path;
};
struct WriteFile {
  Bytes path;
  Bytes content;
};  // atomically: a temporary name, fsync, rename
struct ChangeDir {
  Bytes path;
};                  // checked; becomes the node's `dir`
struct Listen {};   // bind and port changed: listen anew
struct Logging {};  // loglevel, logfile, syslog-* changed
struct Operation {
  OperationId id;
  std::variant<ReadFile, WriteFile, ChangeDir, Listen, Logging> what;
};

struct Dial {  // answered by Node::opened() or Node::closed(), unless it is hung up before
  LinkId link;
  Endpoint endpoint;
};

struct Effects {
  std::vector<LogRecord> log;
  std::vector<Dial> dial;
  std::vector<LinkId> writable;  // links that have output to pull
  std::vector<Operation> operations;
  std::vector<LinkId> hang_up;  // links to close now; the Node has forgotten them
  Duration busy{};              // DEBUG SLEEP: nothing else happens on this node for so long
  bool stop = false;            // the node has shut down: send what is writable, then end
  bool abort = false;           // DEBUG SEGFAULT and the like: die as the user asked

  void clear() {  // keeps the vectors' room: a turn's effects cost no allocation
    log.clear();
    dial.clear();
    writable.clear();
    operations.clear();
    hang_up.clear();
    busy = {};
    stop = abort = false;
  }
  bool nothing_more() const {  // whose doing may have brought about more
    return log.empty() && dial.empty() && writable.empty() && operations.empty() && hang_up.empty();
  }
};

}  // namespace replserver

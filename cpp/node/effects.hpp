// Effects — what a Node wants its driver to do, pulled after every input.
//
// The driver carries them out in this order: log, dial, writable, input, gathering, hang_up,
// operations, stop. A dialled link is answered by Node::opened() or closed(), an operation by
// Node::completed(), at once or later, those on files in the order in which they were asked for.
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

// Operations on files. Paths are relative to the node's `dir` unless they are absolute. Each
// completes with what is said here, or with nothing.
struct ReadFile {  // its content
  Bytes path;
};
struct WriteFile {  // atomically: a temporary name, fsync, rename
  Bytes path;
  Bytes content;
};
struct FileSize {  // in bytes, as decimal text
  Bytes path;
};
// Up to `size` bytes from `offset` on; fewer: the file ends there. Whoever begins at 0 goes on
// reading that same file, also when its name has come to mean another one meanwhile.
struct ReadPart {
  Bytes path;
  std::uint64_t offset = 0;
  std::size_t size = 0;
};
// At offset 0 the file is made anew. The pieces must stay where they are until it is completed.
struct WritePart {
  Bytes path;
  std::uint64_t offset = 0;
  std::vector<ByteView> pieces;
};
struct SyncFile {  // what was written of it is on the disk, but not yet its name
  Bytes path;
};
struct RenameFile {  // replaces `to`; then the directory is synced, so that a crash keeps it
  Bytes from, to;
};
struct RemoveFile {
  Bytes path;
};

// Other operations.
struct ChangeDir {  // checked; becomes the node's `dir`: its absolute path
  Bytes path;
};
struct Listen {};   // bind and port changed: listen anew
struct Logging {};  // loglevel, logfile, syslog-* changed

struct Operation {
  OperationId id;
  std::variant<ReadFile, WriteFile, FileSize, ReadPart, WritePart, SyncFile, RenameFile, RemoveFile,
               ChangeDir, Listen, Logging>
      what;
};

struct Dial {  // answered by Node::opened() or Node::closed(), unless it is hung up before
  LinkId link;
  Endpoint endpoint;
};

struct Effects {
  std::vector<LogRecord> log;
  std::vector<Dial> dial;
  std::vector<LinkId> writable;  // links that have output to pull; who cannot now does so by itself
  std::vector<LinkId> input;     // links whose Node::holds_input() is another one now
  std::vector<LinkId> gathering;  // links whose small writes may wait for more: no TCP_NODELAY
  std::vector<Operation> operations;
  std::vector<LinkId> hang_up;  // links to close now; the Node has forgotten them
  Duration busy{};              // DEBUG SLEEP: nothing else happens on this node for so long
  bool stop = false;            // the node has shut down: send what is writable, then end
  bool failed = false;          // with stop: it could not do what it was started for
  bool abort = false;           // DEBUG SEGFAULT and the like: die as the user asked

  void clear() {  // keeps the vectors' room: a turn's effects cost no allocation
    log.clear();
    dial.clear();
    writable.clear();
    input.clear();
    gathering.clear();
    operations.clear();
    hang_up.clear();
    busy = {};
    stop = failed = abort = false;
  }
  bool nothing_more() const {  // whose doing may have brought about more
    return log.empty() && dial.empty() && writable.empty() && operations.empty() && hang_up.empty();
  }
};

}  // namespace replserver

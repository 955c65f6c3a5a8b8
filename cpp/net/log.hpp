// ServerLog — the log of a server that runs as a program: lines in Redis' shape, through spdlog, to
// standard output or a file, and to syslog if asked.
//
//   12345:M 20 Nov 2026 23:36:00.123 * Ready to accept connections tcp
//
// Every line is flushed at once. The file is opened when the configuration names it: a log that was
// moved away is followed until CONFIG SET logfile opens a new one.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "base/time.hpp"
#include "node/config.hpp"
#include "node/effects.hpp"

namespace replserver::net {

class ServerLog {
 public:
  ServerLog();
  ~ServerLog();

  // Opens what the configuration names. The error names the file; the old log goes on then.
  std::optional<Error> open(const NodeConfig& config);
  void write(const LogRecord& record, WallTime at);
  // The process' own lines, as far as the configuration's loglevel asks for them; the node filters
  // its lines by itself. Role C: before there is a node, as Redis writes them.
  void say(LogLevel level, ByteView text, char role = 'C');

 private:
  struct Sinks;
  std::unique_ptr<Sinks> sinks_;
  LogLevel level_ = LogLevel::notice;
};

// "20 Nov 2026 23:36:00.123", local time.
Bytes log_time(WallTime at);

}  // namespace replserver::net

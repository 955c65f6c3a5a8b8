// The configuration file and the command line, in redis.conf's language.
//
//   argv ─> read_command_line ─> driver reads the file, or standard input ─> load_config ─> Config
//
// No file is touched here: the driver passes the texts, and a function for `include`.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "node/config.hpp"

namespace replserver {

// What the words after the program's name ask for.
struct CommandLine {
  enum class Task { serve, version, help, check_config };

  Task task = Task::serve;
  std::optional<Bytes> file;    // a configuration file
  bool standard_input = false;  // "-": more configuration is read from there
  Bytes options;                // --port 7000 …, as lines of a configuration file
};
// An Error's text is for standard error; the exit code is 1.
Result<CommandLine> read_command_line(const Words& arguments);

// The text of load_config, of a command line's parts as the driver read them.
Bytes join_config(std::optional<ByteView> file, std::optional<ByteView> standard_input,
                  ByteView options);

// The texts that an `include` names: one file, or, where it has wildcards, all that match, by name.
// An Error's text says why one could not be read: "No such file or directory".
using ReadInclude = std::function<Result<std::vector<Bytes>>(ByteView path)>;

// Whether there is a command of that name, for rename-command.
using KnowsCommand = std::function<bool(ByteView name)>;

// Reads a configuration. The first wrong line stops it with Redis' report, ready for standard
// error; its line is counted within the text, or within the included one:
//
//   *** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***
//   Reading the configuration file, at line 2
//   >>> 'maxmemory abc'
//   argument must be a memory value
//
// Without `knows_command`, rename-command lines are kept as they are.
Result<Config> load_config(ByteView text, const ReadInclude& read_include, ByteView version,
                           Config start = {}, const KnowsCommand& knows_command = {});

}  // namespace replserver

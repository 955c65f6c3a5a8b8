// Options — what the command line asks of the load generator, with its defaults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace loadgen {

struct Options {
  std::string host = "127.0.0.1";
  int port = 6379;
  std::size_t connections = 50;
  std::size_t pipeline = 1;
  std::vector<std::string> commands;  // see Script

  std::uint64_t keys = 1'000'000;  // __rand__ is below this
  std::size_t key_size = 16;       // "key:" and digits
  std::size_t value_size = 64;
  std::uint64_t seed = 1;

  std::uint64_t requests = 0;  // 0: as many as fit in `seconds`
  double seconds = 3;
  double warmup_seconds = 0.5;
  double patience_seconds = 30;  // without one reply
  double rate = 0;               // requests per second of all connections at most; 0: any

  std::uint64_t fill = 0;  // keys to load in sequence; replaces the four above
  std::uint64_t fill_from = 0;
  bool probe = false;
  std::string probe_command = "GET";

  int pid = 0;  // of the server, for its CPU; 0: not measured
  bool help = false;

  std::size_t digits() const { return key_size - 4; }
};

extern const char* const kUsage;

// Throws std::invalid_argument, naming the word that is wrong.
Options parse_options(int argc, char** argv);

}  // namespace loadgen

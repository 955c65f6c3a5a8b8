#include "loadgen_options.hpp"

#include <charconv>
#include <functional>
#include <map>
#include <stdexcept>
#include <string_view>

namespace loadgen {
namespace {

template <class T>
T number_in(const std::string& name, const std::string& text, T low, T high) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || !(number >= low && number <= high)) {
    throw std::invalid_argument(name + ": not a number within its limits: " + text);
  }
  return number;
}

using Setter = std::function<void(Options&, const std::string& name, const std::string& text)>;

template <class T>
Setter number(T Options::*member, T low, T high) {
  return [=](Options& options, const std::string& name, const std::string& text) {
    options.*member = number_in(name, text, low, high);
  };
}

const std::map<std::string, Setter>& setters() {
  using O = Options;
  constexpr std::uint64_t many = 1'000'000'000'000;
  static const std::map<std::string, Setter> table = {
      {"--host", [](O& options, auto&, const std::string& text) { options.host = text; }},
      {"--port", number<int>(&O::port, 1, 65535)},
      {"--connections", number<std::size_t>(&O::connections, 1, 10'000)},
      {"--pipeline", number<std::size_t>(&O::pipeline, 1, 10'000)},
      {"--keys", number<std::uint64_t>(&O::keys, 1, many)},
      {"--key-size", number<std::size_t>(&O::key_size, 5, 4096)},
      {"--value-size", number<std::size_t>(&O::value_size, 0, 64u << 20)},
      {"--seed", number<std::uint64_t>(&O::seed, 0, UINT64_MAX)},
      {"--requests", number<std::uint64_t>(&O::requests, 1, many)},
      {"--seconds", number<double>(&O::seconds, 0.01, 3600)},
      {"--warmup", number<double>(&O::warmup_seconds, 0, 600)},
      {"--rate", number<double>(&O::rate, 0.001, 1e9)},
      {"--patience", number<double>(&O::patience_seconds, 0.1, 3600)},
      {"--fill", number<std::uint64_t>(&O::fill, 1, many)},
      {"--fill-from", number<std::uint64_t>(&O::fill_from, 0, many)},
      {"--probe-command",
       [](O& options, auto&, const std::string& text) { options.probe_command = text; }},
      {"--pid", number<int>(&O::pid, 1, 1 << 30)},
  };
  return table;
}

std::string long_name(const std::string& word) {
  if (word == "-p") return "--port";
  if (word == "-c") return "--connections";
  if (word == "-P") return "--pipeline";
  if (word == "-n") return "--requests";
  return word;
}

}  // namespace

const char* const kUsage =
    R"(replserver-loadgen [options] [command...]

Asks a Redis-compatible server for the commands in turn, over many connections from one thread, and
prints one line of JSON. A command is SET, GET, INCR, PING, MIX (four GETs, one SET), or a line such
as 'HSET h:__rand__ field __data__': __rand__ is a number below --keys, __seq__ one more each time,
__data__ a value that begins with its request's first number.

  --host H (127.0.0.1)   --port N, -p (6379)
  --connections N, -c (50)   --pipeline N, -P (1)
  --keys N (1000000)   --key-size BYTES (16)   --value-size BYTES (64)   --seed N (1)
  --seconds S (3)   --requests N, -n: stop after N instead   --warmup S (0.5), not counted
  --rate N: at most so many requests per second, over all connections
  --patience S (30): give up when no reply comes for so long
  --fill N: load N keys, key:<digits>, in sequence      --fill-from N (0): the first one's number
  --probe: besides, one more connection GETs a key that is there, again and again, one at a time;
           alone (no command, no --fill) it is the only load
  --probe-command COMMAND (GET): what the probe sends
  --pid N: the server's process, to report its CPU per request
SIGTERM ends it early, with the report of what was until then.
)";

Options parse_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word.size() < 2 || word[0] != '-') {
      options.commands.push_back(word);
      continue;
    }
    if (word == "--help" || word == "-h") {
      options.help = true;
      continue;
    }
    if (word == "--probe") {
      options.probe = true;
      continue;
    }
    std::string text;
    const auto equals = word.find('=');
    if (equals != word.npos) {
      text = word.substr(equals + 1);
      word.resize(equals);
    } else if (i + 1 < argc) {
      text = argv[++i];
    } else {
      throw std::invalid_argument(word + ": needs a value");
    }
    const auto setter = setters().find(long_name(word));
    if (setter == setters().end()) throw std::invalid_argument(word + ": no such option");
    setter->second(options, word, text);
  }

  if (options.fill > 0) {
    if (!options.commands.empty()) throw std::invalid_argument("--fill brings its own command");
    options.commands = {"SET key:__seq__ __data__"};
    options.requests = options.fill;
    options.warmup_seconds = 0;
  }
  if (options.commands.empty() && !options.probe) options.commands = {"PING"};
  return options;
}

}  // namespace loadgen

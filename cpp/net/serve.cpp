#include "net/serve.hpp"

#include <glob.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <iterator>

#include "base/ascii.hpp"
#include "net/files.hpp"
#include "net/live_node.hpp"
#include "net/log.hpp"
#include "node/config_file.hpp"
#include "node/config_table.hpp"
#include "node/version.hpp"

namespace replserver::net {
namespace {

constexpr char kRole = 'M';  // of lines about a node that has just been made

void print(std::FILE* to, const Bytes& text) {
  std::fwrite(text.data(), 1, text.size(), to);
  std::fflush(to);
}

Bytes version_line() {
  return "Redis server v=" + Bytes(kRedisVersion) +
         " sha=00000000:0 malloc=arena bits=64 build=replserver-" + Bytes(kServerVersion) + "\n";
}

Bytes describe_options() {
  Bytes text;
  for (const DirectiveGroup& group : directive_groups()) {
    text += "\n " + Bytes(group.title) + "\n";
    for (const Directive& directive : group.directives) {
      if (directive.flags & kHidden) continue;
      const Bytes range = directive_range(directive);
      text += "  --" + Bytes(directive.name) + (range.empty() ? "" : " " + range) + "\n      " +
              Bytes(directive.description) + "\n";
    }
  }
  return text;
}

Bytes help_text(const Bytes& program) {
  Bytes text = "Usage: " + program + " [/path/to/redis.conf] [options] [-]\n";
  text +=
      "\n"
      "A Redis-compatible server for replication. Any directive of redis.conf is an option:\n"
      "\n"
      "  " +
      program +
      "                              defaults: 127.0.0.1, port 6379\n"
      "  " +
      program +
      " --port 0                     a free port; the log says which\n"
      "  " +
      program +
      " redis.conf --loglevel debug  a file, then options that override it\n"
      "  " +
      program +
      " --replicaof 127.0.0.1 6379   follow a primary\n"
      "  echo 'maxmemory 1gb' | " +
      program +
      " -     more configuration from standard input\n"
      "\n"
      "  -v, --version    the version, and which Redis it is like\n"
      "  -h, --help       this text\n"
      "  --check-config   read the configuration, say whether it is right, and exit\n"
      "\n"
      "Options:\n";
  text += describe_options();
  return text;
}

Result<std::vector<Bytes>> read_include(ByteView pattern) {
  const Bytes path(pattern);
  if (path.find_first_of("*?[") == Bytes::npos) {
    auto content = read_file(path);
    if (!content) return tl::unexpected<Error>(content.error());
    return std::vector<Bytes>{std::move(*content)};
  }
  std::vector<Bytes> contents;
  glob_t found{};
  if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      auto content = read_file(found.gl_pathv[i]);
      if (!content) {
        ::globfree(&found);
        return tl::unexpected<Error>(content.error());
      }
      contents.push_back(std::move(*content));
    }
  }
  ::globfree(&found);
  return contents;
}

Bytes read_standard_input() {
  Bytes text;
  char piece[4096];
  while (const std::size_t size = std::fread(piece, 1, sizeof piece, stdin))
    text.append(piece, size);
  return text;
}

Result<Config> read_configuration(const CommandLine& line) {
  std::optional<Bytes> file, input;
  if (line.file) {
    auto content = read_file(*line.file);
    if (!content) {
      return fail(Error::Kind::config, "Fatal error, can't open config file '" + *line.file +
                                           "': " + content.error().text + "\n");
    }
    file = std::move(*content);
  }
  if (line.standard_input) input = read_standard_input();
  const Bytes text = join_config(file, input, line.options);
  const Registry registry(all_families());
  const auto knows_command = [&registry](ByteView name) { return registry.find(name) != nullptr; };
  auto config = load_config(text, read_include, kRedisVersion, {}, knows_command);
  if (!config) return config;
  if (const auto entered = enter_directory((*config)->dir); !entered) {
    return fail(Error::Kind::config, "\n*** FATAL CONFIG FILE ERROR (Redis " +
                                         Bytes(kRedisVersion) + ") ***\n>>> 'dir " +
                                         quoted((*config)->dir) + "'\n" + entered.error().text +
                                         "\n");
  }
  return config;
}

// Right, though not all of it has an effect yet: whoever asks is told what has none.
int report_check(const NodeConfig& config) {
  print(stdout, "Configuration is right.\n");
  const NodeConfig defaults;
  for (const NotYet& not_yet : directives_not_yet()) {
    const Directive& directive = *find_directive(not_yet.name);
    if (directive_text(directive, config) == directive_text(directive, defaults)) continue;
    print(stdout, Bytes(not_yet.name) + " has no effect yet: " + Bytes(not_yet.reason) + "\n");
  }
  return 0;
}

Bytes absolute(const Bytes& path) {
  if (path.empty() || path.starts_with('/')) return path;
  auto directory = enter_directory(".");
  return directory ? *directory + "/" + path : path;
}

// Every client is a descriptor; as many as maxclients promises must be allowed, if we may.
void allow_clients(std::int64_t maxclients, ServerLog& log) {
  constexpr std::int64_t kOurOwn = 32;  // the log, listeners, epoll, files
  const auto wanted = static_cast<rlim_t>(maxclients + kOurOwn);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    log.say(LogLevel::warning, "Only " + std::to_string(limit.rlim_cur) +
                                   " open files are allowed: fewer clients than maxclients " +
                                   std::to_string(maxclients) + " can be connected.");
  }
}

// The classic two steps: the first process reports success at once, the second one serves.
void become_daemon() {
  if (::fork() != 0) ::_exit(0);
  ::setsid();
  std::freopen("/dev/null", "r", stdin);
  std::freopen("/dev/null", "w", stdout);
  std::freopen("/dev/null", "w", stderr);
}

Bytes pid_file_of(const NodeConfig& config) {
  if (!config.pidfile.empty()) return config.pidfile;
  return config.daemonize ? "/var/run/redis.pid" : "";
}

class PidFile {
 public:
  PidFile(Bytes path, ServerLog& log) : path_(std::move(path)) {
    if (path_.empty()) return;
    std::FILE* const file = std::fopen(path_.c_str(), "we");
    if (file == nullptr) {
      log.say(LogLevel::warning, "Failed to write PID file: " + path_);
      path_.clear();
      return;
    }
    std::fprintf(file, "%d\n", ::getpid());
    std::fclose(file);
  }
  ~PidFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;

 private:
  Bytes path_;
};

void announce_start(ServerLog& log, const CommandLine& line) {
  log.say(LogLevel::notice, "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  log.say(LogLevel::notice, "Redis version=" + Bytes(kRedisVersion) +
                                ", bits=64, commit=00000000, modified=0, pid=" +
                                std::to_string(::getpid()) + ", just started");
  if (line.file || line.standard_input || !line.options.empty()) {
    log.say(LogLevel::notice, "Configuration loaded");
  } else {
    log.say(LogLevel::warning,
            "Warning: no config file specified, using the default config. In order to "
            "specify a config file use redis-server /path/to/redis.conf");
  }
}

void show_banner(const NodeConfig& config, std::uint16_t port, ServerLog& log) {
  const bool on_terminal = config.logfile.empty() && ::isatty(STDOUT_FILENO) != 0;
  if (!on_terminal && !config.always_show_logo) {
    log.say(LogLevel::notice, "Running mode=standalone, port=" + std::to_string(port) + ".", kRole);
    return;
  }
  print(stdout,
        "\n   o──o──o   replserver " + Bytes(kServerVersion) + " (Redis " + Bytes(kRedisVersion) +
            ") 64 bit\n    \\  │\n     o─o     Running in standalone mode\n             Port: " +
            std::to_string(port) + "\n             PID: " + std::to_string(::getpid()) + "\n\n");
}

// Waits for the end, or for a signal that asks for it.
void wait_for_end(LiveNode& node, asio::io_context& io, asio::signal_set& signals) {
  int received = 0;
  std::function<void()> wait = [&] {
    signals.async_wait([&](const asio::error_code& error, int number) {
      if (error) return;
      if (received++ > 0) {
        print(stderr, "You insist... exiting now.\n");
        ::_exit(1);
      }
      node.signal(number == SIGINT ? "SIGINT" : "SIGTERM");
      wait();
    });
  };
  wait();
  const auto keep = asio::make_work_guard(io);
  if (!node.ended()) io.run();
}

int run_server(const CommandLine& line, Config config) {
  if (config->daemonize) become_daemon();
  ServerLog log;
  if (const auto error = log.open(*config)) {
    print(stderr, error->text + "\n");
    return 1;
  }
  announce_start(log, line);
  allow_clients(config->maxclients, log);
  const PidFile pid_file(pid_file_of(*config), log);
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);

  asio::io_context io(1);
  asio::signal_set signals(io, SIGTERM, SIGINT);
  LiveNode::Options options;
  options.config = std::move(config);
  options.config_file = line.file ? absolute(*line.file) : Bytes();
  options.log = [&log](const LogRecord& record, WallTime at) { log.write(record, at); };
  options.loads = true;
  options.on_ready = [&log, unix_socket = !options.config->unixsocket.empty()] {
    log.say(LogLevel::notice, "Ready to accept connections tcp", kRole);
    if (unix_socket) log.say(LogLevel::notice, "Ready to accept connections unix", kRole);
  };
  options.on_end = [&io] { asio::post(io, [&io] { io.stop(); }); };
  const Config start = options.config;
  try {
    LiveNode node(std::move(options));
    log.say(LogLevel::notice, "monotonic clock: POSIX clock_gettime", kRole);
    show_banner(*start, node.port(), log);
    log.say(LogLevel::notice, "Server initialized", kRole);
    node.load();
    wait_for_end(node, io, signals);
    node.close();
    if (node.failed()) return 1;
  } catch (const StartError& error) {
    log.say(LogLevel::warning, error.what());
    log.say(LogLevel::warning,
            "Failed listening on port " + std::to_string(start->port) + " (tcp), aborting.");
    return 1;
  }
  return 0;
}

}  // namespace

int serve(const Bytes& program, const Words& arguments) {
  const auto line = read_command_line(arguments);
  if (!line) {
    print(stderr, line.error().text);
    return 1;
  }
  switch (line->task) {
    case CommandLine::Task::version:
      print(stdout, version_line());
      return 0;
    case CommandLine::Task::help:
      print(stdout, help_text(program));
      return 0;
    default:
      break;
  }
  auto config = read_configuration(*line);
  if (!config) {
    print(stderr, config.error().text);
    return 1;
  }
  if (line->task == CommandLine::Task::check_config) return report_check(**config);
  return run_server(*line, std::move(*config));
}

}  // namespace replserver::net

// CONFIG — the node's settings at run time.
//
// A changed setting is stored first and then put into effect. What only the driver can do (another
// directory, another port, another log level) are operations, one after the other; when one fails,
// everything that was set by the command is taken back and the client is told why.
#include <algorithm>

#include "command/help.hpp"
#include "node/config_rewrite.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

using What = decltype(Operation::what);

Bytes failure(ByteView directive, ByteView reason) {
  return "ERR CONFIG SET failed (possibly related to argument '" + Bytes(directive) + "') - " +
         Bytes(reason);
}

// Starts an operation for the caller. In a transaction the reply cannot wait for it: +OK it is then,
// and what goes wrong is logged.
void start(NodeContext& context, What what, Operations::Then then) {
  NodeState& node = context.node;
  if (!context.in_transaction) {
    node.operate(*context.session, std::move(what), std::move(then));
    return;
  }
  context.reply.ok();
  node.operate(std::move(what), std::move(then));
}

void go_on(NodeState& node, ClientSession* client, What what, Operations::Then then) {
  if (client != nullptr) {
    node.operate(*client, std::move(what), std::move(then));
  } else {
    node.operate(std::move(what), std::move(then));
  }
}

void tell(NodeState& node, ClientSession* client, const std::optional<Bytes>& error) {
  if (client == nullptr) {
    if (error) node.log(LogLevel::warning, *error);
    return;
  }
  resp::Writer reply = node.writer_for(*client);
  if (error) {
    reply.error(*error);
  } else {
    reply.ok();
  }
}

void config_get(NodeContext& context, Args args) {
  const auto pairs = context.node.config.get(args.subspan(2));
  context.reply.map(pairs.size());
  for (const auto& [name, value] : pairs) {
    context.reply.bulk(name);
    context.reply.bulk(value);
  }
}

// One CONFIG SET on its way: what it changed, and what the driver still has to do for it.
struct ConfigChange {
  struct Step {
    ByteView directive;  // blamed when it fails
    What what;
  };

  Config before;
  std::vector<ByteView> changed;
  std::vector<Step> steps;  // the next one first
  bool moved = false;       // `dir` is another already
};

std::vector<ConfigChange::Step> steps_of(const Config& config, std::span<const ByteView> changed) {
  std::vector<ConfigChange::Step> steps;
  bool listens = false, logs = false;
  for (const ByteView name : changed) {
    if (name == "dir") {
      steps.insert(steps.begin(), {name, ChangeDir{config->dir}});
    } else if (name == "port" || name == "bind" || name == "tls-port") {
      if (!listens) steps.push_back({name, Listen{}});
      listens = true;
    } else if (name == "loglevel" || name == "logfile" || name.starts_with("syslog-")) {
      if (!logs) steps.push_back({name, Logging{}});
      logs = true;
    }
  }
  return steps;
}

// Only what this command changed goes back: others may have changed something else meanwhile.
void take_back(NodeState& node, const ConfigChange& change) {
  std::vector<Bytes> values;
  std::vector<ByteView> pairs;
  values.reserve(change.changed.size());
  for (const ByteView name : change.changed) {
    if (name == "dir") continue;
    values.push_back(change.before.get(name).value_or(""));
    pairs.push_back(name);
    pairs.push_back(values.back());
  }
  // They were good before, so they are good now.
  if (!pairs.empty() && !node.config.set(pairs, {.is_local = true})) node.config = change.before;
  node.apply_config();
}

void leave_directory(NodeState& node, const Bytes& back_to) {
  node.config.enter(back_to);
  go_on(node, nullptr, ChangeDir{back_to}, [](NodeState&, ClientSession*, Result<Bytes>) {});
}

ByteView reason_of(const ConfigChange::Step& step, const Error& error) {
  if (!std::holds_alternative<Listen>(step.what)) return error.text;
  return step.directive == "port" ? "Unable to listen on this port. Check server logs."
                                  : "Failed to bind to specified addresses.";
}

Operations::Then after_step(ConfigChange change);

void step_done(NodeState& node, ClientSession* client, ConfigChange change,
               const Result<Bytes>& outcome) {
  const ConfigChange::Step step = std::move(change.steps.front());
  change.steps.erase(change.steps.begin());
  if (!outcome) {
    take_back(node, change);
    if (change.moved) leave_directory(node, change.before->dir);
    tell(node, client, failure(step.directive, reason_of(step, outcome.error())));
    return;
  }
  if (std::holds_alternative<ChangeDir>(step.what)) {
    const Bytes& path = std::get<ChangeDir>(step.what).path;
    node.config.enter(outcome->empty() ? path : *outcome);  // the absolute path, if it is told
    change.moved = true;
  }
  if (change.steps.empty()) {
    tell(node, client, std::nullopt);
    return;
  }
  const What next = change.steps.front().what;
  go_on(node, client, next, after_step(std::move(change)));
}

Operations::Then after_step(ConfigChange change) {
  return
      [change = std::move(change)](NodeState& node, ClientSession* client, Result<Bytes> outcome) {
        step_done(node, client, change, outcome);
      };
}

void config_set(NodeContext& context, Args args) {
  NodeState& node = context.node;
  if (args.size() % 2 != 0) {
    context.reply.error(kSyntaxError);
    return;
  }
  ConfigChange change{.before = node.config, .changed = {}, .steps = {}};
  auto changed = node.config.set(
      args.subspan(2), {.is_local = context.session->peer.is_local, .loading = node.is_loading()});
  if (!changed) {
    context.reply.error(changed.error());
    return;
  }
  change.changed = std::move(*changed);
  node.apply_config();
  change.steps = steps_of(node.config, change.changed);
  node.config.enter(change.before->dir);  // until the driver has found the new one
  if (change.steps.empty()) {
    context.reply.ok();
    return;
  }
  const What first = change.steps.front().what;
  start(context, first, after_step(std::move(change)));
}

void rewrite_done(NodeState& node, ClientSession* client, const Result<Bytes>& outcome) {
  if (outcome) {
    node.log(LogLevel::notice, "CONFIG REWRITE executed with success.");
    tell(node, client, std::nullopt);
    return;
  }
  node.log(LogLevel::warning, "CONFIG REWRITE failed: " + outcome.error().text);
  if (client != nullptr) tell(node, client, "ERR Rewriting config file: " + outcome.error().text);
}

void config_rewrite(NodeContext& context, Args) {
  // A file that is gone is written anew, as in Redis; any other trouble reading it is an error.
  constexpr ByteView kNoFile = "No such file or directory";
  const Bytes path = context.node.host.config_file;
  if (path.empty()) {
    context.reply.error("ERR The server is running without a config file");
    return;
  }
  start(context, ReadFile{path},
        [path, kNoFile](NodeState& node, ClientSession* client, Result<Bytes> old_text) {
          if (!old_text && old_text.error().text != kNoFile) {
            rewrite_done(node, client, old_text);
            return;
          }
          const Bytes text = rewrite_config(old_text.value_or(""), node.config);
          go_on(node, client, WriteFile{path, text},
                [](NodeState& node, ClientSession* client, Result<Bytes> outcome) {
                  rewrite_done(node, client, outcome);
                });
        });
}

void config_resetstat(NodeContext& context, Args) {
  NodeState& node = context.node;
  const std::size_t memory_peak = node.stats.memory_peak;  // Redis keeps it, too
  node.stats = Stats();
  node.stats.memory_peak = memory_peak;
  context.stats = KeyStats();
  node.registry.reset_stats();
  context.reply.ok();
}

void config_help(NodeContext& context, Args) {
  constexpr ByteView kLines[] = {
      "GET <pattern> [<pattern> ...]",
      "    The directives whose names match, with their values.",
      "SET <directive> <value> [<directive> <value> ...]",
      "    Change directives: all of them, or none and an error.",
      "RESETSTAT",
      "    Begin to count anew what INFO tells.",
      "REWRITE",
      "    Write the settings in force to the configuration file.",
  };
  reply_help(context.reply, "config", kLines);
}

constexpr std::uint32_t kSettings = kAdmin | kNoScript | kLoading | kStale;

constexpr Command kCommands[] = {
    {"config", -2, 0, {}, kNoCategory, nullptr},
    {"config|get", -3, kSettings, {}, kNoCategory, as_node<config_get>},
    {"config|set", -4, kSettings, {}, kNoCategory, as_node<config_set>},
    {"config|rewrite", 2, kSettings, {}, kNoCategory, as_node<config_rewrite>},
    {"config|resetstat", 2, kSettings, {}, kNoCategory, as_node<config_resetstat>},
    {"config|help", 2, kLoading | kStale, {}, kNoCategory, as_node<config_help>},
};

}  // namespace

std::span<const Command> config_commands() { return kCommands; }

}  // namespace replserver

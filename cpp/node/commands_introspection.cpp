// COMMAND: what this server understands, told to clients.

#include "base/ascii.hpp"
#include "base/assert.hpp"
#include "base/glob.hpp"
#include "command/categories.hpp"
#include "command/help.hpp"
#include "command/key_specs.hpp"
#include "node/command_report.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

// "get", "client|list"; nullptr: there is no such command.
const RegisteredCommand* find_by_name(const Registry& registry, ByteView name) {
  const std::size_t bar = name.find('|');
  if (bar == ByteView::npos) return registry.find(name);
  const ByteView words[] = {name.substr(0, bar), name.substr(bar + 1)};
  const RegisteredCommand* const found = registry.resolve(words);
  return found != nullptr && found->parent != nullptr ? found : nullptr;
}

// The registry also keeps what rename-command took away.
std::vector<const RegisteredCommand*> top_level(const Registry& registry) {
  std::vector<const RegisteredCommand*> commands;
  for (const RegisteredCommand& command : registry.all()) {
    if (command.parent == nullptr && registry.find(command.name) == &command) {
      commands.push_back(&command);
    }
  }
  return commands;
}

void command_all(NodeContext& context, Args) {
  const auto commands = top_level(context.node.registry);
  context.reply.array(commands.size());
  for (const RegisteredCommand* const command : commands) report_info(context.reply, *command);
}

void command_count(NodeContext& context, Args) {
  context.reply.integer(static_cast<std::int64_t>(context.node.registry.top_level_count()));
}

void command_info(NodeContext& context, Args args) {
  if (args.size() == 2) {
    command_all(context, args);
    return;
  }
  context.reply.array(args.size() - 2);
  for (const ByteView name : args.subspan(2)) {
    const RegisteredCommand* const command = find_by_name(context.node.registry, name);
    if (command != nullptr) {
      report_info(context.reply, *command);
    } else {
      context.reply.null();
    }
  }
}

void command_docs(NodeContext& context, Args args) {
  std::vector<const RegisteredCommand*> commands;
  if (args.size() == 2) commands = top_level(context.node.registry);
  for (const ByteView name : args.subspan(2)) {
    const RegisteredCommand* const command = find_by_name(context.node.registry, name);
    if (command != nullptr) commands.push_back(command);
  }
  context.reply.map(commands.size());
  for (const RegisteredCommand* const command : commands) {
    context.reply.bulk(command->row->name);
    report_docs(context.reply, *command);
  }
}

// What COMMAND LIST FILTERBY lets through.
struct Filter {
  enum class Kind { none, module, category, pattern } kind = Kind::none;
  std::uint32_t category = 0;
  ByteView pattern;

  bool admits(const RegisteredCommand& command) const {
    switch (kind) {
      case Kind::none:
        return true;
      case Kind::module:
        return false;  // there are no modules
      case Kind::category:
        return (acl_categories(*command.row) & category) != 0;
      case Kind::pattern:
        return glob_match(pattern, command.row->name, true);
    }
    RS_ASSERT(false);
  }
};

std::optional<Filter> filter_of(Args words) {
  if (words.empty()) return Filter();
  if (words.size() != 3 || !equal_ignoring_case(words[0], "filterby")) return std::nullopt;
  if (equal_ignoring_case(words[1], "module")) return Filter{.kind = Filter::Kind::module};
  if (equal_ignoring_case(words[1], "pattern")) {
    return Filter{.kind = Filter::Kind::pattern, .pattern = words[2]};
  }
  if (equal_ignoring_case(words[1], "aclcat")) {
    return Filter{.kind = Filter::Kind::category, .category = category_named(words[2])};
  }
  return std::nullopt;
}

void command_list(NodeContext& context, Args args) {
  const std::optional<Filter> filter = filter_of(args.subspan(2));
  if (!filter) {
    context.reply.error(kSyntaxError);
    return;
  }
  const auto late = context.reply.begin();
  std::size_t count = 0;
  const auto tell = [&](const RegisteredCommand& command) {
    if (!filter->admits(command)) return;
    context.reply.bulk(command.row->name);
    ++count;
  };
  for (const RegisteredCommand* const command : top_level(context.node.registry)) {
    tell(*command);
    for (const RegisteredCommand* const sub : command->subcommands) tell(*sub);
  }
  context.reply.end_array(late, count);
}

// The keys of the call behind COMMAND GETKEYS; nothing: it was answered with an error.
std::optional<std::vector<UsedKey>> keys_of(NodeContext& context, Args call) {
  const RegisteredCommand* const command = context.node.registry.resolve(call);
  const bool is_known = command != nullptr && (command->subcommands.empty() || call.size() == 1);
  const int size = static_cast<int>(call.size());
  std::vector<UsedKey> keys;
  ByteView error;
  if (!is_known) {
    error = "ERR Invalid command specified";
  } else if (!has_keys(*command->row)) {
    error = "ERR The command has no key arguments";
  } else if (command->row->arity > 0 ? size != command->row->arity : size < -command->row->arity) {
    error = "ERR Invalid number of arguments specified for command";
  } else if (!used_keys(*command->row, call, keys) && !(command->row->flags & kNoMandatoryKeys)) {
    error = "ERR Invalid arguments specified for command";
  }
  if (error.empty()) return keys;
  context.reply.error(error);
  return std::nullopt;
}

void command_getkeys(NodeContext& context, Args args) {
  const Args call = args.subspan(2);
  const auto keys = keys_of(context, call);
  if (!keys) return;
  context.reply.array(keys->size());
  for (const UsedKey& key : *keys) context.reply.bulk(call[static_cast<std::size_t>(key.position)]);
}

void command_getkeysandflags(NodeContext& context, Args args) {
  const Args call = args.subspan(2);
  const auto keys = keys_of(context, call);
  if (!keys) return;
  context.reply.array(keys->size());
  for (const UsedKey& key : *keys) {
    context.reply.array(2);
    context.reply.bulk(call[static_cast<std::size_t>(key.position)]);
    report_key_use(context.reply, key.use);
  }
}

void command_help(NodeContext& context, Args) {
  constexpr ByteView kLines[] = {
      "(no subcommand)",
      "    Return details about all Redis commands.",
      "COUNT",
      "    Return the total number of commands in this Redis server.",
      "LIST",
      "    Return a list of all commands in this Redis server.",
      "INFO [<command-name> ...]",
      "    Return details about multiple Redis commands.",
      "    If no command names are given, documentation details for all",
      "    commands are returned.",
      "DOCS [<command-name> ...]",
      "    Return documentation details about multiple Redis commands.",
      "    If no command names are given, documentation details for all",
      "    commands are returned.",
      "GETKEYS <full-command>",
      "    Return the keys from a full Redis command.",
      "GETKEYSANDFLAGS <full-command>",
      "    Return the keys and the access flags from a full Redis command.",
  };
  reply_help(context.reply, "command", kLines);
}

constexpr std::uint32_t kAnytime = kLoading | kStale | kSentinel;
constexpr std::uint32_t kKind = kConnectionCategory;

constexpr Command kCommands[] = {
    // name, arity, flags, keys, categories, handler
    {"command", -1, kAnytime, {}, kKind, as_node<command_all>},
    {"command|count", 2, kAnytime, {}, kKind, as_node<command_count>},
    {"command|docs", -2, kAnytime, {}, kKind, as_node<command_docs>},
    {"command|getkeys", -3, kAnytime, {}, kKind, as_node<command_getkeys>},
    {"command|getkeysandflags", -3, kAnytime, {}, kKind, as_node<command_getkeysandflags>},
    {"command|help", 2, kAnytime, {}, kKind, as_node<command_help>},
    {"command|info", -2, kAnytime, {}, kKind, as_node<command_info>},
    {"command|list", -2, kAnytime, {}, kKind, as_node<command_list>},
};

}  // namespace

std::span<const Command> introspection_commands() { return kCommands; }

}  // namespace replserver

// DUMP — values as bytes, for another server or another time.
#include "node/state.hpp"
#include "rdb/dump.hpp"

namespace replserver {
namespace {

void dump(NodeContext& context, Args args) {
  const Entry* const entry = context.find(args[1]);
  if (entry == nullptr) return context.reply.null();
  const NodeConfig& config = *context.node.config;
  Bytes payload;
  dump_value(payload, *entry,
             {.version = config.rdb_save_version, .compress = config.rdbcompression});
  context.reply.bulk(payload);
}

constexpr Command kCommands[] = {
    {"dump", 2, kReadonly, {1, 1, 1}, kKeyspaceCategory, as_node<dump>},
};

}  // namespace

std::span<const Command> dump_commands() { return kCommands; }

}  // namespace replserver

// SAVE, BGSAVE, LASTSAVE: the data set and its file.
#include "base/ascii.hpp"
#include "node/state.hpp"

namespace replserver {
namespace {

constexpr ByteView kInProgress = "ERR Background save already in progress";

// The caller waits; everybody else is served meanwhile.
void save(NodeContext& context, Args) {
  NodeState& node = context.node;
  if (node.persistence.saving) return context.reply.error(kInProgress);
  const LinkId client = context.session->link;
  const bool begun = begin_save(node, SaveKind::foreground, [client](NodeState& node, bool saved) {
    ClientSession* const session = node.wake(client);
    if (session == nullptr) return;
    resp::Writer reply = node.writer_for(*session);
    saved ? reply.ok() : reply.error("ERR");
  });
  if (!begun) return context.reply.error("ERR");
  node.suspend(*context.session, Suspension::operation);
}

// BGSAVE [SCHEDULE]: there is no rewrite of an append-only file that it would have to wait for.
void bgsave(NodeContext& context, Args args) {
  if (args.size() > 2 || (args.size() == 2 && !equal_ignoring_case(args[1], "schedule"))) {
    return context.reply.error(kSyntaxError);
  }
  if (context.node.persistence.saving) return context.reply.error(kInProgress);
  if (!begin_save(context.node, SaveKind::background, {})) return context.reply.error("ERR");
  context.reply.simple("Background saving started");
}

void lastsave(NodeContext& context, Args) {
  context.reply.integer(context.node.persistence.last_save);
}

constexpr Command kCommands[] = {
    {"save", 1, kAdmin | kNoScript | kNoMulti | kNoAsyncLoading, {}, kNoCategory, as_node<save>},
    {"bgsave", -1, kAdmin | kNoScript | kNoAsyncLoading, {}, kNoCategory, as_node<bgsave>},
    {"lastsave",
     1,
     kLoading | kStale | kFast,
     {},
     kAdminCategory | kDangerousCategory,
     as_node<lastsave>},
};

}  // namespace

std::span<const Command> persistence_commands() { return kCommands; }

}  // namespace replserver

// INFO, TIME, MONITOR, SHUTDOWN, LOLWUT: the server about itself.
#include <algorithm>

#include "base/ascii.hpp"
#include "node/info.hpp"
#include "node/lolwut.hpp"
#include "node/monitor.hpp"
#include "node/version.hpp"

namespace replserver {
namespace {

void info_command(NodeContext& context, Args args) {
  context.reply.verbatim("txt", info(context.node, args.subspan(1)));
}

void time_command(NodeContext& context, Args) {
  constexpr std::int64_t kMicroseconds = 1'000'000;
  const std::int64_t micros = context.now.wall.time_since_epoch().count();
  context.reply.array(2);
  context.reply.bulk_integer(micros / kMicroseconds);
  context.reply.bulk_integer(micros % kMicroseconds);
}


void monitor(NodeContext& context, Args) {
  ClientSession& session = *context.session;
  if (context.in_transaction || session.in_process) {
    context.reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
    return;
  }
  if (session.monitoring) return;  // as in Redis, without a word
  start_monitoring(context.node, session);
  context.reply.ok();
}

// SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]
void shutdown(NodeContext& context, Args args) {
  constexpr struct {
    ByteView name;
    unsigned flag;
  } kHow[] = {{"nosave", kShutdownNosave},
              {"save", kShutdownSave},
              {"now", kShutdownNow},
              {"force", kShutdownForce}};
  constexpr unsigned kContradiction = kShutdownNosave | kShutdownSave;
  unsigned how = 0;
  bool abort = false;
  for (const ByteView word : args.subspan(1)) {
    const auto known = std::find_if(std::begin(kHow), std::end(kHow), [&](const auto& row) {
      return equal_ignoring_case(row.name, word);
    });
    if (known != std::end(kHow)) {
      how |= known->flag;
    } else if (equal_ignoring_case(word, "abort")) {
      abort = true;
    } else {
      return context.reply.error(kSyntaxError);
    }
  }
  if ((how & kContradiction) == kContradiction || (abort && how != 0)) {
    return context.reply.error(kSyntaxError);
  }
  if (abort) {
    if (!abort_shutdown(context.node)) return context.reply.error("ERR No shutdown in progress.");
    return context.reply.ok();
  }
  shut_down_for(context.node, how, *context.session);
}

// LOLWUT [VERSION version] [columns] [replicas]
void lolwut(NodeContext& context, Args args) {
  constexpr std::int64_t kColumnsMax = 1000, kReplicasMax = 200;
  std::int64_t shape[] = {48, 5};
  Args rest = args.subspan(1);
  if (rest.size() >= 2 && equal_ignoring_case(rest[0], "version")) {
    const auto version = Context::integer(rest[1]);
    if (!version) return context.reply.error(version.error());
    rest = rest.subspan(2);  // all versions have one picture
  }
  for (std::size_t i = 0; i < std::min(rest.size(), std::size(shape)); ++i) {
    const auto number = Context::integer(rest[i]);
    if (!number) return context.reply.error(number.error());
    shape[i] = std::clamp<std::int64_t>(*number, 1, i == 0 ? kColumnsMax : kReplicasMax);
  }
  const Bytes picture = replication_picture(context.random, static_cast<std::size_t>(shape[0]),
                                            static_cast<std::size_t>(shape[1]));
  context.reply.verbatim("txt", picture + "Redis ver. " + Bytes(kRedisVersion) + "\n");
}

constexpr std::uint32_t kAlways = kLoading | kStale;

constexpr Command kCommands[] = {
    {"info", -1, kAlways | kSentinel, {}, kDangerousCategory, as_node<info_command>},
    {"time", 1, kAlways | kFast, {}, kNoCategory, as_node<time_command>},
    {"monitor", 1, kAdmin | kNoScript | kAlways, {}, kNoCategory, as_node<monitor>},
    {"shutdown",
     -1,
     kAdmin | kNoScript | kAlways | kNoMulti | kSentinel | kAllowBusy,
     {},
     kNoCategory,
     as_node<shutdown>},
    {"lolwut", -1, kReadonly | kFast, {}, kNoCategory, as_node<lolwut>},
};

}  // namespace

std::span<const Command> server_commands() { return kCommands; }

}  // namespace replserver

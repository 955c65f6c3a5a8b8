#include "node/dispatch.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/until_nul.hpp"
#include "node/blocking.hpp"
#include "node/eviction.hpp"
#include "node/monitor.hpp"
#include "node/redaction.hpp"
#include "node/transaction.hpp"

namespace replserver {
namespace {

constexpr ByteView kDebugRefused =
    "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
    "can "
    "run it from a local connection, otherwise you need to set this option in the configuration "
    "file, and then restart the server.";

// Commands that act on a transaction instead of being queued in it.
bool steers_transaction(ByteView name) {
  return name == "exec" || name == "discard" || name == "multi" || name == "watch" ||
         name == "quit" || name == "reset";
}

// Refused by no shortage of memory: they end a transaction, and what it holds is freed.
bool ends_transaction(ByteView name) {
  return name == "exec" || name == "discard" || name == "quit" || name == "reset";
}

bool allowed_in_pubsub(ByteView name) {
  return name == "ping" || name == "subscribe" || name == "psubscribe" || name == "ssubscribe" ||
         name == "unsubscribe" || name == "punsubscribe" || name == "sunsubscribe" ||
         name == "quit" || name == "reset";
}

// A word of the client's in an error reply: cut short, and on one line.
Bytes shown(ByteView word, std::size_t size_max) {
  Bytes text(until_nul(word).substr(0, size_max));
  for (char& byte : text) {
    if (byte == '\r' || byte == '\n') byte = ' ';
  }
  return text;
}

Bytes unknown_command(Args words) {
  constexpr std::size_t kShownMax = 128;
  Bytes arguments;
  for (const ByteView word : words.subspan(1)) {
    if (arguments.size() >= kShownMax) break;
    arguments += "'" + shown(word, kShownMax - arguments.size()) + "' ";
  }
  return "ERR unknown command '" + shown(words[0], kShownMax) +
         "', with args beginning with: " + arguments;
}

Bytes wrong_arity(const RegisteredCommand& command) {
  return "ERR wrong number of arguments for '" + Bytes(command.row->name) + "' command";
}

bool arity_fits(const Command& row, Args words) {
  const int count = static_cast<int>(words.size());
  return row.arity >= 0 ? count == row.arity : count >= -row.arity;
}

std::optional<Bytes> malformed(const RegisteredCommand& command, Args words) {
  if (!command.subcommands.empty() && words.size() > 1) {
    return "ERR unknown subcommand '" + shown(words[1], 128) + "'. Try " + upper(command.name) +
           " HELP.";
  }
  if (!arity_fits(*command.row, words)) return wrong_arity(command);
  return std::nullopt;
}

// What a command does counts, and what EXEC would do with those that were queued.
std::uint32_t flags_in_effect(const ClientSession& session, const RegisteredCommand& command) {
  std::uint32_t flags = command.row->flags;
  if (command.row->name == "exec" && session.transaction) flags |= session.transaction->flags;
  return flags;
}

// A queue can grow without end, whatever is queued.
bool takes_memory(const ClientSession& session, const RegisteredCommand& command,
                  std::uint32_t flags) {
  return (flags & kDenyOom) != 0 || (session.transaction && !ends_transaction(command.row->name));
}

bool is_paused(const NodeState& node, const ClientSession& session, std::uint32_t flags) {
  if (session.in_process) return false;
  const bool writes = (flags & (kWrite | kMayReplicate)) != 0;
  if (node.writes_are_held() && writes) return true;
  if (session.is_primary) return false;
  return node.pause && (!node.pause->writes_only || writes);
}

// A primary's command that fails here did not fail there: the two data sets may differ.
void note_divergence(NodeState& node, const RegisteredCommand* command) {
  ++node.stats.unexpected_error_replies;
  node.log(LogLevel::warning,
           "== CRITICAL == This replica is sending an error to its master: '" +
               Bytes(node.context->reply.last_error_code()) + "' after processing the command '" +
               (command != nullptr ? Bytes(command->row->name) : Bytes("<unknown>")) + "'");
}

// Replicas speak, and are not answered: whatever this one is, it does not follow us.
void refuse_to_answer(NodeState& node, ClientSession& session, const RegisteredCommand* command) {
  node.log(LogLevel::warning, "Replica generated a reply to command '" +
                                  (command != nullptr ? command->name : Bytes("<unknown>")) +
                                  "', disconnecting it: " + node.client_info(session));
  node.close_now(session);
}

void count_errors(NodeState& node, RegisteredCommand* command, std::uint64_t before, bool refused) {
  const resp::Writer& reply = node.context->reply;
  if (reply.errors() == before) return;
  node.stats.error_replies += reply.errors() - before;
  constexpr std::size_t kPrefixesMax = 128;
  const Bytes code(reply.last_error_code());
  if (node.stats.errors.size() < kPrefixesMax || node.stats.errors.contains(code))
    ++node.stats.errors[code];
  if (node.context->from_primary) note_divergence(node, command);
  if (command == nullptr) return;
  ++(refused ? command->stats.rejected : command->stats.failed);
}

void refuse(NodeState& node, ClientSession& session, RegisteredCommand* command, Args words,
            ByteView why) {
  if (session.transaction) session.transaction->refused = true;
  const std::uint64_t before = node.context->reply.errors();
  // Also without a transaction: whoever says EXEC believes in one.
  if (command != nullptr && command->row->name == "exec") {
    abort_transaction(node, session, why);
    feed_monitors(node, session, *command, words);  // they have seen MULTI
  } else {
    node.context->reply.error(why);
  }
  count_errors(node, command, before, true);
}

void queue(NodeState& node, ClientSession& session, const RegisteredCommand& command, Args words) {
  // What EXEC will not execute takes no memory, and is no reason to refuse it.
  if (!session.transaction->refused && !session.watched_key_changed) {
    session.transaction->queued.emplace_back(words.begin(), words.end());
    session.transaction->flags |= command.row->flags;
  }
  node.context->reply.simple("QUEUED");
}

void refuse_unknown(NodeState& node, ClientSession& session, Args words) {
  // A browser or a form was made to talk to us: what follows would be executed as inline commands.
  if (equal_ignoring_case(words[0], "post") || equal_ignoring_case(words[0], "host:")) {
    node.log(
        LogLevel::warning,
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: "
        "commands to Redis. This is likely due to an attacker attempting to use Cross Protocol "
        "Scripting to compromise your Redis instance. Connection from " +
            session.peer.address + " aborted.");
    node.close_now(session);
    return;
  }
  refuse(node, session, nullptr, words, unknown_command(words));
}

void note_slowness(NodeState& node, const ClientSession& session, const RegisteredCommand& command,
                   Args words, std::uint64_t nanoseconds) {
  const std::int64_t microseconds = static_cast<std::int64_t>(nanoseconds / 1000);
  const std::int64_t threshold = node.config->slowlog_log_slower_than;
  if (threshold >= 0 && microseconds >= threshold && !(command.row->flags & kSkipSlowlog)) {
    node.slowlog.add(redacted(*command.row, words), unix_seconds(node.now.wall), microseconds,
                     session.peer.address, session.name,
                     static_cast<std::size_t>(node.config->slowlog_max_len));
  }
  const std::int64_t latency_ms = node.config->latency_monitor_threshold;
  if (latency_ms > 0 && microseconds / 1000 >= latency_ms) {
    node.latency.add(command.row->flags & kFast ? "fast-command" : "command",
                     unix_seconds(node.now.wall), microseconds / 1000);
  }
}

void record_change(NodeState& node, Args words, ByteView raw) {
  Changes& changes = node.context->changes;
  if (!changes.recording()) return;
  if (!raw.empty()) {
    changes.add_raw(node.context->db, raw);
  } else {
    changes.add(node.context->db, std::vector<ByteView>(words.begin(), words.end()));
  }
}

}  // namespace

std::optional<Bytes> refusal(NodeState& node, ClientSession& session,
                             const RegisteredCommand& command, Args words) {
  if (auto text = malformed(command, words)) return text;
  if (session.is_primary) return std::nullopt;  // what it did has happened
  const std::uint32_t flags = command.row->flags;
  if (flags & kProtected) {
    const Permission permission = node.config->enable_debug_command;
    const bool allowed = permission == Permission::yes || session.in_process ||
                         (permission == Permission::local && session.peer.is_local);
    if (!allowed) return Bytes(kDebugRefused);
  }
  if (!(flags & kNoAuth) && node.must_authenticate(session))
    return "NOAUTH Authentication required.";
  const bool queues = session.transaction && !steers_transaction(command.row->name);
  if (queues && (flags & kNoMulti)) return "ERR Command not allowed inside a transaction";

  const std::uint32_t effective = flags_in_effect(session, command);
  const bool evicts = !node.is_replica() || !node.config->replica_ignore_maxmemory;
  if (node.config->maxmemory != 0 && evicts && !make_room(node) &&
      takes_memory(session, command, effective)) {
    return "OOM command not allowed when used memory > 'maxmemory'.";
  }
  const bool writes = (effective & kWrite) != 0;
  if (writes || command.row->name == "ping") {
    if (auto trouble = disk_trouble(node)) return trouble;
  }
  if (writes && !node.is_replica() && !node.replicas.may_write(node))
    return "NOREPLICAS Not enough good replicas to write.";
  if (writes && node.is_replica() && node.config->replica_read_only)
    return "READONLY You can't write against a read only replica.";
  if (writes && session.in_process && node.writes_are_held()) {
    return "ERR No writes before the end of a DEBUG RELOAD, a SHUTDOWN or a FAILOVER";  // it cannot wait
  }
  if (session.protocol == 2 && session.in_pubsub() && !allowed_in_pubsub(command.row->name)) {
    return "ERR Can't execute '" + command.name +
           "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
           "context";
  }
  if (node.is_replica() && !node.upstream->is_streaming() &&
      !node.config->replica_serve_stale_data && !(effective & kStale)) {
    return "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
  }
  if (node.is_loading() && !(flags & kLoading))
    return "LOADING Redis is loading the dataset in memory";
  // Who watches all commands counts as a replica: those that are not refused would escape a pause.
  if ((session.monitoring || session.is_replica()) &&
      (effective & (kWrite | kReadonly | kMayReplicate))) {
    return "ERR Replica can't interact with the keyspace";
  }
  return std::nullopt;
}

void enter(NodeState& node, ClientSession& session) {
  NodeContext& context = *node.context;
  context.session = &session;
  context.db = session.db;
  context.now = node.now;
  context.no_touch = session.no_touch;
  context.may_wait = !session.in_process && !session.is_primary;
  context.from_primary = session.is_primary;
  context.is_replica = node.is_replica();
  context.keeps_expired = node.stands_still();
  context.reply.retarget(session.output, session.protocol);
}

void call(NodeState& node, ClientSession& session, RegisteredCommand& command, Args words,
          ByteView raw) {
  NodeContext& context = *node.context;
  const std::uint64_t errors_before = context.reply.errors();
  const std::uint64_t started = node.meter_reading;
  const Duration busy_before = node.effects.busy;
  context.begin_command();
  command.row->handler(context, words);
  if (node.meter != nullptr) node.meter_reading = node.meter();
  // What DEBUG SLEEP has the driver spend later is its own time, too.
  if (context.blocking) return;  // it is counted when it is served
  const std::chrono::nanoseconds busy = node.effects.busy - busy_before;
  const std::uint64_t took =
      node.meter_reading - started + static_cast<std::uint64_t>(busy.count());

  if (context.propagates_verbatim()) record_change(node, words, raw);
  if (!context.events.empty()) deliver_events(node);
  CommandStats& stats = command.stats;
  ++stats.calls;
  stats.nanoseconds += took;
  if (node.config->latency_tracking) {
    if (!stats.latency) stats.latency = std::make_unique<Histogram>();
    stats.latency->add(took);
  }
  ++node.stats.commands_processed;
  ++session.commands;
  if (context.reply.errors() != errors_before) count_errors(node, &command, errors_before, false);
  if (took >= node.notable_nanoseconds) note_slowness(node, session, command, words, took);
}

void refuse_broken(NodeState& node, ByteView why) {
  const std::uint64_t before = node.context->reply.errors();
  node.context->reply.error(why);
  count_errors(node, nullptr, before, true);
}

Dispatched dispatch(NodeState& node, ClientSession& session, RegisteredCommand* command, Args words,
                    ByteView raw, const Key& key) {
  enter(node, session);
  if (session.reply_mode == ReplyMode::skip_next) session.reply_mode = ReplyMode::skipping;
  const bool was_replica = session.is_replica();
  const bool unwanted = session.reply_mode == ReplyMode::off || was_replica ||
                        session.reply_mode == ReplyMode::skipping || session.is_primary;
  // Messages still go to the session's own output, and CLIENT REPLY ON brings its reply back there.
  if (unwanted) node.context->reply.retarget(node.unwanted, session.protocol);

  if (command == nullptr) {
    session.last_command = nullptr;
    refuse_unknown(node, session, words);
  } else if (const auto why = refusal(node, session, *command, words)) {
    const bool is_known = command->subcommands.empty() || words.size() == 1;
    session.last_command = is_known ? command->row : nullptr;
    refuse(node, session, command, words, *why);
  } else if (is_paused(node, session, flags_in_effect(session, *command))) {
    session.last_command = command->row;
    node.suspend(session, Suspension::paused);
    return Dispatched::postponed;
  } else if (session.transaction && !steers_transaction(command->row->name)) {
    session.last_command = command->row;
    queue(node, session, *command, words);
  } else {
    session.last_command = command->row;
    node.context->prefetched = key;
    node.executing = &session;
    call(node, session, *command, words, raw);
    node.executing = nullptr;
    if (node.context->blocking) park(node, session, words);
    if (!node.monitors.empty()) feed_monitors(node, session, *command, words);
    if (!node.context->changes.empty()) {
      node.propagation.write(node.context->changes);
      session.last_write = node.propagation.position().offset;
    }
  }

  if (was_replica && !node.unwanted.empty()) refuse_to_answer(node, session, command);
  if (!node.unwanted.empty()) node.unwanted.clear();
  if (session.reply_mode == ReplyMode::skipping) session.reply_mode = ReplyMode::on;
  if (!node.late_messages.empty()) node.send_late_messages(session);
  if (node.waiters.any_ready()) serve_waiters(node);
  return Dispatched::done;
}

}  // namespace replserver

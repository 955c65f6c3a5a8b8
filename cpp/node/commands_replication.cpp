// REPLICAOF, PSYNC, REPLCONF, ROLE, WAIT and theirs: who follows whom, and how far.
#include <algorithm>

#include "base/ascii.hpp"
#include "base/mutant.hpp"
#include "base/numbers.hpp"
#include "command/waiting.hpp"
#include "node/state.hpp"
#include "repl/wire.hpp"

namespace replserver {
namespace {

constexpr std::size_t kAddressMax = 255;

Bytes caller_of(const NodeContext& context) { return context.node.client_info(*context.session); }

// ---- REPLICAOF ------------------------------------------------------------------------------------

void stop_following(NodeContext& context) {
  if (context.node.is_replica()) {
    become_primary(context.node);
    context.node.log(LogLevel::notice,
                     "MASTER MODE enabled (user request from '" + caller_of(context) + "')");
  }
  context.reply.ok();
}

// REPLICAOF host port | NO ONE
void replicaof(NodeContext& context, Args args) {
  NodeState& node = context.node;
  if (node.failover) {
    return context.reply.error("ERR REPLICAOF not allowed while failing over.");
  }
  if (equal_ignoring_case(args[1], "no") && equal_ignoring_case(args[2], "one")) {
    return stop_following(context);
  }
  if (context.session->is_replica()) {
    return context.reply.error("ERR Command is not valid when client is a replica.");
  }
  const auto port = parse_integer(args[2]);
  if (!port || *port < 0 || *port > 65535) return context.reply.error("ERR Invalid master port");
  Endpoint primary{Bytes(args[1]), static_cast<std::uint16_t>(*port)};
  if (node.upstream != nullptr && node.upstream->primary() == primary) {
    node.log(LogLevel::notice,
             "REPLICAOF would result into synchronization with the master we are already "
             "connected with. No operation performed.");
    return context.reply.simple("OK Already connected to specified master");
  }
  const Bytes name = primary.host + ":" + std::to_string(primary.port);
  context.reply.ok();
  follow(node, std::move(primary), true);
  node.log(LogLevel::notice,
           "REPLICAOF " + name + " enabled (user request from '" + caller_of(context) + "')");
}

// ---- FAILOVER -------------------------------------------------------------------------------------

constexpr std::int64_t kFailoverMsMax = std::int64_t{1} << 50;

// None that a server can have becomes none.
std::uint16_t port_of(std::int64_t number) {
  return number > 0 && number <= 65535 ? static_cast<std::uint16_t>(number) : 0;
}

// Its words, or what is wrong with them.
Result<FailoverRequest> read_failover(Args args) {
  FailoverRequest request;
  for (std::size_t at = 1; at < args.size(); ++at) {
    const std::size_t left = args.size() - at - 1;
    if (equal_ignoring_case(args[at], "timeout") && left >= 1 && !request.timeout) {
      const auto ms = Context::integer(args[++at]);
      if (!ms) return tl::unexpected(ms.error());
      if (*ms <= 0) {
        return fail(Error::Kind::command, "ERR FAILOVER timeout must be greater than 0");
      }
      request.timeout = milliseconds(std::min(*ms, kFailoverMsMax));
    } else if (equal_ignoring_case(args[at], "to") && left >= 2 && !request.target) {
      const auto port = Context::integer(args[at + 2]);
      if (!port) return tl::unexpected(port.error());
      request.target = Endpoint{Bytes(args[at + 1]), port_of(*port)};
      at += 2;
    } else if (equal_ignoring_case(args[at], "force") && !request.is_forced) {
      request.is_forced = true;
    } else {
      return fail(Error::Kind::command, Bytes(kSyntaxError));
    }
  }
  return request;
}

// FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]
void failover(NodeContext& context, Args args) {
  NodeState& node = context.node;
  if (args.size() == 2 && equal_ignoring_case(args[1], "abort")) {
    if (!node.failover) return context.reply.error("ERR No failover in progress.");
    abort_failover(node, "Failover manually aborted");
    return context.reply.ok();
  }
  const auto request = read_failover(args);
  if (!request) return context.reply.error(request.error());
  if (const auto why = begin_failover(node, *request)) return context.reply.error(*why);
  context.reply.ok();
}

// ---- PSYNC ----------------------------------------------------------------------------------------

ReplicaLink& replica_link(NodeContext& context) {
  auto& link = context.session->replica;
  if (link == nullptr) link = std::make_unique<ReplicaLink>();
  return *link;
}

// Why the replica cannot go on from where it stands, for the log; nothing: it can.
std::optional<Bytes> why_not_partial(const NodeState& node, const Position& wanted,
                                     const Bytes& replica) {
  const History& history = node.propagation.history();
  const Backlog* const backlog = node.propagation.backlog();
  const auto& former = history.former();
  if (wanted.history != history.current().history) {
    if (!former || wanted.history != former->history) {
      return "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for "
             "'" +
             wanted.history + "', my replication IDs are '" + history.current().history +
             "' and '" + (former ? former->history : Bytes(wire::kHistoryIdSize, '0')) + "')";
    }
    if (wanted.offset > former->offset) {
      return "Partial resynchronization not accepted: Requested offset for second ID was " +
             wire::next_byte(wanted.offset) + ", but I can reply up to " +
             wire::next_byte(former->offset);
    }
  }
  if (backlog != nullptr && history.sync_for(wanted, backlog->first()) == Sync::partial) {
    return std::nullopt;
  }
  return "Unable to partial resync with replica " + replica +
         " for lack of backlog (Replica request was: " + wire::next_byte(wanted.offset) + ")";
}

bool try_to_resume(NodeContext& context, Args args) {
  NodeState& node = context.node;
  const Bytes replica = node.replicas.name_of(*context.session);
  if (args[1] == "?") {
    node.log(LogLevel::notice, "Full resync requested by replica " + replica);
    return false;
  }
  const auto wanted = wire::read_request(args[1], args[2]);
  if (!wanted) {
    node.log(LogLevel::warning,
             "Replica " + replica + " asks for synchronization but with a wrong offset");
    ++node.stats.refused_partial_syncs;
    return false;
  }
  if (const auto why = why_not_partial(node, *wanted, replica)) {
    node.log(LogLevel::notice, *why);
    if (wanted->offset > node.propagation.position().offset) {
      node.log(LogLevel::warning, "Warning: replica " + replica +
                                      " tried to PSYNC with an offset that is greater than the "
                                      "master replication offset.");
    }
    ++node.stats.refused_partial_syncs;
    return false;
  }
  node.replicas.resume(node, *context.session, wanted->offset);
  node.log(LogLevel::notice,
           "Partial resynchronization request from " + replica + " accepted. Sending " +
               std::to_string(node.propagation.position().offset - wanted->offset) +
               " bytes of backlog starting from offset " + wire::next_byte(wanted->offset) + ".");
  return true;
}

// The other one hands its role over to us. False: it must not, and was told.
bool take_over(NodeContext& context, ByteView history) {
  NodeState& node = context.node;
  node.log(LogLevel::warning, "Failover request received for replid " + Bytes(history) + ".");
  if (!node.is_replica()) {
    // It may have happened already, and the answer that said so was lost with its link.
    const auto& former = node.propagation.history().former();
    if (former && history == former->history) return true;
    context.reply.error("ERR PSYNC FAILOVER can't be sent to a master.");
    return false;
  }
  if (history != node.propagation.position().history) {
    context.reply.error("ERR PSYNC FAILOVER replid must match my replid.");
    return false;
  }
  become_primary(node);
  node.log(LogLevel::notice,
           "MASTER MODE enabled (failover request from '" + caller_of(context) + "')");
  return true;
}

// False: it cannot be served now, and was told.
bool may_serve(NodeContext& context) {
  const NodeState& node = context.node;
  if (context.session->is_primary) {  // its stream is no place for ours
    context.reply.error("ERR Can't SYNC with my own master");
    return false;
  }
  if (node.failover) {
    context.reply.error("NOMASTERLINK Can't SYNC while failing over");
    return false;
  }
  if (!node.is_replica() || node.upstream->is_streaming()) return true;
  context.reply.error("NOMASTERLINK Can't SYNC while not connected with my master");
  return false;
}

// PSYNC id offset [FAILOVER]
void psync(NodeContext& context, Args args) {
  if (context.session->is_replica()) return;
  const bool is_failover =
      !context.session->is_primary && args.size() > 3 && equal_ignoring_case(args[3], "failover");
  if (is_failover && !take_over(context, args[1])) return;
  if (!may_serve(context)) return;
  replica_link(context);
  context.node.log(LogLevel::notice, "Replica " + context.node.replicas.name_of(*context.session) +
                                         " asks for synchronization");
  if (try_to_resume(context, args)) return;
  context.node.replicas.wait_for_snapshot(context.node, *context.session);
}

void sync(NodeContext& context, Args) {
  if (context.session->is_replica() || !may_serve(context)) return;
  replica_link(context).is_silent = true;
  const Bytes replica = context.node.replicas.name_of(*context.session);
  context.node.log(LogLevel::notice, "Replica " + replica + " asks for synchronization");
  context.node.log(LogLevel::notice, "Full resync requested by replica " + replica);
  context.node.replicas.wait_for_snapshot(context.node, *context.session);
}

// ---- REPLCONF -------------------------------------------------------------------------------------

// An ACK, with what the replica has on disk if it says so. Never answered.
void acknowledge(NodeContext& context, Args args) {
  ClientSession& session = *context.session;
  const auto offset = parse_integer(args[2]);
  if (!session.is_replica() || !offset || *offset < 0) return;
  if (args.size() > 4 && equal_ignoring_case(args[3], "fack")) {
    const auto on_disk = parse_integer(args[4]);
    if (on_disk && *on_disk >= 0) {
      session.replica->feed->acknowledge_disk(static_cast<Offset>(*on_disk));
    }
  }
  context.node.replicas.acknowledged(context.node, session, static_cast<Offset>(*offset));
}

// One option and its value: what it tells of the replica. False: it is wrong, and was told.
bool read_fact(NodeContext& context, ByteView option, ByteView value) {
  ReplicaFacts& facts = replica_link(context).facts;
  const auto refuse = [&](const Bytes& why) {
    context.reply.error(why);
    return false;
  };
  if (equal_ignoring_case(option, "listening-port")) {
    const auto port = parse_integer(value);
    if (!port || *port < 0 || *port > 65535) return refuse(Bytes(kNotInteger));
    facts.port = static_cast<std::uint16_t>(*port);
  } else if (equal_ignoring_case(option, "ip-address")) {
    if (value.size() > kAddressMax) {
      return refuse("ERR REPLCONF ip-address provided by replica instance is too long: " +
                    std::to_string(value.size()) + " bytes");
    }
    facts.address = value;
  } else if (equal_ignoring_case(option, "capa")) {
    if (equal_ignoring_case(value, "eof")) facts.takes_marked_payload = true;
    if (equal_ignoring_case(value, "psync2")) facts.takes_new_id = true;
  } else if (equal_ignoring_case(option, "version")) {
    facts.version = value;
  } else if (equal_ignoring_case(option, "rdb-only")) {
    const auto flag = parse_integer(value);
    if (!flag) return refuse(Bytes(kNotInteger));
    facts.wants_snapshot_only = *flag == 1;
  } else if (equal_ignoring_case(option, "rdb-filter-only")) {
    if (!value.empty() && !equal_ignoring_case(value, "functions")) {
      return refuse("ERR Unsupported rdb-filter-only option: " + Bytes(value));
    }
    facts.wants_functions_only = true;
  } else {
    return refuse("ERR Unrecognized REPLCONF option: " + Bytes(option));
  }
  return true;
}

// REPLCONF option value [option value ...]
void replconf(NodeContext& context, Args args) {
  if (args.size() % 2 == 0) return context.reply.error(kSyntaxError);
  for (std::size_t at = 1; at < args.size(); at += 2) {
    if (equal_ignoring_case(args[at], "ack")) return acknowledge(context, args.subspan(at - 1));
    if (equal_ignoring_case(args[at], "getack")) {
      if (context.session->is_primary) context.node.upstream->acknowledge(context.node);
      return;
    }
    if (!read_fact(context, args[at], args[at + 1])) return;
  }
  context.reply.ok();
}

// ---- ROLE, WAIT -----------------------------------------------------------------------------------

void role_of_replica(NodeContext& context, const Upstream& upstream) {
  context.reply.array(5);
  context.reply.bulk("slave");
  context.reply.bulk(upstream.primary().host);
  context.reply.integer(upstream.primary().port);
  context.reply.bulk(upstream.state_word());
  context.reply.integer(upstream.is_streaming()
                            ? static_cast<std::int64_t>(context.node.propagation.position().offset)
                            : -1);
}

void role(NodeContext& context, Args) {
  const NodeState& node = context.node;
  if (node.is_replica()) return role_of_replica(context, *node.upstream);
  context.reply.array(3);
  context.reply.bulk("master");
  context.reply.integer(static_cast<std::int64_t>(node.propagation.position().offset));
  context.reply.array(node.replicas.online());
  for (const ClientSession* const replica : node.replicas.all()) {
    const PrimaryFeed& feed = *replica->replica->feed;
    if (!feed.is_online()) continue;
    const Bytes name = node.replicas.name_of(*replica);
    const std::size_t colon = name.rfind(':');
    context.reply.array(3);
    context.reply.bulk(name.substr(0, colon));
    context.reply.bulk(name.substr(colon + 1));
    context.reply.bulk(std::to_string(feed.acknowledged()));
  }
}

void wait_for_replicas(NodeContext& context, Acknowledgements::Wish wish, const Timeout& timeout) {
  NodeState& node = context.node;
  ClientSession& session = *context.session;
  wish.offset = session.last_write;
  std::size_t have = wish.on_disk ? node.replicas.acknowledging_disk(wish.offset)
                                  : node.replicas.acknowledging(wish.offset);
  const auto links = node.stats.full_syncs + node.stats.partial_syncs;  // of replicas, ever
  if (mutated(Mutant::counts_closed_replicas)) have += links - node.replicas.all().size();
  if (static_cast<std::int64_t>(have) >= wish.replicas || !context.can_block()) {
    return Acknowledgements::answer(context.reply, wish, have);
  }
  if (timeout.limit) wish.deadline = node.now.mono + *timeout.limit;
  node.acknowledgements.wait(node, session, wish);
}

// WAIT numreplicas timeout
void wait(NodeContext& context, Args args) {
  if (context.node.is_replica()) {
    return context.reply.error(
        "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if "
        "a replica is configured to be writable (which is not the default) writes to replicas are "
        "just local and are not propagated.");
  }
  const auto replicas = Context::integer(args[1]);
  if (!replicas) return context.reply.error(replicas.error());
  const auto timeout = parse_timeout_ms(args[2], context.now);
  if (!timeout) return context.reply.error(timeout.error());
  wait_for_replicas(context, {.offset = 0, .replicas = *replicas, .on_disk = false, .deadline = {}},
                    *timeout);
}

// WAITAOF numlocal numreplicas timeout
void waitaof(NodeContext& context, Args args) {
  const auto local = Context::small_integer(args[1]);
  if (!local || *local < 0 || *local > 1) {
    return context.reply.error("ERR value is out of range, must be between 0 and 1");
  }
  const auto replicas = Context::integer(args[2]);
  if (!replicas) return context.reply.error(replicas.error());
  if (*replicas < 0) return context.reply.error("ERR value is out of range, must be positive");
  const auto timeout = parse_timeout_ms(args[3], context.now);
  if (!timeout) return context.reply.error(timeout.error());
  if (context.node.is_replica()) {
    return context.reply.error(
        "ERR WAITAOF cannot be used with replica instances. Please also note that writes to "
        "replicas are just local and are not propagated.");
  }
  if (*local > 0) {
    return context.reply.error(
        "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.");
  }
  wait_for_replicas(context, {.offset = 0, .replicas = *replicas, .on_disk = true, .deadline = {}},
                    *timeout);
}

constexpr std::uint32_t kFollowing = kAdmin | kNoScript | kStale | kNoAsyncLoading;
constexpr std::uint32_t kSyncing = kAdmin | kNoScript | kNoAsyncLoading | kNoMulti;

constexpr Command kCommands[] = {
    {"failover", -1, kAdmin | kNoScript | kStale, {}, kNoCategory, as_node<failover>},
    {"psync", -3, kSyncing, {}, kNoCategory, as_node<psync>},
    {"replconf",
     -1,
     kAdmin | kNoScript | kLoading | kStale | kAllowBusy,
     {},
     kNoCategory,
     as_node<replconf>},
    {"replicaof", 3, kFollowing, {}, kNoCategory, as_node<replicaof>},
    {"role",
     1,
     kNoScript | kLoading | kStale | kFast | kSentinel,
     {},
     kAdminCategory | kDangerousCategory,
     as_node<role>},
    {"slaveof", 3, kFollowing, {}, kNoCategory, as_node<replicaof>},
    {"sync", 1, kSyncing, {}, kNoCategory, as_node<sync>},
    {"wait", 3, kBlocking, {}, kConnectionCategory, as_node<wait>},
    {"waitaof", 4, kBlocking, {}, kConnectionCategory, as_node<waitaof>},
};

}  // namespace

std::span<const Command> replication_commands() { return kCommands; }

}  // namespace replserver

#include "node/upstream.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "node/blocking.hpp"
#include "node/state.hpp"
#include "node/version.hpp"
#include "rdb/loader.hpp"
#include "resp/request.hpp"

namespace replserver {
namespace {

constexpr Duration kRetry = seconds(1);
constexpr Duration kAcknowledgePeriod = seconds(1);
// A primary that forks hears no ACK before it has seen its child end, and begins the stream with one.
constexpr Duration kEagerPeriod = milliseconds(50);

Bytes name_of(const Endpoint& endpoint) {
  return endpoint.host + ":" + std::to_string(endpoint.port);
}

// As if its primary's last PING were no part of the history.
void forget_ping(const NodeState& node, Position& wanted) {
  constexpr ByteView kPing = "*1\r\n$4\r\nPING\r\n";
  const Backlog* const backlog = node.propagation.backlog();
  if (backlog == nullptr || wanted.offset < backlog->first() + kPing.size()) return;
  if (backlog->read(wanted.offset - kPing.size()) == kPing) wanted.offset -= kPing.size();
}

Greeting greeting_of(const NodeState& node, bool may_resume, bool is_failover) {
  const NodeConfig& config = *node.config;
  Greeting greeting;
  greeting.user = config.masteruser;
  greeting.password = config.masterauth;
  greeting.port = config.replica_announce_port != 0
                      ? static_cast<std::uint16_t>(config.replica_announce_port)
                      : node.port;
  greeting.address = config.replica_announce_ip;
  greeting.version = kRedisVersion;
  if (may_resume) greeting.wanted = node.propagation.position();
  if (mutated(Mutant::forgets_last_ping) && may_resume) forget_ping(node, *greeting.wanted);
  greeting.failover = is_failover;
  return greeting;
}

}  // namespace

Upstream::Upstream(Endpoint primary, bool may_resume)
    : primary_(std::move(primary)), may_resume_(may_resume) {}

Upstream::~Upstream() = default;

ByteView Upstream::state_word() const {
  if (is_streaming_) return "connected";
  if (!session_) return "connect";
  switch (session_->phase()) {
    case ReplicaSession::Phase::connecting:
      return "connecting";
    case ReplicaSession::Phase::header:
    case ReplicaSession::Phase::payload:
      return "sync";
    default:
      return "handshake";
  }
}

// ---- links

void Upstream::dial(NodeState& node) {
  node.log(LogLevel::notice, "Connecting to MASTER " + name_of(primary_));
  ClientSession& session = node.dial(primary_, *this);
  link_ = session.link;
  session_.emplace(greeting_of(node, may_resume_, is_failover_));
  heard_at_ = node.now.mono;
  next_dial_ = node.now.mono + kRetry;
  if (!down_since_) down_since_ = node.now.mono;
  node.log(LogLevel::notice, "MASTER <-> REPLICA sync started");
}

void Upstream::send(NodeState& node, ClientSession& session, ByteView bytes) const {
  if (bytes.empty()) return;
  session.output.append(bytes);
  node.announce(session);
}

void Upstream::opened(NodeState& node, ClientSession& session) {
  heard_at_ = node.now.mono;
  node.log(LogLevel::notice, "Non blocking connect for SYNC fired the event.");
  Bytes output;
  session_->opened(output);
  send(node, session, output);
}

void Upstream::received(NodeState& node, ClientSession& session, ByteView& bytes) {
  heard_at_ = node.now.mono;
  while (!session.closing && !is_streaming_) {
    Bytes output;
    const auto event = session_->next(bytes, output);
    send(node, session, output);
    if (!event) return;
    std::visit([&](const auto& what) { take(node, session, what); }, *event);
  }
}

void Upstream::closed(NodeState& node, ClientSession& session, ByteView why) {
  if (session.link != link_) return;  // hung up for another one
  link_ = {};
  const bool was_opened = session_ && session_->phase() != ReplicaSession::Phase::connecting;
  session_.reset();
  loader_.reset();
  if (mutated(Mutant::hands_on_half_transactions) && !open_batch_.empty()) {
    node.propagation.apply(open_batch_, session.db);
  }
  open_batch_.clear();
  next_acknowledgement_ = kNever;
  if (is_streaming_) {
    is_streaming_ = false;
    down_since_ = node.now.mono;
    node.log(LogLevel::notice, "Connection with master lost.");
    if (may_resume_) node.log(LogLevel::notice, "Caching the disconnected master state.");
    node.log(LogLevel::notice, "Reconnecting to MASTER " + name_of(primary_));
    next_dial_ = node.now.mono;
  } else if (!was_opened) {
    node.log(LogLevel::warning, "Error condition on socket for SYNC: " + Bytes(why));
  }
}

void Upstream::hang_up(NodeState& node) {
  ClientSession* const session = node.sessions.find(link_);
  if (session == nullptr) return;
  link_ = {};
  is_streaming_ = false;
  session->conversation = nullptr;
  session->is_primary = false;
  node.close_now(*session);
}

void Upstream::fail(NodeState& node, ClientSession& session, const Bytes& why, bool discard) {
  node.log(LogLevel::warning, why);
  if (discard && may_resume_) {
    may_resume_ = false;
    node.log(LogLevel::notice, "Discarding previously cached master state.");
  }
  node.close_now(session);
}

void Upstream::give_up_stream(NodeState& node, ByteView why) {
  if (ClientSession* const session = node.sessions.find(link_)) {
    fail(node, *session, Bytes(why), true);
  }
}

// ---- what the session tells

void Upstream::take(NodeState& node, ClientSession&, const ReplicaSession::Pong&) {
  node.log(LogLevel::notice, "Master replied to PING, replication can continue...");
  if (const auto& wanted = session_->greeting().wanted) {
    node.log(LogLevel::notice, "Trying a partial resynchronization (request " + wanted->history +
                                   ":" + std::to_string(wanted->offset + 1) + ").");
  } else {
    node.log(LogLevel::notice, "Partial resynchronization not possible (no cached master)");
  }
}

void Upstream::take(NodeState& node, ClientSession&, const ReplicaSession::Remark& remark) {
  node.log(LogLevel::notice, remark.text);
  if (session_->phase() == ReplicaSession::Phase::header) {
    node.log(LogLevel::notice, "Retrying with SYNC...");
  }
}

void Upstream::take(NodeState& node, ClientSession&, const ReplicaSession::FullSync& sync) {
  end_failover(node);
  loading_position_ = sync.position;
  if (!sync.position) return;
  if (mutated(Mutant::takes_position_before_data)) {
    take_up_history(node, {.id = sync.position->history, .offset = sync.position->offset});
  }
  node.log(LogLevel::notice, "Full resync from master: " + sync.position->history + ":" +
                                 std::to_string(sync.position->offset));
}

void Upstream::take(NodeState& node, ClientSession& session,
                    const ReplicaSession::Continued& sync) {
  end_failover(node);
  node.log(LogLevel::notice, "Successful partial resynchronization with master.");
  if (sync.id && *sync.id != node.propagation.position().history) {
    node.propagation.continue_as(*sync.id);
    node.log(LogLevel::notice, "Master replication ID changed to " + *sync.id);
    node.replicas.drop_all(node, "our history goes on under another name");
  }
  node.log(LogLevel::notice,
           "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.");
  if (!node.propagation.active()) node.propagation.start(node.config->repl_backlog_size);
  begin_stream(node, session);
}

void Upstream::take(NodeState& node, ClientSession&, const ReplicaSession::PayloadBegins& payload) {
  node.log(LogLevel::notice,
           payload.size ? "MASTER <-> REPLICA sync: receiving " + std::to_string(*payload.size) +
                              " bytes from master to parser"
                        : "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF "
                          "to parser");
  RdbLoader::Options options;
  options.checksum = node.config->rdbchecksum;
  options.deep = node.config->sanitize_dump_payload == SanitizePayload::yes;
  options.size = payload.size.value_or(0);
  loader_ = std::make_unique<RdbLoader>(node.keyspace, options);
  if (mutated(Mutant::keeps_position_after_failed_load)) {
    node.keyspace.flush_all(Keyspace::Flush::now);
  }
  node.log(LogLevel::notice, "MASTER <-> REPLICA sync: Loading DB in memory");
}

void Upstream::take(NodeState& node, ClientSession& session,
                    const ReplicaSession::PayloadPart& part) {
  if (const auto fed = loader_->feed(part.bytes); !fed) {
    fail(node, session,
         "Failed trying to load the MASTER synchronization DB from socket, check server logs. " +
             fed.error().text,
         true);
  }
}

void Upstream::take(NodeState& node, ClientSession& session, const ReplicaSession::PayloadEnds&) {
  if (const auto ended = loader_->end(); !ended) {
    return fail(
        node, session,
        "Failed trying to load the MASTER synchronization DB from socket, check server logs. " +
            ended.error().text,
        true);
  }
  adopt_loaded(node, session);
  begin_stream(node, session);
  eager_until_ = node.now.mono + kAcknowledgePeriod;
  acknowledge(node);
}

void Upstream::take(NodeState& node, ClientSession& session,
                    const ReplicaSession::Failure& failure) {
  if (session_->phase() == ReplicaSession::Phase::psync) failover_rejected(node);
  fail(node, session, failure.text, failure.remedy == ReplicaSession::Failure::Remedy::discard);
}

// ---- the data and the stream

// All at once: whoever reads sees the old data set or the new one.
void Upstream::adopt_loaded(NodeState& node, ClientSession&) {
  if (may_resume_) node.log(LogLevel::notice, "Discarding previously cached master state.");
  node.log(LogLevel::notice, "MASTER <-> REPLICA sync: Flushing old data");
  const RdbFacts& facts = loader_->facts();
  node.keyspace.replace_all(loader_->take(), Keyspace::Flush::in_steps);
  node.log(LogLevel::notice, "Done loading RDB, keys loaded: " + std::to_string(facts.keys) +
                                 ", keys expired: " + std::to_string(facts.expired_skipped) + ".");
  // A primary from before PSYNC has no history: ours begins here, and nobody shares it.
  Position position = loading_position_.value_or(Position{node.random.hex(40), 0});
  const bool knows_db = facts.replication && !mutated(Mutant::repeats_no_select);
  const int stream_db = knows_db ? std::max(facts.replication->stream_db, 0) : 0;
  node.replicas.drop_all(node, "a full sync has replaced our data");
  node.propagation.adopt(std::move(position), stream_db, node.config->repl_backlog_size);
  loader_.reset();
  node.log(LogLevel::notice, "MASTER <-> REPLICA sync: Finished with success");
}

void Upstream::begin_stream(NodeState& node, ClientSession& session) {
  is_streaming_ = true;
  is_failover_ = false;
  may_resume_ = true;
  down_since_.reset();
  session.is_primary = true;
  session.db = std::max(node.propagation.selected_db(), 0);
  next_acknowledgement_ = node.now.mono + kAcknowledgePeriod;
  node.apply_role();
}

// The batch is the unit: a transaction counts when its EXEC is executed, all at once.
void Upstream::applied(NodeState& node, const ClientSession& session, ByteView bytes) {
  eager_until_ = {};
  if (mutated(Mutant::counts_no_getack) && bytes.starts_with("*3\r\n$8\r\nREPLCONF")) return;
  if (session.transaction && !mutated(Mutant::moves_offset_inside_multi)) {
    open_batch_ += bytes;
    return;
  }
  if (open_batch_.empty()) return node.propagation.apply(bytes, session.db);
  open_batch_ += bytes;
  node.propagation.apply(open_batch_, session.db);
  open_batch_.clear();
}

void Upstream::acknowledge(NodeState& node) {
  ClientSession* const session = node.sessions.find(link_);
  if (session == nullptr || !is_streaming_) return;
  Bytes command;
  append_command(command, {"REPLCONF", "ACK", std::to_string(node.propagation.position().offset)});
  send(node, *session, command);
  const bool is_eager = node.now.mono < eager_until_;
  next_acknowledgement_ = node.now.mono + (is_eager ? kEagerPeriod : kAcknowledgePeriod);
}

// ---- time

Instant Upstream::deadline(const NodeState& node) const {
  if (node.is_loading()) return kNever;  // the file may say from where it can go on
  if (link_ == LinkId{}) return next_dial_;
  return std::min(next_acknowledgement_,
                  heard_at_ + seconds(node.config->repl_timeout) + Duration(1));
}

void Upstream::tick(NodeState& node) {
  if (link_ == LinkId{}) {
    if (node.now.mono >= next_dial_ && !node.is_loading()) dial(node);
    return;
  }
  ClientSession* const session = node.sessions.find(link_);
  RS_ASSERT(session != nullptr);
  if (is_streaming_) heard_at_ = std::max(heard_at_, session->last_heard);
  if (node.now.mono - heard_at_ > seconds(node.config->repl_timeout)) {
    const auto phase = session_->phase();
    const bool is_loading = phase == ReplicaSession::Phase::payload;
    const Bytes why = is_streaming_ ? "MASTER timeout: no data nor PING received..."
                      : is_loading
                          ? "Timeout receiving bulk data from MASTER... If the problem persists "
                            "try to set the 'repl-timeout' parameter in redis.conf to a larger "
                            "value."
                          : "Timeout connecting to the MASTER...";
    heard_at_ = node.now.mono;
    return fail(node, *session, why, false);
  }
  if (node.now.mono >= next_acknowledgement_) acknowledge(node);
}

// ---- roles

void follow(NodeState& node, Endpoint primary, bool may_resume) {
  if (node.upstream != nullptr) {
    may_resume = node.upstream->may_resume();
    node.upstream->hang_up(node);
  } else if (may_resume) {
    node.log(LogLevel::notice,
             "Before turning into a replica, using my own master parameters to synthesize a cached "
             "master: I may be able to synchronize with the new master with just a partial "
             "transfer.");
  }
  node.leave_clients();
  node.config.follow(PrimaryAddress{primary.host, primary.port});
  node.upstream = std::make_unique<Upstream>(std::move(primary), may_resume);
  if (node.failover) node.upstream->begin_failover();
  node.apply_role();
  node.upstream->tick(node);
}

void become_primary(NodeState& node) {
  if (node.upstream == nullptr) return;
  node.upstream->hang_up(node);
  node.upstream.reset();
  end_failover(node);
  node.config.follow(std::nullopt);
  const Position former = node.propagation.position();
  node.log(LogLevel::notice, "Discarding previously cached master state.");
  const HistoryId id = node.random.hex(40);
  if (!mutated(Mutant::keeps_its_name_when_promoted)) node.propagation.continue_as(id);
  node.propagation.select_again();
  node.log(LogLevel::notice, "Setting secondary replication ID to " + former.history +
                                 ", valid up to offset: " + std::to_string(former.offset + 1) +
                                 ". New replication ID is " + id);
  node.replicas.drop_all(node, "our history goes on under another name");
  node.apply_role();
}

void take_up_history(NodeState& node, const RdbReplication& loaded) {
  const bool knows_db = !mutated(Mutant::forgets_the_streams_database);
  node.propagation.adopt(Position{loaded.id, loaded.offset}, knows_db ? loaded.stream_db : 0,
                         node.config->repl_backlog_size);
  if (node.is_replica()) {
    node.upstream->allow_resumption();
  } else {
    node.propagation.continue_as(node.random.hex(40));
    node.propagation.select_again();
  }
  node.apply_role();
}

}  // namespace replserver

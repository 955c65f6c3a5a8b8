#include "node/upstream.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "node/blocking.hpp"
#include "node/intake.hpp"
#include "node/state.hpp"
#include "node/version.hpp"
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

// The link has ended before the stream began, and not by us.
void tell_of_end(NodeState& node, ReplicaSession::Phase phase, ByteView why) {
  const auto tell = [&](const Bytes& text) { node.log(LogLevel::warning, text + Bytes(why)); };
  switch (phase) {
    case ReplicaSession::Phase::connecting:
      return tell("Error condition on socket for SYNC: ");
    case ReplicaSession::Phase::header:
      return tell("I/O error reading bulk count from MASTER: ");
    case ReplicaSession::Phase::payload:
    case ReplicaSession::Phase::streaming:  // which waits for the file to be loaded
      return tell("I/O error trying to sync with MASTER: ");
    default:
      tell("Failed to read response from the server: ");
      node.log(LogLevel::warning, "Master did not respond to command during SYNC handshake");
  }
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
  if (intake_ != nullptr) return "sync";
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

bool Upstream::loads_aside() const { return intake_ != nullptr && !intake_->is_by_file(); }

bool Upstream::has_let_go() const { return intake_ != nullptr && intake_->has_let_go(); }

bool Upstream::needs_link() const { return intake_ == nullptr || !intake_->is_complete(); }

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
  while (!session.closing && !is_streaming_ && needs_link()) {
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
  const auto phase = session_->phase();
  session_.reset();
  if (needs_link()) drop_intake(node);
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
  } else if (!session.closing) {  // else we have said why
    tell_of_end(node, phase, why.empty() ? "connection lost" : why);
  }
}

void Upstream::hang_up(NodeState& node) {
  drop_intake(node);
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
  if (discard) discard_position(node);
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
  intake_ = Intake::begin(
      node, payload.size,
      {.let_go = [this](NodeState& node) { let_data_go(node); },
       .moved = [this](NodeState& node) { intake_moved(node); },
       .done = [this](NodeState& node, auto outcome) { took_in(node, std::move(outcome)); }});
  const Bytes where = intake_->is_by_file() ? "to disk" : "to parser";
  node.log(LogLevel::notice,
           "MASTER <-> REPLICA sync: receiving " +
               (payload.size ? std::to_string(*payload.size) + " bytes from master "
                             : "streamed RDB from master with EOF ") +
               where);
  if (!intake_->is_by_file()) {
    node.log(LogLevel::notice, "MASTER <-> REPLICA sync: Loading DB in memory");
  }
}

void Upstream::take(NodeState& node, ClientSession& session,
                    const ReplicaSession::PayloadPart& part) {
  intake_->add(node, part.bytes);
  if (intake_ != nullptr && intake_->is_full()) node.hold_input(session, true);
}

void Upstream::take(NodeState& node, ClientSession& session, const ReplicaSession::PayloadEnds&) {
  intake_->end(node);
  if (intake_ == nullptr) return;
  // The stream that follows waits for the data.
  node.suspend(session, Suspension::operation);
  node.hold_input(session, true);
  next_acknowledgement_ = node.now.mono + kAcknowledgePeriod;
}

void Upstream::take(NodeState& node, ClientSession& session,
                    const ReplicaSession::Failure& failure) {
  if (session_->phase() == ReplicaSession::Phase::psync) failover_rejected(node);
  fail(node, session, failure.text, failure.remedy == ReplicaSession::Failure::Remedy::discard);
}

// ---- the data and the stream

void Upstream::drop_intake(NodeState& node) {
  if (intake_ == nullptr) return;
  intake_->abort(node);
  intake_.reset();
}

void Upstream::intake_moved(NodeState& node) {
  heard_at_ = node.now.mono;  // it was for us to take it
  ClientSession* const session = node.sessions.find(link_);
  if (session != nullptr && needs_link()) node.hold_input(*session, intake_->is_full());
}

void Upstream::let_data_go(NodeState& node) {
  discard_position(node);
  node.log(LogLevel::notice, "MASTER <-> REPLICA sync: Flushing old data");
  node.replicas.drop_all(node, "a full sync replaces our data");
  node.keyspace.flush_all(node.config->replica_lazy_flush ? Keyspace::Flush::in_steps
                                                          : Keyspace::Flush::now);
  // Should the load fail, nobody may take nothing for the data of a position.
  node.propagation.adopt(Position{node.random.hex(40), 0}, 0, node.config->repl_backlog_size);
  node.log(LogLevel::notice, "MASTER <-> REPLICA sync: Loading DB in memory");
}

void Upstream::took_in(NodeState& node, tl::expected<RdbLoad::Loaded, Bytes> outcome) {
  const auto intake = std::move(intake_);
  heard_at_ = node.now.mono;
  ClientSession* const session = node.sessions.find(link_);
  if (outcome) {
    if (!intake->has_let_go()) {
      discard_position(node);
      node.log(LogLevel::notice, "MASTER <-> REPLICA sync: Flushing old data");
    }
    adopt_loaded(node, std::move(*outcome));
    may_resume_ = true;
  }
  if (session == nullptr) {  // gone while the file was loaded
    if (!outcome) node.log(LogLevel::warning, outcome.error());
    return;
  }
  if (!outcome) return fail(node, *session, outcome.error(), !intake->is_by_file());
  node.hold_input(*session, false);
  if (session->suspension != Suspension::none) node.resume(*session);
  begin_stream(node, *session);
  if (node.config->compat == Compat::redis) return;  // which acknowledges once a second
  eager_until_ = node.now.mono + kAcknowledgePeriod;
  acknowledge(node);
}

void Upstream::discard_position(NodeState& node) {
  if (!may_resume_) return;
  may_resume_ = false;
  node.log(LogLevel::notice, "Discarding previously cached master state.");
}

// All at once: whoever reads sees the old data set or the new one.
void Upstream::adopt_loaded(NodeState& node, RdbLoad::Loaded loaded) {
  const RdbFacts& facts = loaded.facts;
  node.keyspace.replace_all(std::move(loaded.databases), Keyspace::Flush::in_steps);
  take_facts(node, facts);
  // A primary from before PSYNC has no history: ours begins here, and nobody shares it.
  Position position = loading_position_.value_or(Position{node.random.hex(40), 0});
  const bool knows_db = facts.replication && !mutated(Mutant::repeats_no_select);
  const int stream_db = knows_db ? std::max(facts.replication->stream_db, 0) : 0;
  node.replicas.drop_all(node, "a full sync has replaced our data");
  node.propagation.adopt(std::move(position), stream_db, node.config->repl_backlog_size);
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
  if (node.persistence.awaits_load) return kNever;  // the file may say from where it can go on
  if (link_ == LinkId{}) return needs_link() ? next_dial_ : kNever;
  return std::min(next_acknowledgement_,
                  heard_at_ + seconds(node.config->repl_timeout) + Duration(1));
}

void Upstream::tick(NodeState& node) {
  if (node.persistence.awaits_load) return;
  if (link_ == LinkId{}) {
    if (node.now.mono >= next_dial_ && needs_link()) dial(node);
    return;
  }
  ClientSession* const session = node.sessions.find(link_);
  RS_ASSERT(session != nullptr);
  if (is_streaming_) heard_at_ = std::max(heard_at_, session->last_heard);
  if (!needs_link()) heard_at_ = node.now.mono;
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
  if (node.now.mono < next_acknowledgement_) return;
  if (is_streaming_) return acknowledge(node);
  send(node, *session, "\n");  // still there, and loading
  next_acknowledgement_ = node.now.mono + kAcknowledgePeriod;
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

#include "node/replicas.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "base/numbers.hpp"
#include "node/rdb_save.hpp"
#include "node/state.hpp"
#include "repl/wire.hpp"

namespace replserver {
namespace {

constexpr std::size_t kPiecesMax = 64;
constexpr Duration kCheckPeriod = seconds(1);
constexpr Duration kForksDelay = seconds(5);  // Redis' repl-diskless-sync-delay

PrimaryFeed& feed_of(ClientSession& session) { return *session.replica->feed; }
const PrimaryFeed& feed_of(const ClientSession& session) { return *session.replica->feed; }

// "7.2.4" is at least 7.2. One that does not tell its version may be any since 7.0.
bool is_at_least(ByteView version, std::int64_t major, std::int64_t minor) {
  const std::size_t dot = version.find('.');
  if (dot == ByteView::npos) return false;
  const auto its_major = parse_integer(version.substr(0, dot));
  const ByteView rest = version.substr(dot + 1);
  const auto its_minor = parse_integer(rest.substr(0, rest.find('.')));
  if (!its_major || !its_minor) return false;
  return *its_major > major || (*its_major == major && *its_minor >= minor);
}

int rdb_version_for(const NodeConfig& config, const ReplicaFacts& facts) {
  constexpr int kReadBySeven = 10;
  return is_at_least(facts.version, 7, 2) ? config.rdb_save_version
                                          : std::min(config.rdb_save_version, kReadBySeven);
}

}  // namespace

std::size_t Replicas::online() const {
  return static_cast<std::size_t>(std::count_if(
      all_.begin(), all_.end(), [](const auto* replica) { return feed_of(*replica).is_online(); }));
}

std::size_t Replicas::good(const NodeState& node) const {
  const std::int64_t lag_max = node.config->min_replicas_max_lag;
  return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [&](const auto* replica) {
    const PrimaryFeed& feed = feed_of(*replica);
    return feed.is_online() && feed.lag_seconds(node.now.mono) <= lag_max;
  }));
}

bool Replicas::may_write(const NodeState& node) const {
  const NodeConfig& config = *node.config;
  if (config.min_replicas_to_write == 0 || config.min_replicas_max_lag == 0) return true;
  return good(node) >= static_cast<std::size_t>(config.min_replicas_to_write);
}

std::size_t Replicas::acknowledging(Offset offset) const {
  return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [&](const auto* replica) {
    const PrimaryFeed& feed = feed_of(*replica);
    return feed.is_online() && feed.acknowledged() >= offset;
  }));
}

std::size_t Replicas::acknowledging_disk(Offset offset) const {
  return static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), [&](const auto* replica) {
    const PrimaryFeed& feed = feed_of(*replica);
    return feed.is_online() && feed.on_disk() >= offset;
  }));
}

Bytes Replicas::name_of(const ClientSession& session) const {
  const Bytes& address = session.peer.address;
  if (session.replica == nullptr) return address;
  const ReplicaFacts& facts = session.replica->facts;
  const Bytes host = facts.address.empty() ? address.substr(0, address.rfind(':')) : facts.address;
  return facts.port != 0 ? host + ":" + std::to_string(facts.port) : address;
}

// ---- how one becomes a replica

void Replicas::enlist(NodeState& node, ClientSession& session) {
  session.replica->feed.emplace(node.now.mono);
  if (all_.empty()) next_ping_ = node.now.mono + seconds(node.config->repl_ping_replica_period);
  all_.push_back(&session);
  if (node.config->repl_disable_tcp_nodelay) node.effects.gathering.push_back(session.link);
}

void Replicas::resume(NodeState& node, ClientSession& session, Offset from) {
  ++node.stats.partial_syncs;
  enlist(node, session);
  feed_of(session).go_online(from, node.now.mono);
  const bool names_id = session.replica->facts.takes_new_id;
  session.output.append(wire::continues(names_id ? node.propagation.position().history : Bytes()));
  pin(node);
}

void Replicas::wait_for_snapshot(NodeState& node, ClientSession& session) {
  ++node.stats.full_syncs;
  enlist(node, session);
}

bool Replicas::snapshot_is_due(const NodeState& node) const {
  std::size_t waiting = 0;
  Instant first = kNever;
  for (const ClientSession* const replica : all_) {
    const PrimaryFeed& feed = feed_of(*replica);
    if (feed.phase() != PrimaryFeed::Phase::waiting) continue;
    ++waiting;
    first = std::min(first, feed.since());
  }
  if (waiting == 0) return false;
  const NodeConfig& config = *node.config;
  const auto enough = static_cast<std::size_t>(config.repl_diskless_sync_max_replicas);
  if (!config.repl_diskless_sync || (enough != 0 && waiting >= enough)) return true;
  const bool as_redis = config.compat == Compat::redis && config.repl_diskless_sync_delay == 0;
  return node.now.mono >=
         first + (as_redis ? kForksDelay : seconds(config.repl_diskless_sync_delay));
}

std::shared_ptr<FullSync> Replicas::sync_for(NodeState& node, Run& run, const ReplicaFacts& facts) {
  const NodeConfig& config = *node.config;
  const int version = rdb_version_for(config, facts);
  const bool is_marked = facts.takes_marked_payload && config.repl_diskless_sync;
  for (const auto& sync : run.syncs) {
    if (sync->is_marked() == is_marked && sync->writer().format().version == version) return sync;
  }
  RdbFormat format;
  format.version = version;
  format.checksum = config.rdbchecksum;
  run.syncs.push_back(
      std::make_shared<FullSync>(format, is_marked, node.random.hex(wire::kMarkSize)));
  return run.syncs.back();
}

// All that wait share one walk through the data, whatever encodings they need.
void Replicas::start_snapshot(NodeState& node) {
  node.begin_history();
  Run& run = syncs_.emplace_back();
  std::vector<ClientSession*> takers;
  for (ClientSession* const replica : all_) {
    if (feed_of(*replica).phase() != PrimaryFeed::Phase::waiting) continue;
    replica->replica->sync = sync_for(node, run, replica->replica->facts);
    takers.push_back(replica);
  }
  std::vector<SnapshotSink*> sinks;
  for (const auto& sync : run.syncs) sinks.push_back(&sync->writer());
  const auto id = node.snapshots.start(
      node.keyspace, sinks,
      [this, &node, &run](Snapshots::Step step) { snapshot_progressed(node, run, step); });
  if (!id) {  // too many snapshots are under way: they wait on
    for (ClientSession* const replica : takers) replica->replica->sync.reset();
    syncs_.pop_back();
    return;
  }
  run.snapshot = *id;
  for (const auto& sync : run.syncs) {
    const Bytes target = sync->is_marked() ? "replicas sockets" : "disk";
    node.log(LogLevel::notice, "Starting BGSAVE for SYNC with target: " + target);
  }

  const RdbPreamble preamble = rdb_preamble(node);
  const Position& position = node.propagation.position();
  for (const auto& sync : run.syncs) {
    sync->writer().begin(preamble, *node.snapshots.find(*id));
    const FullSync* const of = sync.get();
    sync->begin_file(node, {.stored = [this, of](NodeState& node) { stored(node, *of); },
                            .failed = [this, of](NodeState& node,
                                                 const Bytes& why) { failed(node, *of, why); }});
  }
  for (ClientSession* const replica : takers) {
    ReplicaLink& link = *replica->replica;
    link.place = 0;
    link.feed->begin_payload(position.offset, node.now.mono);
    if (!link.is_silent) replica->output.append(wire::full_resync(position));
    if (link.sync->is_marked()) replica->output.append(link.sync->header());
  }
  // Whoever has a snapshot and nothing else does not know which database the stream is in.
  if (!node.is_replica() && !mutated(Mutant::repeats_no_select)) node.propagation.select_again();
  pin(node);
}

void Replicas::snapshot_progressed(NodeState& node, Run& run, Snapshots::Step step) {
  if (step == Snapshots::Step::more) {
    for (const auto& sync : run.syncs) sync->progressed(node);
    return;
  }
  const auto syncs = std::move(run.syncs);
  syncs_.remove_if([&](const Run& one) { return &one == &run; });
  for (const auto& sync : syncs) {
    sync->finish(node);
    if (!sync->is_marked()) continue;
    node.log(LogLevel::notice, "Background RDB transfer terminated with success");
  }
}

void Replicas::stored(NodeState& node, const FullSync& sync) {
  node.log(LogLevel::notice, "Background saving terminated with success");
  for (ClientSession* const replica : all_) {
    if (replica->replica->sync.get() == &sync) replica->output.append(sync.header());
  }
}

void Replicas::failed(NodeState& node, const FullSync& sync, const Bytes& why) {
  node.log(LogLevel::warning, why);
  node.log(LogLevel::warning, "SYNC failed. BGSAVE child returned an error");
  for (ClientSession* const replica : all_) {
    if (replica->replica->sync.get() == &sync) node.close_now(*replica);
  }
}

// ---- what is sent

bool Replicas::has_output(const NodeState& node, const ClientSession& session) const {
  const ReplicaLink& link = *session.replica;
  if (link.sync != nullptr) return link.sync->has(link.place);
  return link.feed->is_online() && link.feed->cursor() < node.propagation.backlog()->end();
}

std::size_t Replicas::held_for(const NodeState& node, const ClientSession& session) const {
  const PrimaryFeed& feed = feed_of(session);
  if (!feed.needs_history()) return 0;
  return static_cast<std::size_t>(node.propagation.backlog()->end() - feed.cursor());
}

void Replicas::views(const NodeState& node, const ClientSession& session,
                     std::vector<ByteView>& pieces) const {
  const ReplicaLink& link = *session.replica;
  if (link.sync != nullptr) return link.sync->views(link.place, pieces, kPiecesMax);
  if (!link.feed->is_online()) return;
  const Backlog& backlog = *node.propagation.backlog();
  Offset at = link.feed->cursor();
  while (at < backlog.end() && pieces.size() < kPiecesMax) {
    pieces.push_back(backlog.read(at));
    at += pieces.back().size();
  }
}

void Replicas::sent(NodeState& node, ClientSession& session, std::size_t size) {
  ReplicaLink& link = *session.replica;
  if (size == 0) return;
  if (link.sync == nullptr) {
    link.feed->sent(size, node.now.mono);
    return pin(node);
  }
  link.place += size;
  link.feed->heard(node.now.mono);
  std::uint64_t slowest = link.place;
  for (const ClientSession* const other : all_) {
    if (other->replica->sync == link.sync) slowest = std::min(slowest, other->replica->place);
  }
  link.sync->taken(node, slowest);
  if (link.sync->is_end(link.place)) payload_sent(node, session);
}

void Replicas::payload_sent(NodeState& node, ClientSession& session) {
  ReplicaLink& link = *session.replica;
  const bool is_marked = link.sync->is_marked();
  let_go(node, std::move(link.sync));
  if (link.facts.wants_snapshot_only) {
    node.log(LogLevel::warning, "RDB transfer completed, rdb only replica (" + name_of(session) +
                                    ") should be disconnected asap");
    link.feed->confirm();
  } else if (is_marked) {
    link.feed->confirm();
    node.log(LogLevel::notice,
             "Streamed RDB transfer with replica " + name_of(session) +
                 " succeeded (socket). Waiting for REPLCONF ACK from replica to enable streaming");
  } else {
    link.feed->go_online(node.now.mono);
    node.log(LogLevel::notice, "Synchronization with replica " + name_of(session) + " succeeded");
  }
}

// Nobody reads what the last reader has left; nobody needs the snapshot that has no reader.
void Replicas::let_go(NodeState& node, std::shared_ptr<FullSync> sync) {
  for (const ClientSession* const other : all_) {
    if (other->replica->sync == sync) return;
  }
  sync->drop(node);
  for (auto run = syncs_.begin(); run != syncs_.end(); ++run) {
    const auto found = std::find(run->syncs.begin(), run->syncs.end(), sync);
    if (found == run->syncs.end()) continue;
    node.snapshots.find(run->snapshot)->drop_sink(&sync->writer());
    run->syncs.erase(found);
    if (!run->syncs.empty()) return;
    node.snapshots.abort(run->snapshot);
    node.log(LogLevel::notice, "Diskless rdb transfer, last replica dropped, ending the snapshot.");
    syncs_.erase(run);
    return;
  }
}

void Replicas::pin(NodeState& node) const {
  Offset oldest = Backlog::kNoPin;
  for (const ClientSession* const replica : all_) {
    const PrimaryFeed& feed = feed_of(*replica);
    if (feed.needs_history()) oldest = std::min(oldest, feed.cursor());
  }
  node.propagation.pin(oldest);
}

// ---- what is heard

void Replicas::acknowledged(NodeState& node, ClientSession& session, Offset offset) {
  PrimaryFeed& feed = feed_of(session);
  if (!feed.acknowledge(offset, node.now.mono)) {
    ++node.stats.wrong_acknowledgements;
    node.log(LogLevel::warning,
             "Replica " + name_of(session) + " acknowledged offset " + std::to_string(offset) +
                 ", having acknowledged " + std::to_string(feed.acknowledged()) +
                 " and been sent the stream up to " + std::to_string(feed.cursor()) +
                 ": disconnecting it, so that it asks for what it lacks");
    return node.close_now(session);
  }
  if (feed.phase() == PrimaryFeed::Phase::confirming &&
      !session.replica->facts.wants_snapshot_only) {
    const bool skips = mutated(Mutant::skips_writes_during_a_full_sync);
    feed.go_online(skips ? node.propagation.position().offset : feed.cursor(), node.now.mono);
    node.log(LogLevel::notice, "Synchronization with replica " + name_of(session) + " succeeded");
  }
  node.acknowledgements.serve(node);
}

void Replicas::forget(NodeState& node, ClientSession& session) {
  if (!session.is_replica()) return;
  std::erase(all_, &session);
  node.log(LogLevel::notice, "Connection with replica " + name_of(session) + " lost.");
  if (session.replica->sync != nullptr) let_go(node, std::move(session.replica->sync));
  session.replica->feed.reset();
  pin(node);
}

void Replicas::drop_all(NodeState& node, ByteView why) {
  const std::vector<ClientSession*> dropped = all_;
  for (ClientSession* const replica : dropped) {
    node.log(LogLevel::verbose, "Disconnecting replica " + name_of(*replica) + ": " + Bytes(why));
    forget(node, *replica);
    node.close_now(*replica);
  }
}

// ---- time

void Replicas::end_turn(NodeState& node) {
  if (!all_.empty() && snapshot_is_due(node)) start_snapshot(node);
}

Instant Replicas::deadline(const NodeState& node) const {
  if (!all_.empty()) return std::min(next_check_, next_ping_);
  if (!alone_since_ || node.config->repl_backlog_ttl == 0) return kNever;
  return *alone_since_ + seconds(node.config->repl_backlog_ttl);
}

void Replicas::tick(NodeState& node) {
  if (!all_.empty() && node.now.mono >= next_ping_) {
    // A chained node hands its own primary's PINGs on.
    if (!node.is_replica() && node.propagation.active() && !node.stands_still())
      node.propagation.ping();
    next_ping_ = node.now.mono + seconds(node.config->repl_ping_replica_period);
  }
  if (!all_.empty() && node.now.mono >= next_check_) {
    check_links(node);
    next_check_ = node.now.mono + kCheckPeriod;
  }
  check_backlog(node);
}

void Replicas::check_links(NodeState& node) {
  const Duration timeout = seconds(node.config->repl_timeout);
  for (ClientSession* const replica : all_) {
    if (replica->closing) continue;
    PrimaryFeed& feed = feed_of(*replica);
    const FullSync* const sync = replica->replica->sync.get();
    const bool is_awaited = sync != nullptr && sync->awaits_file();
    if (feed.phase() == PrimaryFeed::Phase::waiting || is_awaited) {
      replica->output.append("\n");  // it is not to believe that we are gone
      feed.heard(node.now.mono);
    }
    if (feed.is_online() && replica->replica->is_silent) continue;
    if (node.now.mono - feed.heard_at() > timeout) {
      node.log(LogLevel::warning, Bytes("Disconnecting timedout replica (") +
                                      (feed.is_online() ? "streaming" : "full") +
                                      " sync): " + name_of(*replica));
      node.close_now(*replica);
    } else if (feed.stuck_for(node.now.mono) > timeout) {
      ++node.stats.wrong_acknowledgements;
      node.log(LogLevel::warning, "Replica " + name_of(*replica) + " acknowledges offset " +
                                      std::to_string(feed.acknowledged()) +
                                      " again and again, having been sent the stream up to " +
                                      std::to_string(feed.cursor()) +
                                      ": disconnecting it, so that it asks for what it lacks");
      node.close_now(*replica);
    }
  }
}

void Replicas::check_backlog(NodeState& node) {
  const bool is_alone = all_.empty() && !node.is_replica() && node.propagation.active() &&
                        !node.config->repl_history_from_start;
  if (!is_alone) {
    alone_since_.reset();
  } else if (!alone_since_) {
    alone_since_ = node.now.mono;
  } else if (node.config->repl_backlog_ttl != 0 &&
             node.now.mono - *alone_since_ >= seconds(node.config->repl_backlog_ttl)) {
    node.log(LogLevel::notice, "Replication backlog freed after " +
                                   std::to_string(node.config->repl_backlog_ttl) +
                                   " seconds without connected replicas.");
    node.end_history();
    alone_since_.reset();
  }
}

}  // namespace replserver

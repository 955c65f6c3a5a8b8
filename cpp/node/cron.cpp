#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "node/blocking.hpp"
#include "node/eviction.hpp"
#include "node/node.hpp"

namespace replserver {
namespace {

constexpr Duration kSamplePeriod = milliseconds(100);
constexpr Duration kIdle = seconds(1);       // after which a client gives its room back
constexpr Duration kSoon = milliseconds(4);  // when one step of bounded work did not do
constexpr std::size_t kExpireBudget = 4096;  // segments and entries looked at in one step
constexpr std::size_t kUpkeepBudget = 64;

}  // namespace

// A node that nobody talks to and where nothing expires looks at its clock once a second.
Duration Node::cycle_period() const {
  if (hurried_) return kSoon;
  const bool idle = state_.sessions.size() == 0 && !anything_expires();
  return idle ? Duration(seconds(1)) : Duration(seconds(1)) / state_.config->hz;
}

Instant Node::deadline() const {
  Instant next = last_cycle_ + cycle_period();
  if (state_.pause) next = std::min(next, state_.pause->until);
  next = std::min({next, state_.waiters.next_deadline(), state_.snapshots.due(),
                   state_.replicas.deadline(state_), state_.acknowledgements.next_deadline(),
                   failover_deadline(state_), shutdown_deadline(state_)});
  if (state_.upstream != nullptr) {
    next = std::min(next, state_.upstream->deadline(state_));
  }
  for (const auto& migration : state_.migrations) next = std::min(next, migration->deadline());
  if (!state_.resumed.empty() || !state_.leaving.empty()) next = Instant();
  return next;
}

void Node::tick(Now now) {
  state_.now = now;
  state_.keyspace.set_time(unix_ms(now.wall));
  if (state_.meter != nullptr) state_.meter_reading = state_.meter();
  if (state_.pause && state_.pause->until <= now.mono) state_.end_pause();

  time_out_waiters(state_);
  state_.acknowledgements.time_out(state_);
  state_.replicas.tick(state_);
  if (state_.upstream != nullptr) state_.upstream->tick(state_);
  if (now.mono >= last_cycle_ + cycle_period()) {
    hurried_ = expire_keys() | state_.keyspace.maintain(kUpkeepBudget);
    last_cycle_ = now.mono;
    if (state_.config->maxmemory != 0) make_room(state_);
    check_save_points(state_);
    if (now.mono >= next_sample_) {
      check_clients();
      sample();
      next_sample_ = now.mono + kSamplePeriod;
    }
  }
  look_after_migrations(state_);
  if (state_.waiters.any_ready()) serve_waiters(state_);
  if (is_idle_work_due(now)) walk_snapshots();
  turn(now);
}

bool Node::anything_expires() const {
  for (int db = 0; db < state_.keyspace.databases(); ++db) {
    const Database& database = state_.keyspace.database(db);
    if (database.expires() > 0 || database.expiring_hashes() > 0) return true;
  }
  return false;
}

// True: there is more to expire than one step may.
bool Node::expire_keys() {
  if (!state_.settings.active_expire) return false;
  if (state_.is_replica() && !mutated(Mutant::expires_on_replicas)) return false;
  if (state_.stands_still()) return false;  // a paused data set does not change by itself either
  Context& context = *state_.context;
  const UnixMs now = unix_ms(state_.now.wall);
  const std::uint64_t started = state_.meter != nullptr ? state_.meter() : 0;
  const ByteView verb = state_.settings.lazy_expire ? "UNLINK" : "DEL";
  const auto outcome =
      state_.keyspace.expire_step(now, kExpireBudget, [&](int database, ByteView key) {
        ++context.stats.expired;
        if (mutated(Mutant::tells_nobody_of_expiry)) return;
        context.changes.add_removed(database, {verb, key});
        context.notify(kNotifyExpired, "expired", key, database);
      });
  const bool more = expire_fields() || outcome.more;
  if (!context.events.empty()) deliver_events(state_);
  if (!context.changes.empty()) state_.propagation.write(context.changes);
  if (more) ++state_.stats.expired_time_cap_reached;
  if (state_.meter != nullptr) state_.stats.expire_cycle_nanoseconds += state_.meter() - started;
  return more;
}

// The same for fields of hashes; a hash that has lost all of them goes without a word to replicas.
bool Node::expire_fields() {
  Context& context = *state_.context;
  const auto tell = [&](int database, const Keyspace::ExpiredFields& expired) {
    for (const Bytes& name : expired.names) {
      context.changes.add_removed(database, {"HDEL", expired.key, name});
    }
    context.stats.expired_fields += expired.names.size();
    context.notify(kNotifyHash, "hexpired", expired.key, database);
    if (expired.key_is_gone) context.notify(kNotifyGeneric, "del", expired.key, database);
  };
  return state_.keyspace.expire_fields_step(unix_ms(state_.now.wall), kExpireBudget, tell).more;
}

void Node::check_output_limits(ClientSession& session) {
  const OutputLimit& limit = state_.config->output_limit(session.client_class());
  const bool is_replica = session.is_replica();
  const std::size_t held =
      session.output.size() + (is_replica ? state_.replicas.held_for(state_, session) : 0);
  const bool over_soft = limit.soft != 0 && held > limit.soft;
  if (!over_soft) {
    session.over_soft_limit_since.reset();
  } else if (!session.over_soft_limit_since) {
    session.over_soft_limit_since = state_.now.mono;
  }
  const bool too_long =
      over_soft && state_.now.mono - *session.over_soft_limit_since > seconds(limit.soft_seconds);
  // What the backlog keeps anyway is no burden to anybody.
  const std::uint64_t hard =
      is_replica ? std::max(limit.hard, state_.config->repl_backlog_size) : limit.hard;
  const bool too_much = limit.hard != 0 && held > hard;
  if (session.closing || (!too_long && !too_much)) return;
  ++state_.stats.output_buffer_disconnections;
  state_.log(LogLevel::warning,
             "Client " + state_.client_info(session) +
                 " scheduled to be closed ASAP for overcoming of output buffer limits.");
  state_.close_now(session);
}

void Node::check_clients() {
  state_.clients_memory = 0;
  for (const auto& [id, session] : state_.sessions.by_id()) {
    if (state_.now.mono - session->last_heard > kIdle) session->output.shrink();
    state_.clients_memory += session->memory();
    check_output_limits(*session);
    const int timeout = state_.config->timeout;
    if (timeout == 0 || session->closing || session->suspension != Suspension::none) continue;
    if (session->in_pubsub() || session->monitoring || session->is_replica()) continue;
    if (session->conversation != nullptr) continue;
    if (state_.now.mono - session->last_heard > seconds(timeout)) {
      state_.log(LogLevel::verbose, "Closing idle client");
      state_.close_now(*session);
    }
  }
}

void Node::sample() {
  Stats& stats = state_.stats;
  const Instant now = state_.now.mono;
  stats.operations.sample(stats.commands_processed, now);
  stats.input_bytes.sample(stats.net_input_bytes, now);
  stats.output_bytes.sample(stats.net_output_bytes, now);
  stats.cycles.sample(stats.eventloop_cycles, now);
  stats.memory_peak = std::max(stats.memory_peak, state_.used_memory());
}

}  // namespace replserver

#include "node/state.hpp"

#include "base/assert.hpp"
#include "node/blocking.hpp"

namespace replserver {
namespace {

AccessRules access_rules(const NodeConfig& config) {
  const MaxmemoryPolicy policy = config.maxmemory_policy;
  return {
      .lfu = policy == MaxmemoryPolicy::allkeys_lfu || policy == MaxmemoryPolicy::volatile_lfu,
      .lfu_log_factor = config.lfu_log_factor,
      .lfu_decay_minutes = config.lfu_decay_time,
  };
}

CollectionLimits collection_limits(const NodeConfig& config) {
  const auto limit = [](std::uint64_t value) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(value, INT64_MAX));
  };
  return {
      .hash_max_listpack_entries = limit(config.hash_max_listpack_entries),
      .hash_max_listpack_value = limit(config.hash_max_listpack_value),
      .set_max_intset_entries = limit(config.set_max_intset_entries),
      .set_max_listpack_entries = limit(config.set_max_listpack_entries),
      .set_max_listpack_value = limit(config.set_max_listpack_value),
      .zset_max_listpack_entries = limit(config.zset_max_listpack_entries),
      .zset_max_listpack_value = limit(config.zset_max_listpack_value),
      .list_max_listpack_size = config.list_max_listpack_size,
      .stream_node_max_bytes = limit(config.stream_node_max_bytes),
      .stream_node_max_entries = config.stream_node_max_entries,
  };
}

Registry make_registry(const NodeConfig& config) {
  Registry registry(all_families());
  for (const RenamedCommand& renamed : config.rename_command)
    registry.rename(renamed.from, renamed.to);
  return registry;
}

KeyObserver watch_observer(NodeState& state) {
  KeyObserver observer;
  observer.context = &state;
  observer.changed = [](void* node, int database, ByteView key) {
    NodeState& state = *static_cast<NodeState*>(node);
    state.watches.changed(database, key);
    state.waiters.changed(database, key);
  };
  observer.replaced = [](void* node, int database, const Database& before, const Database* after) {
    NodeState& state = *static_cast<NodeState*>(node);
    state.watches.replaced(database, before, after, unix_ms(state.now.wall));
    state.waiters.replaced(database);
  };
  return observer;
}

}  // namespace

std::vector<std::span<const Command>> all_families() {
  std::vector<std::span<const Command>> families = command_families();
  for (const auto family :
       {connection_commands(), client_commands(), transaction_commands(), pubsub_commands(),
        replication_commands(), server_commands(), persistence_commands(), config_commands(),
        observation_commands(), debug_commands(), introspection_commands(), dump_commands(),
        migration_commands()}) {
    families.push_back(family);
  }
  return families;
}

NodeState::NodeState(Config configuration, std::uint64_t seed, Meter stopwatch, Now start)
    : config(std::move(configuration)),
      random(seed),
      meter(stopwatch),
      now(start),
      started_at(start.mono),
      keyspace(config->databases, random),
      context(std::make_unique<NodeContext>(*this)),
      registry(make_registry(*config)),
      propagation(random.hex(40)),
      snapshots(stopwatch),
      run_id(random.hex(40)) {
  in_process.in_process = true;
  in_process.authenticated = true;
  in_process.protocol = 3;
  in_process.peer.address = in_process.peer.local_address = "in-process:0";
  in_process.connected_at = in_process.last_heard = start.mono;
  keyspace.set_observer(watch_observer(*this));
  keyspace.set_time(unix_ms(start.wall));
  persistence.last_save = unix_seconds(start.wall);
  if (config->repl_history_from_start) propagation.start(config->repl_backlog_size);
  if (const auto& primary = config->replicaof) {
    // Without a file that says so, our data are the beginning of no history.
    upstream = std::make_unique<Upstream>(
        Endpoint{primary->host, static_cast<std::uint16_t>(primary->port)}, false);
  }
  apply_config();
}

NodeState::~NodeState() = default;

void NodeState::apply_config() {
  settings.bulk_max = static_cast<std::size_t>(config->proto_max_bulk_len);
  settings.notify = config->notify_keyspace_events;
  settings.hll_sparse_max_bytes = static_cast<std::size_t>(config->hll_sparse_max_bytes);
  settings.lazy_expire = config->lazyfree_lazy_expire;
  settings.lazy_user_del = config->lazyfree_lazy_user_del;
  settings.lazy_user_flush = config->lazyfree_lazy_user_flush;
  settings.lazy_server_del = config->lazyfree_lazy_server_del;
  keyspace.set_access_rules(access_rules(*config));
  keyspace.set_limits(collection_limits(*config));
  slowlog.limit(static_cast<std::size_t>(config->slowlog_max_len));
  propagation.resize(config->repl_backlog_size);
  apply_role();

  notable_nanoseconds = UINT64_MAX;
  if (config->slowlog_log_slower_than >= 0) {
    notable_nanoseconds = static_cast<std::uint64_t>(config->slowlog_log_slower_than) * 1000;
  }
  if (config->latency_monitor_threshold > 0) {
    notable_nanoseconds =
        std::min(notable_nanoseconds,
                 static_cast<std::uint64_t>(config->latency_monitor_threshold) * 1'000'000);
  }
}

void NodeState::begin_history() {
  if (propagation.active()) return;
  propagation.rename(random.hex(40));
  propagation.start(config->repl_backlog_size);
  propagation.select_again();
  log(LogLevel::notice, "Replication backlog created, my new replication IDs are '" +
                            propagation.position().history + "' and '" + Bytes(40, '0') + "'");
  apply_role();
}

void NodeState::end_history() {
  propagation.stop();
  propagation.rename(random.hex(40));
  apply_role();
}

// What a replica executes is its primary's history, and what its own clients write is nobody's.
void NodeState::apply_role() { context->changes.record(propagation.active() && !is_replica()); }

void NodeState::leave_clients() {
  for (const auto& [id, session] : sessions.by_id()) {
    if (session->suspension != Suspension::blocked || session->closing) continue;
    unblock(*this, *session,
            "UNBLOCKED force unblock from blocking operation, instance state changed (master -> "
            "replica?)");
    close_after_output(*session);
  }
}

void NodeState::log(LogLevel level, Bytes text) {
  if (level < config->loglevel) return;
  effects.log.push_back({level, is_replica() ? 'S' : 'M', std::move(text)});
}

void NodeState::close_after_output(ClientSession& session) {
  if (session.in_process || session.closing) return;
  session.closing = true;
  announce(session);
  if (session.output.empty()) leaving.push_back(session.link);
}

void NodeState::close_now(ClientSession& session) {
  if (session.in_process) return;
  session.closing = true;
  session.output.clear();
  pubsub.forget(session);  // a PUBLISH later in this turn does not count it any more
  leaving.push_back(session.link);
}

void NodeState::announce(ClientSession& session) {
  if (session.announced || session.in_process) return;
  session.announced = true;
  announced.push_back(session.link);
}

ClientSession& NodeState::dial(Endpoint to, Conversation& conversation) {
  Peer peer;
  peer.address = to.host + ":" + std::to_string(to.port);
  ClientSession& session = sessions.add(std::move(peer), now.mono);
  session.authenticated = true;
  session.conversation = &conversation;
  effects.dial.push_back({session.link, std::move(to)});
  return session;
}

resp::Writer NodeState::writer_for(ClientSession& session) {
  announce(session);
  return resp::Writer(session.output, session.protocol);
}

void NodeState::suspend(ClientSession& session, Suspension why) {
  RS_ASSERT(why != Suspension::none);
  session.suspension = why;
}

void NodeState::resume(ClientSession& session) {
  session.suspension = Suspension::none;
  resumed.push_back(session.link);
}

void NodeState::hold_input(ClientSession& session, bool on) {
  if (session.holds_input == on) return;
  session.holds_input = on;
  effects.input.push_back(session.link);
}

void NodeState::observe_keys() { keyspace.set_watching(watches.keys() > 0 || !waiters.empty()); }

void NodeState::end_pause() {
  pause.reset();
  resume_paused();
}

void NodeState::let_writes_go() {
  RS_ASSERT(writes_held > 0);
  if (--writes_held == 0) resume_paused();
}

void NodeState::resume_paused() {
  for (const auto& [id, session] : sessions.by_id()) {
    if (session->suspension == Suspension::paused) resume(*session);
  }
}

ClientSession* NodeState::wake(LinkId client) {
  if (client == in_process.link) {
    in_process.suspension = Suspension::none;
    return &in_process;
  }
  ClientSession* const session = sessions.find(client);
  if (session != nullptr) resume(*session);
  return session;
}

void NodeState::operate(ClientSession& client, decltype(Operation::what) what,
                        Operations::Then then) {
  suspend(client, Suspension::operation);
  const OperationId id = operations.start(client.link, std::move(then));
  effects.operations.push_back({id, std::move(what)});
}

void NodeState::operate(decltype(Operation::what) what, Operations::Then then) {
  const OperationId id = operations.start(kNobody, std::move(then));
  effects.operations.push_back({id, std::move(what)});
}

std::size_t NodeState::used_memory() const {
  std::size_t clients = 0;
  for (const auto& [id, session] : sessions.by_id()) clients += session->memory();
  const std::size_t backlog =
      propagation.backlog() != nullptr ? propagation.backlog()->memory() : 0;
  return startup_memory() + keyspace.used_memory() + clients + backlog;
}

std::size_t NodeState::startup_memory() const {
  return sizeof(NodeState) + registry.all().size() * (sizeof(RegisteredCommand) + 64);
}

}  // namespace replserver

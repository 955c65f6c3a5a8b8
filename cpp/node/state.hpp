// NodeState — the inventory of a node: every part it owns, in the open, and the few verbs that need
// several parts at once. Owned by Node, which drives it; lent to node-level commands.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "command/context.hpp"
#include "data/keyspace.hpp"
#include "node/acknowledgements.hpp"
#include "node/config.hpp"
#include "node/effects.hpp"
#include "node/failover.hpp"
#include "node/latency.hpp"
#include "node/migration.hpp"
#include "node/operations.hpp"
#include "node/persistence.hpp"
#include "node/propagation.hpp"
#include "node/pubsub.hpp"
#include "node/registry.hpp"
#include "node/replicas.hpp"
#include "node/sessions.hpp"
#include "node/shutdown.hpp"
#include "node/slowlog.hpp"
#include "node/snapshots.hpp"
#include "node/stats.hpp"
#include "node/upstream.hpp"
#include "node/waiters.hpp"
#include "node/watch.hpp"

namespace replserver {

// What INFO tells about the process; observed by the driver, which alone can see it.
struct HostFacts {
  std::int64_t pid = 0;
  Bytes os, compiler, executable, config_file, io_api = "epoll";
  Bytes clock = "POSIX clock_gettime";  // where `mono` comes from
  std::uint64_t total_memory = 0, resident_memory = 0;
  double cpu_system = 0, cpu_user = 0;                // seconds, of the process
  double cpu_system_thread = 0, cpu_user_thread = 0;  // of the thread that drives this node
  std::vector<Bytes> listeners;                       // "name=tcp,bind=127.0.0.1,port=7000"
};

struct Pause {  // CLIENT PAUSE
  Instant until;
  bool writes_only = false;
};

struct NodeContext;

struct NodeState {
  NodeState(Config config, std::uint64_t seed, Meter meter, Now now);
  ~NodeState();

  Config config;
  Random random;
  Meter meter;
  std::uint64_t meter_reading = 0;  // the last one: where one command ends the next one starts
  Now now;                          // of the input being handled
  const Instant started_at;

  // These follow config; see apply_config().
  CommandSettings settings;
  std::uint64_t notable_nanoseconds = 0;  // for SLOWLOG or LATENCY
  Keyspace keyspace;
  std::unique_ptr<NodeContext> context;  // lent to one command at a time
  Registry registry;
  Sessions sessions;
  ClientSession in_process;  // Node::execute's
  PubSub pubsub;
  Watches watches;
  Waiters waiters;
  std::vector<ClientSession*> monitors;
  std::optional<Pause> pause;
  int writes_held = 0;  // by how many, for whom the data must stay as it is: see let_writes_go()
  Slowlog slowlog;
  LatencyMonitor latency;
  Stats stats;
  Propagation propagation;
  Replicas replicas;
  Acknowledgements acknowledgements;
  std::unique_ptr<Upstream> upstream;  // while this node is a replica
  Snapshots snapshots;
  Persistence persistence;
  std::optional<ShutDown> shutdown;                    // in progress
  std::optional<Failover> failover;                    // in progress
  std::vector<std::unique_ptr<Migration>> migrations;  // under way
  Operations operations;
  Effects effects;

  ClientSession* executing = nullptr;  // whose command is running now
  resp::Output late_messages;          // to `executing`: they follow its reply
  resp::Output unwanted;               // where replies go that CLIENT REPLY turned off

  Bytes run_id;
  HostFacts host;
  std::uint16_t port = 0;          // where it really listens
  std::size_t clients_memory = 0;  // as of the last cycle: summed too often it would cost too much

  // Verbs. All are safe to call from any command.
  void log(LogLevel level, Bytes text);
  void close_after_output(ClientSession& session);  // its last words still go out
  void close_now(ClientSession& session);           // gone at the end of this turn
  void announce(ClientSession& session);            // it has output to pull
  // A link of our own making. The conversation must outlive it.
  ClientSession& dial(Endpoint to, Conversation& conversation);
  resp::Writer writer_for(ClientSession& session);  // for messages to others than the caller
  // Tells subscribers; how many got it. Does not propagate.
  std::int64_t publish(ByteView channel, ByteView message);
  std::int64_t publish_shard(ByteView channel, ByteView message);
  void send_late_messages(ClientSession& session);
  void suspend(ClientSession& session, Suspension why);
  void hold_input(ClientSession& session, bool on);  // its driver had better not receive from it
  void resume(ClientSession& session);               // its unread commands go on in this turn
  void observe_keys();   // or no more: whether anybody must be told of keys that change
  void end_pause();      // CLIENT UNPAUSE, or its time is over
  void let_writes_go();  // one holder less
  // The suspended client that waits for something of ours, to be answered and to go on; nullptr: it
  // has gone.
  ClientSession* wake(LinkId client);
  // Starts an operation whose outcome answers `client`, suspended until then.
  void operate(ClientSession& client, decltype(Operation::what) what, Operations::Then then);
  void operate(decltype(Operation::what) what, Operations::Then then);  // nobody waits for it
  // The history of writes: begins with the first replica, under a name of its own; and ends.
  void begin_history();
  void end_history();
  void apply_role();     // we follow another primary now, or none
  void leave_clients();  // those that wait are told, and go: we become a replica
  // Brings the parts in line with the configuration after directives changed.
  void apply_config();
  Bytes client_info(const ClientSession& session) const;  // a line of CLIENT LIST, without its end
  std::size_t used_memory() const;
  std::size_t startup_memory() const;  // of it, what an empty node needs
  // A client stays unknown when the password is taken away; but then nobody needs to be known.
  bool must_authenticate(const ClientSession& session) const {
    return !session.authenticated && !config->requirepass.empty();
  }
  bool is_replica() const { return upstream != nullptr; }
  bool is_loading() const {  // there is nothing to be read until it has ended
    return persistence.awaits_load || (upstream != nullptr && upstream->has_let_go());
  }
  bool writes_are_held() const { return writes_held > 0; }
  // Nothing changes by itself: keys do not expire, nobody who waits is served.
  bool stands_still() const { return pause.has_value() || writes_are_held(); }

  void resume_paused();

  std::vector<LinkId> announced;  // that have output since the last take_effects()
  std::vector<LinkId> resumed;    // whose unread commands are to be read again in this turn
  std::vector<LinkId> leaving;    // closed at the end of this turn
};

// Publishes what commands notified, as far as notify-keyspace-events asks for it.
void deliver_events(NodeState& node);

// What a node-level command gets: the Context of every command, the whole node, and its client.
struct NodeContext : Context {
  NodeState& node;
  ClientSession* session = nullptr;

  explicit NodeContext(NodeState& state)
      : Context(state.keyspace, state.random, state.settings), node(state) {}
};

// Rows name node-level handlers by  as_node<client_list>  where  void client_list(NodeContext&, Args).
template <void (*handler)(NodeContext&, Args)>
void as_node(Context& context, Args args) {
  handler(static_cast<NodeContext&>(context), args);
}

// All families, of this room and of command/.
std::vector<std::span<const Command>> all_families();

// The families of this room.
std::span<const Command> connection_commands();     // PING, ECHO, HELLO, AUTH, SELECT, QUIT, RESET
std::span<const Command> client_commands();         // CLIENT …
std::span<const Command> transaction_commands();    // MULTI, EXEC, DISCARD, WATCH, UNWATCH
std::span<const Command> pubsub_commands();         // SUBSCRIBE …, PUBLISH, PUBSUB …
std::span<const Command> replication_commands();    // REPLICAOF, PSYNC, REPLCONF, ROLE, WAIT, …
std::span<const Command> server_commands();         // INFO, TIME, MONITOR, SHUTDOWN, LOLWUT, …
std::span<const Command> persistence_commands();    // SAVE, BGSAVE, LASTSAVE
std::span<const Command> config_commands();         // CONFIG …
std::span<const Command> observation_commands();    // SLOWLOG …, LATENCY …, MEMORY …
std::span<const Command> debug_commands();          // DEBUG …
std::span<const Command> introspection_commands();  // COMMAND …
std::span<const Command> dump_commands();           // DUMP, RESTORE

}  // namespace replserver

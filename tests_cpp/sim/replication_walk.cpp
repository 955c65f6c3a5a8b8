#include "sim/replication_walk.hpp"

#include "sim/workload.hpp"

namespace replserver::sim {
namespace {

constexpr int kActs = 90;

World::Options options_for(std::uint64_t seed, Random& random) {
  World::Options options;
  options.seed = seed;
  if (random.below(4) == 0) options.weather.piece_max = 1 + random.below(50);
  if (random.below(4) == 0) options.weather.delay_max = milliseconds(30);
  options.weather.socket_max = Weather::socket_max_of(seed);
  return options;
}

}  // namespace

ReplicationWalk::ReplicationWalk(std::uint64_t seed)
    : random_(seed), cluster_(options_for(seed, random_)) {}

std::optional<Violation> ReplicationWalk::run() {
  for (const Bytes& name : names_) start(name);
  for (const Bytes& name : names_) {
    if (name != "a") cluster_.follow(name, by_chance(70) ? "a" : "b");
  }
  for (int i = 0; i < kActs && !watch_.violation(); ++i) {
    act();
    pass(some_time());
    if (random_.below(3) == 0) watch_.look();
  }
  if (!watch_.violation()) heal();
  return watch_.violation();
}

// ---- what happens

// Mostly less than a handshake takes, so that things happen in its midst.
Duration ReplicationWalk::some_time() {
  const auto below = [&](Duration limit) {
    return Duration(static_cast<Duration::rep>(random_.below(limit.count())));
  };
  const std::uint64_t kind = random_.below(100);
  if (kind < 45) return below(milliseconds(2));
  if (kind < 70) return below(milliseconds(20));
  if (kind < 90) return below(seconds(2));
  return kind < 99 ? below(seconds(8)) : below(seconds(90));
}

void ReplicationWalk::act() {
  const std::uint64_t kind = random_.below(100);
  if (kind < 50) return write_some(by_chance(80) ? any_primary() : any());
  if (kind < 62) return rewire();
  if (kind < 88) return disturb();
  if (kind < 96) return stop_or_start();
  block_a_client(any_primary());
}

// One that takes writes, if there is one.
const Bytes& ReplicationWalk::any_primary() {
  for (int i = 0; i < 8; ++i) {
    const Bytes& name = any();
    if (world_.is_running(name) && cluster_.info(name, "role") == "master") return name;
  }
  return any();
}

// One that a replica can follow now, if there is one.
const Bytes& ReplicationWalk::any_followable() {
  for (int i = 0; i < 8; ++i) {
    const Bytes& name = any();
    if (!world_.is_running(name)) continue;
    if (cluster_.info(name, "role") == "master" || cluster_.is_up(name)) return name;
  }
  return any();
}

// Mostly what an application might, which goes on where the last SELECT has led.
void ReplicationWalk::write(const Bytes& name) {
  const std::uint64_t kind = random_.below(1000);
  if (kind < 40) {
    cluster_.ask(name, "SELECT " + number(3));
  } else if (kind < 48) {
    cluster_.ask(name, "FLUSHDB");
  } else {
    const Words words = some_write(random_);
    world_.execute(name, std::vector<ByteView>(words.begin(), words.end()));
  }
}

void ReplicationWalk::write_some(const Bytes& name) {
  if (!world_.is_running(name)) return;
  const bool is_transaction = by_chance(20);
  if (is_transaction) cluster_.ask(name, "MULTI");
  const std::uint64_t count = 1 + random_.below(8);
  for (std::uint64_t i = 0; i < count; ++i) write(name);
  if (is_transaction) cluster_.ask(name, "EXEC");
}

void ReplicationWalk::rewire() {
  const Bytes& name = any();
  if (!world_.is_running(name)) return;
  const std::uint64_t kind = random_.below(100);
  if (kind < 20) {
    cluster_.ask(name, "REPLICAOF NO ONE");
  } else if (kind < 30) {
    cluster_.ask(name, "CONFIG SET repl-backlog-size " + number(60000) + "0");
  } else if (kind < 35) {
    cluster_.ask(name, "CLIENT KILL TYPE " + Bytes(by_chance(50) ? "master" : "replica"));
  } else if (kind < 50) {
    fail_over(any_primary());
  } else {
    cluster_.ask(name, "REPLICAOF " + (by_chance(70) ? any_followable() : any()) + " 6379");
  }
}

void ReplicationWalk::fail_over(const Bytes& name) {
  if (!world_.is_running(name)) return;
  const Bytes timeout = " TIMEOUT " + number(2000) + "1";
  const std::uint64_t kind = random_.below(10);
  if (kind == 0) {
    cluster_.ask(name, "FAILOVER ABORT");
  } else if (kind < 4) {
    const Bytes port = std::to_string(6379 + random_.below(names_.size()));
    cluster_.ask(name, "FAILOVER TO 127.0.0.1 " + port + " FORCE" + timeout);
  } else {
    cluster_.ask(name, "FAILOVER" + (by_chance(80) ? timeout : ""));
  }
}

void ReplicationWalk::disturb() {
  const Bytes &one = any(), &other = any();
  LinkRules &to = world_.link(one, other), &from = world_.link(other, one);
  using Gate = LinkRules::Gate;
  const std::uint64_t kind = random_.below(100);
  if (kind < 15) {
    for (const Bytes& far : names_) world_.cut(one, far);
  } else if (kind < 55) {
    const LinkWay way = by_chance(30) ? LinkWay::up : LinkWay::down;
    link_up(one).add({{.way = way, .number = random_.below(by_chance(50) ? 300 : 5000)}, {}});
  } else if (kind < 62) {  // what one says to the other
    to.set_gate(LinkWay::up, Gate::silent);
    from.set_gate(LinkWay::down, Gate::silent);
  } else if (kind < 70) {
    to.refuses = from.refuses = true;
    world_.cut(one, other);
  } else if (kind < 75) {
    to.set_gates(Gate::silent);
    from.set_gates(Gate::silent);
  } else if (kind < 85) {
    link_up(one).pace[static_cast<int>(LinkWay::down)].bytes_per_second = 100 + random_.below(5000);
  } else {
    heal_links();
  }
}

void ReplicationWalk::heal_links() {
  for (const Bytes& one : names_) {
    for (const Bytes& other : names_) world_.link(one, other).heal();
  }
  world_.links_changed();
}

// To the node that it follows; or would, if it followed one.
LinkRules& ReplicationWalk::link_up(const Bytes& name) {
  const Bytes* primary = nullptr;
  if (world_.is_running(name)) {
    const auto followed = world_.node(name).replication(world_.now()).primary;
    if (followed) primary = world_.listener(*followed);
  }
  return world_.link(name, primary == nullptr ? any() : *primary);
}

void ReplicationWalk::stop_or_start() {
  for (const Bytes& name : names_) {
    if (!world_.is_running(name) && by_chance(50)) return start(name);
  }
  const Bytes& name = any();
  if (!world_.is_running(name)) return start(name);
  const std::uint64_t kind = random_.below(100);
  if (kind < 30) {
    cluster_.ask(name, "BGSAVE");
  } else if (kind < 55) {
    world_.crash(name);
  } else {
    cluster_.ask(name, Bytes("SHUTDOWN SAVE") + (by_chance(70) ? " NOW" : ""));
  }
}

void ReplicationWalk::block_a_client(const Bytes& name) {
  const ClientId client = world_.connect(name);
  if (!world_.is_open(client)) return;
  const Bytes key = number(12);
  const Bytes waits[] = {"BLPOP l" + key + " 2", "BZPOPMIN z" + key + " 2",
                         "SET s" + key + " 1\r\nWAIT 5 2000"};
  world_.send(client, waits[random_.below(3)] + "\r\n");
}

void ReplicationWalk::start(const Bytes& name) {
  watch_.started(name);
  watch_.has_position(name);
  std::vector<Words> directives = {{"hz", "1"}};
  const auto by_chance_set = [&](std::uint64_t percent, Words directive) {
    if (by_chance(percent)) directives.push_back(std::move(directive));
  };
  by_chance_set(60, {"repl-backlog-size", by_chance(50) ? "16kb" : "40kb"});
  by_chance_set(30, {"rdb-key-save-delay", number(2000)});
  by_chance_set(20, {"repl-diskless-sync", "no"});
  by_chance_set(40, {"repl-diskless-load", by_chance(70) ? "disabled" : "on-empty-db"});
  by_chance_set(50, {"repl-diskless-sync-delay", number(2)});
  by_chance_set(50, {"repl-timeout", "1" + number(10)});
  by_chance_set(20, {"repl-backlog-ttl", "1" + number(10)});
  by_chance_set(30, {"repl-ping-replica-period", "1"});
  const bool has_file = world_.disk(name).has("dump.rdb");
  if (has_file && by_chance(60)) {
    directives.push_back({"replicaof", any(), "6379"});
    watch_.may_ask_for_all(name);
  }
  cluster_.start(name, directives);
}

void ReplicationWalk::pass(Duration time) {
  const Instant end = world_.now().mono + time;
  world_.run_until(
      [&] {
        watch_.listen();
        return watch_.violation() || world_.now().mono >= end;
      },
      time);
}

void ReplicationWalk::heal() {
  heal_links();
  for (const Bytes& one : names_) {
    if (!world_.is_running(one)) start(one);
    cluster_.ask(one, "SHUTDOWN ABORT");
    cluster_.ask(one, "FAILOVER ABORT");
  }
  pass(seconds(2));  // what was offered to another one before it was aborted may still be taken
  const std::size_t first = random_.below(names_.size());
  cluster_.ask(names_[first], "REPLICAOF NO ONE");
  for (std::size_t i = 1; i < names_.size(); ++i) {
    const Bytes& name = names_[(first + i) % names_.size()];
    cluster_.follow(name, names_[(first + random_.below(i)) % names_.size()]);
  }
  for (int i = 0; i < 3; ++i) write_some(names_[first]);
  const Instant end = world_.now().mono + seconds(300);
  do {
    pass(some_time());
  } while (!watch_.violation() && !cluster_.is_settled() && world_.now().mono < end);
  if (watch_.violation()) return;
  const Bytes check = "all are the same in the end";
  if (!cluster_.is_settled()) {
    return watch_.wrong(check, "not in sync five minutes after all was healed");
  }
  for (const Bytes& name : names_) {
    if (cluster_.digest(name) == cluster_.digest(names_[first])) continue;
    watch_.wrong(check, name + " differs from " + names_[first]);
  }
  watch_.look();  // what reads an expired key on the primary makes it write
}

}  // namespace replserver::sim

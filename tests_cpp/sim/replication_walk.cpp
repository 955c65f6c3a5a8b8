#include "sim/replication_walk.hpp"

namespace replserver::sim {
namespace {

constexpr int kActs = 90;

World::Options options_for(std::uint64_t seed, Random& random) {
  World::Options options;
  options.seed = seed;
  if (random.below(4) == 0) options.weather.piece_max = 1 + random.below(50);
  if (random.below(4) == 0) options.weather.delay_max = milliseconds(30);
  return options;
}

// "1234 a:S - text" -> "a", "text".
std::pair<Bytes, Bytes> split_line(const Bytes& line) {
  const std::size_t name = line.find(' ') + 1;
  const std::size_t colon = line.find(':', name);
  return {line.substr(name, colon - name), line.substr(colon + 5)};
}

// What follows `before` in the line, up to `after`.
Bytes between(const Bytes& line, ByteView before, ByteView after) {
  const std::size_t begin = line.find(before) + before.size();
  return line.substr(begin, line.find(after, begin) - begin);
}

}  // namespace

ReplicationWalk::ReplicationWalk(std::uint64_t seed)
    : random_(seed), cluster_(options_for(seed, random_)) {}

std::optional<Bytes> ReplicationWalk::run() {
  for (const Bytes& name : names_) start(name);
  for (const Bytes& name : names_) {
    if (name != "a") cluster_.follow(name, by_chance(70) ? "a" : "b");
  }
  for (int i = 0; i < kActs && !wrong_; ++i) {
    act();
    pass(some_time());
    if (random_.below(3) == 0) look();
  }
  if (!wrong_) heal();
  return wrong_;
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

Bytes ReplicationWalk::some_write() {
  const Bytes key = number(12);
  switch (random_.below(24)) {
    case 0:
      return "SET s" + key + " " + number(1000);
    case 1:
      return "SET s" + key + " v PX " + number(3000) + "1";
    case 2:
      return "APPEND s" + key + " " + Bytes(random_.below(40), 'x') + "x";
    case 3:
      return "INCRBY n" + key + " " + number(100);
    case 4:
      return "INCRBYFLOAT n" + key + " 0.5";
    case 5:
      return "RPUSH l" + key + " a b " + number(100);
    case 6:
      return "LPOP l" + key;
    case 7:
      return "LMOVE l" + key + " l" + number(12) + " LEFT RIGHT";
    case 8:
      return "SADD t" + key + " " + number(50) + " m" + number(50);
    case 9:
      return "SPOP t" + key;
    case 10:
      return "ZADD z" + key + " " + number(100) + " m" + number(20);
    case 11:
      return "ZPOPMIN z" + key;
    case 12:
      return "HSET h" + key + " f" + number(20) + " " + number(1000);
    case 13:
      return "HINCRBYFLOAT h" + key + " f" + number(20) + " 1.5";
    case 14:
      return "XADD x" + key + " MAXLEN ~ 50 * f " + number(1000);
    case 15:
      return "XGROUP CREATE x" + key + " g 0";
    case 16:
      return "XREADGROUP GROUP g me COUNT 2 STREAMS x" + key + " >";
    case 17:
      return "PEXPIRE " + Bytes(1, "snltzhx"[random_.below(7)]) + key + " " + number(4000);
    case 18:
      return "DEL " + Bytes(1, "snltzhx"[random_.below(7)]) + key;
    case 19:
      return "GETEX s" + key + " PX " + number(2000) + "0";
    case 20:
      return "PFADD p" + key + " " + number(10000);
    case 21:
      return "SELECT " + number(3);
    case 22:
      return by_chance(20) ? "FLUSHDB" : "RENAME s" + key + " s" + number(12);
    default:
      return "SET big" + number(4) + " " + Bytes(random_.below(6000), 'y') + "y";
  }
}

void ReplicationWalk::write_some(const Bytes& name) {
  if (!world_.is_running(name)) return;
  const bool is_transaction = by_chance(20);
  if (is_transaction) cluster_.ask(name, "MULTI");
  const std::uint64_t count = 1 + random_.below(8);
  for (std::uint64_t i = 0; i < count; ++i) cluster_.ask(name, some_write());
  if (is_transaction) cluster_.ask(name, "EXEC");
}

void ReplicationWalk::rewire() {
  const Bytes& name = any();
  if (!world_.is_running(name)) return;
  const std::uint64_t kind = random_.below(100);
  if (kind < 20) {
    cluster_.ask(name, "REPLICAOF NO ONE");
    may_ask_for_all_.erase(name);
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
  const Side side = by_chance(30) ? Side::near : Side::far;
  const std::uint64_t kind = random_.below(100);
  if (kind < 15) {
    for (const Bytes& far : names_) world_.cut(one, far);
  } else if (kind < 65) {
    world_.cut_after(one, side, random_.below(by_chance(50) ? 300 : 5000));
  } else if (kind < 72) {
    world_.silence(one, other);
  } else if (kind < 80) {
    world_.set_path(one, other, World::Path::refused);
  } else if (kind < 85) {
    world_.set_path(one, other, World::Path::silent);
  } else {
    for (const Bytes& near : names_) {
      for (const Bytes& far : names_) world_.set_path(near, far, World::Path::clear);
    }
  }
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
  world_.send(client, by_chance(50) ? "BLPOP l" + key + " 2\r\n" : "BZPOPMIN z" + key + " 2\r\n");
}

void ReplicationWalk::start(const Bytes& name) {
  seen_.erase(name);
  promotions_.forget(name);
  full_syncs_[name] = 0;
  std::vector<Words> directives = {{"hz", "1"}};
  const auto by_chance_set = [&](std::uint64_t percent, Words directive) {
    if (by_chance(percent)) directives.push_back(std::move(directive));
  };
  by_chance_set(60, {"repl-backlog-size", by_chance(50) ? "16kb" : "40kb"});
  by_chance_set(30, {"rdb-key-save-delay", number(2000)});
  by_chance_set(20, {"repl-diskless-sync", "no"});
  by_chance_set(50, {"repl-diskless-sync-delay", number(2)});
  by_chance_set(50, {"repl-timeout", "1" + number(10)});
  by_chance_set(20, {"repl-backlog-ttl", "1" + number(10)});
  by_chance_set(30, {"repl-ping-replica-period", "1"});
  const bool has_file = world_.disk(name).has("dump.rdb");
  may_ask_for_all_.erase(name);
  if (has_file && by_chance(60)) {
    directives.push_back({"replicaof", any(), "6379"});
    may_ask_for_all_.insert(name);
  }
  cluster_.start(name, directives);
}

void ReplicationWalk::pass(Duration time) {
  const Instant end = world_.now().mono + time;
  world_.run_until(
      [&] {
        read_log();
        return wrong_.has_value() || world_.now().mono >= end;
      },
      time);
}

void ReplicationWalk::heal() {
  for (const Bytes& one : names_) {
    for (const Bytes& other : names_) world_.set_path(one, other, World::Path::clear);
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
  } while (!wrong_ && !cluster_.is_settled() && world_.now().mono < end);
  if (wrong_) return;
  if (!cluster_.is_settled()) return wrong("not in sync five minutes after all was healed");
  look();
  for (const Bytes& name : names_) {
    if (cluster_.digest(name) != cluster_.digest(names_[first])) {
      return wrong(name + " differs from " + names_[first]);
    }
  }
}

// ---- what is watched

void ReplicationWalk::wrong(Bytes what) {
  if (!wrong_) wrong_ = std::move(what);
}

void ReplicationWalk::look() {
  for (const Bytes& name : names_) {
    if (world_.is_running(name)) look_at(name);
  }
}

void ReplicationWalk::look_at(const Bytes& name) {
  const Position& position = cluster_.position(name);
  const auto before = seen_.find(name);
  if (before != seen_.end() && before->second.position.history == position.history &&
      before->second.position.offset > position.offset &&
      before->second.full_syncs == full_syncs_[name]) {
    wrong(name + " went back to offset " + std::to_string(position.offset) + " from " +
          std::to_string(before->second.position.offset));
  }
  seen_[name] = {position, full_syncs_[name]};
  if (auto what = check_node(cluster_, name, promotions_.shared_by(name))) wrong(std::move(*what));
  // Without a backlog offsets stand still while data change.
  if (cluster_.info(name, "repl_backlog_active") != "1") return;
  if (cluster_.info(name, "role") == "slave") {
    if (auto what = expiries_.look_at(cluster_, name)) wrong(std::move(*what));
  }
  const Bytes digest = cluster_.digest(name);
  const auto known = digests_.emplace(std::pair(position.history, position.offset), digest).first;
  if (known->second != digest) {
    wrong(name + " has other data than were seen at its offset " + std::to_string(position.offset));
  }
}

void ReplicationWalk::read_log() {
  const auto& lines = story();
  for (; lines_read_ < lines.size(); ++lines_read_) {
    const auto [name, text] = split_line(lines[lines_read_]);
    promotions_.read(name, text);
    if (auto what = check_resumption(cluster_, name, text)) wrong(std::move(*what));
    if (text.find("sync: Finished with success") != Bytes::npos) {
      ++full_syncs_[name];
      may_ask_for_all_.erase(name);
    }
    if (text.find("Successful partial") != Bytes::npos) may_ask_for_all_.erase(name);
    if (text.find("no cached master") != Bytes::npos && !may_ask_for_all_.contains(name)) {
      wrong(name + " asked for everything, though it had a position");
    }
    for (const ByteView never :
         {"CRITICAL", "Failed trying to load", "wrong +FULLRESYNC", "Bad protocol", "corruption",
          "acknowledged offset", "Protocol error from", "Replica generated a reply",
          "Unexpected reply"}) {
      if (text.find(never) != Bytes::npos) wrong(name + " said: " + text);
    }
    read_refusal(name, text);
  }
}

// A primary says why it refuses to go on from where a replica is. Whether that is so is asked of
// what INFO tells, not of the code that decided.
void ReplicationWalk::read_refusal(const Bytes& name, const Bytes& line) {
  if (!world_.is_running(name)) return;
  const auto info = [&](const Bytes& field) { return cluster_.info(name, field); };
  if (line.find("Replication ID mismatch") != Bytes::npos) {
    const Bytes asked = between(line, "asked for '", "'");
    const Position* const shared = promotions_.shared_by(name);
    if (asked == info("master_replid") || asked == info("master_replid2") ||
        (shared != nullptr && asked == shared->history)) {
      wrong(name + " refused its own history");
    }
  } else if (line.find("Requested offset for second ID was") != Bytes::npos) {
    const Bytes asked = between(line, "second ID was ", ",");
    if (std::stoll(asked) <= std::stoll(info("second_repl_offset"))) {
      wrong(name + " refused what it shares with its former history");
    }
  } else if (line.find("for lack of backlog") != Bytes::npos) {
    // What holds nothing at all is begun anew in the same breath.
    const bool had_backlog =
        lines_read_ + 1 == story().size() ||
        story()[lines_read_ + 1].find("Replication backlog created") == Bytes::npos;
    if (!had_backlog) return;
    const auto asked = std::stoll(between(line, "request was: ", ")"));
    const auto begin = std::stoll(info("repl_backlog_first_byte_offset"));
    if (asked >= begin && asked <= begin + std::stoll(info("repl_backlog_histlen"))) {
      wrong(name + " refused offset " + std::to_string(asked) + ", which its backlog holds");
    }
  }
}

}  // namespace replserver::sim

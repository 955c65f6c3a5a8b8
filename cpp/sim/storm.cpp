#include "sim/storm.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "sim/workload.hpp"

namespace replserver::sim {
namespace {

constexpr std::uint64_t kLookEvery = 8;  // bursts; and before each fault
constexpr Duration kPatience = seconds(120);

World::Options options_for(std::uint64_t seed, Random& random) {
  World::Options options;
  options.seed = seed;
  if (random.below(3) == 0) options.weather.delay_max = milliseconds(30);
  if (random.below(3) == 0) options.weather.piece_max = 40;
  // Most borders between pieces tell nothing new, and each costs an event.
  options.weather.pieces = 8;
  options.weather.whole_percent = options.weather.piece_max == 40 ? 0 : 75;
  options.weather.socket_max = Weather::socket_max_of(seed);
  return options;
}

}  // namespace

Storm::Storm(StormPlan plan, std::uint64_t seed, std::vector<Fault> faults)
    : plan_(std::move(plan)),
      random_(seed),
      faults_(std::move(faults)),
      world_(options_for(seed, random_)),
      watch_(world_),
      primary_(plan_.names.front()) {
  const ByteView backlog[] = {"repl-backlog-size", random_.below(2) == 0 ? "16kb" : "1mb"};
  if (plan_.draws_backlog) RS_ASSERT(!plan_.config.assign(backlog));
}

std::optional<Violation> Storm::run(const StormRules& rules) {
  rules_ = &rules;
  start_all();
  std::uint64_t bursts = 0;
  auto fault = faults_.begin();
  for (std::uint64_t done = 0; done < plan_.commands && !watch_.violation();) {
    while (fault != faults_.end() && fault->at <= done) befall(*fault++);
    end_what_is_over(done);
    const std::uint64_t burst = std::min(1 + random_.below(8), plan_.commands - done);
    write(burst);
    done += burst;
    pass(some_time());
    read();
    if (++bursts % kLookEvery == 0) look();
  }
  while (fault != faults_.end()) befall(*fault++);
  if (!watch_.violation()) heal();
  return watch_.violation();
}

// Mostly less than a handshake takes, so that things happen in its midst.
Duration Storm::some_time() {
  const std::uint64_t kind = random_.below(100);
  if (kind < 60) return below(milliseconds(2));
  if (kind < 85) return below(milliseconds(20));
  return below(kind < 98 ? milliseconds(300) : seconds(3));
}

Duration Storm::below(Duration limit) {
  return Duration(static_cast<Duration::rep>(random_.below(limit.count())));
}

void Storm::pass(Duration time) {
  const Instant end = world_.now().mono + time;
  const auto is_wrong = [&] {
    watch_.listen();
    return watch_.violation().has_value();
  };
  if (!world_.run_until(is_wrong, time)) world_.run_for(end - world_.now().mono);
}

void Storm::start_all() {
  for (const Bytes& name : plan_.names) {
    const auto primary = plan_.followed.find(name);
    start(name, primary == plan_.followed.end() ? nullptr : &primary->second);
  }
  if (by_chance(50)) pass(seconds(1));
}

void Storm::start(const Bytes& name, const Bytes* primary) {
  Config config = plan_.config;
  watch_.started(name);
  watch_.has_position(name);  // a primary's history is its own
  if (primary != nullptr) {
    config.follow(PrimaryAddress{*primary, world_.port(*primary)});
    watch_.may_ask_for_all(name);
  }
  world_.start(name, std::move(config));
  tell(name + " starts");
}

void Storm::write(std::uint64_t count) {
  if (!world_.is_running(primary_)) return;
  sessions_.write(primary_);
  std::vector<Words> commands;
  const std::uint64_t database = random_.below(12);
  const bool is_elsewhere = !rules_->workload && (database == 1 || database == 2);
  if (is_elsewhere) commands.push_back({"SELECT", std::to_string(database)});
  for (std::uint64_t i = 0; i < count; ++i) {
    if (plan_.wait > 0 && by_chance(5)) {
      begin_wait();
    } else {  // some fail, as an application's commands do now and then
      commands.push_back(rules_->workload ? rules_->workload() : some_write(random_));
    }
  }
  if (is_elsewhere) commands.push_back({"SELECT", "0"});
  world_.execute_all(primary_, commands);
}

void Storm::read() {
  for (const Bytes& name : plan_.names) sessions_.read(name);
}

void Storm::look() {
  hear_promises();
  watch_.look();
  if (world_.is_running(primary_)) history_ = world_.node(primary_).position().history;
  if (rules_->check) rules_->check();
}

// ---- WAIT: what it has promised

void Storm::begin_wait() {
  if (!client_ || !world_.is_open(*client_)) {
    waiting_.clear();
    client_ = world_.connect(primary_);
  }
  const Bytes key = "waited:" + std::to_string(waits_++);
  waiting_.push_back(key);
  if (!world_.is_open(*client_)) return;
  world_.send(*client_, "SET " + key + " 1\r\nWAIT " + std::to_string(plan_.wait) + " 500\r\n");
}

// What WAIT has answered by now. Asked before anything befalls a node: the holders live.
void Storm::hear_promises() {
  if (!client_) return;
  while (const auto reply = world_.next_reply(*client_)) {
    // SET's OK; or its error, which WAIT's number follows all the same.
    const auto* const count = std::get_if<std::int64_t>(&reply->value);
    if (count == nullptr || waiting_.empty()) continue;
    const Bytes key = waiting_.front();
    waiting_.pop_front();
    if (*count >= static_cast<std::int64_t>(plan_.wait)) promises_[key] = holders(key);
  }
}

std::set<Storm::Holder> Storm::holders(const Bytes& key) {
  std::set<Holder> found;
  for (const Bytes& name : plan_.names) {
    if (has(name, key)) found.insert({name, watch_.life(name)});
  }
  return found;
}

bool Storm::has(const Bytes& name, const Bytes& key) {
  return world_.is_running(name) && world_.execute(name, {"EXISTS", key}) == ":1\r\n";
}

// A key that somebody still has who could have been chosen must be where we go on.
void Storm::check_promises(const std::map<Bytes, Offset>& able, const Bytes& chosen) {
  for (auto promise = promises_.begin(); promise != promises_.end();) {
    auto& [key, who] = *promise;
    const bool is_kept = std::any_of(who.begin(), who.end(), [&](const Holder& holder) {
      return able.contains(holder.name) && watch_.life(holder.name) == holder.life;
    });
    if (!is_kept) {  // all who acknowledged it have lost their data: nobody promised more
      promise = promises_.erase(promise);
      continue;
    }
    if (!has(chosen, key)) {
      watch_.wrong("what WAIT confirmed is kept", chosen + " is promoted without " + key +
                                                      ", which WAIT " + std::to_string(plan_.wait) +
                                                      " confirmed");
    }
    who = holders(key);
    ++promise;
  }
}

// ---- failover

// The rule chooses among the replicas that live and share the primary's history.
void Storm::fail_over() {
  std::map<Bytes, Offset> able;
  for (const Bytes& name : plan_.names) {
    if (name == primary_ || !world_.is_running(name)) continue;
    const ReplicationStatus status = world_.node(name).replication(world_.now());
    if (status.position.history == history_ && status.link != "sync")
      able[name] = status.position.offset;
  }
  const std::optional<Bytes> chosen = chosen_of(able);
  if (!chosen) return;
  tell(*chosen + " is promoted");
  const auto most =
      std::max_element(able.begin(), able.end(),
                       [](const auto& one, const auto& two) { return one.second < two.second; });
  if (able.at(*chosen) == most->second) {
    check_promises(able, *chosen);
  } else {
    promises_.clear();
  }
  primary_ = *chosen;
  client_.reset();
  waiting_.clear();
  world_.execute(primary_, {"REPLICAOF", "NO", "ONE"});
  history_ = world_.node(primary_).position().history;
  for (const Bytes& name : plan_.names) {
    if (name != primary_ && world_.is_running(name)) follow(name);
  }
}

std::optional<Bytes> Storm::chosen_of(const std::map<Bytes, Offset>& able) const {
  if (rules_->failover) return rules_->failover(able);
  std::optional<Bytes> best;
  for (const auto& [name, offset] : able) {
    if (!best || offset > able.at(*best)) best = name;
  }
  return best;
}

// It may do so already, or be busy.
void Storm::follow(const Bytes& name) {
  world_.execute(name, {"REPLICAOF", primary_, std::to_string(world_.port(primary_))});
}

// ---- the end

void Storm::heal() {
  tell("all is healed");
  look();
  end_what_is_over(UINT64_MAX);
  for (const Bytes& name : plan_.names) {
    for (const auto& [dialer, listener] : all_links(name)) world_.link(dialer, listener).heal();
  }
  world_.links_changed();
  bring_up(primary_);
  for (const Bytes& name : plan_.names) {
    if (!world_.is_running(name)) bring_up(name);
    if (name != primary_) follow(name);
  }
  settle();
  if (watch_.violation()) return;
  compare_data();
  watch_.look();  // what reads an expired key on the primary makes it write
  settle();
  is_healed_ = true;
  hear_promises();
  if (rules_->check) rules_->check();
  for (const auto& [key, holders] : promises_) {
    if (has(primary_, key)) continue;
    watch_.wrong("what WAIT confirmed is kept",
                 key + " is gone, which WAIT " + std::to_string(plan_.wait) + " confirmed");
  }
}

void Storm::settle() {
  const auto is_over = [&] {
    watch_.listen();
    return watch_.violation() || is_settled();
  };
  if (world_.run_until(is_over, kPatience)) return;
  watch_.wrong("all are the same in the end",
               "not in sync " + std::to_string(kPatience / seconds(1)) + " s after all was healed");
}

bool Storm::is_settled() {
  const Position& goal = world_.node(primary_).position();
  for (const Bytes& name : plan_.names) {
    if (!world_.is_running(name) || world_.node(name).position() != goal) return false;
    if (name == primary_) continue;
    if (world_.node(name).replication(world_.now()).link != "connected") return false;
  }
  return true;
}

void Storm::compare_data() {
  for (const Bytes& name : plan_.names) {
    if (world_.node(name).fingerprint() == world_.node(primary_).fingerprint()) continue;
    watch_.wrong("all are the same in the end", name + " has other data than " + primary_);
  }
}

}  // namespace replserver::sim

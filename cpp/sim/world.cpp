#include "sim/world.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver::sim {
namespace {

constexpr Duration kHeldPeriod = milliseconds(1);  // bytes that a node does not take come again

}  // namespace

World::World(Options options)
    : seed_(options.seed),
      random_(options.seed),
      network_(options.weather, random_),
      now_{Instant(Duration(seconds(1))), options.start} {}

World::~World() = default;

// ---- nodes

void World::start(const Bytes& name, Config config) {
  RS_ASSERT(!is_running(name));
  Member member;
  member.node = std::make_unique<Node>(
      std::move(config), Node::Options{.seed = random_.next(), .loads = true}, now(name));
  member.node->listening(port(name));
  member.node->load(now(name));
  nodes_.emplace(name, std::move(member));
  carry_out(name);
}

void World::stop(const Bytes& name) {
  const auto member = nodes_.extract(name);
  RS_ASSERT(!member.empty());
  if (observer_) observer_(name, nullptr, now_.wall);
  for (const auto& [link, place] : member.mapped().links)
    network_.close(place.conduit, place.side, now_.mono);
}

void World::crash(const Bytes& name) {
  const auto member = nodes_.extract(name);
  RS_ASSERT(!member.empty());
  if (observer_) observer_(name, nullptr, now_.wall);
  for (const auto& [link, place] : member.mapped().links) network_.cut(place.conduit, now_.mono);
  disks_[name].crash(random_);
  crashes_at_.erase(name);  // a plan for the node that was
}

Node& World::node(const Bytes& name) { return *nodes_.at(name).node; }

std::uint16_t World::port(const Bytes& name) {
  return ports_.emplace(name, static_cast<std::uint16_t>(6379 + ports_.size())).first->second;
}

Bytes World::execute(const Bytes& name, Args words) {
  Node& executor = node(name);
  executor.execute(words, now(name));
  carry_out(name);
  while (is_running(name) && executor.executing()) RS_ASSERT(step());
  return is_running(name) ? Bytes(executor.executed()) : Bytes();
}

void World::execute_all(const Bytes& name, const std::vector<Words>& commands) {
  for (const Words& words : commands) {
    if (!is_running(name)) return;
    node(name).execute(std::vector<ByteView>(words.begin(), words.end()), now(name));
    if (!node(name).executing()) continue;
    carry_out(name);  // it waits for a file
    while (is_running(name) && node(name).executing()) RS_ASSERT(step());
  }
  if (is_running(name)) carry_out(name);
}

// Does what the node wants until it wants nothing more.
void World::carry_out(const Bytes& name) {
  Effects effects;
  for (;;) {
    Member& member = nodes_.at(name);
    if (observer_) observer_(name, member.node.get(), now_.wall);
    member.node->take_effects(effects);
    for (const LogRecord& record : effects.log) say(name, record);
    for (const Dial& what : effects.dial) dial(name, what);
    std::erase_if(effects.writable, [&](LinkId link) { return member.waiting.contains(link); });
    for (const LinkId link : effects.writable) flush(name, link);
    for (const LinkId link : effects.hang_up) {
      const Place place = member.links.extract(link).mapped();
      network_.close(place.conduit, place.side, now_.mono);
    }
    for (Operation& operation : effects.operations) {
      perform(name, std::move(operation));
      if (!is_running(name)) return;
    }
    member.busy_until = std::max(member.busy_until, now_.mono + effects.busy);
    if (effects.stop) return stop(name);
    if (effects.nothing_more()) break;
  }
  Member& member = nodes_.at(name);
  member.node->check_invariants();
  member.deadline = member.node->deadline();
}

void World::flush(const Bytes& name, LinkId link) {
  Member& member = nodes_.at(name);
  const Place place = member.links.at(link);
  const std::size_t room = network_.room(place.conduit, place.side);
  std::vector<ByteView> pieces;
  member.node->output(link, pieces);
  std::size_t size = 0;
  for (ByteView piece : pieces) {
    piece = piece.substr(0, room - size);
    network_.send(place.conduit, place.side, piece, now_.mono);
    size += piece.size();
  }
  member.node->sent(link, size, now(name));
  if (size == room && member.node->has_output(link)) member.waiting.insert(link);
}

void World::flush_waiting() {
  std::vector<std::pair<Bytes, LinkId>> ready;
  for (const auto& [name, member] : nodes_) {
    if (member.busy_until > now_.mono) continue;
    for (const LinkId link : member.waiting) {
      const auto place = member.links.find(link);
      if (place == member.links.end() ||
          network_.has_room(place->second.conduit, place->second.side)) {
        ready.emplace_back(name, link);
      }
    }
  }
  for (const auto& [name, link] : ready) {
    if (!is_running(name)) continue;
    Member& member = nodes_.at(name);
    member.waiting.erase(link);
    if (!member.links.contains(link)) continue;
    flush(name, link);
    carry_out(name);
  }
}

void World::perform(const Bytes& name, Operation operation) {
  Member& member = nodes_.at(name);
  if (disk_delay_max_ == Duration() && member.operations.empty()) {
    complete(name, operation);
    return;
  }
  const auto delay = random_.below(static_cast<std::uint64_t>(disk_delay_max_.count()) + 1);
  const Instant begun = member.operations.empty() ? now_.mono : member.operations.back().first;
  member.operations.emplace_back(begun + Duration(delay), std::move(operation));
}

bool World::complete(const Bytes& name, const Operation& operation) {
  Disk& disk = disks_[name];
  const auto crash_at = crashes_at_.find(name);
  if (crash_at != crashes_at_.end() && crash_at->second == disk.operations()) {
    crash(name);
    return false;
  }
  Node& asking = node(name);
  asking.completed(operation.id, disk.perform(operation, asking.config()->dir, random_), now(name));
  return true;
}

void World::serve_disk(const Bytes& name) {
  Member& member = nodes_.at(name);
  const Operation operation = std::move(member.operations.front().second);
  member.operations.pop_front();
  if (complete(name, operation)) carry_out(name);
}

void World::say(const Bytes& name, const LogRecord& record) {
  const auto microseconds = now_.mono.time_since_epoch().count();
  transcript_.push_back(std::to_string(microseconds) + " " + name + ":" + record.role + " " +
                        ".-*#"[static_cast<int>(record.level)] + " " + record.text);
}

// ---- clients

ClientId World::connect(const Bytes& name) {
  const auto id = static_cast<ClientId>(next_client_++);
  Client& client = clients_[id];
  if (!is_running(name)) {
    client.open = false;
    return id;
  }
  client.conduit = network_.open();
  Peer peer;
  peer.address = "127.0.0.1:" + std::to_string(40000 + static_cast<std::uint64_t>(id));
  peer.local_address = "127.0.0.1:" + std::to_string(node(name).port());
  const LinkId link = node(name).accepted(std::move(peer), now(name));
  nodes_.at(name).links.emplace(link, Place{client.conduit, Side::far});
  Call& call = calls_[client.conduit];
  call.ends[0] = {.client = id, .node = {}, .link = {}, .is_open = true};
  call.ends[1] = {.client = {}, .node = name, .link = link, .is_open = true};
  carry_out(name);
  return id;
}

void World::send(ClientId client, ByteView bytes) {
  network_.send(clients_.at(client).conduit, Side::near, bytes, now_.mono);
}

bool World::is_open(ClientId client) const { return clients_.at(client).open; }

std::optional<resp::Reply> World::next_reply(ClientId id) {
  Client& client = clients_.at(id);
  if (client.taken == client.replies.size()) return std::nullopt;
  return std::move(client.replies[client.taken++]);
}

void World::close(ClientId client) {
  clients_.at(client).open = false;
  network_.close(clients_.at(client).conduit, Side::near, now_.mono);
}

void World::cut(ClientId client) { network_.cut(clients_.at(client).conduit, now_.mono); }

std::optional<resp::Reply> World::call(ClientId client, const Words& words, Duration limit) {
  Bytes command;
  append_command(command, std::vector<ByteView>(words.begin(), words.end()));
  send(client, command);
  std::optional<resp::Reply> reply = next_reply(client);
  run_until(
      [&] {
        if (!reply) reply = next_reply(client);
        return reply.has_value() || !is_open(client);
      },
      limit);
  return reply;
}

// ---- time

Now World::now(const Bytes& name) const {
  const auto skew = skews_.find(name);
  return skew == skews_.end() ? now_ : Now{now_.mono, now_.wall + skew->second};
}

std::optional<Instant> World::next_at() const {
  std::optional<Instant> next = network_.next_at();
  for (const auto& [name, member] : nodes_) {
    const Instant deadline = std::max(member.deadline, member.busy_until);
    if (deadline != kNever && (!next || deadline < *next)) next = deadline;
    if (member.operations.empty()) continue;
    const Instant done = std::max(member.operations.front().first, member.busy_until);
    if (!next || done < *next) next = done;
  }
  return next;
}

bool World::step() {
  const auto next = next_at();
  if (next) step_to(*next);
  return next.has_value();
}

// With what is due then, or of it what comes first.
void World::step_to(Instant next) {
  const Duration passed = std::max(next - now_.mono, Duration());
  now_.mono += passed;
  now_.wall += passed;
  do_what_is_due();
  flush_waiting();
}

void World::do_what_is_due() {
  if (const auto arrival = network_.next_at(); arrival && *arrival <= now_.mono) {
    return deliver(network_.next());
  }
  for (const auto& [name, member] : nodes_) {
    if (member.operations.empty() || member.busy_until > now_.mono) continue;
    if (member.operations.front().first > now_.mono) continue;
    return serve_disk(Bytes(name));
  }
  std::vector<Bytes> due;
  for (const auto& [name, member] : nodes_) {
    if (std::max(member.deadline, member.busy_until) <= now_.mono) due.push_back(name);
  }
  for (const Bytes& name : due) {
    if (!is_running(name)) continue;
    node(name).tick(now(name));
    carry_out(name);
  }
}

void World::run_for(Duration time) {
  const Instant end = now_.mono + time;
  for (auto next = next_at(); next && *next <= end; next = next_at()) {
    step_to(*next);
  }
  now_.wall += end - now_.mono;
  now_.mono = end;
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now_.mono + limit;
  while (!done()) {
    const auto next = next_at();
    if (!next || *next > end) return false;
    step_to(*next);
  }
  return true;
}

void World::deliver(Arrival arrival) {
  if (arrival.what == Arrival::What::due) {
    return network_.wake(arrival.conduit, arrival.to, now_.mono);
  }
  Call& call = calls_.at(arrival.conduit);
  if (arrival.what == Arrival::What::start && arrival.to == Side::far) {
    return answer_dial(arrival.conduit, call);
  }
  End& end = call.ends[static_cast<int>(arrival.to)];
  if (end.client != ClientId{}) {
    deliver_to_client(end, arrival);
  } else {
    deliver_to_node(end, std::move(arrival));
  }
}

void World::deliver_to_client(const End& end, const Arrival& arrival) {
  Client& client = clients_.at(end.client);
  if (arrival.what == Arrival::What::end) {
    client.open = false;
    return;
  }
  ByteView bytes = arrival.bytes;
  resp::Reply reply;
  using Status = resp::ReplyParser::Status;
  Status status = client.parser.next(bytes, reply);
  for (; status == Status::reply; status = client.parser.next(bytes, reply)) {
    client.replies.push_back(std::move(reply));
  }
  if (status == Status::error) close(end.client);  // as a real client does that understands nothing
}

void World::deliver_to_node(End& end, Arrival arrival) {
  const auto member = nodes_.find(end.node);
  if (member == nodes_.end()) return;
  // A node that was started again knows other links by the same names: it may even have accepted what
  // it had dialled before.
  const auto known = member->second.links.find(end.link);
  if (known == member->second.links.end()) return;
  if (known->second != Place{arrival.conduit, arrival.to}) return;
  if (member->second.busy_until > now_.mono) {
    return network_.postpone(std::move(arrival), member->second.busy_until);
  }
  if (member->second.node->holds_input(end.link)) {
    return network_.postpone(std::move(arrival), now_.mono + kHeldPeriod);
  }
  Node& node = *member->second.node;
  switch (arrival.what) {
    case Arrival::What::start: {
      end.is_open = true;
      const Endpoint& far = calls_.at(arrival.conduit).dialled;
      Peer peer;
      peer.address = far.host + ":" + std::to_string(far.port);
      peer.local_address = "127.0.0.1:" + std::to_string(50000 + slot_of(end.link));
      node.opened(end.link, std::move(peer), now(end.node));
      break;
    }
    case Arrival::What::end:
      member->second.links.erase(end.link);
      node.closed(end.link, now(end.node), end.is_open ? "" : "Connection refused");
      break;
    case Arrival::What::due:
      break;  // of the network alone
    case Arrival::What::bytes:
      node.received(end.link, arrival.bytes, now(end.node));
      node.turn(now(end.node));
      break;
  }
  carry_out(end.node);
}

// ---- links between nodes

void World::dial(const Bytes& name, const Dial& dial) {
  const ConduitId conduit = network_.open();
  nodes_.at(name).links.emplace(dial.link, Place{conduit, Side::near});
  Call& call = calls_[conduit];
  call.ends[0] = {.client = {}, .node = name, .link = dial.link, .is_open = false};
  call.dialled = dial.endpoint;
  const Bytes* const far = listener(dial.endpoint);
  if (far != nullptr) network_.attach(conduit, link(name, *far), now_.mono);
  network_.tell_start(conduit, Side::near, now_.mono);
}

const Bytes* World::listener(const Endpoint& endpoint) const {
  const auto named = nodes_.find(endpoint.host);
  if (named != nodes_.end()) return &named->first;
  if (ports_.contains(endpoint.host)) return nullptr;  // it is away
  for (const auto& [name, member] : nodes_) {
    if (member.node->port() == endpoint.port) return &name;
  }
  return nullptr;
}

void World::answer_dial(ConduitId conduit, Call& call) {
  const Bytes* const found = listener(call.dialled);
  if (found == nullptr || link(call.ends[0].node, *found).refuses) {
    return network_.close(conduit, Side::far, now_.mono);
  }
  const Bytes name = *found;
  Member& member = nodes_.at(name);
  Peer peer;
  peer.address = "127.0.0.1:" + std::to_string(50000 + slot_of(call.ends[0].link));
  peer.local_address = "127.0.0.1:" + std::to_string(member.node->port());
  const LinkId link = member.node->accepted(std::move(peer), now(name));
  member.links.emplace(link, Place{conduit, Side::far});
  call.ends[1] = {.client = {}, .node = name, .link = link, .is_open = true};
  network_.tell_start(conduit, Side::far, now_.mono);
  carry_out(name);
}

std::vector<World::Place> World::links_between(const Bytes& one, const Bytes& other) const {
  std::vector<Place> found;
  const auto member = nodes_.find(one);
  if (member == nodes_.end()) return found;
  for (const auto& [link, place] : member->second.links) {
    const Call& call = calls_.at(place.conduit);
    if (call.ends[place.side == Side::near ? 1 : 0].node == other) found.push_back(place);
  }
  return found;
}

void World::cut(const Bytes& one, const Bytes& other) {
  for (const Place& place : links_between(one, other)) network_.cut(place.conduit, now_.mono);
}

LinkRules& World::link(const Bytes& dialer, const Bytes& listener) {
  auto& rules = links_[{dialer, listener}];
  // Not drawn from random_: to look at a link must not change what happens.
  if (!rules) rules = std::make_unique<LinkRules>(seed_ + links_.size());
  return *rules;
}

const LinkTap* World::link_tap(const Bytes& dialer, const Bytes& listener) const {
  const LinkTap* last = nullptr;
  for (const Place& place : links_between(dialer, listener)) {
    const LinkTap* const tap = network_.tap(place.conduit);
    if (place.side == Side::near && tap != nullptr) last = tap;
  }
  return last;
}

bool World::acknowledge(const Bytes& dialer, const Bytes& listener, std::optional<Offset> offset) {
  bool done = false;
  for (const Place& place : links_between(dialer, listener)) {
    if (place.side == Side::near) done |= network_.acknowledge(place.conduit, offset, now_.mono);
  }
  return done;
}

}  // namespace replserver::sim

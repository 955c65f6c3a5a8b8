#include "sim/world.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace replserver::sim {

World::World(Options options)
    : random_(options.seed),
      network_(options.weather, random_),
      now_{Instant(Duration(seconds(1))), options.start} {}

World::~World() = default;

// ---- nodes

void World::start(const Bytes& name, Config config) {
  RS_ASSERT(!is_running(name));
  Member member;
  member.node =
      std::make_unique<Node>(std::move(config), Node::Options{.seed = random_.next()}, now_);
  member.node->listening(static_cast<std::uint16_t>(6379 + nodes_.size()));
  nodes_.emplace(name, std::move(member));
  carry_out(name);
}

void World::stop(const Bytes& name) {
  const auto member = nodes_.extract(name);
  RS_ASSERT(!member.empty());
  for (const auto& [link, conduit] : member.mapped().conduits)
    network_.close(conduit, Side::far, now_.mono);
}

Node& World::node(const Bytes& name) { return *nodes_.at(name).node; }

Bytes World::execute(const Bytes& name, Args words) {
  Node& executor = node(name);
  executor.execute(words, now_);
  carry_out(name);
  return is_running(name) ? Bytes(executor.executed()) : Bytes();
}

// Does what the node wants until it wants nothing more.
void World::carry_out(const Bytes& name) {
  Effects effects;
  for (;;) {
    Member& member = nodes_.at(name);
    member.node->take_effects(effects);
    for (const LogRecord& record : effects.log) say(name, record);
    for (const LinkId link : effects.writable) {
      std::vector<ByteView> pieces;
      member.node->output(link, pieces);
      std::size_t size = 0;
      for (const ByteView piece : pieces) {
        network_.send(member.conduits.at(link), Side::far, piece, now_.mono);
        size += piece.size();
      }
      member.node->sent(link, size, now_);
    }
    for (const LinkId link : effects.hang_up) {
      network_.close(member.conduits.at(link), Side::far, now_.mono);
      member.conduits.erase(link);
    }
    for (const Operation& operation : effects.operations) perform(name, operation);
    member.busy_until = std::max(member.busy_until, now_.mono + effects.busy);
    if (effects.stop) return stop(name);
    if (effects.nothing_more()) break;
  }
  nodes_.at(name).node->check_invariants();
}

void World::perform(const Bytes& name, const Operation& operation) {
  std::map<Bytes, Bytes>& disk = disks_[name];
  Result<Bytes> outcome = Bytes();
  if (const auto* read = std::get_if<ReadFile>(&operation.what)) {
    const auto file = disk.find(read->path);
    if (file == disk.end()) {
      outcome = fail(Error::Kind::io, "No such file or directory");
    } else {
      outcome = file->second;
    }
  } else if (const auto* write = std::get_if<WriteFile>(&operation.what)) {
    disk[write->path] = write->content;
  } else if (const auto* change = std::get_if<ChangeDir>(&operation.what)) {
    outcome = change->path;
  }
  node(name).completed(operation.id, std::move(outcome), now_);
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
  const LinkId link = node(name).accepted(std::move(peer), now_);
  nodes_.at(name).conduits.emplace(link, client.conduit);
  ends_.emplace(client.conduit, Ends{id, name, link});
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

std::optional<Instant> World::next_at() const {
  std::optional<Instant> next = network_.next_at();
  for (const auto& [name, member] : nodes_) {
    const Instant deadline = std::max(member.node->deadline(), member.busy_until);
    if (deadline != kNever && (!next || deadline < *next)) next = deadline;
  }
  return next;
}

bool World::step() {
  const auto next = next_at();
  if (!next) return false;
  const Duration passed = std::max(*next - now_.mono, Duration());
  now_.mono += passed;
  now_.wall += passed;

  if (const auto arrival = network_.next_at(); arrival && *arrival <= now_.mono) {
    deliver(network_.next());
    return true;
  }
  std::vector<Bytes> due;
  for (const auto& [name, member] : nodes_) {
    if (std::max(member.node->deadline(), member.busy_until) <= now_.mono) due.push_back(name);
  }
  for (const Bytes& name : due) {
    if (!is_running(name)) continue;
    node(name).tick(now_);
    carry_out(name);
  }
  return true;
}

void World::run_for(Duration time) {
  const Instant end = now_.mono + time;
  for (auto next = next_at(); next && *next <= end; next = next_at()) step();
  now_.wall += end - now_.mono;
  now_.mono = end;
}

bool World::run_until(const std::function<bool()>& done, Duration limit) {
  const Instant end = now_.mono + limit;
  while (!done()) {
    const auto next = next_at();
    if (!next || *next > end) return false;
    step();
  }
  return true;
}

void World::deliver(Arrival arrival) {
  const Ends ends = ends_.at(arrival.conduit);
  if (arrival.to == Side::near) {
    deliver_to_client(ends, arrival);
  } else {
    deliver_to_node(ends, std::move(arrival));
  }
}

void World::deliver_to_client(const Ends& ends, const Arrival& arrival) {
  Client& client = clients_.at(ends.client);
  if (arrival.is_end) {
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
  if (status == Status::error) close(ends.client);  // as a real client does that understands nothing
}

void World::deliver_to_node(const Ends& ends, Arrival arrival) {
  const auto member = nodes_.find(ends.node);
  if (member == nodes_.end() || !member->second.conduits.contains(ends.link)) return;
  if (member->second.busy_until > now_.mono) {
    return network_.postpone(std::move(arrival), member->second.busy_until);
  }
  Node& node = *member->second.node;
  if (arrival.is_end) {
    node.closed(ends.link, now_);
    member->second.conduits.erase(ends.link);
  } else {
    node.received(ends.link, arrival.bytes, now_);
    node.turn(now_);
  }
  carry_out(ends.node);
}

}  // namespace replserver::sim

#include "sim/walk_checks.hpp"

#include "base/numbers.hpp"

namespace replserver::sim {
namespace {

constexpr int kKeys = 12;

// The word behind `before`.
Bytes word_after(const Bytes& line, ByteView before) {
  const std::size_t begin = line.find(before) + before.size();
  return line.substr(begin, line.find_first_of(",. ", begin) - begin);
}

std::size_t count(const Bytes& text, ByteView what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != Bytes::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

// No more of the former history than was there when it ended.
std::optional<Bytes> check_former_history(Cluster& cluster, const Bytes& name,
                                          const Position* shared) {
  const auto next = std::stoll(cluster.info(name, "second_repl_offset"));
  if (next > std::stoll(cluster.info(name, "master_repl_offset")) + 1) {
    return name + " shares more of its former history than it has";
  }
  if (shared == nullptr) return std::nullopt;
  if (cluster.info(name, "master_replid2") != shared->history) {
    return name + " has forgotten its former history";
  }
  if (static_cast<Offset>(next) != shared->offset + 1) {
    return name + " shares its former history up to " + std::to_string(next) + ", not " +
           std::to_string(shared->offset + 1);
  }
  return std::nullopt;
}

// WAIT counts those that are there, and no others.
std::optional<Bytes> check_acknowledgements(Cluster& cluster, const Bytes& name) {
  const Bytes reply = cluster.ask(name, "WAIT 99 0");
  const auto told = parse_integer(reply);
  const ByteView words[] = {"INFO", "replication"};
  const std::size_t online = count(cluster.world.execute(name, words), "state=online");
  if (!told || static_cast<std::size_t>(*told) > online) {
    return name + " counts " + reply + " acknowledgements of " + std::to_string(online) +
           " replicas";
  }
  return std::nullopt;
}

}  // namespace

void Promotions::read(const Bytes& name, const Bytes& line) {
  if (line.find("Setting secondary replication ID to ") != Bytes::npos) {
    const auto next = std::stoll(word_after(line, "valid up to offset: "));
    shared_[name] = {word_after(line, "secondary replication ID to "),
                     static_cast<Offset>(next) - 1};
  }
  for (const ByteView end : {"Finished with success", "Master replication ID changed",
                             "Replication backlog created", "Replication backlog freed"}) {
    if (line.find(end) != Bytes::npos) forget(name);
  }
}

const Position* Promotions::shared_by(const Bytes& name) const {
  const auto found = shared_.find(name);
  return found == shared_.end() ? nullptr : &found->second;
}

std::optional<Bytes> Expiries::look_at(Cluster& cluster, const Bytes& replica) {
  const UnixMs now = unix_ms(cluster.world.now().wall);
  const Position& position = cluster.position(replica);
  auto& known = known_[{position.history, position.offset}];
  const Bytes db = word_after(cluster.ask(replica, "CLIENT INFO"), " db=");
  for (const Bytes family : {"s", "l"}) {
    for (int number = 0; number < kKeys; ++number) {
      const Bytes key = family + std::to_string(number);
      const auto expiry = parse_integer(cluster.ask(replica, "PEXPIRETIME " + key));
      if (!expiry || *expiry < 0) continue;
      if (*expiry < now) return replica + " shows the key " + key + ", which has expired";
      if (known.emplace(db + ":" + key, *expiry).first->second == *expiry) continue;
      return replica + " lets the key " + key +
             " expire at another time than was seen at its offset " +
             std::to_string(position.offset);
    }
  }
  return std::nullopt;
}

std::optional<Bytes> check_resumption(Cluster& cluster, const Bytes& name, const Bytes& line) {
  if (line.find("Partial resynchronization request from ") == Bytes::npos) return std::nullopt;
  if (!cluster.world.is_running(name)) return std::nullopt;
  const auto asked = std::stoll(word_after(line, "backlog starting from offset "));
  const auto end = std::stoll(cluster.info(name, "master_repl_offset"));
  if (asked <= end + 1) return std::nullopt;
  return name + " resumes from offset " + std::to_string(asked) + ", having written up to " +
         std::to_string(end);
}

std::optional<Bytes> check_node(Cluster& cluster, const Bytes& name, const Position* shared) {
  if (auto wrong = check_former_history(cluster, name, shared)) return wrong;
  if (cluster.info(name, "role") != "master") return std::nullopt;
  return check_acknowledgements(cluster, name);
}

}  // namespace replserver::sim

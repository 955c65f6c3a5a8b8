#include "sim/watch.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace replserver::sim {
namespace {

// What no node has a reason to say, as long as no link flips bits.
constexpr std::array<ByteView, 9> kNever = {
    "CRITICAL",        "Failed trying to load", "wrong +FULLRESYNC",   "Bad protocol",
    "corruption",      "acknowledged offset",   "Protocol error from", "Replica generated a reply",
    "Unexpected reply"};

constexpr std::size_t kOverdueMax = 8;  // that are asked for in a look

bool has(ByteView text, ByteView what) { return text.find(what) != ByteView::npos; }

// What stands in the text between two others.
ByteView between(ByteView text, ByteView before, ByteView after) {
  const std::size_t found = text.find(before);
  if (found == ByteView::npos) return {};
  text.remove_prefix(found + before.size());
  return text.substr(0, text.find(after));
}

Offset number_in(ByteView text) {
  Offset number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

void Watch::started(const Bytes& name) {
  seen_.erase(name);
  former_.erase(name);
  ++lives_[name];
}

void Watch::wrong(Bytes check, Bytes text) {
  if (!violation_) violation_ = {std::move(check), std::move(text)};
}

void Watch::look() {
  listen();
  for (const auto& [name, life] : lives_) {
    if (!world_.is_running(name) || world_.node(name).is_loading()) continue;
    look_at(name);
    look_for_expired_keys(name);
  }
}

void Watch::look_at(const Bytes& name) {
  const Node& node = world_.node(name);
  const Position& position = node.position();
  const std::uint64_t full_syncs = full_syncs_[name];
  const auto before = seen_.find(name);
  if (before != seen_.end() && before->second.position.history == position.history &&
      before->second.position.offset > position.offset && before->second.full_syncs == full_syncs) {
    wrong("offsets only grow", name + " went from " +
                                   std::to_string(before->second.position.offset) + " to " +
                                   std::to_string(position.offset) + " without a full sync");
  }
  const bool goes_on = before != seen_.end() && before->second.position.history == position.history;
  const Offset from = goes_on ? before->second.position.offset : 0;
  seen_[name] = {position, full_syncs};
  const ReplicationStatus status = node.replication(world_.now());
  look_at_former(name, status);
  if (!status.primary) count_acknowledgements(name, status);
  // Without a backlog offsets stand still while data change.
  if (node.backlog() == nullptr) return;
  compare_bytes(name, from);
  const Fingerprint data = node.fingerprint();
  const auto seen = data_.emplace(std::pair(position.history, position.offset), data).first;
  if (seen->second != data) {
    wrong("equal position, equal data",
          name + " has other data than were seen at its offset " + std::to_string(position.offset));
  }
}

// It shares with others what it said that it does, and no more than was there when it ended.
void Watch::look_at_former(const Bytes& name, const ReplicationStatus& status) {
  const auto& former = status.former;
  if (former && former->offset > status.position.offset)
    wrong("a former history is shared to its end", name + " shares more of one than it has");
  const auto said = former_.find(name);
  if (said == former_.end() || former == said->second) return;
  wrong("a former history is shared to its end",
        name + " shares " +
            (former ? former->history + " up to " + std::to_string(former->offset) : "nothing") +
            ", and has said: " + said->second.history + " up to " +
            std::to_string(said->second.offset));
}

void Watch::count_acknowledgements(const Bytes& name, const ReplicationStatus& status) {
  const auto online = std::count_if(status.replicas.begin(), status.replicas.end(),
                                    [](const auto& replica) { return replica.state == "online"; });
  const Bytes reply = world_.execute(name, {"WAIT", "99", "0"});  // in-process nobody waits
  if (number_in(ByteView(reply).substr(1)) <= static_cast<Offset>(online)) return;
  wrong("WAIT counts nobody who is away",
        name + " has counted more than " + std::to_string(online) + " replicas: " + reply);
}

// What the node has got of its history since we looked last is what others have seen of it.
void Watch::compare_bytes(const Bytes& name, Offset from) {
  const Bytes bytes = world_.node(name).backlog()->tail(from);
  const Position& position = world_.node(name).position();
  const Offset begin = position.offset - bytes.size();
  Written& known = written_.try_emplace(position.history, Written{begin, {}}).first->second;
  if (begin > known.end()) known = {begin, {}};  // what lies between nobody has any more
  for (Offset at = std::max(begin, known.begin); at < std::min(position.offset, known.end());
       ++at) {
    if (bytes[at - begin] == known.bytes[at - known.begin]) continue;
    return wrong("one history, the same bytes",
                 name + " has another byte than was seen at offset " + std::to_string(at));
  }
  if (position.offset > known.end()) known.bytes.append(bytes, known.end() - begin);
}

// By the node's own clock. To ask a primary makes it delete them, as any client's reading would.
void Watch::look_for_expired_keys(const Bytes& name) {
  const auto keys = world_.node(name).overdue_keys(unix_ms(world_.now(name).wall), kOverdueMax);
  if (keys.empty()) return;
  const Bytes session = world_.execute(name, {"CLIENT", "INFO"});
  const Bytes database(between(session, " db=", " "));
  for (const auto& overdue : keys) {
    world_.execute(name, {"SELECT", std::to_string(overdue.database)});
    if (world_.execute(name, {"EXISTS", overdue.key}) != ":1\r\n") continue;
    wrong("no expired key is visible", name + " shows " + overdue.key);
  }
  world_.execute(name, {"SELECT", database});
}

// ---- what the nodes say

void Watch::listen() {
  const auto& lines = world_.transcript();
  for (; lines_heard_ < lines.size(); ++lines_heard_) {
    // 1234 name:S - text
    const ByteView line = lines[lines_heard_];
    const std::size_t name = line.find(' ') + 1, colon = line.find(':', name);
    if (name == 0 || line[0] == ' ') continue;  // somebody's note
    const auto now = world_.now().mono.time_since_epoch().count();
    const bool is_fresh = static_cast<Offset>(now) == number_in(line);
    hear(Bytes(line.substr(name, colon - name)), line.substr(colon + 5), is_fresh);
  }
}

void Watch::hear(const Bytes& name, ByteView text, bool is_fresh) {
  for (const ByteView never : kNever) {
    if (has(text, never)) wrong("nobody says that", name + " said: " + Bytes(text));
  }
  hear_of_former(name, text);
  if (has(text, "sync: Finished with success")) {
    ++full_syncs_[name];
    has_position(name);
  } else if (has(text, "Flushing old data")) {
    ++lives_[name];
    may_ask_for_all(name);  // until the new ones are there: they may not load
  } else if (has(text, "Successful partial") || has(text, "Setting secondary replication ID")) {
    has_position(name);
  } else if (has(text, "no cached master")) {
    if (!may_ask_for_all_.contains(name))
      wrong("no needless full sync", name + " had a position, and asked for all");
  } else if (is_fresh && world_.is_running(name)) {
    judge_refusal(name, text);
    judge_resumption(name, text);
  }
}

// What a node is promoted with it shares until it has other data, or another name.
void Watch::hear_of_former(const Bytes& name, ByteView text) {
  constexpr ByteView kEnds[] = {"MASTER <-> REPLICA sync: Finished with success",
                                "Master replication ID changed", "Replication backlog created",
                                "Replication backlog freed"};
  if (text.starts_with("Setting secondary replication ID to ")) {
    former_[name] = {Bytes(between(text, "secondary replication ID to ", ",")),
                     number_in(between(text, "valid up to offset: ", ".")) - 1};
  } else if (std::any_of(std::begin(kEnds), std::end(kEnds),
                         [&](ByteView end) { return text.starts_with(end); })) {
    former_.erase(name);
  }
}

// A primary says why it refuses to go on from where a replica is. Whether that is so is asked of what
// it tells everybody, not of the code that decided.
void Watch::judge_refusal(const Bytes& name, ByteView text) {
  const Node& node = world_.node(name);
  if (has(text, "Replication ID mismatch")) {
    const ByteView asked = between(text, "asked for '", "'");
    const ReplicationStatus status = node.replication(world_.now());
    const auto said = former_.find(name);
    if (asked == ByteView(status.position.history) ||
        (status.former && asked == ByteView(status.former->history)) ||
        (said != former_.end() && asked == ByteView(said->second.history)))
      wrong("no needless full sync", name + " refused its own history");
  } else if (has(text, "Requested offset for second ID was")) {
    // Here, as on the wire, an offset is that of the next byte.
    const Offset asked = number_in(between(text, "second ID was ", ",")) - 1;
    const ReplicationStatus status = node.replication(world_.now());
    if (status.former && asked <= status.former->offset)
      wrong("no needless full sync", name + " refused what it shares: " + Bytes(text));
  } else if (has(text, "for lack of backlog")) {
    const Offset asked = number_in(between(text, "equest was: ", ")")) - 1;
    const auto window = node.replication(world_.now()).backlog;
    // What holds nothing at all is begun anew in the same breath.
    const auto& lines = world_.transcript();
    const bool was_begun = lines_heard_ + 1 < lines.size() &&
                           has(lines[lines_heard_ + 1], "Replication backlog created");
    if (!was_begun && window && window->first <= asked && asked <= window->end) {
      wrong("no needless full sync",
            name + " refused offset " + std::to_string(asked) + ", which its backlog held");
    }
  }
}

void Watch::judge_resumption(const Bytes& name, ByteView text) {
  if (!text.starts_with("Partial resynchronization request from ")) return;
  const Offset asked = number_in(between(text, "backlog starting from offset ", ".")) - 1;
  const Offset end = world_.node(name).position().offset;
  if (asked <= end) return;
  wrong("nobody resumes past the end", name + " lets a replica go on from offset " +
                                           std::to_string(asked) + ", having written up to " +
                                           std::to_string(end));
}

}  // namespace replserver::sim

// Watch — looks at the nodes of a World and reads what they say: what holds at every moment of a run,
// whatever happens.
//
//   equal position, equal data       | offsets go back only by a full sync
//   one history, the same bytes      | nobody says what nobody has a reason to say
//   no full sync that was not needed | no expired key is visible
//   a former history ends where it was parted from | WAIT counts nobody who is away
//
// listen() after each event, since a refusal is judged by what its node has at that moment; look()
// now and then, for it reads all data. The first thing that is wrong is kept. Owned by whoever drives
// the World.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "sim/world.hpp"

namespace replserver::sim {

struct Violation {
  Bytes check;  // which of them
  Bytes text;
};

class Watch {
 public:
  explicit Watch(World& world) : world_(world) {}

  // A node begins, with no memory of what was before.
  void started(const Bytes& name);
  // It may have no position to resume from, and then is right to ask for everything; or it has one.
  void may_ask_for_all(const Bytes& name) { may_ask_for_all_.insert(name); }
  void has_position(const Bytes& name) { may_ask_for_all_.erase(name); }

  void listen();
  void look();
  // Of a node's data: a life ends when they are thrown away.
  std::uint64_t life(const Bytes& name) const { return lives_.at(name); }

  void wrong(Bytes check, Bytes text);  // what somebody else has seen counts as well
  const std::optional<Violation>& violation() const { return violation_; }

 private:
  struct Seen {  // of a node, at the last look
    Position position;
    std::uint64_t full_syncs = 0;  // that it had taken
  };

  struct Written {  // of a history, as seen on whichever node was first
    Offset begin = 0;
    Bytes bytes;
    Offset end() const { return begin + bytes.size(); }
  };

  void look_at(const Bytes& name);
  void look_at_former(const Bytes& name, const ReplicationStatus& status);
  void count_acknowledgements(const Bytes& name, const ReplicationStatus& status);
  void compare_bytes(const Bytes& name, Offset from);
  void look_for_expired_keys(const Bytes& name);
  void hear(const Bytes& name, ByteView text, bool is_fresh);
  void hear_of_former(const Bytes& name, ByteView text);
  void judge_refusal(const Bytes& name, ByteView text);
  void judge_resumption(const Bytes& name, ByteView text);

  World& world_;
  std::map<Bytes, Seen> seen_;
  std::map<std::pair<HistoryId, Offset>, Fingerprint>
      data_;  // seen at a position, on whichever node
  std::map<HistoryId, Written> written_;
  std::map<Bytes, std::uint64_t> full_syncs_, lives_;
  std::map<Bytes, Position> former_;  // what a node shares of an older history, as it said itself
  std::set<Bytes> may_ask_for_all_;
  std::size_t lines_heard_ = 0;
  std::optional<Violation> violation_;
};

}  // namespace replserver::sim

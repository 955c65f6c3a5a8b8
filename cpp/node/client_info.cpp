// One client as CLIENT LIST, CLIENT INFO and the log show it.
#include <algorithm>
#include <chrono>

#include "node/state.hpp"

namespace replserver {
namespace {

class Line {
 public:
  void field(ByteView name, ByteView value) {
    if (!text_.empty()) text_ += ' ';
    text_.append(name).append("=").append(value);
  }
  void number(ByteView name, std::int64_t value) { field(name, std::to_string(value)); }
  void size(ByteView name, std::size_t value) { field(name, std::to_string(value)); }
  Bytes take() { return std::move(text_); }

 private:
  Bytes text_;
};

Bytes flags_of(const ClientSession& session) {
  Bytes flags;
  if (session.is_replica()) flags += 'S';
  if (session.is_primary) flags += 'M';
  if (session.monitoring) flags += 'O';
  if (session.in_pubsub()) flags += 'P';
  if (session.transaction) flags += 'x';
  if (session.suspension != Suspension::none) flags += 'b';
  if (session.watched_key_changed) flags += 'd';
  if (session.closing) flags += 'c';
  if (session.peer.is_unix) flags += 'U';
  if (session.no_evict) flags += 'e';
  if (session.no_touch) flags += 'T';
  return flags.empty() ? "N" : flags;
}

std::int64_t seconds_since(Instant then, Instant now) {
  return std::chrono::duration_cast<seconds>(now - then).count();
}

std::size_t queued_memory(const ClientSession& session) {
  if (!session.transaction) return 0;
  std::size_t total = 0;
  for (const Words& words : session.transaction->queued) {
    for (const Bytes& word : words) total += sizeof(Bytes) + word.size();
  }
  return total;
}

// What Redis keeps in two parts, a fixed buffer and a list behind it, is one chain of blocks here:
// the first small one is shown as the buffer, what lies behind it as the list.
void add_output(Line& line, const ClientSession& session) {
  constexpr std::size_t kBuffer = resp::Output::kSmallBlockSize;
  const std::size_t held = session.output.memory();
  const std::size_t waiting = session.output.size();
  const std::size_t beyond = waiting > kBuffer ? held - std::min(held, kBuffer) : 0;
  line.size("rbs", std::min(held, kBuffer));
  line.size("rbp", std::min(waiting, kBuffer));
  line.size("obl", std::min(waiting, kBuffer));
  line.size("oll", (beyond + resp::Output::kBlockSize - 1) / resp::Output::kBlockSize);
  line.size("omem", beyond);
}

}  // namespace

Bytes NodeState::client_info(const ClientSession& session) const {
  Line line;
  line.size("id", session.id);
  line.field("addr", session.peer.address);
  line.field("laddr", session.peer.local_address);
  line.number("fd", session.peer.descriptor);
  line.field("name", session.name);
  line.number("age", seconds_since(session.connected_at, now.mono));
  line.number("idle", seconds_since(session.last_heard, now.mono));
  line.field("flags", flags_of(session));
  line.number("db", session.db);
  line.size("sub", session.channels.size());
  line.size("psub", session.patterns.size());
  line.size("ssub", session.shard_channels.size());
  line.number("multi", session.transaction
                           ? static_cast<std::int64_t>(session.transaction->queued.size())
                           : -1);
  line.size("watch", session.watched_keys);
  line.size("qbuf", session.in_batch ? session.source.size() : session.unread.size());
  line.size("qbuf-free", session.unread.capacity() - session.unread.size());
  line.number("argv-mem", 0);  // arguments are views into the query buffer
  line.size("multi-mem", queued_memory(session));
  add_output(line, session);
  line.size("tot-mem", session.memory());
  const bool waits_for_socket = !session.output.empty() && &session != executing;
  line.field("events", waits_for_socket ? "rw" : "r");
  line.field("cmd", session.last_command != nullptr ? session.last_command->name : "NULL");
  line.field("user", session.user);
  line.number("redir", -1);
  line.number("resp", session.protocol);
  line.field("lib-name", session.library_name);
  line.field("lib-ver", session.library_version);
  return line.take();
}

}  // namespace replserver

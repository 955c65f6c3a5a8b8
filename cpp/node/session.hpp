// ClientSession — one client's conversation: what it sent and was not executed yet, what it is
// still to be told, and everything it chose (database, protocol, name, subscriptions, transaction).
//
//            ┌── blocked / paused ──┐
//   ready ───┴──────────────────────┴──> closing (last words are sent, then the link goes)
//
// Owned by the Node, one per link. Plain state: the rules are in the node's command files.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "command/command.hpp"
#include "node/conversation.hpp"
#include "node/effects.hpp"
#include "node/replica_link.hpp"
#include "resp/output.hpp"
#include "resp/parser.hpp"

namespace replserver {

// Who is at the other end, as the driver knows it.
struct Peer {
  Bytes address;         // "127.0.0.1:50000", or "/path/sock:0" for a unix socket
  Bytes local_address;   // ours
  bool is_local = true;  // loopback or unix socket: protected-mode lets it in
  bool is_unix = false;
  int descriptor = -1;  // fd= in CLIENT LIST
};

enum class Suspension : std::uint8_t {
  none,
  blocked,    // in a blocking command
  paused,     // CLIENT PAUSE holds its next command
  operation,  // a file operation must complete before its command is answered
};

enum class ReplyMode : std::uint8_t { on, off, skip_next, skipping };

struct Transaction {
  std::vector<Words> queued;
  std::uint32_t flags = 0;  // of all that was queued: EXEC is refused, or paused, as they would be
  bool refused = false;     // a command could not be queued: EXEC will be EXECABORT
};

struct ClientSession {
  LinkId link{};
  std::uint64_t id = 0;  // CLIENT ID
  Peer peer;
  bool in_process = false;               // Node::execute's own, not a link: not listed
  Conversation* conversation = nullptr;  // dialled by us: listed only once it is a primary's stream
  bool is_primary = false;               // its commands are our primary's stream
  Instant connected_at;
  Instant last_heard;

  // What it chose.
  int db = 0;
  int protocol = 2;
  Bytes name;
  Bytes library_name, library_version;
  Bytes user = "default";
  bool authenticated = false;
  bool no_evict = false;
  bool no_touch = false;
  ReplyMode reply_mode = ReplyMode::on;

  std::unique_ptr<ReplicaLink> replica;  // from its first REPLCONF, SYNC or PSYNC on

  // Input: bytes that are not executed yet, from the first byte of a command on.
  resp::Parser parser;
  Bytes unread;
  // While a batch is being executed: where its words lie, and how far that was understood. Bytes of
  // `source` may be unread's own.
  ByteView source;
  std::size_t consumed = 0;  // executed up to here
  std::size_t parsed = 0;    // and split into commands up to here
  bool in_batch = false;

  bool holds_input = false;  // what has come is more than we can take now

  // Output.
  resp::Output output;
  bool announced = false;  // among the links reported as writable since the last take_effects()
  std::optional<Instant> over_soft_limit_since;

  // States.
  Suspension suspension = Suspension::none;
  bool closing = false;  // hang up as soon as the output is sent
  bool monitoring = false;
  Offset last_write = 0;  // how far the history went with it, for WAIT
  std::optional<Transaction> transaction;
  bool watched_key_changed = false;
  std::size_t watched_keys = 0;
  std::set<Bytes> channels, patterns, shard_channels;

  // For CLIENT LIST.
  const Command* last_command = nullptr;
  std::uint64_t bytes_in = 0, bytes_out = 0, commands = 0;

  bool ready() const { return suspension == Suspension::none && !closing; }
  std::size_t subscriptions() const {
    return channels.size() + patterns.size() + shard_channels.size();
  }
  // RESP2 clients in pubsub context may only (un)subscribe, PING, QUIT and RESET.
  bool in_pubsub() const { return subscriptions() > 0; }
  bool is_replica() const { return replica != nullptr && replica->feed.has_value(); }
  ClientClass client_class() const {
    if (is_replica()) return ClientClass::replica;
    return in_pubsub() ? ClientClass::pubsub : ClientClass::normal;
  }
  bool is_listed() const { return conversation == nullptr || is_primary; }
  std::size_t memory() const;  // what the session makes us hold
};

}  // namespace replserver

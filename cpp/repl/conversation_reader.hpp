// ConversationReader — knows at each byte of a conversation between a replica and its primary where
// it is.
//
//   up    PING, AUTH, REPLCONF …, PSYNC ──────────────────────> REPLCONF ACK …
//   down  a line for each ───┬─> +FULLRESYNC, header, payload ──┬─> stream: its bytes are the offset
//                            └─> +CONTINUE ─────────────────────┘
//
//   talking ─> header ─> payload ─> streaming         any ─> foreign: no replica's; bytes, no places
//
// Works with what any two servers say, bounded in memory, whatever the pieces. Owned by a LinkTap, and a
// value: a copy may look ahead.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "repl/command_borders.hpp"
#include "repl/payload.hpp"
#include "repl/position.hpp"

namespace replserver {

enum class LinkWay : std::uint8_t { up, down };  // replica to primary, primary to replica

// What is said, and then answered. The payload is one of them, with its header: it only comes down.
enum class LinkStep : std::uint8_t {
  ping,
  auth,
  port,
  address,
  capabilities,
  version,
  replconf,  // any other
  psync,
  sync,
  payload,
  ack,
};
ByteView name_of(LinkStep step);  // "listening-port"
std::optional<LinkStep> link_step_called(ByteView name);

class ConversationReader {
 public:
  enum class Phase : std::uint8_t { talking, header, payload, streaming, foreign };

  // Takes from the front of `bytes`, which follow those it has taken before, up to the end of a command,
  // a line or the payload at most; returns how many.
  std::size_t read(LinkWay way, ByteView bytes);

  Phase phase() const { return phase_; }
  // The step that ended with the last byte of that direction; of the way down, its reply.
  std::optional<LinkStep> ended(LinkWay way) const { return ended_[static_cast<int>(way)]; }
  bool at_border(LinkWay way) const;  // nothing of a command, line or payload is halfway

  // The step that begins with `bytes`, at a border; and its size, as far as it is known.
  struct Upcoming {
    bool is_known = false;  // else more bytes are needed to tell
    std::optional<LinkStep> step;
    std::size_t size = 0;
    Words words;
  };
  Upcoming upcoming(LinkWay way, ByteView bytes) const;

  // Of the history, once the stream flows; none with a primary that names none.
  std::optional<Offset> offset() const { return offset_; }
  const HistoryId& history() const { return history_; }
  std::uint64_t payload_bytes() const { return payload_bytes_; }
  bool is_marked_payload() const { return payload_ && !payload_->size(); }
  std::optional<Offset> acknowledged() const { return acknowledged_; }
  std::uint64_t acks() const { return acks_; }

 private:
  void read_request(const Words& words);
  void read_down(ByteView& bytes);
  void read_line(ByteView& bytes);
  void read_reply(ByteView line);
  void read_header(ByteView line);
  void read_payload(ByteView& bytes);
  void begin_stream(std::optional<Offset> offset);

  Phase phase_ = Phase::talking;
  CommandBorders requests_, stream_;
  std::deque<LinkStep> asked_;       // and not answered yet
  std::optional<Position> wanted_;   // by PSYNC
  std::optional<Position> granted_;  // by +FULLRESYNC
  Bytes line_;                       // as far as it has come, clipped
  bool in_line_ = false;
  std::optional<Payload> payload_;
  std::uint64_t payload_bytes_ = 0;
  HistoryId history_;
  std::optional<Offset> offset_, acknowledged_;
  std::uint64_t acks_ = 0;
  std::optional<LinkStep> ended_[2];
};

}  // namespace replserver

// ReplicaSession — our side of the link to the primary that we follow, until its stream flows.
//
//   connecting ─> ping ─> greeting ─> psync ─┬─ continued ───────────────────────> streaming
//                                            └─ full sync ─> header ─> payload ─┘
//
// Fed with what arrives, asked for what happened: one Event at a time. Says what to send by appending to
// `output`. Knows no keyspace, no socket and no time; a new link begins with a new session.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "repl/payload.hpp"
#include "repl/position.hpp"

namespace replserver {

// Who we say we are, and what we have.
struct Greeting {
  Bytes user, password;    // said if there is a password
  std::uint16_t port = 0;  // where we listen, as others see it
  Bytes address;           // said if we want to be known under another one
  Bytes version;
  std::optional<Position> wanted;  // nothing: everything from the beginning
  bool failover = false;           // a coordinated one: the other is to become our primary
};

class ReplicaSession {
 public:
  enum class Phase : std::uint8_t { connecting, ping, greeting, psync, header, payload, streaming };

  struct Pong {};  // the primary answers: it can go on
  struct Remark {  // something to be logged that changes nothing
    Bytes text;
  };
  struct FullSync {                    // the data that come take the place of ours
    std::optional<Position> position;  // a primary without PSYNC names none
  };
  struct Continued {  // the stream goes on from `wanted`
    std::optional<HistoryId> id;
  };
  struct PayloadBegins {
    std::optional<std::uint64_t> size;
  };
  struct PayloadPart {  // valid until the next call
    ByteView bytes;
  };
  struct PayloadEnds {};
  struct Failure {  // the link is of no use any more
    enum class Remedy : std::uint8_t {
      retry,    // later, as it is
      discard,  // later, and without the position that was asked for
    };
    Bytes text;
    Remedy remedy = Remedy::retry;
  };
  using Event = std::variant<Pong, Remark, FullSync, Continued, PayloadBegins, PayloadPart,
                             PayloadEnds, Failure>;

  explicit ReplicaSession(Greeting greeting) : greeting_(std::move(greeting)) {}

  Phase phase() const { return phase_; }
  const Greeting& greeting() const { return greeting_; }
  const std::optional<Payload>& payload() const { return payload_; }

  void opened(Bytes& output);  // the link is there: begins to talk
  // Takes from the front of `bytes`. Nothing: it needs more, or the rest is the stream's. After a Failure
  // it must not be called again.
  std::optional<Event> next(ByteView& bytes, Bytes& output);

 private:
  enum class Question : std::uint8_t { auth, port, address, capabilities, version };

  std::optional<ByteView> take_line(ByteView& bytes);
  Event pong(ByteView line, Bytes& output);
  void greet(Bytes& output);
  std::optional<Event> answer(ByteView line, Bytes& output);
  void ask_for_sync(Bytes& output);
  std::optional<Event> sync_reply(ByteView line, Bytes& output);
  Event header(ByteView line);

  Greeting greeting_;
  Phase phase_ = Phase::connecting;
  std::vector<Question> asked_;  // not answered yet, in order
  std::size_t answered_ = 0;
  bool without_psync_ = false;
  Bytes line_;  // as far as it has come
  bool line_taken_ = false;
  std::optional<Payload> payload_;
};

}  // namespace replserver

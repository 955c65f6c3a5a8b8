// Acknowledgements — clients in WAIT and WAITAOF: until so many replicas say that they have what the
// client wrote, or its time is over.
//
// Replicas are asked once per turn for all who wait (REPLCONF GETACK). Owned by the Node.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "repl/position.hpp"
#include "resp/writer.hpp"

namespace replserver {

struct NodeState;
struct ClientSession;

class Acknowledgements {
 public:
  struct Wish {
    Offset offset = 0;
    std::int64_t replicas = 0;
    bool on_disk = false;  // WAITAOF
    std::optional<Instant> deadline;
  };

  void wait(NodeState& node, ClientSession& session, const Wish& wish);  // suspends it
  bool waits(const ClientSession& session) const;
  bool forget(const ClientSession& session);  // it is gone; false: it did not wait
  // Answers it with what there is, or with an error.
  void give_up(NodeState& node, ClientSession& session, ByteView error = {});

  void serve(NodeState& node);  // those who have what they want
  void time_out(NodeState& node);
  void end_turn(NodeState& node);  // asks the replicas
  Instant next_deadline() const;
  std::size_t size() const { return waiting_.size(); }

  static void answer(resp::Writer& reply, const Wish& wish, std::size_t having);

 private:
  struct Waiting {
    std::uint64_t client;
    Wish wish;
  };
  void finish(NodeState& node, const Waiting& waiting, ByteView error);

  std::vector<Waiting> waiting_;  // in the order they came
  bool must_ask_ = false;
};

}  // namespace replserver

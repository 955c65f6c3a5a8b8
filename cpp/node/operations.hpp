// Operations — what a node asked its driver to do with files and sockets, and what is to happen when
// it is done. The client whose command started one waits, suspended, for its answer.
#pragma once

#include <functional>
#include <map>

#include "node/effects.hpp"

namespace replserver {

struct NodeState;
struct ClientSession;

// Waits for an operation that the node starts for itself, or whose client was answered before.
inline constexpr LinkId kNobody{UINT64_MAX};

class Operations {
 public:
  // The client may have gone meanwhile, or there was none: then `client` is nullptr.
  using Then = std::function<void(NodeState& node, ClientSession* client, Result<Bytes> outcome)>;
  struct Pending {
    LinkId client;
    Then then;
  };

  OperationId start(LinkId client, Then then) {
    const auto id = static_cast<OperationId>(next_++);
    pending_.emplace(id, Pending{client, std::move(then)});
    return id;
  }
  Pending finish(OperationId id) {
    auto node = pending_.extract(id);
    return node.empty() ? Pending{} : std::move(node.mapped());
  }

 private:
  std::uint64_t next_ = 1;
  std::map<OperationId, Pending> pending_;
};

}  // namespace replserver

// BoundNode — a LiveNode with what Python wants to know of it afterwards, and how its thread is asked.
#pragma once

#include <memory>

#include "convert.hpp"
#include "log_ring.hpp"
#include "net/live_node.hpp"

namespace replserver {

using net::LiveNode;

constexpr std::size_t kLogKept = 1000;  // lines of one node that `logs` tells

struct BoundNode {
  Bytes name;
  std::shared_ptr<LogRing> lines = std::make_shared<LogRing>(kLogKept);
  std::unique_ptr<LiveNode> live;

  // Ends before the interpreter lets go of us, and without the GIL: the node's thread may be busy.
  ~BoundNode() {
    if (!live) return;
    if (live->is_defunct()) {
      static_cast<void>(live.release());  // its parts wait for threads that did not come along
    } else {
      without_gil([this] { live->close(); });
    }
  }
};

// A waiting call was given up: either Python has an exception to raise, or the node is gone.
template <class Call>
auto guarded(const BoundNode& bound, Call call) {
  try {
    return without_gil(call);
  } catch (const LiveNode::Interruption&) {
    throw py::error_already_set();
  } catch (const LiveNode::Closed& closed) {
    raise("ClosedError", bound.name + ": " + closed.what());
  }
}

// A value computed on the node's own thread.
template <class Value, class Ask>
Value ask(BoundNode& bound, Ask question) {
  return guarded(bound, [&] {
    const auto value = std::make_shared<Value>();
    bound.live->run([value, question](Node& node, Now now) { *value = question(node, now); },
                    signals_pending);
    return *value;
  });
}

}  // namespace replserver

// ShutDown — the way to the end: writes are held, replicas get what they lack, the data set is saved
// if it is to be, and then the driver is told to stop.
//
//   begin ──> waiting for replicas (or not) ──> saving (or not) ──> the end
//
// A save that fails, or ABORT: as if nothing had been. The record is NodeState's while it lasts.
#pragma once

#include <optional>
#include <vector>

#include "node/effects.hpp"
#include "repl/position.hpp"

namespace replserver {

struct NodeState;
struct ClientSession;

struct ShutDown {
  unsigned how;    // kShutdownSave, kShutdownNosave, kShutdownNow, kShutdownForce, added up
  Offset end = 0;  // where the writes were held
  std::optional<Instant> patience;   // replicas are waited for, and so long
  std::vector<LinkId> waiting = {};  // who asked: answered only if it comes to nothing
};

void begin_shutdown(NodeState& node, unsigned how);
// The same for a client: the closed connection is its answer, or an error if it comes to nothing.
void shut_down_for(NodeState& node, unsigned how, ClientSession& client);
bool abort_shutdown(NodeState& node);    // false: there is none
void advance_shutdown(NodeState& node);  // at the end of each turn
Instant shutdown_deadline(const NodeState& node);

}  // namespace replserver

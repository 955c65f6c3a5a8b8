// ShutDown — the way to the end: writes are held, the data set is saved if it is to be, and then the
// driver is told to stop.
//
//   begin ──> saving (or not) ──> the end          a save that fails, or ABORT: as if nothing had been
//
// The record is NodeState's while it lasts.
#pragma once

#include <vector>

#include "node/effects.hpp"

namespace replserver {

struct NodeState;
struct ClientSession;

struct ShutDown {
  unsigned how;  // kShutdownSave, kShutdownNosave, kShutdownNow, kShutdownForce, added up
  std::vector<LinkId> waiting;  // who asked: answered only if it comes to nothing
};

void begin_shutdown(NodeState& node, unsigned how);
// The same for a client: the closed connection is its answer, or an error if it comes to nothing.
void shut_down_for(NodeState& node, unsigned how, ClientSession& client);
bool abort_shutdown(NodeState& node);  // false: there is none

}  // namespace replserver

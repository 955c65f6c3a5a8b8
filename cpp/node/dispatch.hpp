// Dispatch — one command's way from its words to its effects: may it run, is it queued, run it, and
// what follows from it (statistics, slow log, monitors, events, the batch for replicas).
#pragma once

#include <optional>

#include "node/state.hpp"

namespace replserver {

enum class Dispatched {
  done,       // executed, queued or refused: it was answered
  postponed,  // CLIENT PAUSE: the session is suspended, the command must be read again later
};

// `raw`: the client's own bytes, when they are a multibulk that may be propagated as they are.
// `key`: the first key, already hashed, or an empty one.
Dispatched dispatch(NodeState& node, ClientSession& session, RegisteredCommand* command, Args words,
                    ByteView raw, const Key& key);

// Why the command may not run now, in the order in which Redis asks; none: it may.
std::optional<Bytes> refusal(NodeState& node, ClientSession& session,
                             const RegisteredCommand& command, Args words);

// Executes without asking whether it may. EXEC calls this for what was queued, inside its own call.
void call(NodeState& node, ClientSession& session, RegisteredCommand& command, Args words,
          ByteView raw);

// Answers bytes that are no command.
void refuse_broken(NodeState& node, ByteView why);

// Points the node's one Context at a session, before its commands are called.
void enter(NodeState& node, ClientSession& session);

}  // namespace replserver

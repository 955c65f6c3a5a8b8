// ReplicaLink — what makes a client's session the link to one of our replicas, or to one that prepares
// to be: REPLCONF makes it, PSYNC gives it its feed.
#pragma once

#include <memory>
#include <optional>

#include "repl/primary_feed.hpp"

namespace replserver {

class FullSync;

struct ReplicaLink {
  ReplicaFacts facts;
  std::optional<PrimaryFeed> feed;
  bool is_silent = false;          // it said SYNC: perhaps too old a server to acknowledge
  std::shared_ptr<FullSync> sync;  // that it is being sent
  std::uint64_t place = 0;         // of its next byte in there
};

}  // namespace replserver

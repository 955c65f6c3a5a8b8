// Waiters — clients in blocking commands, by the keys they wait for, first come first served.
//
//   wait() ──> a key of theirs changes: ready ──> their command is said again ──> served | waits on
//     └──────> timed out | CLIENT UNBLOCK | gone
//
// Told by the keyspace of every key that changes; the node takes what became ready when the command
// that did it is over. Whoever is said again and finds nothing keeps its place. Owned by the Node.
//
// Invariant: a waiting client is in the queue of each of its keys, and in no other.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "command/context.hpp"

namespace replserver {

class Waiters {
 public:
  struct Waiting {
    std::uint64_t client;  // its id
    int db;
    Blocking wish;
    std::optional<Instant> deadline;
  };
  struct Ready {
    int db;
    Bytes key;
  };

  void wait(Waiting waiting);
  void forget(std::uint64_t client);  // served, timed out or gone
  const Waiting* find(std::uint64_t client) const;
  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  std::size_t keys() const { return queues_.size(); }
  std::size_t keys_watched_for_deletion() const;
  std::size_t deadlines() const { return deadlines_.size(); }

  // From the keyspace: a key is written, removed or created; or all of a database are others now.
  void changed(int db, ByteView key);
  void replaced(int db);

  bool any_ready() const { return !ready_.empty(); }
  Ready take_ready();                                               // the one that was first
  std::vector<std::uint64_t> queue_of(int db, ByteView key) const;  // in their order

  Instant next_deadline() const;  // kNever: nobody has one
  std::optional<std::uint64_t> timed_out(Instant now) const;

 private:
  using Place = std::pair<int, Bytes>;
  struct Before {  // finds without a copy of the key
    using is_transparent = void;
    using View = std::pair<int, ByteView>;
    bool operator()(const View& one, const View& other) const { return one < other; }
  };

  std::map<std::uint64_t, Waiting> waiting_;
  std::map<Place, std::vector<std::uint64_t>, Before> queues_;
  std::set<std::pair<Instant, std::uint64_t>> deadlines_;
  std::deque<Place> ready_;
  std::set<Place> is_ready_;
};

}  // namespace replserver

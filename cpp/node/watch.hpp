// Watches — which sessions' transactions fail because a key changed (WATCH).
//
// Told by the keyspace of every key that changes, and asked by EXEC. A key that had already expired
// when it was watched counts as absent: its deletion is no change, writing it is one.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "node/session.hpp"

namespace replserver {

class Database;

class Watches {
 public:
  enum class Presence { absent, expired, alive };

  // `expired`: the key's time is over already.
  void watch(ClientSession& session, int db, ByteView key, bool expired);
  void unwatch(ClientSession& session);  // all of its keys, and that any of them had changed

  // A key is written, removed or created: its watchers' EXEC will fail.
  void changed(int db, ByteView key);
  // A database gives way to another (SWAPDB), or to nothing (FLUSHDB).
  void replaced(int db, const Database& before, const Database* after, UnixMs now);

  // Whether EXEC fails: a key changed, or lived when it was watched and is expired now, what nobody
  // reported. `look(db, key)` tells its Presence.
  template <class Look>
  bool fails(const ClientSession& session, Look look) const;

  std::size_t keys() const { return keys_; }  // distinct ones

 private:
  enum class State : std::uint8_t {
    watched,  // any change counts
    stale,    // it had expired: the first change may be its deletion
    touched,  // and that change came: if the key is there now, it was no deletion
  };
  struct Watched {
    int db;
    Bytes name;
    State state;
  };
  using Watchers = std::map<Bytes, std::vector<ClientSession*>, std::less<>>;

  Watched& watched(const ClientSession& session, int db, ByteView key);
  void fail(ClientSession& session);
  void drop(ClientSession& session);

  std::map<int, Watchers> watchers_;                       // by database, by key
  std::map<std::uint64_t, std::vector<Watched>> watched_;  // by client id
  std::size_t keys_ = 0;
};

template <class Look>
bool Watches::fails(const ClientSession& session, Look look) const {
  if (session.watched_key_changed) return true;
  const auto mine = watched_.find(session.id);
  if (mine == watched_.end()) return false;
  for (const Watched& key : mine->second) {
    if (key.state == State::stale) continue;
    const Presence presence = look(key.db, key.name);
    if (key.state == State::watched && presence == Presence::expired) return true;
    if (key.state == State::touched && presence != Presence::absent) return true;
  }
  return false;
}

}  // namespace replserver

#include "node/watch.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "data/database.hpp"

namespace replserver {

void Watches::watch(ClientSession& session, int db, ByteView key, bool expired) {
  std::vector<ClientSession*>& watchers = watchers_[db][Bytes(key)];
  if (std::find(watchers.begin(), watchers.end(), &session) != watchers.end()) return;
  if (watchers.empty()) ++keys_;
  watchers.push_back(&session);
  watched_[session.id].push_back({db, Bytes(key), expired ? State::stale : State::watched});
  ++session.watched_keys;
}

void Watches::unwatch(ClientSession& session) {
  drop(session);
  session.watched_key_changed = false;
}

void Watches::drop(ClientSession& session) {
  const auto mine = watched_.extract(session.id);
  session.watched_keys = 0;
  if (mine.empty()) return;
  for (const Watched& key : mine.mapped()) {
    Watchers& of_database = watchers_.at(key.db);
    const auto place = of_database.find(key.name);
    std::erase(place->second, &session);
    if (!place->second.empty()) continue;
    of_database.erase(place);
    --keys_;
  }
}

// Once it is sure that EXEC fails, the other keys are of no interest any more.
void Watches::fail(ClientSession& session) {
  drop(session);
  session.watched_key_changed = true;
}

Watches::Watched& Watches::watched(const ClientSession& session, int db, ByteView key) {
  std::vector<Watched>& mine = watched_.at(session.id);
  const auto place = std::find_if(mine.begin(), mine.end(), [&](const Watched& watched) {
    return watched.db == db && watched.name == key;
  });
  RS_ASSERT(place != mine.end());
  return *place;
}

void Watches::changed(int db, ByteView key) {
  const auto of_database = watchers_.find(db);
  if (of_database == watchers_.end()) return;
  const auto place = of_database->second.find(key);
  if (place == of_database->second.end()) return;

  const std::vector<ClientSession*> watchers = place->second;  // failing takes them out
  for (ClientSession* const session : watchers) {
    Watched& mine = watched(*session, db, key);
    if (mine.state == State::stale) {
      mine.state = State::touched;
    } else {
      fail(*session);
    }
  }
}

void Watches::replaced(int db, const Database& before, const Database* after, UnixMs now) {
  const auto of_database = watchers_.find(db);
  if (of_database == watchers_.end()) return;

  std::vector<ClientSession*> failing;
  for (const auto& [name, watchers] : of_database->second) {
    const bool was_there = before.find(before.make_key(name)) != nullptr;
    const Entry* const next = after != nullptr ? after->find(after->make_key(name)) : nullptr;
    if (!was_there && next == nullptr) continue;
    const auto expiry = next != nullptr ? next->expiry() : std::nullopt;
    const bool next_expired = expiry && *expiry < now;

    for (ClientSession* const session : watchers) {
      Watched& mine = watched(*session, db, name);
      const bool was_absent = mine.state == State::stale || !was_there;
      if (was_absent && next == nullptr) {
        mine.state = State::watched;  // a stale key's deletion: from here on any change counts
      } else if (was_absent && next_expired) {
        mine.state = State::stale;
      } else {
        failing.push_back(session);
      }
    }
  }
  for (ClientSession* const session : failing) fail(*session);
}

}  // namespace replserver

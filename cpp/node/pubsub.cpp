#include "node/pubsub.hpp"

#include <algorithm>

#include "base/glob.hpp"

namespace replserver {
namespace {

std::set<Bytes>& names_of(ClientSession& session, PubSub::Kind kind) {
  switch (kind) {
    case PubSub::Kind::channel:
      return session.channels;
    case PubSub::Kind::pattern:
      return session.patterns;
    case PubSub::Kind::shard:
      break;
  }
  return session.shard_channels;
}

}  // namespace

PubSub::Listeners& PubSub::listeners(Kind kind) {
  if (kind == Kind::channel) return channels_;
  return kind == Kind::pattern ? patterns_ : shards_;
}

bool PubSub::subscribe(ClientSession& session, Kind kind, ByteView name) {
  if (!names_of(session, kind).emplace(name).second) return false;
  listeners(kind)[Bytes(name)].push_back(&session);
  return true;
}

bool PubSub::unsubscribe(ClientSession& session, Kind kind, ByteView name) {
  if (names_of(session, kind).erase(Bytes(name)) == 0) return false;
  remove(session, kind, name);
  return true;
}

void PubSub::remove(ClientSession& session, Kind kind, ByteView name) {
  Listeners& all = listeners(kind);
  const auto place = all.find(name);
  std::erase(place->second, &session);
  if (place->second.empty()) all.erase(place);
}

void PubSub::forget(ClientSession& session) {
  for (const Kind kind : {Kind::channel, Kind::pattern, Kind::shard}) {
    for (const Bytes& name : names_of(session, kind)) remove(session, kind, name);
    names_of(session, kind).clear();
  }
}

void PubSub::receivers(ByteView channel, std::vector<Receiver>& into) const {
  if (const auto place = channels_.find(channel); place != channels_.end()) {
    for (ClientSession* const session : place->second) into.push_back({session, nullptr});
  }
  for (const auto& [pattern, sessions] : patterns_) {
    if (!glob_match(pattern, channel)) continue;
    for (ClientSession* const session : sessions) into.push_back({session, &pattern});
  }
}

void PubSub::shard_receivers(ByteView channel, std::vector<Receiver>& into) const {
  const auto place = shards_.find(channel);
  if (place == shards_.end()) return;
  for (ClientSession* const session : place->second) into.push_back({session, nullptr});
}

}  // namespace replserver

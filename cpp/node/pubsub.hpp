// PubSub — who listens to which channel, pattern and shard channel.
//
// Keeps both directions: the registry here, and each session's own sets, which only this class
// changes. Subscribers are kept in the order in which they came.
#pragma once

#include <map>
#include <vector>

#include "node/session.hpp"

namespace replserver {

class PubSub {
 public:
  enum class Kind { channel, pattern, shard };

  // False: it was so already.
  bool subscribe(ClientSession& session, Kind kind, ByteView name);
  bool unsubscribe(ClientSession& session, Kind kind, ByteView name);
  void forget(ClientSession& session);  // all of its subscriptions, without a word

  // Everybody whom a message on the channel reaches: channel subscribers, then pattern subscribers
  // with the pattern that matched.
  struct Receiver {
    ClientSession* session;
    const Bytes* pattern;  // nullptr: subscribed to the channel itself
  };
  void receivers(ByteView channel, std::vector<Receiver>& into) const;
  void shard_receivers(ByteView channel, std::vector<Receiver>& into) const;

  using Listeners = std::map<Bytes, std::vector<ClientSession*>, std::less<>>;
  const Listeners& channels() const { return channels_; }
  const Listeners& patterns() const { return patterns_; }
  const Listeners& shard_channels() const { return shards_; }
  bool nobody() const { return channels_.empty() && patterns_.empty(); }

 private:
  Listeners& listeners(Kind kind);
  void remove(ClientSession& session, Kind kind, ByteView name);

  Listeners channels_, patterns_, shards_;
};

}  // namespace replserver

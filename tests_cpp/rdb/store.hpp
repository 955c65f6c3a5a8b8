// Store — a keyspace to write from, with verbs that make a value of each kind; and how to read what
// was written into a stream.
#pragma once

#include <span>
#include <vector>

#include "base/block_stream.hpp"
#include "data/change.hpp"
#include "data/hash.hpp"
#include "data/keyspace.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"
#include "data/stream.hpp"

namespace replserver {

inline Bytes bytes_of(const BlockStream& stream) {
  Bytes bytes;
  for (std::uint64_t at = stream.begin(); at < stream.end();) {
    bytes += stream.read(at);
    at = stream.begin() + bytes.size();
  }
  return bytes;
}

// "name:0", "name:1", …
inline std::vector<Bytes> numbered(std::size_t count, const Bytes& name) {
  std::vector<Bytes> texts;
  for (std::size_t index = 0; index < count; ++index) {
    texts.push_back(name + ":" + std::to_string(index));
  }
  return texts;
}

struct Store {
  explicit Store(const LargeValue& large = {}, std::uint64_t seed = 1)
      : random(seed), keyspace({.databases = 3, .large = large}, random) {}

  Random random;
  Keyspace keyspace;
  int db = 0;

  Database& database() { return keyspace.database(db); }
  const Entry& at(ByteView key) { return *database().find(keyspace.make_key(key)); }

  void string(ByteView key, ByteView value, std::optional<UnixMs> expiry = {}) {
    database().set_string(keyspace.make_key(key), value, expiry);
  }
  void set(ByteView key, const std::vector<Bytes>& members) {
    Change<Set> set = database().change<Set>(keyspace.make_key(key));
    for (const Bytes& member : members) set->add(member);
  }
  void hash(ByteView key, const std::vector<Bytes>& names, ByteView value) {
    Change<Hash> hash = database().change<Hash>(keyspace.make_key(key));
    for (const Bytes& name : names) hash->set(name, value);
  }
  void expire_field(ByteView key, ByteView name, UnixMs expiry) {
    database().change<Hash>(keyspace.make_key(key))->set_expiry(name, expiry);
  }
  void list(ByteView key, const std::vector<Bytes>& values) {
    Change<List> list = database().change<List>(keyspace.make_key(key));
    for (const Bytes& value : values) list->push(ListEnd::back, value);
  }
  // The scores are 0.5, 1.5, 2.5, …
  void sorted_set(ByteView key, const std::vector<Bytes>& members) {
    Change<SortedSet> scores = database().change<SortedSet>(keyspace.make_key(key));
    double score = 0.5;
    for (const Bytes& member : members) {
      scores->update(member, [&](std::optional<double>) { return std::optional(score); });
      score += 1;
    }
  }
  // Ids 1-1, 2-1, …; with two groups, one of whose consumers has everything pending.
  void stream(ByteView key, std::size_t entries) {
    Change<Stream> stream = database().change<Stream>(keyspace.make_key(key));
    const ByteView words[] = {"field", "value"};
    for (std::uint64_t ms = 1; ms <= entries; ++ms) stream->append({ms, 1}, words);
    StreamGroup& readers = *stream->add_group("readers", {entries, 1}, 17);
    StreamConsumer* const alice = readers.add_consumer(stream->arena(), "alice", 1000);
    for (std::uint64_t ms = 1; ms <= entries; ++ms) {
      StreamGroup::Pending& pending = readers.deliver(stream->arena(), {ms, 1}, alice);
      pending.delivered = 2000;
      pending.count = ms;
    }
    readers.add_consumer(stream->arena(), "bob", 3000)->active = 3001;
    stream->add_group("nobody", {1, 1}, StreamGroup::kUnknown);
  }

  // One key of every kind, small and large; their names.
  std::vector<Bytes> one_of_each() {
    const Bytes huge(100'000, 'h');
    string("integer", "-70000");
    string("long integer", "123456789012");
    string("text", "text");
    string("long text", huge);
    set("integers", {"1", "2", "70000"});
    set("small set", {"a", "b", "5"});
    set("large set", numbered(3000, "member"));
    set("set of huge", {huge, huge + "2", "small", huge + "3"});
    hash("small hash", {"a", "b"}, "1");
    hash("large hash", numbered(3000, "field"), "value");
    hash("hash of huge", {huge, huge + "2", "small", huge + "3"}, huge);
    hash("expiring hash", numbered(5, "field"), "value");
    expire_field("expiring hash", "field:3", 7'000'000);
    list("small list", {"a", "1", "b"});
    list("large list", numbered(3000, "element"));
    list("list of huge", {huge, "small", huge});
    sorted_set("small sorted set", {"a", "b", "7"});
    sorted_set("large sorted set", numbered(3000, "member"));
    stream("stream", 1000);
    stream("empty stream", 0);
    std::vector<Bytes> keys;
    database().for_each([&](const Entry& entry) { keys.emplace_back(entry.key()); });
    return keys;
  }
};

}  // namespace replserver

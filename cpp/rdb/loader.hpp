// RdbLoader — decodes an RDB file or stream, as its bytes arrive, into new databases of a keyspace.
//
//   feed(), feed(), … until finished(), then take() for Keyspace::replace_all()
//
// All or nothing: what the keyspace holds is not touched, and an error leaves nothing but itself.
// Strings go in by batches, so that the cache misses of thirty-two cost little more than one. Owned
// by whoever has the bytes; must not outlive its keyspace. Invariant: every key of the batch is of
// database_, and none of them has been inserted yet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "data/keyspace.hpp"
#include "rdb/parser.hpp"
#include "rdb/value_builder.hpp"
#include "rdb/writer.hpp"

namespace replserver {

// What a file tells of itself, and what of it was left out.
struct RdbFacts {
  int version = 0;
  std::vector<std::pair<Bytes, Bytes>> aux;  // in their order
  std::optional<RdbReplication> replication;
  std::vector<Bytes> functions;
  std::int64_t created_s = 0;
  std::size_t used_memory = 0;
  std::uint64_t keys = 0;
  std::uint64_t expired_skipped = 0;
  std::uint64_t empty_skipped = 0;
  std::uint64_t modules_skipped = 0;
};

class RdbLoader {
 public:
  struct Options {
    bool checksum = true;
    bool deep = false;          // sanitize-dump-payload
    bool skip_modules = false;  // instead of refusing them
    // Keys that expired before are left out, unless the data belong to a history that replicas
    // may resume: those must be told when they go. A replica keeps them all, for the same reason.
    std::optional<UnixMs> skip_expired_before = {};
    std::uint64_t size = 0;  // of the whole file; 0: nobody knows
  };

  RdbLoader(Keyspace& keyspace, const Options& options);
  RdbLoader(const RdbLoader&) = delete;
  RdbLoader& operator=(const RdbLoader&) = delete;

  // Any number of bytes. After an error nothing more may be fed.
  Result<void> feed(ByteView bytes);
  Result<void> end();  // there are no more bytes: an error unless it has finished
  bool finished() const { return is_finished_; }
  std::uint64_t consumed() const { return parser_.consumed(); }
  const RdbFacts& facts() const { return facts_; }
  Keyspace::Databases take();  // of a finished one, once

 private:
  static constexpr std::size_t kBatch = 32;
  struct Waiting {
    Database::Loading loading;
    PackedElement value{0};
  };

  Result<void> feed_piece(ByteView bytes);
  Result<void> take_event(RdbParser::Event event);
  Result<void> take_select();
  void take_resize();
  void take_aux();
  Result<void> take_string();
  Result<void> insert_long(const Database::Loading& loading);
  Result<void> take_value(RdbParser::Event event);
  Result<void> finish_value();
  Result<void> flush();
  Database::Loading loading_of(const RdbKey& key) const;
  Database& database() { return *databases_[static_cast<std::size_t>(database_)]; }
  bool is_expired(const RdbKey& key) const {
    return options_.skip_expired_before && !facts_.replication && key.expiry &&
           *key.expiry < *options_.skip_expired_before;
  }
  tl::unexpected<Error> refused(ByteView what, ByteView key) const;
  tl::unexpected<Error> repeated(ByteView key) const {
    return refused("is there twice: the key", key);
  }

  Keyspace& keyspace_;
  Options options_;
  Keyspace::Databases databases_;
  RdbParser parser_;
  RdbFacts facts_;
  int database_ = 0;
  std::uint64_t presized_ = 0;  // keys that there is room for
  bool is_finished_ = false;
  bool is_skipping_ = false;  // a value whose key has expired
  std::optional<RdbValueBuilder> builder_;

  ByteView piece_;  // that is being fed: what lies in it stays until the batch is inserted
  std::array<Waiting, kBatch> batch_;
  std::size_t waiting_ = 0;
};

}  // namespace replserver

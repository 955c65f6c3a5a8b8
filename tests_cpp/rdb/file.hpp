// Whole RDB files for tests: written from a Store, or put together by hand.
#pragma once

#include "data/digest.hpp"
#include "rdb/crc64.hpp"
#include "rdb/loader.hpp"
#include "rdb/store.hpp"
#include "rdb/writer.hpp"

namespace replserver {

inline Bytes written(Store& store, const RdbFormat& format) {
  RdbWriter writer(format);
  const auto snapshot = store.keyspace.start_snapshot({&writer});
  writer.begin({.server_version = "7.2.4"}, *snapshot);
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  writer.finish();
  return bytes_of(writer.stream());
}

// Of these records, with a right checksum.
inline Bytes file_of(const Bytes& version, const Bytes& records) {
  Bytes file = "REDIS" + version + records + "\xff";
  const std::uint64_t checksum = crc64(0, file);
  return file.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

// A keyspace that files are loaded into.
struct Loaded {
  Random random{2};
  Keyspace keyspace{3, random};
  RdbFacts facts;

  // The error's text, or nothing.
  Bytes load(ByteView file, std::size_t chunk = SIZE_MAX, const RdbLoader::Options& options = {}) {
    RdbLoader loader(keyspace, options);
    for (; !file.empty(); file.remove_prefix(std::min(chunk, file.size()))) {
      if (const auto fed = loader.feed(file.substr(0, chunk)); !fed) return fed.error().text;
    }
    if (const auto ended = loader.end(); !ended) return ended.error().text;
    facts = loader.facts();
    keyspace.replace_all(loader.take(), Keyspace::Flush::now);
    return {};
  }
  const Entry* find(ByteView key, int db = 0) {
    return keyspace.database(db).find(keyspace.make_key(key));
  }
  Bytes string(ByteView key, int db = 0) {
    char scratch[32];
    const Entry* entry = find(key, db);
    return entry == nullptr ? "(none)" : Bytes(Database::string_view(*entry, scratch));
  }
  Bytes digest() const { return hex(dataset_digest(keyspace)); }
};

}  // namespace replserver

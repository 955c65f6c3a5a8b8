// Files that were cut short or damaged: refused, or read as something else, but never with a harm.
// What a harm is the sanitizers tell; each piece is fed from memory of its own, whose end they
// know.
#include <gtest/gtest.h>

#include <memory>

#include "rdb/dump.hpp"
#include "rdb/file.hpp"
#include "rdb/restore.hpp"

namespace replserver {
namespace {

void fill(Store& store) {
  store.string("text", "text", 1'700'000'000'000);
  store.string("long", Bytes(300, 'x') + "y");
  store.set("integers", {"1", "2", "70000"});
  store.set("set", {"a", "b", "5"});
  store.set("large set", numbered(150, "m"));
  store.hash("hash", {"a", "b"}, "1");
  store.hash("large hash", numbered(20, "f"), Bytes(70, 'v'));
  store.expire_field("hash", "a", 7'000'000);
  store.list("list", {"a", "1", "b"});
  store.sorted_set("sorted set", {"a", "b", "7"});
  store.sorted_set("large sorted set", numbered(150, "m"));
  store.stream("stream", 20);
}

std::unique_ptr<char[]> copy_of(ByteView bytes) {
  auto copy = std::make_unique<char[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.get());
  return copy;
}

// The error's text; each piece dies with its call.
Bytes load(const Bytes& file, std::size_t chunk, bool deep) {
  Random random(2);
  Keyspace keyspace(3, random);
  RdbLoader loader(keyspace, {.checksum = false, .deep = deep});
  for (std::size_t at = 0; at < file.size(); at += chunk) {
    const ByteView piece = ByteView(file).substr(at, chunk);
    const auto own = copy_of(piece);
    const auto fed = loader.feed({own.get(), piece.size()});
    if (!fed) return fed.error().text;
  }
  const auto ended = loader.end();
  if (!ended) return ended.error().text;
  keyspace.replace_all(loader.take(), Keyspace::Flush::now);
  for (int db = 0; db < 3; ++db) {  // whatever it is, it can be read
    keyspace.database(db).for_each([](const Entry& entry) { value_digest(entry); });
  }
  return {};
}

TEST(Damage, NoFileCutShortIsLoaded) {
  Store store;
  fill(store);
  const Bytes file = written(store, {.version = 12, .compress = true});
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Bytes error = load(file.substr(0, size), size % 7 + 1, false);
    ASSERT_EQ(error, "rdb: unexpected end at byte " + std::to_string(size));
  }
  EXPECT_EQ(load(file, SIZE_MAX, true), "");
}

TEST(Damage, NoFlippedBitDoesAHarm) {
  Store store;
  fill(store);
  std::size_t refused = 0, files = 0;
  for (const int version : {9, 11, 12}) {
    const Bytes file = written(store, {.version = version, .compress = true});
    for (std::size_t bit = 0; bit < file.size() * 8; bit += 13) {
      Bytes bad = file;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
      ++files;
      if (!load(bad, bit % 11 == 0 ? 13 : SIZE_MAX, bit % 2 == 0).empty()) ++refused;
    }
  }
  EXPECT_GT(refused, files / 5);
}

TEST(Damage, NoChecksumLetsAFlippedBitPass) {
  Store store;
  fill(store);
  const Bytes file = written(store, {.version = 11});
  for (std::size_t bit = 9 * 8; bit < file.size() * 8; bit += 101) {
    Bytes bad = file;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    Loaded loaded;
    EXPECT_NE(loaded.load(bad), "") << "bit " << bit;
  }
}

TEST(Damage, NoRandomBytesInAPayloadDoAHarm) {
  const std::uint64_t seed = 4711;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  Store store;
  fill(store);
  Loaded loaded;
  Database& database = loaded.keyspace.database(0);
  std::size_t restored = 0, refused = 0;
  store.database().for_each([&](const Entry& entry) {
    for (int round = 0; round < 300; ++round) {
      Bytes payload;
      dump_value(payload, entry, {.version = 9 + static_cast<int>(random.below(4))});
      for (std::uint64_t left = 1 + random.below(3); left > 0; --left) {
        payload[random.below(payload.size() - 10)] = static_cast<char>(random.next());
      }
      const std::uint64_t checksum = crc64(0, ByteView(payload).substr(0, payload.size() - 8));
      std::memcpy(payload.data() + payload.size() - 8, &checksum, sizeof checksum);
      const auto own = copy_of(payload);
      const Key key = loaded.keyspace.make_key("key");
      const bool is_restored =
          restore_value({own.get(), payload.size()}, database, key, {}, round % 2 == 0).has_value();
      ++(is_restored ? restored : refused);
      if (is_restored) value_digest(*database.find(key));
    }
  });
  EXPECT_GT(restored, 100u);
  EXPECT_GT(refused, 100u);
}

}  // namespace
}  // namespace replserver

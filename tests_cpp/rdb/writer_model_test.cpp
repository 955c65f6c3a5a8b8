// Random changes to values of all types and sizes while writers of several versions encode them in
// pieces: each stream must hold every key of the moment of its start, with the bytes it had then.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>

#include "rdb/dump.hpp"
#include "rdb/store.hpp"
#include "rdb/writer.hpp"

namespace replserver {
namespace {

constexpr int kDatabases = 3;
constexpr LargeValue kLarge{.bytes = 2000, .elements = 20};

// By database and key: the type and the value, as a record has them around the key.
using Records = std::map<std::pair<int, Bytes>, std::pair<char, Bytes>>;

Records records_of(Keyspace& keyspace, int version) {
  constexpr std::size_t kTailSize = 10;
  Records records;
  for (int db = 0; db < kDatabases; ++db) {
    keyspace.database(db).for_each([&](const Entry& entry) {
      Bytes dump;
      dump_value(dump, entry, {.version = version});
      records[{db, Bytes(entry.key())}] = {dump[0], dump.substr(1, dump.size() - 1 - kTailSize)};
    });
  }
  return records;
}

// Takes the records out of a stream: their keys are short texts, and their values are those
// expected, or else this does not find the next record.
void expect_records(ByteView stream, Records expected) {
  const auto number = [&] {
    const auto first = static_cast<unsigned char>(stream[0]);
    const std::size_t length =
        first < 64 ? first : (first & 63u) << 8 | static_cast<unsigned char>(stream[1]);
    stream.remove_prefix(first < 64 ? 1 : 2);
    return length;
  };
  const auto opcode = [&] { return static_cast<RdbOpcode>(stream[0]); };
  stream.remove_prefix(stream.find("aof-") - 2);
  stream.remove_prefix(stream.find('\xc0') + 2);
  int db = 0;
  while (opcode() != RdbOpcode::eof) {
    if (opcode() == RdbOpcode::select_db) {
      db = stream[1];
      stream.remove_prefix(2);
    } else if (opcode() == RdbOpcode::resize_db) {
      stream.remove_prefix(1);
      number(), number();
    } else {
      const char type = stream[0];
      stream.remove_prefix(1);
      const std::size_t size = number();
      const Bytes key(stream.substr(0, size));
      stream.remove_prefix(size);
      const auto found = expected.find({db, key});
      ASSERT_TRUE(found != expected.end()) << "twice, or born later: " << key << " in " << db;
      ASSERT_EQ(type, found->second.first) << key;
      ASSERT_TRUE(stream.starts_with(found->second.second)) << key;
      stream.remove_prefix(found->second.second.size());
      expected.erase(found);
    }
  }
  EXPECT_TRUE(expected.empty()) << expected.begin()->first.second << " is missing";
  EXPECT_EQ(stream.size(), 9u);
}

class Interleaving {
 public:
  explicit Interleaving(std::uint64_t seed) : random_(seed), store_(kLarge, seed) {
    store_.keyspace.check_door();
  }

  void run() {
    for (int step = 0; step < 30; ++step) change();
    for (int step = 0; step < 60 && !testing::Test::HasFailure(); ++step) {
      const std::uint64_t choice = random_.below(10);
      if (choice < 4) {
        change();
      } else if (choice == 4) {
        start();
      } else {
        walk();
      }
    }
    while (!running_.empty() && !testing::Test::HasFailure()) walk();
  }

 private:
  struct Running {
    Records expected;
    std::unique_ptr<RdbWriter> writer;
    std::unique_ptr<Snapshot> snapshot;
    Bytes taken;
  };

  Bytes any_key() { return "key:" + std::to_string(random_.below(12)); }

  void start() {
    const int version = kRdbVersionMin + static_cast<int>(random_.below(4));
    auto writer = std::make_unique<RdbWriter>(RdbFormat{.version = version});
    auto snapshot = store_.keyspace.start_snapshot({writer.get()});
    if (snapshot == nullptr || running_.size() == 3) return;
    writer->begin({}, *snapshot);
    running_.push_back(
        {records_of(store_.keyspace, version), std::move(writer), std::move(snapshot), {}});
  }

  void walk() {
    if (running_.empty()) return;
    Running run = std::move(running_.front());
    running_.pop_front();
    RdbWriter& writer = *run.writer;
    const auto pause = run.snapshot->walk({.entries = 3, .bytes = 1 + random_.below(5000)});
    if (pause == Snapshot::Pause::finished) writer.finish();
    run.taken += bytes_of(writer.stream());
    writer.taken(writer.stream().end());
    if (pause != Snapshot::Pause::finished) return running_.push_back(std::move(run));
    EXPECT_EQ(writer.keys(), run.expected.size());
    expect_records(run.taken, std::move(run.expected));
  }

  void change() {
    store_.db = static_cast<int>(random_.below(kDatabases));
    Database& database = store_.database();
    const Bytes key = any_key();
    const Key hashed = store_.keyspace.make_key(key);
    const Entry* entry = database.find(hashed);
    switch (random_.below(12)) {
      case 0:
        database.erase(hashed);
        break;
      case 1:
        database.set_expiry(hashed, std::nullopt);
        break;
      case 2:
        if (entry != nullptr) database.rename(hashed, store_.keyspace.make_key("renamed"));
        break;
      case 3:
        if (random_.below(4) == 0) store_.keyspace.flush(store_.db, Keyspace::Flush::in_steps);
        break;
      case 4:
        store_.keyspace.swap(store_.db, static_cast<int>(random_.below(kDatabases)));
        break;
      default:
        write(key, entry);
    }
  }

  void write(const Bytes& key, const Entry* entry) {
    const Type type = entry != nullptr ? entry->type() : static_cast<Type>(random_.below(5));
    const std::size_t count = 1 + random_.below(60);
    const Bytes name = "element" + std::to_string(random_.below(100));
    switch (type) {
      case Type::string:
        // Longer ones than this are shared, not copied.
        if (random_.below(3) == 0) return store_.string(key, Bytes(300'000 + count, 's'));
        return store_.string(key, Bytes(count * 100, 's'));
      case Type::list:
        return store_.list(key, numbered(count, name));
      case Type::set:
        return store_.set(key, numbered(count, name));
      case Type::sorted_set:
        return store_.sorted_set(key, numbered(count, name));
      case Type::hash:
        return store_.hash(key, numbered(count, name), "value");
      default:
        return;
    }
  }

  Random random_;
  Store store_;
  std::deque<Running> running_;
};

// A failing seed is printed; add it to the list to keep it.
TEST(RdbWriterModel, WritesTheMomentOfItsStartWhateverHappensNext) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    Interleaving(seed).run();
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace replserver

// Random interleavings of everything that may happen to a keyspace while snapshots walk it, held
// against plain maps: a snapshot must tell what the maps were at its start, each key once.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/change.hpp"
#include "data/hash.hpp"
#include "data/keyspace.hpp"
#include "data/list.hpp"
#include "data/set.hpp"
#include "data/sorted_set.hpp"

namespace replserver {
namespace {

struct Value {
  Bytes bytes;  // of a collection its type and its elements
  std::optional<UnixMs> expiry;
  friend bool operator==(const Value&, const Value&) = default;
};
using Model = std::vector<std::map<Bytes, Value>>;  // by database

constexpr int kDatabases = 3;
constexpr LargeValue kLarge{.bytes = 900, .elements = 6};

Bytes elements_of(const Entry& entry) {
  std::vector<Bytes> elements;
  if (entry.type() == Type::list) {
    ListView(entry).for_each([&](const PackedElement& value) { elements.push_back(value.copy()); });
  } else if (entry.type() == Type::set) {
    SetView(entry).for_each([&](ByteView member) { elements.emplace_back(member); });
  } else if (entry.type() == Type::hash) {
    HashView(entry).for_each([&](const HashView::Field& field) {
      elements.push_back(field.name.copy() + "=" + field.value.copy());
    });
  } else {
    SortedSetView(entry).for_each([&](ByteView member, double score) {
      elements.push_back(Bytes(member) + "=" + format_double(score));
    });
  }
  if (entry.type() != Type::list) std::ranges::sort(elements);
  Bytes text(type_name(entry.type()));
  for (const Bytes& element : elements) text += ' ' + element;
  return text;
}

Value value_of(const Entry& entry) {
  char scratch[32];
  if (entry.type() != Type::string) return {elements_of(entry), entry.expiry()};
  return {Bytes(Database::string_view(entry, scratch)), entry.expiry()};
}

class ModelSink : public SnapshotSink {
 public:
  ModelSink(const Model& expected, std::uint64_t seed)
      : random_(seed), expected_(expected), told_(kDatabases) {}

  void entry(int database, const Entry& entry) override {
    ++waiting;
    tell(database, entry);
  }

  // A lent one is looked at only at its end: it must be what it was then.
  void lend(int database, const Entry& entry) override {
    EXPECT_TRUE(lent_ == nullptr);
    EXPECT_TRUE(is_large(entry, kLarge));
    lent_ = &entry;
    lent_database_ = database;
  }
  bool proceed(std::size_t) override {
    if (lent_ != nullptr && random_.below(4) == 0) let_go();
    return lent_ == nullptr;
  }
  void let_go() override {
    ++waiting;
    if (lent_ != nullptr) tell(lent_database_, *lent_);
    lent_ = nullptr;
  }

  std::size_t backlog() const override { return waiting; }
  bool complete() const { return told_ == expected_ && lent_ == nullptr; }

  std::size_t waiting = 0;

 private:
  void tell(int database, const Entry& entry) {
    const auto number = static_cast<std::size_t>(database);
    const auto [place, is_new] = told_[number].emplace(Bytes(entry.key()), value_of(entry));
    EXPECT_TRUE(is_new) << "told twice: " << place->first;
    const auto was = expected_[number].find(place->first);
    ASSERT_TRUE(was != expected_[number].end()) << "born after the start: " << place->first;
    EXPECT_EQ(was->second, place->second) << place->first;
  }

  Random random_;
  const Entry* lent_ = nullptr;
  int lent_database_ = 0;
  const Model expected_;
  Model told_;
};

class Interleaving {
 public:
  explicit Interleaving(std::uint64_t seed)
      : random_(seed),
        keyspace_(Keyspace::Options{.databases = kDatabases,
                                    .shape = {.homes = 2, .stashes = 1},
                                    .generation_bits = 2,
                                    .large = kLarge},
                  random_),
        model_(kDatabases),
        keys_(20 + random_.below(100)) {
    keyspace_.check_door();
    CollectionLimits limits;
    limits.set_max_listpack_entries = limits.zset_max_listpack_entries = 4;
    limits.hash_max_listpack_entries = limits.list_max_listpack_size = 4;
    keyspace_.set_limits(limits);
  }

  void run(int steps) {
    for (std::uint64_t fill = random_.below(keys_); fill > 0; --fill) put();
    for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
      now_ += static_cast<UnixMs>(random_.below(3));
      step_once();
    }
    while (!running_.empty() && !testing::Test::HasFailure()) walk(0, 1000);
    compare();
  }

 private:
  struct Running {
    std::unique_ptr<ModelSink> sink;
    std::unique_ptr<Snapshot> snapshot;
  };

  int any_database() { return static_cast<int>(random_.below(kDatabases)); }
  Bytes any_key() { return "key:" + std::to_string(random_.below(keys_)); }
  std::map<Bytes, Value>& model(int index) { return model_[static_cast<std::size_t>(index)]; }
  Database& database(int index) { return keyspace_.database(index); }

  Bytes any_value() {
    switch (random_.below(12)) {
      case 0:
        return Bytes(5000 + random_.below(3000), 'L');
      case 1:
        return Bytes(250 + random_.below(20), 'm');
      case 2:
      case 3:
        return std::to_string(random_.below(100));
      default:
        return Bytes(random_.below(60), 's');
    }
  }
  std::optional<UnixMs> any_expiry() {
    if (random_.below(2)) return std::nullopt;
    return now_ + static_cast<UnixMs>(random_.below(60));
  }

  void put() {
    const int index = any_database();
    const Bytes key = any_key(), value = any_value();
    const auto expiry = any_expiry();
    const Entry* entry = database(index).set_string(keyspace_.make_key(key), value, expiry);
    model(index)[key] = {value, expiry};
    EXPECT_EQ(value_of(*entry), model(index)[key]);
  }

  void grow() {
    const int index = any_database();
    const Bytes key = any_key(), tail = any_value();
    const Key hashed = keyspace_.make_key(key);
    if (is_collection(index, key)) return;
    Value& was = model(index)[key];
    if (random_.below(2)) {
      database(index).append(hashed, tail);
      was.bytes += tail;
    } else {
      const std::size_t offset = random_.below(40);
      database(index).overwrite(hashed, offset, tail);
      if (was.bytes.size() < offset + tail.size()) was.bytes.resize(offset + tail.size());
      was.bytes.replace(offset, tail.size(), tail);
    }
  }

  bool is_collection(int index, const Bytes& key) {
    const Entry* entry = database(index).find(keyspace_.make_key(key));
    return entry != nullptr && entry->type() != Type::string;
  }

  // Adds elements to a collection, or takes some out of it. What it is then is for other tests.
  void collect() {
    const int index = any_database();
    const Bytes key = any_key();
    const Key hashed = keyspace_.make_key(key);
    const Entry* entry = database(index).find(hashed);
    if (entry != nullptr && entry->type() == Type::string) return;
    constexpr Type kTypes[] = {Type::list, Type::set, Type::sorted_set, Type::hash};
    const Type type = entry != nullptr ? entry->type() : kTypes[random_.below(4)];
    for (std::uint64_t count = 1 + random_.below(20); count > 0; --count) {
      const Bytes element = "element:" + std::to_string(random_.below(30));
      const bool adds = random_.below(3) != 0;
      change_element(database(index), hashed, type, element, adds);
    }
    entry = database(index).find(hashed);
    if (entry == nullptr) {
      model(index).erase(key);
    } else {
      model(index)[key] = value_of(*entry);
    }
  }

  static void change_element(Database& database, const Key& key, Type type, const Bytes& element,
                             bool adds) {
    if (type == Type::list) {
      Change<List> list = database.change<List>(key);
      adds ? list->push(ListEnd::back, element)
           : static_cast<void>(list->remove(element, 1, ListEnd::front));
    } else if (type == Type::set) {
      Change<Set> set = database.change<Set>(key);
      adds ? set->add(element) : set->remove(element);
    } else if (type == Type::hash) {
      Change<Hash> hash = database.change<Hash>(key);
      adds ? hash->set(element, "value") : hash->erase(element);
    } else {
      Change<SortedSet> scores = database.change<SortedSet>(key);
      if (!adds) return static_cast<void>(scores->remove(element));
      scores->update(element, [](std::optional<double> score) { return score.value_or(0) + 1; });
    }
  }

  void erase() {
    const int index = any_database();
    const Bytes key = any_key();
    EXPECT_EQ(database(index).erase(keyspace_.make_key(key)), model(index).erase(key) == 1);
  }

  void set_expiry() {
    const int index = any_database();
    const Bytes key = any_key();
    const auto expiry = any_expiry();
    const Entry* entry = database(index).set_expiry(keyspace_.make_key(key), expiry);
    const auto was = model(index).find(key);
    ASSERT_EQ(entry != nullptr, was != model(index).end());
    if (entry != nullptr) was->second.expiry = expiry;
  }

  void move_or_copy() {
    const int from = any_database(), to = any_database();
    const Bytes key = any_key(), other = any_key();
    if (model(from).count(key) == 0) return;
    const Value value = model(from)[key];
    const Key source = keyspace_.make_key(key), target = keyspace_.make_key(other);
    if (from == to && key != other && random_.below(2)) {
      database(from).rename(source, target);
      model(from).erase(key);
      model(from)[other] = value;
    } else if (from != to && random_.below(2)) {
      database(from).move(source, database(to));
      model(from).erase(key);
      model(to)[key] = value;
    } else if (from != to || key != other) {
      database(from).copy(source, database(to), target);
      model(to)[other] = value;
    }
  }

  void expire() {
    std::size_t erased = 0;
    const auto result =
        keyspace_.expire_step(now_, 1 + random_.below(60), [&](int index, ByteView key) {
          const auto was = model(index).find(Bytes(key));
          ASSERT_TRUE(was != model(index).end());
          EXPECT_LT(*was->second.expiry, now_);
          model(index).erase(was);
          ++erased;
        });
    EXPECT_EQ(result.erased, erased);
  }

  void evict() {
    const auto policy = static_cast<EvictionPolicy>(random_.below(8));
    const auto evicted = keyspace_.evict_one(policy, 3, random_);
    if (!evicted) return;
    EXPECT_EQ(model(evicted->database).erase(Bytes(evicted->key)), 1u);
  }

  void whole_databases() {
    const auto how = random_.below(2) ? Keyspace::Flush::now : Keyspace::Flush::in_steps;
    const int index = any_database(), other = any_database();
    switch (random_.below(8)) {
      case 0:
        keyspace_.flush_all(how);
        for (auto& keys : model_) keys.clear();
        break;
      case 1: {
        auto loaded = keyspace_.make_databases();
        const Bytes key = any_key();
        loaded[0]->set_string(keyspace_.make_key(key), "loaded", std::nullopt);
        keyspace_.replace_all(std::move(loaded), how);
        for (auto& keys : model_) keys.clear();
        model(0)[key] = {"loaded", std::nullopt};
        break;
      }
      case 2:
      case 3:
        EXPECT_EQ(keyspace_.flush(index, how), model(index).size());
        model(index).clear();
        break;
      default:
        keyspace_.swap(index, other);
        std::swap(model(index), model(other));
    }
  }

  void start() {
    if (running_.size() == 3) return;
    auto sink = std::make_unique<ModelSink>(model_, random_.next());
    auto snapshot = keyspace_.start_snapshot({sink.get()});
    if (snapshot) running_.push_back({std::move(sink), std::move(snapshot)});
  }

  void walk(std::size_t which, std::size_t entries) {
    Running& running = running_[which];
    if (random_.below(4)) running.sink->waiting = 0;
    const auto pause = running.snapshot->walk({.entries = entries, .bytes = 20000, .window = 30});
    EXPECT_EQ(pause == Snapshot::Pause::window && running.sink->waiting <= 30, false);
    if (pause != Snapshot::Pause::finished) return;
    EXPECT_TRUE(running.sink->complete());
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  void step_once() {
    const std::uint64_t choice = random_.below(100);
    if (choice < 18) return put();
    if (choice < 30) return collect();
    if (choice < 36) return grow();
    if (choice < 46) return erase();
    if (choice < 52) return set_expiry();
    if (choice < 58) return move_or_copy();
    if (choice < 62) return expire();
    if (choice < 65) return evict();
    if (choice < 68) return whole_databases();
    if (choice < 74) return start();
    if (choice < 78) return static_cast<void>(keyspace_.maintain(random_.below(3000)));
    if (running_.empty()) return start();
    const std::size_t which = random_.below(running_.size());
    if (choice < 80) {  // its last replica is gone
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(which));
    } else {
      walk(which, 1 + random_.below(20));
    }
  }

  void compare() {
    for (int index = 0; index < kDatabases; ++index) {
      std::map<Bytes, Value> found;
      std::size_t expires = 0;
      database(index).for_each([&](const Entry& entry) {
        found.emplace(Bytes(entry.key()), value_of(entry));
        expires += entry.has_expiry();
        EXPECT_EQ(database(index).find(keyspace_.make_key(entry.key())), &entry);
      });
      EXPECT_EQ(found, model(index));
      EXPECT_EQ(database(index).size(), model(index).size());
      EXPECT_EQ(database(index).expires(), expires);
    }
  }

  Random random_;
  Keyspace keyspace_;
  Model model_;
  std::uint64_t keys_;
  std::vector<Running> running_;
  UnixMs now_ = 1000;
};

// A failing seed is printed; add it to the list to keep it.
TEST(SnapshotModel, TellsTheMomentOfItsStartWhateverHappensNext) {
  for (std::uint64_t seed = 1; seed <= 100'000; ++seed) {
    Interleaving(seed).run(seed % 10 == 0 ? 80 : 20);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(SnapshotModel, HoldsInLongRuns) {
  for (std::uint64_t seed = 100001; seed <= 100040; ++seed) {
    Interleaving(seed).run(8000);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace replserver

#include "data/hash.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "data/keyspace.hpp"

namespace replserver {
namespace {

struct Expected {
  Bytes value;
  std::optional<UnixMs> expiry;
  bool operator==(const Expected&) const = default;
};
using Model = std::map<Bytes, Expected>;

// One hash in a keyspace of its own, whose door is watched.
class Subject {
 public:
  explicit Subject(std::uint64_t seed = 1) : random_(seed), keyspace_(1, random_) {
    keyspace_.check_door();
  }
  Keyspace& keyspace() { return keyspace_; }
  Database& database() { return keyspace_.database(0); }
  Key key() { return database().make_key("hash"); }
  const Entry* entry() { return database().find(key()); }
  HashView view(UnixMs hides_before = HashView::kHidesNothing) {
    return HashView(*entry(), hides_before);
  }

  template <class Verb>
  bool change(Verb verb) {
    Change<Hash> hash = database().change<Hash>(key());
    verb(*hash);
    return hash.finish();
  }
  bool set(ByteView name, ByteView value) {
    bool is_new = false;
    change([&](Hash& hash) { is_new = hash.set(name, value); });
    return is_new;
  }
  Model contents() {
    Model model;
    if (entry() == nullptr) return model;
    view().for_each([&](const HashView::Field& field) {
      EXPECT_TRUE(
          model.emplace(field.name.copy(), Expected{field.value.copy(), field.expiry}).second);
    });
    return model;
  }

 private:
  Random random_;
  Keyspace keyspace_;
};

CollectionLimits limits(std::int64_t entries, std::int64_t value) {
  CollectionLimits limits;
  limits.hash_max_listpack_entries = entries;
  limits.hash_max_listpack_value = value;
  return limits;
}

Bytes random_word(Random& random) {
  const Bytes digits = std::to_string(random.below(40));
  switch (random.below(8)) {
    case 0:
      return digits;
    case 1:
      return Bytes(random.below(90), 'x') + digits;
    case 2:
      return Bytes(200 + random.below(120), 'y') + digits;
    default:
      return "w" + digits;
  }
}

TEST(Hash, HoldsWhatAMapHolds) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Subject hash(seed);
    Random random(seed * 977);
    hash.keyspace().set_limits(limits(static_cast<std::int64_t>(random.below(40)), 60));
    Model model;
    for (int step = 0; step < 3000; ++step) {
      const Bytes name = random_word(random), value = random_word(random);
      const bool there = model.contains(name);
      hash.change([&](Hash& it) {
        switch (random.below(step % 600 < 300 ? 6 : 9)) {
          case 0:
            EXPECT_EQ(it.set_keeping_expiry(name, value), !there);
            model[name].value = value;
            break;
          case 1:
            if (!there || seed % 3 == 0) break;  // some of them stay packed
            it.set_expiry(name, 1000 + step);
            model[name].expiry = 1000 + step;
            break;
          case 2:
            if (!there) break;
            it.set_expiry(name, std::nullopt);
            model[name].expiry.reset();
            break;
          case 6:
          case 7:
          case 8:
            EXPECT_EQ(it.erase(name), there);
            model.erase(name);
            break;
          default:
            EXPECT_EQ(it.set(name, value), !there);
            model[name] = {value, std::nullopt};
        }
      });
      EXPECT_EQ(hash.entry() != nullptr, !model.empty());
      if (step % 50 == 0) {
        EXPECT_EQ(hash.contents(), model);
      }
      const auto found = model.find(random_word(random));
      if (found != model.end()) {
        EXPECT_EQ(hash.view().find(found->first)->value.copy(), found->second.value);
      }
    }
    EXPECT_EQ(hash.contents(), model);
  }
}

TEST(Hash, IsPackedUpToItsLimitsAndNeverAgain) {
  Subject hash;
  hash.keyspace().set_limits(limits(3, 5));
  hash.set("a", "12345");
  hash.set("b", "2");
  hash.set("c", "3");
  hash.set("c", "4");
  EXPECT_EQ(hash.entry()->encoding(), Encoding::listpack);
  hash.set("d", "4");
  EXPECT_EQ(hash.entry()->encoding(), Encoding::table);
  hash.change([](Hash& it) { it.erase("d"); });
  EXPECT_EQ(hash.entry()->encoding(), Encoding::table);
}

TEST(Hash, UnpacksWhenItsLimitHasBeenLowered) {
  Subject hash;
  hash.set("a", "1");
  hash.set("b", "1");
  hash.keyspace().set_limits(limits(1, 5));
  hash.change([](Hash& it) { it.erase("x"); });
  EXPECT_EQ(hash.entry()->encoding(), Encoding::listpack);
  hash.set("a", "2");
  EXPECT_EQ(hash.entry()->encoding(), Encoding::table);
}

TEST(Hash, UnpacksForALongNameOrValueOrForATimeToLive) {
  const auto encoding_after = [](auto verb) {
    Subject hash;
    hash.keyspace().set_limits(limits(3, 5));
    hash.set("a", "1");
    hash.change(verb);
    return hash.entry()->encoding();
  };
  EXPECT_EQ(encoding_after([](Hash& it) { it.set("123456", "v"); }), Encoding::table);
  EXPECT_EQ(encoding_after([](Hash& it) { it.set("a", "123456"); }), Encoding::table);
  EXPECT_EQ(encoding_after([](Hash& it) { it.expect(4, 1); }), Encoding::table);
  EXPECT_EQ(encoding_after([](Hash& it) { it.expect(3, 5); }), Encoding::listpack);
  EXPECT_EQ(encoding_after([](Hash& it) { it.set_expiry("a", 1); }), Encoding::table);
  EXPECT_EQ(encoding_after([](Hash& it) { it.set_expiry("a", std::nullopt); }), Encoding::listpack);
}

TEST(Hash, ScanMissesNoFieldThatWasThereAllTheTime) {
  Subject hash;
  hash.keyspace().set_limits(limits(0, 64));
  for (int i = 0; i < 12; ++i) hash.set("stays:" + std::to_string(i), "v");
  std::set<Bytes> seen;
  std::uint64_t cursor = 0;
  int next = 0;
  do {  // through all the shapes that a growing table takes
    cursor = hash.view().scan(
        cursor, 1, [&](const HashView::Field& field) { seen.insert(field.name.copy()); });
    for (int i = 0; i < 40 && next < 4000; ++i) hash.set("new:" + std::to_string(next++), "v");
  } while (cursor != 0);
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(seen.contains("stays:" + std::to_string(i))) << i;
}

TEST(Hash, DrawsEveryFieldAboutAsOften) {
  Random random(4711);
  for (const std::int64_t entries : {0, 100}) {
    Subject hash;
    hash.keyspace().set_limits(limits(entries, 64));
    for (int i = 0; i < 40; ++i) hash.set(std::to_string(i), "v");
    std::map<Bytes, int> drawn;
    for (int i = 0; i < 40'000; ++i) ++drawn[hash.view().random(random)->name.copy()];
    ASSERT_EQ(drawn.size(), 40u);
    for (const auto& [name, times] : drawn) EXPECT_NEAR(times, 1000, 200) << name;
  }
}

TEST(Hash, HidesWhatHasExpired) {
  Subject hash;
  hash.set("lasts", "1");
  hash.set("goes", "2");
  hash.change([](Hash& it) { it.set_expiry("goes", 500); });
  EXPECT_TRUE(hash.view(500).contains("goes"));  // it lives through the millisecond of its expiry
  EXPECT_EQ(hash.view(500).visible(), 2u);
  EXPECT_FALSE(hash.view(501).contains("goes"));
  EXPECT_EQ(hash.view(501).visible(), 1u);
  EXPECT_EQ(hash.view(501).size(), 2u);
  Random random(1);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(hash.view(501).random(random)->name.copy(), "lasts");
  hash.change([](Hash& it) { it.erase("lasts"); });
  EXPECT_FALSE(hash.view(501).random(random));
}

TEST(Hash, IsFreedInPiecesOfBoundedSizeAndWhole) {
  Subject hash;
  for (int i = 0; i < 20'000; ++i) hash.set("field:" + std::to_string(i), Bytes(70, 'v'));
  const std::size_t full = hash.database().used_memory();
  EXPECT_GT(full, 20'000u * 80);
  hash.database().erase(hash.key());
  EXPECT_EQ(hash.database().remains(), 1u);
  int steps = 0;
  std::size_t before = hash.database().used_memory();
  while (hash.database().remains() > 0) {
    hash.keyspace().maintain(16);
    EXPECT_LT(before - hash.database().used_memory(), full / 4);
    before = hash.database().used_memory();
    ++steps;
  }
  EXPECT_GT(steps, 5);
  while (hash.keyspace().maintain(64)) {
  }
  EXPECT_EQ(hash.database().used_memory(), 0u);
}

TEST(Hash, CountsItsMemoryExactly) {
  Subject hash;
  hash.keyspace().set_limits(limits(4, 64));
  for (int i = 0; i < 1000; ++i) {
    hash.set("f" + std::to_string(i), Bytes(static_cast<std::size_t>(i % 300), 'v'));
    const std::size_t beside =
        hash.database().table_memory() + Arena::rounded(hash.entry()->size());
    EXPECT_EQ(Hash::memory(*hash.entry()), hash.database().used_memory() - beside) << i;
  }
}

// ---- fields that expire ----

TEST(FieldExpiry, IsNotedUnderTheKeyWhereverTheHashGoes) {
  Random random(5);
  Keyspace keyspace(2, random);
  keyspace.check_door();
  Database& database = keyspace.database(0);
  Database& other = keyspace.database(1);
  const Key a = keyspace.make_key("a"), b = keyspace.make_key("b");
  {
    Change<Hash> hash = database.change<Hash>(a);
    hash->set("f", "v");
    hash->set_expiry("f", 100);
  }
  EXPECT_EQ(database.expiring_hashes(), 1u);
  EXPECT_EQ(database.next_field_expiry(), 100);
  database.rename(a, b);
  EXPECT_EQ(database.expiring_hashes(), 1u);
  database.copy(b, database, a);
  EXPECT_EQ(database.expiring_hashes(), 2u);
  database.set_string(a, "now a string", Database::Expiry::clear);
  EXPECT_EQ(database.expiring_hashes(), 1u);
  database.set_expiry(b, 5000);
  EXPECT_EQ(database.expiring_hashes(), 1u);
  database.move(b, other);
  EXPECT_EQ(database.expiring_hashes(), 0u);
  EXPECT_EQ(other.next_field_expiry(), 100);
  keyspace.swap(0, 1);
  EXPECT_EQ(keyspace.database(0).next_field_expiry(), 100);
  {
    Change<Hash> hash = keyspace.database(0).change<Hash>(b);
    hash->set_expiry("f", std::nullopt);
  }
  EXPECT_EQ(keyspace.database(0).expiring_hashes(), 0u);
}

TEST(FieldExpiry, TakesAwayExactlyWhatIsDue) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Subject hash(seed);
    Random random(seed);
    Model model;
    for (int i = 0; i < 3000; ++i) {
      const Bytes name = std::to_string(i);
      hash.set(name, "v");
      model[name] = {"v", std::nullopt};
      if (random.below(2) == 0) continue;
      const auto expiry = static_cast<UnixMs>(random.below(1000));
      hash.change([&](Hash& it) { it.set_expiry(name, expiry); });
      model[name].expiry = expiry;
    }
    for (UnixMs now = 0; now <= 1001; now += 143) {
      std::set<Bytes> gone;
      while (true) {
        const auto step = hash.keyspace().expire_fields_step(
            now, 50, [&](int, const Keyspace::ExpiredFields& expired) {
              EXPECT_EQ(expired.key, "hash");
              EXPECT_FALSE(expired.key_is_gone);
              gone.insert(expired.names.begin(), expired.names.end());
            });
        if (!step.more) break;
      }
      std::set<Bytes> due;
      for (const auto& [name, field] : model) {
        if (field.expiry && *field.expiry < now) due.insert(name);
      }
      EXPECT_EQ(gone, due);
      for (const Bytes& name : due) model.erase(name);
      EXPECT_EQ(hash.contents(), model);
    }
    EXPECT_EQ(hash.database().expiring_hashes(), 0u);
  }
}

TEST(FieldExpiry, TakesTheKeyWithTheLastField) {
  Subject hash;
  hash.set("f", "v");
  hash.change([](Hash& it) { it.set_expiry("f", 10); });
  int told = 0;
  const auto tell = [&](int, const Keyspace::ExpiredFields& expired) {
    told += expired.key_is_gone;
  };
  EXPECT_EQ(hash.keyspace().expire_fields_step(10, 100, tell).erased, 0u);
  EXPECT_EQ(hash.keyspace().expire_fields_step(11, 100, tell).erased, 1u);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(hash.entry(), nullptr);
}

}  // namespace
}  // namespace replserver

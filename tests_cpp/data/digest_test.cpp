// The digests expected here were printed by redis-server 7.0.15 for the same commands.
#include "data/digest.hpp"

#include <gtest/gtest.h>

#include <set>

#include "data/keyspace.hpp"

namespace replserver {
namespace {

class DigestTest : public testing::Test {
 protected:
  DigestTest() : random(1), keyspace(16, random) {}

  void set(int index, ByteView name, ByteView value, std::optional<UnixMs> expiry = std::nullopt) {
    keyspace.database(index).set_string(keyspace.make_key(name), value, expiry);
  }
  Bytes all() const { return hex(dataset_digest(keyspace)); }
  Bytes of(int index, ByteView name) {
    return hex(value_digest(*keyspace.database(index).find(keyspace.make_key(name))));
  }

  Random random;
  Keyspace keyspace;
};

TEST_F(DigestTest, OfNothingIsZero) { EXPECT_EQ(all(), Bytes(40, '0')); }

TEST_F(DigestTest, HasAFastSisterThatTellsTheSameApart) {
  std::set<std::uint64_t> seen = {dataset_fingerprint(keyspace).bits};
  const auto is_new = [&] { return seen.insert(dataset_fingerprint(keyspace).bits).second; };
  set(0, "key", "value");
  EXPECT_TRUE(is_new());
  set(0, "key", "value", 100'000'000);
  EXPECT_TRUE(is_new());
  set(0, "key", "value", 200'000'000);
  EXPECT_TRUE(is_new());  // when it expires counts, too
  set(0, "other", "value");
  EXPECT_TRUE(is_new());
  set(3, "key", "value");
  EXPECT_TRUE(is_new());
  Random another(2);
  Keyspace same(16, another);  // with hash tables of another seed
  same.database(3).set_string(same.make_key("key"), "value", std::nullopt);
  same.database(0).set_string(same.make_key("other"), "value", std::nullopt);
  same.database(0).set_string(same.make_key("key"), "value", 200'000'000);
  EXPECT_EQ(dataset_fingerprint(same), dataset_fingerprint(keyspace));
}

TEST_F(DigestTest, IsTheOneRedisComputes) {
  set(0, "key", "value");
  EXPECT_EQ(all(), "f149f3abd419a8d7d8c5673c73a100bb87404213");
  EXPECT_EQ(of(0, "key"), "d59ec93db87f4cd915db3cdf44bb63755bc4a635");
  set(0, "number", "12345");
  EXPECT_EQ(all(), "04d60d9864001b7e33659560bb776ae39662ade7");
  EXPECT_EQ(of(0, "number"), "e1cf90774e995ae03de66e8109dc5cb9d9c2dc83");
  set(0, "key", "value", 100'000'000);
  EXPECT_EQ(all(), "c2a36dacf8e84c2907f68ab26ff3595e21d3ad76");
  EXPECT_EQ(of(0, "key"), "331b37c26446a68dd4cdd72701d1acee416ae7b6");
  set(5, "", "");
  EXPECT_EQ(all(), "9b00139f10cf7a6478f8da07e9ed140c80980d64");
  EXPECT_EQ(of(5, ""), "8b3447c33a834b810e3e181b6fd6a2ee1020921c");
  keyspace.database(9).overwrite(keyspace.make_key("long"), 5000, "x");
  EXPECT_EQ(all(), "ceaa26a5f59ebffc0355a7a9cf8ca288f95139cf");
  keyspace.database(0).append(keyspace.make_key("number"), "ab");
  EXPECT_EQ(all(), "9f77e6615853eb904d968f12580e614daefe06ff");
}

TEST_F(DigestTest, DoesNotDependOnEncodingOrOrder) {
  Keyspace other(16, random);  // another hash seed, so another order
  for (int number = 0; number < 1000; ++number) {
    const Bytes name = std::to_string(number), reversed = std::to_string(999 - number);
    set(3, name, name);
    other.database(3).set_raw(other.make_key(reversed), reversed, Database::Expiry::clear);
  }
  EXPECT_EQ(all(), hex(dataset_digest(other)));
  keyspace.swap(3, 4);
  EXPECT_NE(all(), hex(dataset_digest(other)));
}

}  // namespace
}  // namespace replserver

#include "data/database.hpp"

#include <gtest/gtest.h>

#include <string>

#include "data/keyspace.hpp"

namespace replserver {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() : random(1), keyspace(4, random), database(keyspace.database(0)) {
    keyspace.check_door();
  }

  Key key(ByteView bytes) const { return keyspace.make_key(bytes); }
  const Entry* set(ByteView name, ByteView value, std::optional<UnixMs> expiry = std::nullopt) {
    return database.set_string(key(name), value, expiry);
  }
  Bytes get(ByteView name) { return get(name, database); }
  Bytes get(ByteView name, const Database& from) {
    const Entry* entry = from.find(key(name));
    if (entry == nullptr) return "(none)";
    char scratch[32];
    const Bytes value(Database::string_view(*entry, scratch));
    EXPECT_EQ(Database::string_size(*entry), value.size());
    return value;
  }
  ByteView encoding(ByteView name) { return Database::encoding_name(*database.find(key(name))); }

  Random random;
  Keyspace keyspace;
  Database& database;
};

TEST_F(DatabaseTest, KeepsStringsInTheEncodingRedisNames) {
  set("int", "12345");
  EXPECT_EQ(encoding("int"), "int");
  set("min", "-9223372036854775808");
  EXPECT_EQ(encoding("min"), "int");
  set("big", "9223372036854775808");
  EXPECT_EQ(encoding("big"), "embstr");
  set("zero first", "012");
  EXPECT_EQ(encoding("zero first"), "embstr");
  set("empty", "");
  EXPECT_EQ(encoding("empty"), "embstr");
  set("44", Bytes(44, 'x'));
  EXPECT_EQ(encoding("44"), "embstr");
  set("45", Bytes(45, 'x'));
  EXPECT_EQ(encoding("45"), "raw");
  set("long", Bytes(100000, 'x'));
  EXPECT_EQ(encoding("long"), "raw");
  database.set_raw(key("raw"), "12", Database::Expiry::clear);
  EXPECT_EQ(encoding("raw"), "raw");
  EXPECT_EQ(get("raw"), "12");
  EXPECT_EQ(get("min"), "-9223372036854775808");
}

TEST_F(DatabaseTest, ReturnsValuesAndKeysOfEveryLength) {
  for (const std::size_t key_size : {0, 1, 44, 254, 255, 256, 257, 5000, 70000}) {
    for (const std::size_t value_size : {0, 1, 44, 45, 254, 255, 256, 4096, 4097, 70000}) {
      const Bytes name(key_size, 'k'), value(value_size, 'v');
      for (const auto expiry : {std::optional<UnixMs>(), std::optional<UnixMs>(77)}) {
        const Entry* entry = set(name, value, expiry);
        EXPECT_EQ(entry->key(), name);
        EXPECT_EQ(entry->expiry(), expiry);
        EXPECT_EQ(entry->type(), Type::string);
        EXPECT_EQ(get(name), value);
      }
    }
  }
  EXPECT_EQ(database.size(), 9u);
}

TEST_F(DatabaseTest, OverwritesInPlaceWhatFits) {
  const Entry* first = set("key", "abcdefgh");
  const std::size_t used = database.used_memory();
  EXPECT_EQ(set("key", "ABCDEFGH"), first);
  EXPECT_EQ(set("key", "12345678"), first);  // an integer takes as much
  EXPECT_EQ(encoding("key"), "int");
  EXPECT_EQ(set("key", "ijklmnop"), first);
  EXPECT_EQ(database.used_memory(), used);
  EXPECT_EQ(get("key"), "ijklmnop");
}

TEST_F(DatabaseTest, ReturnsAllMemoryOfWhatIsErased) {
  set("stays", "x");
  const std::size_t used = database.used_memory();
  for (const std::size_t size : {1, 100, 4000, 5000, 100000}) {
    set("key", Bytes(size, 'x'));
    set("key", Bytes(size * 2, 'x'), 1000);
    database.append(key("key"), Bytes(size, 'y'));
    database.rename(key("key"), key("other"));
    EXPECT_GE(database.used_memory(), used + 3 * size);
    EXPECT_TRUE(database.erase(key("other")));
    EXPECT_EQ(database.used_memory(), used);
  }
  EXPECT_FALSE(database.erase(key("other")));
}

TEST_F(DatabaseTest, KeepsOrClearsTheExpiryAsAsked) {
  set("key", "value", 5000);
  EXPECT_EQ(database.set_string(key("key"), "longer value", Database::Expiry::keep)->expiry(),
            5000);
  EXPECT_EQ(database.set_integer(key("key"), 7, Database::Expiry::keep)->expiry(), 5000);
  EXPECT_EQ(database.append(key("key"), "8")->expiry(), 5000);
  EXPECT_EQ(database.expires(), 1u);
  EXPECT_EQ(database.set_integer(key("key"), 7, Database::Expiry::clear)->expiry(), std::nullopt);
  EXPECT_EQ(database.expires(), 0u);
}

TEST_F(DatabaseTest, ChangesExpiryWithoutTheValue) {
  EXPECT_EQ(database.set_expiry(key("key"), 1), nullptr);
  for (const Bytes& value : {Bytes("12"), Bytes("text"), Bytes(300, 'm'), Bytes(9000, 'l')}) {
    set("key", value);
    EXPECT_EQ(database.set_expiry(key("key"), 9000)->expiry(), 9000);
    EXPECT_EQ(database.set_expiry(key("key"), 8000)->expiry(), 8000);
    EXPECT_EQ(get("key"), value);
    EXPECT_EQ(database.next_expiry(), 8000);
    EXPECT_EQ(database.set_expiry(key("key"), std::nullopt)->expiry(), std::nullopt);
    EXPECT_EQ(database.next_expiry(), Database::kNoExpiry);
    EXPECT_EQ(get("key"), value);
  }
}

TEST_F(DatabaseTest, AveragesTheTimesToLive) {
  EXPECT_EQ(database.average_ttl_ms(1000), 0);
  set("one", "x", 2000);
  set("two", "x", 4000);
  set("three", "x");
  EXPECT_EQ(database.average_ttl_ms(1000), 2000);
  database.erase(key("one"));
  EXPECT_EQ(database.average_ttl_ms(1000), 3000);
  database.set_expiry(key("two"), 500);
  EXPECT_EQ(database.average_ttl_ms(1000), 0);
}

TEST_F(DatabaseTest, AppendsToAnyEncoding) {
  Bytes expected;
  for (int step = 0; step < 3000; ++step) {
    const Bytes tail = std::to_string(step);
    database.append(key("key"), tail);
    expected += tail;
    if (step % 100 == 0) {
      ASSERT_EQ(get("key"), expected);
    }
  }
  EXPECT_EQ(get("key"), expected);
  EXPECT_EQ(encoding("key"), "raw");
  database.append(key("number"), "1");
  EXPECT_EQ(encoding("number"), "int");
  database.append(key("number"), "2");
  EXPECT_EQ(encoding("number"), "raw");
  EXPECT_EQ(get("number"), "12");
}

TEST_F(DatabaseTest, OverwritesAtAnOffsetAndPadsWithZeros) {
  database.overwrite(key("new"), 3, "abc");
  EXPECT_EQ(get("new"), Bytes("\0\0\0abc", 6));
  EXPECT_EQ(encoding("new"), "raw");
  database.overwrite(key("new"), 1, "X");
  EXPECT_EQ(get("new"), Bytes("\0X\0abc", 6));
  set("number", "1234567");
  database.overwrite(key("number"), 2, "__");
  EXPECT_EQ(get("number"), "12__567");
  database.overwrite(key("far"), 100000, "end");
  EXPECT_EQ(get("far"), Bytes(100000, '\0') + "end");
  database.overwrite(key("number"), 10000, "end");
  EXPECT_EQ(get("number"), "12__567" + Bytes(10000 - 7, '\0') + "end");
}

TEST_F(DatabaseTest, LendsBytesToWrite) {
  char* bytes = database.writable_string(key("bits"), 4);
  EXPECT_EQ(Bytes(bytes, 4), Bytes(4, '\0'));
  bytes[2] = 'x';
  bytes = database.writable_string(key("bits"), 2);  // never shorter
  bytes[0] = 'y';
  EXPECT_EQ(get("bits"), Bytes("y\0x\0", 4));
}

TEST_F(DatabaseTest, SharesLongValuesWithWhoeverStillReadsThem) {
  set("key", Bytes(5000, 'a'));
  const SharedBytes reply = Database::shared_string(*database.find(key("key")));
  database.append(key("key"), "b");
  EXPECT_EQ(reply.view(), Bytes(5000, 'a'));
  EXPECT_EQ(get("key"), Bytes(5000, 'a') + "b");
  const SharedBytes later = Database::shared_string(*database.find(key("key")));
  database.erase(key("key"));
  EXPECT_EQ(later.size(), 5001u);
  EXPECT_TRUE(later.only_owner());
  set("short", "x");
  EXPECT_FALSE(Database::shared_string(*database.find(key("short"))));
}

TEST_F(DatabaseTest, TakesOverAReceivedBlock) {
  SharedBytes block = SharedBytes::copy_of(Bytes(200000, 'z'));
  const char* where = block.view().data();
  database.set_string(key("key"), std::move(block), 1000);
  char scratch[32];
  EXPECT_EQ(Database::string_view(*database.find(key("key")), scratch).data(), where);
  database.set_string(key("key"), SharedBytes::copy_of("17"), std::nullopt);
  EXPECT_EQ(encoding("key"), "int");
}

TEST_F(DatabaseTest, RenamesWithItsExpiryOverWhatIsThere) {
  set("from", Bytes(5000, 'v'), 4000);
  set("to", "old");
  const Entry* renamed = database.rename(key("from"), key("to"));
  EXPECT_EQ(renamed->expiry(), 4000);
  EXPECT_EQ(get("to"), Bytes(5000, 'v'));
  EXPECT_EQ(get("from"), "(none)");
  EXPECT_EQ(database.size(), 1u);
  EXPECT_EQ(database.expires(), 1u);
}

TEST_F(DatabaseTest, CopiesAndMovesBetweenDatabases) {
  Database& other = keyspace.database(1);
  for (const Bytes& value : {Bytes("12"), Bytes("text"), Bytes(9000, 'l')}) {
    set("key", value, 4000);
    EXPECT_EQ(database.copy(key("key"), other, key("copy"))->expiry(), 4000);
    EXPECT_EQ(database.copy(key("key"), database, key("beside"))->key(), "beside");
    database.append(key("key"), "!");
    EXPECT_EQ(get("copy", other), value);
    EXPECT_EQ(get("beside"), value);
    database.move(key("key"), other);
    EXPECT_EQ(get("key"), "(none)");
    EXPECT_EQ(get("key", other), value + "!");
  }
}

TEST_F(DatabaseTest, CountsTheMemoryOfAKey) {
  set("key", Bytes(100, 'x'));
  EXPECT_GE(database.memory_usage(*database.find(key("key"))), 111u);
  set("key", Bytes(100000, 'x'));
  EXPECT_GE(database.memory_usage(*database.find(key("key"))), 100000u);
  EXPECT_LE(database.memory_usage(*database.find(key("key"))), 101000u);
}

// ---- LRU and LFU ----

TEST_F(DatabaseTest, MeasuresIdleTime) {
  keyspace.set_time(1'000'000);
  set("key", "x");
  keyspace.set_time(1'090'500);
  EXPECT_EQ(database.idle_seconds(*database.find(key("key"))), 90u);
  database.touch(database.find(key("key")));
  EXPECT_EQ(database.idle_seconds(*database.find(key("key"))), 0u);
  database.touch(database.find(key("key")), keyspace.access_clock().with_idle(55));
  EXPECT_EQ(database.idle_seconds(*database.find(key("key"))), 55u);
  keyspace.set_time(1'100'000);
  set("key", "y");
  EXPECT_EQ(database.idle_seconds(*database.find(key("key"))), 0u);
}

TEST_F(DatabaseTest, CountsUsesLogarithmicallyAndForgetsThem) {
  keyspace.set_access_rules({.lfu = true, .lfu_log_factor = 10, .lfu_decay_minutes = 1});
  keyspace.set_time(60'000'000);
  set("key", "x");
  EXPECT_EQ(database.frequency(*database.find(key("key"))), 5u);
  for (int use = 0; use < 1000; ++use) database.touch(database.find(key("key")));
  const std::uint32_t often = database.frequency(*database.find(key("key")));
  EXPECT_GE(often, 12u);
  EXPECT_LE(often, 30u);
  set("key", "overwritten");
  EXPECT_EQ(database.frequency(*database.find(key("key"))), often);
  keyspace.set_time(60'000'000 + 3 * 60'000);
  EXPECT_EQ(database.frequency(*database.find(key("key"))), often - 3);
  keyspace.set_time(60'000'000 + 500 * 60'000);
  EXPECT_EQ(database.frequency(*database.find(key("key"))), 0u);
}

TEST_F(DatabaseTest, IsLightWhileEmpty) {
  EXPECT_LE(sizeof(Database), 512u);
  EXPECT_EQ(database.used_memory(), 0u);
  set("key", "value");
  EXPECT_LE(database.reserved_memory(), 5 * 4096u);
}

using DatabaseDeathTest = DatabaseTest;

TEST_F(DatabaseDeathTest, StopsWhenAnEntryChangedWithoutItsDoor) {
  set("key", "value");
  const Entry* entry = database.find(key("key"));
  const_cast<char*>(entry->inline_bytes().data())[0] = 'V';
  EXPECT_DEATH(database.erase(key("key")), "assertion failed: known->second == sum");
  const_cast<char*>(entry->inline_bytes().data())[0] = 'v';
}

}  // namespace
}  // namespace replserver

#include "rdb/loader.hpp"

#include <gtest/gtest.h>

#include "rdb/file.hpp"

namespace replserver {
namespace {

Bytes with_header(const Bytes& records) { return file_of("0011", records); }
const Bytes kTwoKeys("\xfe\0\xfb\x02\x01\xfc\x10\0\0\0\0\0\0\0\0\1a\1b\0\1c\xc0\x7f", 24);

void expect_same(Store& store, const RdbFormat& format) {
  const Bytes file = written(store, format);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7},
                                  std::size_t{1000}, std::size_t{70'000}, SIZE_MAX}) {
    SCOPED_TRACE("version " + std::to_string(format.version) + ", pieces of " +
                 std::to_string(chunk));
    Loaded loaded;
    ASSERT_EQ(loaded.load(file, chunk), "");
    EXPECT_EQ(loaded.digest(), hex(dataset_digest(store.keyspace)));
    for (int db = 0; db < 3; ++db) {
      store.keyspace.database(db).for_each([&](const Entry& entry) {
        const Entry* other = loaded.find(entry.key(), db);
        ASSERT_NE(other, nullptr) << entry.key();
        // The store's lists are listpacks of any length.
        if (entry.type() != Type::list) {
          EXPECT_EQ(other->encoding(), entry.encoding()) << entry.key();
        }
        EXPECT_EQ(other->expiry(), entry.expiry()) << entry.key();
      });
    }
  }
}

TEST(RdbLoader, ReadsWhatTheWriterWritesInPiecesOfAnySize) {
  Store store;
  store.one_of_each();
  store.string("expires", "soon", 1'700'000'000'000);
  store.db = 2;
  store.string("", "");
  for (const Bytes& key : numbered(300, "key")) store.string(key, key);
  for (const bool compress : {false, true}) {
    expect_same(store, {.version = 12, .compress = compress});
  }
  store.db = 0;  // the older versions do not tell when fields expire
  store.database().erase(store.keyspace.make_key("expiring hash"));
  for (int version = kRdbVersionMin; version < kRdbVersionMax; ++version) {
    expect_same(store, {.version = version, .compress = version == 10});
  }
}

TEST(RdbLoader, KeepsWhenFieldsExpire) {
  Store store;
  store.hash("hash", numbered(5, "field"), "value");
  store.expire_field("hash", "field:3", 7'000'000);
  store.expire_field("hash", "field:4", 8'000'000);
  const Bytes file = written(store, {.version = 12});
  for (const std::size_t chunk : {std::size_t{1}, SIZE_MAX}) {
    Loaded loaded;
    ASSERT_EQ(loaded.load(file, chunk), "");
    const HashView hash(*loaded.find("hash"));
    EXPECT_EQ(hash.find("field:3")->expiry, 7'000'000);
    EXPECT_EQ(hash.find("field:4")->expiry, 8'000'000);
    EXPECT_EQ(hash.find("field:0")->expiry, std::nullopt);
    EXPECT_EQ(loaded.keyspace.database(0).next_field_expiry(), 7'000'000);
  }
}

TEST(RdbLoader, TellsWhatTheFileTellsOfItself) {
  const Bytes aux =
      "\xfa\x09redis-ver\x05"
      "7.0.1\xfa\x07repl-id\x04"
      "feed\xfa\x0brepl-offset\xc1\x2c\x01\xfa\x0erepl-stream-db\xc0\x02\xfa\x05"
      "ctime\xc0\x05\xf5\x0c#!lua name=f";
  Loaded loaded;
  ASSERT_EQ(loaded.load(with_header(aux + kTwoKeys)), "");
  EXPECT_EQ(loaded.facts.version, 11);
  EXPECT_EQ(loaded.facts.keys, 2u);
  EXPECT_EQ(loaded.facts.created_s, 5);
  EXPECT_EQ(loaded.facts.functions, std::vector<Bytes>{"#!lua name=f"});
  EXPECT_EQ(loaded.facts.replication->id, "feed");
  EXPECT_EQ(loaded.facts.replication->offset, 300u);
  EXPECT_EQ(loaded.facts.replication->stream_db, 2);
  EXPECT_EQ(loaded.facts.aux.front(), (std::pair<Bytes, Bytes>("redis-ver", "7.0.1")));
}

TEST(RdbLoader, SkipsKeysThatHaveExpiredIfAsked) {
  for (const UnixMs before : {16, 17}) {
    Loaded loaded;
    ASSERT_EQ(loaded.load(with_header(kTwoKeys), SIZE_MAX, {.skip_expired_before = before}), "");
    EXPECT_EQ(loaded.string("a"), before == 16 ? "b" : "(none)");
    EXPECT_EQ(loaded.string("c"), "127");
    EXPECT_EQ(loaded.facts.expired_skipped, before == 16 ? 0u : 1u);
  }
}

TEST(RdbLoader, KeepsHowLongAKeyWasIdle) {
  Loaded loaded;
  loaded.keyspace.set_time(1'700'000'000'000);
  ASSERT_EQ(loaded.load(with_header(Bytes("\xf8\x40\x64\0\1a\1b\0\1c\1d", 13))), "");
  EXPECT_EQ(loaded.keyspace.database(0).idle_seconds(*loaded.find("a")), 100u);
  EXPECT_EQ(loaded.keyspace.database(0).idle_seconds(*loaded.find("c")), 0u);
}

TEST(RdbLoader, SkipsCollectionsWithoutElements) {
  Loaded loaded;
  ASSERT_EQ(loaded.load(with_header(Bytes("\2\1s\0\4\1h\0\5\1z\0\1\1l\0\x12\1q\0\0\1a\1b", 25))),
            "");
  EXPECT_EQ(loaded.facts.empty_skipped, 5u);
  EXPECT_EQ(loaded.facts.keys, 1u);
}

TEST(RdbLoader, BelievesNoCountThatTheFileCannotHold) {
  // 2^63 keys, and a set of 2^32 - 1 members.
  const Bytes resize("\xfb\x81\x80\0\0\0\0\0\0\0\0", 11);
  Loaded loaded;
  ASSERT_EQ(loaded.load(with_header(resize + Bytes("\0\1a\1b", 5)), SIZE_MAX, {.size = 40}), "");
  EXPECT_LT(loaded.keyspace.reserved_memory(), std::size_t{1} << 20);
  EXPECT_EQ(loaded.load(Bytes("REDIS0011\2\1s\x80\xff\xff\xff\xff\1a", 18)),
            "rdb: unexpected end at byte 18");
  // A string of four gigabytes, of which there is one byte.
  EXPECT_EQ(loaded.load(Bytes("REDIS0011\0\1s\x80\xff\0\0\0a", 18)),
            "rdb: unexpected end at byte 18");
  EXPECT_EQ(loaded.string("a"), "b");  // what was there stays
}

TEST(RdbLoader, RefusesWhatNobodyCanRead) {
  const auto error_of = [](const Bytes& file) { return Loaded().load(file); };
  EXPECT_EQ(error_of("VALKEY080"), "rdb: wrong signature at byte 0");
  EXPECT_EQ(error_of("REDIS0013"), "rdb: can't handle RDB format version 13 at byte 0");
  EXPECT_EQ(error_of(with_header(Bytes("\x1a\1k", 3))),
            "rdb: key \"k\" has the unknown type 26 at byte 12");
  EXPECT_EQ(error_of(with_header(Bytes("\xf3\1k", 3))), "rdb: unknown opcode 243 at byte 10");
  EXPECT_EQ(error_of(with_header(Bytes("\xfe\3", 2))),
            "rdb: database 3 is beyond the 3 there are at byte 11");
  EXPECT_EQ(error_of(with_header(Bytes("\0\1a\x82", 4))), "rdb: no such length at byte 12");
  EXPECT_EQ(error_of(with_header(Bytes("\5\1z\1\1m\0\0\0\0\0\0\xf8\x7f", 14))),
            "rdb: a score that is no number at byte 23");
  EXPECT_EQ(error_of(with_header(Bytes("\2\1s\2\1m\1m", 8))),
            "rdb: a member that is there twice in the value of key \"s\" that ends at byte 17");
  EXPECT_EQ(error_of(with_header(kTwoKeys + Bytes("\0\1c\1d", 5))),
            "rdb: is there twice: the key \"c\" that ends at byte 38");
  EXPECT_EQ(error_of(with_header({}) + "x"), "rdb: bytes behind the end at byte 18");
  Bytes damaged = with_header(kTwoKeys);
  ++damaged[damaged.size() - 10];
  EXPECT_EQ(error_of(damaged), "rdb: wrong checksum at byte 42");
}

TEST(RdbLoader, ReadsFilesWithoutAChecksum) {
  Bytes file = with_header(kTwoKeys);
  file.replace(file.size() - 8, 8, 8, '\0');
  Loaded loaded;
  EXPECT_EQ(loaded.load(file), "");
  EXPECT_EQ(loaded.load("REDIS0004" + kTwoKeys + "\xff"), "");
  EXPECT_EQ(loaded.string("a"), "b");
}

TEST(RdbLoader, PassesOverWhatIsOfNoUseHere) {
  const Bytes slots("\xf4\1\2\3", 4);
  const Bytes module_aux("\xf7\x81\x45\xe2\x52\x38\xdf\x91\x2c\3\2\2\5\3abc\3\0\0\0\0\1\x05\0", 25);
  const Bytes unknown_aux = "\xfa\x04%new\x01x";
  for (const std::size_t chunk : {std::size_t{1}, SIZE_MAX}) {
    Loaded loaded;
    ASSERT_EQ(loaded.load(with_header(unknown_aux + module_aux + slots + kTwoKeys), chunk), "");
    EXPECT_EQ(loaded.string("a"), "b");
  }
}

TEST(RdbLoader, NamesTheModuleWhoseValueItRefusesOrSkips) {
  // Module id "ReJSON-RL" version 3; parts: an unsigned integer, a string, a double.
  const Bytes value("\7\1j\x81\x45\xe2\x52\x38\xdf\x91\x2c\3\2\x05\5\3abc\4\0\0\0\0\0\0\xf0\x3f\0",
                    29);
  EXPECT_EQ(Loaded().load(with_header(value)),
            "rdb: key 'j' holds a value of the module type 'ReJSON-RL' version 3, which is not "
            "loaded at byte 21");
  for (const std::size_t chunk : {std::size_t{1}, SIZE_MAX}) {
    Loaded loaded;
    ASSERT_EQ(loaded.load(with_header(value + kTwoKeys), chunk, {.skip_modules = true}), "");
    EXPECT_EQ(loaded.facts.modules_skipped, 1u);
    EXPECT_EQ(loaded.facts.keys, 2u);
  }
}

}  // namespace
}  // namespace replserver

#include "rdb/value_encoder.hpp"

#include <gtest/gtest.h>

#include "rdb/store.hpp"

namespace replserver {
namespace {

Bytes encoded(const Entry& entry, int version, bool compress = false) {
  BlockStream stream(1024);
  RdbOutput out(stream, compress);
  ValueEncoder value(entry, version);
  EXPECT_TRUE(value.write(out));
  return bytes_of(stream);
}

std::size_t le(ByteView bytes, std::size_t at) {  // the four bytes there
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

TEST(ValueEncoder, WritesTheSameInPiecesAsInOne) {
  Store store;
  for (const Bytes& key : store.one_of_each()) {
    for (int version = kRdbVersionMin; version <= kRdbVersionMax; ++version) {
      for (const std::size_t piece : {1, 1000, 90'000}) {
        const Entry& entry = store.at(key);
        BlockStream stream(4096);
        RdbOutput out(stream, false);
        ValueEncoder value(entry, version);
        std::uint64_t before = 0;
        while (!value.write(out, piece)) {
          ASSERT_LT(before, out.end()) << key << ": each piece goes on";
          before = out.end();
        }
        ASSERT_EQ(bytes_of(stream), encoded(entry, version)) << key << ", version " << version;
      }
    }
  }
}

TEST(ValueEncoder, TakesAPieceOfAboutTheSizeItIsGiven) {
  Store store;
  for (const Bytes& key : store.one_of_each()) {
    BlockStream stream(4096);
    RdbOutput out(stream, false);
    ValueEncoder value(store.at(key), 11);
    for (std::uint64_t before = 0; !value.write(out, 1000); before = out.end()) {
      EXPECT_LT(out.end() - before, 1000 + 64 * 1024 + RdbOutput::kReserveMax) << key;
    }
  }
}

TEST(ValueEncoder, NeedsNothingMoreOfALongStringOnceItHasBegun) {
  Store store;
  const Bytes text(1'000'000, 'x');
  store.string("key", text);
  BlockStream stream(4096);
  RdbOutput out(stream, false);
  ValueEncoder value(store.at("key"), 11);
  EXPECT_FALSE(value.write(out, 1));
  EXPECT_TRUE(value.has_let_go());
  store.database().append(store.keyspace.make_key("key"), "y");
  store.database().erase(store.keyspace.make_key("key"));
  EXPECT_TRUE(value.write(out));
  EXPECT_TRUE(bytes_of(stream).ends_with(text));
}

TEST(ValueEncoder, ChoosesWhatTheVersionKnows) {
  Store store;
  store.one_of_each();
  const auto types = [&](ByteView key) {
    std::vector<RdbType> types;
    for (int version = 9; version <= 12; ++version) {
      types.push_back(rdb_type(store.at(key), version));
    }
    return types;
  };
  using enum RdbType;
  using Types = std::vector<RdbType>;
  const Types by_listpack{set, set, set_listpack, set_listpack};
  EXPECT_EQ(types("small set"), by_listpack);
  EXPECT_EQ(types("large set"), Types(4, set));
  EXPECT_EQ(types("integers"), Types(4, set_intset));
  EXPECT_EQ(types("small hash"), (Types{hash, hash_listpack, hash_listpack, hash_listpack}));
  EXPECT_EQ(types("expiring hash"), (Types{hash, hash, hash, hash_metadata}));
  EXPECT_EQ(types("small sorted set"),
            (Types{zset_2, zset_listpack, zset_listpack, zset_listpack}));
  EXPECT_EQ(types("large sorted set"), Types(4, zset_2));
  for (const char* key : {"small list", "large list"}) {
    EXPECT_EQ(types(key), (Types{list, list_quicklist_2, list_quicklist_2, list_quicklist_2}));
  }
  EXPECT_EQ(types("stream"),
            (Types{stream_listpacks, stream_listpacks_2, stream_listpacks_3, stream_listpacks_3}));
}

TEST(ValueEncoder, WritesIntegersAsIntegers) {
  Store store;
  const auto written = [&](ByteView value) {
    store.string("key", value);
    return encoded(store.at("key"), 11);
  };
  EXPECT_EQ(written("-128"), "\xc0\x80");
  EXPECT_EQ(written("128"), Bytes("\xc1\x80\0", 3));
  EXPECT_EQ(written("-32769"), "\xc2\xff\x7f\xff\xff");
  EXPECT_EQ(written("2147483648"),
            "\x0a"
            "2147483648");
  EXPECT_EQ(written("-9223372036854775808"),
            "\x14"
            "-9223372036854775808");
  EXPECT_EQ(written("007"),
            "\x03"
            "007");
  EXPECT_EQ(written(""), Bytes("\0", 1));
}

TEST(ValueEncoder, TellsSizesInTheFewestBytes) {
  Store store;
  const auto head = [&](std::size_t size) {
    store.string("key", Bytes(size, 'x'));
    const Bytes bytes = encoded(store.at("key"), 11);
    return bytes.substr(0, bytes.size() - size);
  };
  EXPECT_EQ(head(63), "\x3f");
  EXPECT_EQ(head(64), "\x40\x40");
  EXPECT_EQ(head(16383), "\x7f\xff");
  EXPECT_EQ(head(16384), Bytes("\x80\0\0\x40\0", 5));
}

TEST(ValueEncoder, WritesPackedValuesAsTheyLieInMemory) {
  Store store;
  store.hash("hash", {"a"}, "1");
  const ByteView packed = HashView(store.at("hash")).packed().bytes();
  EXPECT_EQ(encoded(store.at("hash"), 11), static_cast<char>(packed.size()) + Bytes(packed));
  EXPECT_EQ(encoded(store.at("hash"), 9),
            "\x01\x01"
            "a\xc0\x01");
}

TEST(ValueEncoder, WritesSortedSetsFromTheHighestScore) {
  Store store;
  store.sorted_set("key", {"a", "b"});
  EXPECT_EQ(encoded(store.at("key"), 9),
            Bytes("\2\1b\0\0\0\0\0\0\xf8\x3f\1a\0\0\0\0\0\0\xe0\x3f", 21));
}

TEST(ValueEncoder, KeepsTheDeadlinesOfFieldsSinceVersion12) {
  Store store;
  store.hash("key", {"a"}, "1");
  store.expire_field("key", "a", 7'000'000);
  const Bytes bytes = encoded(store.at("key"), 12);
  EXPECT_EQ(le(bytes, 0), 7'000'000u);
  EXPECT_EQ(bytes.substr(8), "\1\1\1a\xc0\1");
  EXPECT_EQ(encoded(store.at("key"), 11), "\1\1a\xc0\1");
}

TEST(ValueEncoder, CountsTheDeadlinesOfAllFieldsFromTheSameInstant) {
  Store store;
  store.hash("key", numbered(1000, "field"), "value");
  store.expire_field("key", "field:7", 1000);
  for (const Bytes& field : numbered(1000, "field")) store.expire_field("key", field, 7'000'000);
  const Bytes whole = encoded(store.at("key"), 12);
  BlockStream stream(4096);
  RdbOutput out(stream, false);
  ValueEncoder value(store.at("key"), 12);
  EXPECT_FALSE(value.write(out, 1000));
  const UnixMs before = HashView(store.at("key")).next_expiry();
  store.keyspace.expire_fields_step(2000, 10'000, [](int, const Keyspace::ExpiredFields&) {});
  EXPECT_GT(HashView(store.at("key")).next_expiry(), before) << "it has looked for the next one";
  EXPECT_TRUE(value.write(out));
  EXPECT_EQ(bytes_of(stream), whole);
}

TEST(ValueEncoder, CompressesWhatShrinks) {
  Store store;
  store.string("key", Bytes(300, 'x'));
  EXPECT_EQ(encoded(store.at("key"), 11, true),
            Bytes("\xc3\x08\x41\x2c\0x\xe0\xff\0\xe0\x1a\0", 12));
  Bytes text;
  for (char letter = 'a'; letter <= 'z'; ++letter) text += letter;
  store.string("key", text);
  EXPECT_EQ(encoded(store.at("key"), 11, true), "\x1a" + text);
}

}  // namespace
}  // namespace replserver

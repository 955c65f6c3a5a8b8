#include "rdb/writer.hpp"

#include <gtest/gtest.h>

#include "rdb/crc64.hpp"
#include "rdb/store.hpp"

namespace replserver {
namespace {

const RdbPreamble kPreamble{.server_version = "7.2.4", .created_s = 5, .used_memory = 300};
const Bytes kAux =
    "\xfa\x09redis-ver\x05"
    "7.2.4\xfa\x0aredis-bits\xc0\x40\xfa\x05"
    "ctime\xc0\x05\xfa\x08used-mem\xc1\x2c\x01";
const Bytes kAofBase(
    "\xfa\x08"
    "aof-base\xc0\0",
    12);

Bytes file_of(Store& store, const RdbFormat& format, const RdbPreamble& preamble = kPreamble) {
  RdbWriter writer(format);
  const auto snapshot = store.keyspace.start_snapshot({&writer});
  writer.begin(preamble, *snapshot);
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  writer.finish();
  return bytes_of(writer.stream());
}

std::uint64_t last_word(ByteView bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes.data() + bytes.size() - 8, sizeof word);
  return word;
}

TEST(RdbWriter, WritesAnEmptyKeyspace) {
  Store store;
  const Bytes file = file_of(store, {});
  EXPECT_EQ(file.substr(0, file.size() - 8), "REDIS0011" + kAux + kAofBase + "\xff");
  EXPECT_EQ(last_word(file), crc64(0, ByteView(file).substr(0, file.size() - 8)));
}

TEST(RdbWriter, EndsWithZerosWithoutAChecksum) {
  Store store;
  EXPECT_EQ(last_word(file_of(store, {.checksum = false})), 0u);
}

TEST(RdbWriter, TellsWhoseDataItIs) {
  Store store;
  RdbPreamble preamble = kPreamble;
  preamble.replication = RdbReplication{"feed", 5'000'000'000, 2};
  preamble.aof_base = true;
  preamble.functions = {"#!lua name=f"};
  const Bytes replication =
      "\xfa\x0erepl-stream-db\xc0\x02\xfa\x07repl-id\x04"
      "feed\xfa\x0brepl-offset\x0a"
      "5000000000";
  const Bytes function = "\xf5\x0c#!lua name=f";
  EXPECT_EQ(file_of(store, {.checksum = false}, preamble), "REDIS0011" + kAux + replication +
                                                               "\xfa\x08"
                                                               "aof-base\xc0\x01" +
                                                               function + "\xff" + Bytes(8, '\0'));
  EXPECT_EQ(file_of(store, {.version = 9, .checksum = false}, preamble),
            "REDIS0009" + kAux + replication +
                "\xfa\x0c"
                "aof-preamble\xc0\x01\xff" +
                Bytes(8, '\0'));
}

Bytes records_of(const Bytes& file) {  // without what surrounds them
  const std::size_t begin = file.find(kAofBase) + kAofBase.size();
  return file.substr(begin, file.size() - 9 - begin);
}

TEST(RdbWriter, CountsTheKeysOfEachDatabase) {
  Store store;
  store.string("a", "1");
  store.string("a", "1", 256);
  store.db = 2;
  store.string("b", "x");
  EXPECT_EQ(records_of(file_of(store, {})),
            Bytes("\xfe\0\xfb\1\1\xfc\0\1\0\0\0\0\0\0\0\1a\xc0\1\xfe\2\xfb\1\0\0\1b\1x", 29));
}

TEST(RdbWriter, SelectsAgainAfterAKeyOfAnotherDatabase) {
  Store store;
  store.string("a", "1");
  store.db = 2;
  store.string("b", "1");
  store.string("c", "1");
  RdbWriter writer({.checksum = false});
  const auto snapshot = store.keyspace.start_snapshot({&writer});
  writer.begin(kPreamble, *snapshot);
  store.string("b", "later");  // told before the walk begins
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  writer.finish();
  EXPECT_EQ(records_of(bytes_of(writer.stream())),
            Bytes("\xfe\2\xfb\2\0\0\1b\xc0\1\xfe\0\xfb\1\0\0\1a\xc0\1\xfe\2\0\1c\xc0\1", 27));
  EXPECT_EQ(writer.keys(), 3u);
}

TEST(RdbWriter, TellsHowKeysWereUsedWhereEvictionGoesByIt) {
  Store store;
  store.keyspace.set_time(1'000'000);
  store.string("a", "1", 256);
  store.keyspace.set_time(1'100'000);
  const AccessClock& access = store.keyspace.access_clock();
  EXPECT_EQ(records_of(file_of(store, {.access = &access})),
            Bytes("\xfe\0\xfb\1\1\xfc\0\1\0\0\0\0\0\0\xf8\x40\x64\0\1a\xc0\1", 22));
  store.keyspace.set_access_rules({.lfu = true});
  store.database().erase(store.keyspace.make_key("a"));
  store.string("a", "2", 256);
  EXPECT_EQ(records_of(file_of(store, {.access = &access})),
            Bytes("\xfe\0\xfb\1\1\xfc\0\1\0\0\0\0\0\0\xf9\5\0\1a\xc0\2", 21));
}

TEST(RdbWriter, ChecksWhatItsReadersHaveTakenAlready) {
  Store store;
  for (const Bytes& key : numbered(30'000, "key")) store.string(key, "of some length");
  const Bytes whole = file_of(store, {});
  RdbWriter writer({});
  const auto snapshot = store.keyspace.start_snapshot({&writer});
  writer.begin(kPreamble, *snapshot);
  Bytes file;
  const auto take = [&] {
    file += bytes_of(writer.stream());
    writer.taken(writer.stream().end());
    EXPECT_EQ(writer.backlog(), 0u);
  };
  while (snapshot->walk({.entries = 50}) != Snapshot::Pause::finished) take();
  writer.finish();
  take();
  EXPECT_EQ(file, whole);
  EXPECT_LT(writer.stream().memory(), 2'000'000u);
}

TEST(RdbWriter, PutsWhatIsToldMeanwhileBehindALargeValue) {
  Store store;
  const Bytes text(1'000'000, 'x');
  store.string("large", text);
  store.db = 1;
  store.string("small", "old");
  store.string("huge", text);
  RdbWriter writer({.checksum = false});
  const auto snapshot = store.keyspace.start_snapshot({&writer});
  writer.begin(kPreamble, *snapshot);
  while (writer.backlog() < 100'000) snapshot->walk({.bytes = 100'000});
  store.string("small", "new");
  store.string("huge", "no longer");
  EXPECT_LT(writer.memory(), 1'100'000u) << "of what is shared there is no copy";
  store.db = 0;
  store.string("large", "no longer");
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  writer.finish();
  EXPECT_EQ(records_of(bytes_of(writer.stream())),
            Bytes("\xfe\0\xfb\1\0\0\5large\x80\0\x0f\x42\x40", 17) + text +
                Bytes("\xfe\1\xfb\2\0\0\5small\3old\0\4huge\x80\0\x0f\x42\x40", 27) + text);
}

}  // namespace
}  // namespace replserver

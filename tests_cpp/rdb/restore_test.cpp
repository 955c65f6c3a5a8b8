#include "rdb/restore.hpp"

#include <gtest/gtest.h>

#include "rdb/dump.hpp"
#include "rdb/file.hpp"

namespace replserver {
namespace {

Bytes payload_of(Bytes value, std::uint16_t version = 10) {
  value.append(reinterpret_cast<const char*>(&version), sizeof version);
  const std::uint64_t checksum = crc64(0, value);
  return value.append(reinterpret_cast<const char*>(&checksum), sizeof checksum);
}

struct Target : Loaded {
  Bytes restore(ByteView payload, std::optional<UnixMs> expiry = {}, bool deep = true) {
    const auto restored =
        restore_value(payload, keyspace.database(0), keyspace.make_key("key"), expiry, deep);
    return restored ? "" : restored.error().text;
  }
};

TEST(Restore, GivesBackWhatWasDumped) {
  Store store;
  for (const Bytes& name : store.one_of_each()) {
    // The older versions do not tell when fields expire.
    const int oldest = name == "expiring hash" ? kRdbVersionMax : kRdbVersionMin;
    for (int version = oldest; version <= kRdbVersionMax; ++version) {
      SCOPED_TRACE(name + ", version " + std::to_string(version));
      Bytes payload;
      dump_value(payload, store.at(name), {.version = version});
      Target target;
      target.keyspace.database(0).set_string(target.keyspace.make_key("key"), "before", {});
      ASSERT_EQ(target.restore(payload, 5'000), "");
      const Entry& entry = *target.find("key");
      EXPECT_EQ(value_digest(entry) == value_digest(store.at(name)), false);  // it expires
      target.keyspace.database(0).set_expiry(target.keyspace.make_key("key"), std::nullopt);
      EXPECT_EQ(hex(value_digest(*target.find("key"))), hex(value_digest(store.at(name))));
    }
  }
}

TEST(Restore, LooksAtChecksumAndVersionFirst) {
  const Bytes wrong = "ERR DUMP payload version or checksum are wrong";
  Target target;
  const Bytes payload = payload_of(Bytes("\0\1x", 3));
  EXPECT_EQ(target.restore(payload), "");
  EXPECT_EQ(target.string("key"), "x");
  EXPECT_EQ(target.restore(payload.substr(0, payload.size() - 1)), wrong);
  EXPECT_EQ(target.restore(""), wrong);
  EXPECT_EQ(target.restore("x"), wrong);
  EXPECT_EQ(target.restore(payload_of(Bytes("\0\1x", 3), 13)), wrong);
}

TEST(Restore, RefusesWhatIsNoWholeValueAndKeepsWhatWasThere) {
  const Bytes bad[] = {"",
                       Bytes("\0", 1),
                       Bytes("\0\2x", 3),
                       Bytes("\0\1xy", 4),
                       Bytes("\2\0", 2),
                       Bytes("\2\2\1x\1x", 6),
                       Bytes("\2\2\1x\1xy", 7),
                       Bytes("\7\0\0", 3),
                       Bytes("\x08\0", 2),
                       Bytes("\xff\0", 2),
                       Bytes("\x14\0", 2),
                       Bytes("\x10\x07\7\0\0\0\0\0\xff", 9),
                       Bytes("\x05\1\1m\0\0\0\0\0\0\xf8\x7f", 12)};
  Target target;
  ASSERT_EQ(target.restore(payload_of(Bytes("\0\1x", 3))), "");
  const std::size_t memory = target.keyspace.used_memory();
  for (const Bytes& value : bad) {
    EXPECT_EQ(target.restore(payload_of(value)), "ERR Bad data format");
    EXPECT_EQ(target.string("key"), "x");
  }
  EXPECT_EQ(target.keyspace.used_memory(), memory);  // nothing half built is left
}

TEST(Restore, FindsDoublesInPackedValuesIfAsked) {
  const Bytes twice(
      "\x14\x0d\x0d\0\0\0\2\0\x81"
      "a\2\x81"
      "a\2\xff",
      15);
  Target target;
  EXPECT_EQ(target.restore(payload_of(twice), {}, true), "ERR Bad data format");
  EXPECT_EQ(target.restore(payload_of(twice), {}, false), "");
}

}  // namespace
}  // namespace replserver

#include <gtest/gtest.h>

#include "node/harness.hpp"
#include "node/state.hpp"
#include "rdb/dump.hpp"

namespace replserver {
namespace {

class DumpTest : public testing::Test {
 protected:
  // A payload as it is written on a line.
  Bytes dump(ByteView key) {
    const Bytes reply = client.say("DUMP " + Bytes(key));
    EXPECT_TRUE(reply.starts_with('"')) << reply;
    Bytes word = "\"";
    for (const char byte : ByteView(reply).substr(1, reply.size() - 2)) {
      char text[8];
      std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned char>(byte));
      word += text;
    }
    return word + '"';
  }
  TestNode node{{Words{"notify-keyspace-events", "EAn"}}};
  TestClient client = node.connect();
  TestClient listener = node.connect();
};

TEST_F(DumpTest, RestoresUnderAnotherName) {
  client.say("RPUSH list a b 3");
  EXPECT_EQ(client.say("RESTORE copy 0 " + dump("list")), "OK");
  EXPECT_EQ(client.say("LRANGE copy 0 -1"), "[\"a\" \"b\" \"3\"]");
  EXPECT_EQ(client.say("TTL copy"), "-1");
  EXPECT_EQ(client.say("DUMP missing"), "nil");
}

TEST_F(DumpTest, RestoresOverAKeyOnlyWhenToldTo) {
  client.say("SET text old");
  client.say("SET other new");
  const Bytes payload = dump("other");
  EXPECT_EQ(client.say("RESTORE text 0 " + payload), "-BUSYKEY Target key name already exists.");
  EXPECT_EQ(client.say("GET text"), "\"old\"");
  EXPECT_EQ(client.say("RESTORE text 0 " + payload + " replace"), "OK");
  EXPECT_EQ(client.say("GET text"), "\"new\"");
}

TEST_F(DumpTest, TakesATimeToLiveOrATime) {
  client.say("SADD set a b");
  const Bytes payload = dump("set");
  EXPECT_EQ(client.say("RESTORE one 5000 " + payload), "OK");
  EXPECT_EQ(client.say("PTTL one"), "5000");
  EXPECT_EQ(client.say("RESTORE two 1700000010000 " + payload + " ABSTTL"), "OK");
  EXPECT_EQ(client.say("PTTL two"), "10000");
  EXPECT_EQ(client.say("RESTORE three 9223372036854775807 " + payload), "OK");
  EXPECT_EQ(client.say("PEXPIRETIME three"), "9223372036854775807");
}

TEST_F(DumpTest, LeavesNothingOfWhatHasExpired) {
  client.say("SET text old");
  const Bytes payload = dump("text");
  EXPECT_EQ(client.say("RESTORE text 1000 " + payload + " ABSTTL REPLACE"), "OK");
  EXPECT_EQ(client.say("EXISTS text"), "0");
  EXPECT_EQ(client.say("RESTORE text 1000 " + payload + " ABSTTL"), "OK");
  EXPECT_EQ(client.say("RESTORE text 1000 nonsense ABSTTL"),
            "-ERR DUMP payload version or checksum are wrong");
  EXPECT_EQ(client.say("EXISTS text"), "0");
}

TEST_F(DumpTest, TakesHowTheKeyWasUsed) {
  client.say("SET text t");
  const Bytes payload = dump("text");
  client.say("RESTORE idle 0 " + payload + " IDLETIME 1000");
  EXPECT_EQ(client.say("OBJECT IDLETIME idle"), "1000");
  client.say("RESTORE idle 0 " + payload + " REPLACE FREQ 100");
  EXPECT_EQ(client.say("OBJECT IDLETIME idle"), "0");
  client.say("CONFIG SET maxmemory-policy allkeys-lfu");
  client.say("RESTORE often 0 " + payload + " FREQ 100");
  EXPECT_EQ(client.say("OBJECT FREQ often"), "100");
}

TEST_F(DumpTest, RefusesWrongWordsAsRedisDoes) {
  client.say("SET text t");
  const Bytes payload = dump("text");
  const auto refusal = [&](const Bytes& ttl, const Bytes& options) {
    return client.say("RESTORE new " + ttl + " " + payload + " " + options);
  };
  EXPECT_EQ(refusal("x", ""), "-ERR value is not an integer or out of range");
  EXPECT_EQ(refusal("-1", ""), "-ERR Invalid TTL value, must be >= 0");
  EXPECT_EQ(refusal("0", "IDLETIME"), "-ERR syntax error");
  EXPECT_EQ(refusal("0", "IDLETIME x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(refusal("0", "IDLETIME -1"), "-ERR Invalid IDLETIME value, must be >= 0");
  EXPECT_EQ(refusal("0", "FREQ 256"), "-ERR Invalid FREQ value, must be >= 0 and <= 255");
  EXPECT_EQ(refusal("0", "IDLETIME 1 FREQ 1"), "-ERR syntax error");
  EXPECT_EQ(refusal("0", "NONSENSE"), "-ERR syntax error");
  EXPECT_EQ(client.say("RESTORE new 0 nonsense"),
            "-ERR DUMP payload version or checksum are wrong");
  EXPECT_EQ(client.say("EXISTS new"), "0");
}

TEST_F(DumpTest, TellsWhoListens) {
  client.say("SET text t");
  const Bytes payload = dump("text");
  const auto told = [](const Bytes& event, const Bytes& key) {
    return "[\"pmessage\" \"*\" \"__keyevent@0__:" + event + "\" \"" + key + "\"]";
  };
  listener.say("PSUBSCRIBE *");
  client.say("RESTORE copy 0 " + payload);
  EXPECT_EQ(listener.hear(), told("new", "copy") + "; " + told("restore", "copy"));
  client.say("RESTORE copy 1 " + payload + " REPLACE ABSTTL");
  EXPECT_EQ(listener.hear(), told("del", "copy"));
}

TEST(Restore, TellsReplicasTheInstantItself) {
  Harness at;
  at.run("SET text t");
  at.changes();
  Bytes payload;
  dump_value(payload, *at.context.find(ByteView("text")));
  resp::Output output;
  at.context.reply = resp::Writer(output, 3);
  const auto restore = [&](std::vector<ByteView> args) {
    args.insert(args.begin() + 3, payload);
    at.context.begin_command();
    dump_commands()[1].handler(at.context, args);
    return at.changes();
  };
  EXPECT_EQ(restore({"RESTORE", "one", "5000", "FREQ", "7"}),
            "RESTORE one 1005000 " + payload + " FREQ 7 ABSTTL");
  EXPECT_EQ(restore({"RESTORE", "two", "1005000", "ABSTTL"}), "");
  EXPECT_TRUE(at.context.propagates_verbatim());
  EXPECT_EQ(restore({"RESTORE", "three", "0"}), "");
  EXPECT_TRUE(at.context.propagates_verbatim());
  EXPECT_EQ(restore({"RESTORE", "three", "1", "ABSTTL", "REPLACE"}), "DEL three");
  EXPECT_EQ(restore({"RESTORE", "three", "1", "ABSTTL"}), "");
  EXPECT_FALSE(at.context.propagates_verbatim());
  at.context.is_replica = true;  // whose primary decides what has expired
  EXPECT_EQ(restore({"RESTORE", "three", "1", "ABSTTL"}), "");
  EXPECT_TRUE(at.context.propagates_verbatim());
}

}  // namespace
}  // namespace replserver

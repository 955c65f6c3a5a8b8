#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

struct DebugTest : testing::Test {
  TestNode node{{Words{"enable-debug-command", "yes"}}};
  TestClient client = node.connect();
};

TEST_F(DebugTest, SleepKeepsTheDriverBusy) {
  EXPECT_EQ(client.say("DEBUG SLEEP 1.5"), "OK");
  EXPECT_EQ(node.busy, Duration(1'500'000));
  EXPECT_EQ(client.say("DEBUG SLEEP nonsense"), "OK");
  EXPECT_EQ(client.say("DEBUG SLEEP -1"), "OK");
  EXPECT_EQ(node.busy, Duration(1'500'000));
}

TEST_F(DebugTest, ObjectTellsHowAValueIsKept) {
  client.say("SET number 1000");
  client.say("SET word abc");
  node.pass(seconds(30));
  const Bytes number = client.say("DEBUG OBJECT number");
  EXPECT_TRUE(number.starts_with("Value at:0x")) << number;
  EXPECT_NE(number.find(" refcount:1 encoding:int serializedlength:3 lru:"), Bytes::npos) << number;
  EXPECT_TRUE(number.ends_with(" lru_seconds_idle:30")) << number;
  EXPECT_NE(client.say("DEBUG OBJECT word").find("encoding:embstr serializedlength:4 "),
            Bytes::npos);
  EXPECT_EQ(client.say("DEBUG OBJECT nothing"), "-ERR no such key");
}

TEST_F(DebugTest, ObjectSaysTheSameInEveryRun) {
  TestNode again({{"enable-debug-command", "yes"}});
  TestClient other = again.connect();
  client.say("SET k v");
  other.say("SET k v");
  EXPECT_EQ(client.say("DEBUG OBJECT k"), other.say("DEBUG OBJECT k"));
}

TEST_F(DebugTest, DigestIsRedisOwn) {
  EXPECT_EQ(client.say("DEBUG DIGEST"), Bytes(40, '0'));
  client.say("SET x 10");
  EXPECT_EQ(client.say("DEBUG DIGEST"), "47dbcbf64816333f795d700861fb903f1e9b4b53");
  EXPECT_EQ(client.say("DEBUG DIGEST-VALUE x y"),
            "[311acb99ec6c2ffc303176a787ecb8f8d91586ec " + Bytes(40, '0') + "]");
  EXPECT_EQ(client.say("DEBUG DIGEST-VALUE"), "[]");
}

TEST_F(DebugTest, SetActiveExpireLeavesExpiredKeysToTheirReaders) {
  EXPECT_EQ(client.say("DEBUG SET-ACTIVE-EXPIRE 0"), "OK");
  client.say("SET k v PX 10");
  node.pass(seconds(5));
  EXPECT_EQ(client.say("DBSIZE"), "1");
  EXPECT_EQ(client.say("DEBUG SET-ACTIVE-EXPIRE 1"), "OK");
  node.pass(seconds(5));
  EXPECT_EQ(client.say("DBSIZE"), "0");
}

TEST_F(DebugTest, PopulateMakesTheKeysThatAreMissing) {
  client.say("SET key:1 mine");
  EXPECT_EQ(client.say("DEBUG POPULATE 3"), "OK");
  EXPECT_EQ(client.say("MGET key:0 key:1 key:2"), "[\"value:0\" \"mine\" \"value:2\"]");
  EXPECT_EQ(client.say("DEBUG POPULATE 1 padded 9"), "OK");
  EXPECT_EQ(client.say_raw("GET padded:0\r\n"), Bytes("$9\r\nvalue:0\0\0\r\n", 15));
  EXPECT_EQ(client.say("DEBUG POPULATE 1 cut 5"), "OK");
  EXPECT_EQ(client.say("GET cut:0"), "\"value\"");
  for (const char* line : {"DEBUG POPULATE -1", "DEBUG POPULATE x", "DEBUG POPULATE 1 p -1"}) {
    EXPECT_EQ(client.say(line), "-ERR value is out of range, must be positive") << line;
  }
}

TEST_F(DebugTest, PopulateIsNotToldToReplicas) {
  TestNode primary({{"enable-debug-command", "yes"}, {"repl-history-from-start", "yes"}});
  TestClient writer = primary.connect();
  writer.say("DEBUG POPULATE 10");
  EXPECT_EQ(primary.node.position().offset, 0u);
}

TEST_F(DebugTest, TellsErrorsAndLogLines) {
  EXPECT_EQ(client.say("DEBUG ERROR 'OOPS it broke'"), "-OOPS it broke");
  EXPECT_EQ(client.say("DEBUG LOG 'a word'"), "OK");
  EXPECT_EQ(node.log.back(), "DEBUG LOG: a word");
}

TEST_F(DebugTest, ChangeReplIdBeginsAnotherHistory) {
  const Bytes before = node.node.position().history;
  EXPECT_EQ(client.say("DEBUG CHANGE-REPL-ID"), "OK");
  EXPECT_NE(node.node.position().history, before);
  EXPECT_EQ(node.node.position().history.size(), 40u);
}

TEST_F(DebugTest, ProtocolHasAReplyOfEachKindInResp2) {
  const std::vector<std::pair<const char*, const char*>> expected = {
      {"string", "$11\r\nHello World\r\n"},
      {"integer", ":12345\r\n"},
      {"double", "$5\r\n3.141\r\n"},
      {"null", "$-1\r\n"},
      {"array", "*3\r\n:0\r\n:1\r\n:2\r\n"},
      {"set", "*3\r\n:0\r\n:1\r\n:2\r\n"},
      {"map", "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n"},
      {"attrib", "$39\r\nSome real reply following the attribute\r\n"},
      {"push", "-ERR RESP2 is not supported by this command\r\n"},
      {"verbatim", "$25\r\nThis is a verbatim\nstring\r\n"},
      {"true", ":1\r\n"},
      {"false", ":0\r\n"},
      {"bignum", "$37\r\n1234567999999999999999999999999999999\r\n"},
  };
  for (const auto& [kind, reply] : expected) {
    EXPECT_EQ(client.say_raw("DEBUG PROTOCOL " + Bytes(kind) + "\r\n"), reply) << kind;
  }
}

TEST_F(DebugTest, ProtocolHasAReplyOfEachKindInResp3) {
  client.say("HELLO 3");
  const std::vector<std::pair<const char*, const char*>> expected = {
      {"double", ",3.141\r\n"},
      {"null", "_\r\n"},
      {"set", "~3\r\n:0\r\n:1\r\n:2\r\n"},
      {"map", "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n"},
      {"attrib",
       "|1\r\n$14\r\nkey-popularity\r\n*2\r\n$7\r\nkey:123\r\n:90\r\n"
       "$39\r\nSome real reply following the attribute\r\n"},
      {"push",
       ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push "
       "reply\r\n"},
      {"verbatim", "=29\r\ntxt:This is a verbatim\nstring\r\n"},
      {"true", "#t\r\n"},
      {"bignum", "(1234567999999999999999999999999999999\r\n"},
  };
  for (const auto& [kind, reply] : expected) {
    EXPECT_EQ(client.say_raw("DEBUG PROTOCOL " + Bytes(kind) + "\r\n"), reply) << kind;
  }
}

TEST_F(DebugTest, ProtocolNamesTheKindsItKnows) {
  EXPECT_EQ(client.say("DEBUG PROTOCOL nonsense"),
            "-ERR Wrong protocol type name. Please use one of the following: "
            "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
}

TEST_F(DebugTest, HtstatsTellsHowFullATableIs) {
  EXPECT_NE(client.say("DEBUG HTSTATS 0").find("No stats available for empty dictionaries"),
            Bytes::npos);
  client.say("SET k v EX 100");
  const Bytes text = client.say("DEBUG HTSTATS 0");
  EXPECT_NE(text.find(" number of elements: 1\n segments: 1\n"), Bytes::npos);
  EXPECT_NE(text.find("[Expires HT]\n number of elements: 1\n"), Bytes::npos);
  EXPECT_EQ(client.say("DEBUG HTSTATS x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(client.say("DEBUG HTSTATS 16"), "-ERR Out of range database");
  EXPECT_EQ(client.say("DEBUG HTSTATS -1"), "-ERR Out of range database");
}

TEST_F(DebugTest, AcceptsWhatSteersPartsWeDoNotHave) {
  EXPECT_EQ(client.say("DEBUG REPLYBUFFER PEAK-RESET-TIME never"), "OK");
  EXPECT_EQ(client.say("DEBUG REPLYBUFFER PEAK-RESET-TIME 100"), "OK");
  EXPECT_EQ(client.say("DEBUG REPLYBUFFER PEAK-RESET-TIME x"),
            "-ERR value is not an integer or out of range");
  EXPECT_EQ(client.say("DEBUG REPLYBUFFER RESIZING 0"), "OK");
  EXPECT_EQ(client.say("DEBUG QUICKLIST-PACKED-THRESHOLD 100b"), "OK");
  EXPECT_EQ(client.say("DEBUG QUICKLIST-PACKED-THRESHOLD 4gb"),
            "-ERR argument must be a memory value bigger than 1 and smaller than 4gb");
}

TEST_F(DebugTest, MatchesPatterns) {
  EXPECT_EQ(client.say("DEBUG STRINGMATCH-LEN a* abc"), "1");
  EXPECT_EQ(client.say("DEBUG STRINGMATCH-LEN b* abc"), "0");
}

TEST_F(DebugTest, CrashesWhenAskedTo) {
  EXPECT_EQ(client.say("DEBUG SEGFAULT"), "");
  EXPECT_TRUE(node.aborted);
}

TEST_F(DebugTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(client.say("DEBUG nonsense"),
            "-ERR unknown subcommand or wrong number of arguments for 'nonsense'. Try DEBUG HELP.");
  EXPECT_EQ(client.say("DEBUG SLEEP"),
            "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP.");
  EXPECT_TRUE(client.say("DEBUG HELP").starts_with("[DEBUG <subcommand>"));
}

TEST_F(DebugTest, IsRefusedUnlessTheConfigurationAllowsIt) {
  TestNode guarded;
  EXPECT_TRUE(
      guarded.connect().say("DEBUG SLEEP 0").starts_with("-ERR DEBUG command not allowed."));
  EXPECT_EQ(guarded.execute("DEBUG SLEEP 0"), "OK");
}

}  // namespace
}  // namespace replserver

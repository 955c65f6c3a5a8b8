#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

TEST(SlowlogCommand, ShowsWhatTookTooLong) {
  TestNode node({{"enable-debug-command", "yes"}});
  TestClient client = node.connect();
  client.say("CLIENT SETNAME me");
  client.say("DEBUG SLEEP 0.2");
  EXPECT_EQ(client.say("SLOWLOG LEN"), "1");
  EXPECT_EQ(client.say("SLOWLOG GET"),
            "[[0 1700000000 200000 [\"DEBUG\" \"SLEEP\" \"0.2\"] \"127.0.0.1:1000\" \"me\"]]");
  EXPECT_EQ(client.say("SLOWLOG RESET"), "OK");
  EXPECT_EQ(client.say("SLOWLOG GET -1"), "[]");
}

TEST(SlowlogCommand, GetsAsManyAsAskedFor) {
  TestNode node({{"slowlog-log-slower-than", "0"}});
  TestClient client = node.connect();
  for (int i = 0; i < 20; ++i) client.say("PING");
  const auto entries = [&](ByteView line) {
    const Bytes text = client.say(line);
    return std::count(text.begin(), text.end(), '[') / 2;
  };
  EXPECT_EQ(entries("SLOWLOG GET"), 10);
  EXPECT_EQ(entries("SLOWLOG GET 3"), 3);
  EXPECT_EQ(entries("SLOWLOG GET 0"), 0);
  EXPECT_EQ(entries("SLOWLOG GET -1"), 23);
  EXPECT_EQ(client.say("SLOWLOG GET -2"), "-ERR count should be greater than or equal to -1");
  EXPECT_EQ(client.say("SLOWLOG GET x"), "-ERR count should be greater than or equal to -1");
  EXPECT_EQ(client.say("SLOWLOG GET 1 2"),
            "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.");
}

TEST(SlowlogCommand, KeepsNoSecrets) {
  TestNode node({{"slowlog-log-slower-than", "0"}});
  TestClient client = node.connect();
  client.say("CONFIG SET masterauth secret hz 20");
  EXPECT_EQ(client.say("SLOWLOG GET 1").find("secret"), Bytes::npos);
  EXPECT_NE(client.say("SLOWLOG GET 2").find("\"masterauth\" \"(redacted)\" \"hz\" \"20\""),
            Bytes::npos);
}

TEST(LatencyCommand, TellsSpikesFromTheThresholdOn) {
  TestNode node({{"enable-debug-command", "yes"}, {"latency-monitor-threshold", "100"}});
  TestClient client = node.connect();
  client.say("DEBUG SLEEP 0.05");
  EXPECT_EQ(client.say("LATENCY LATEST"), "[]");
  client.say("DEBUG SLEEP 0.3");
  node.pass(seconds(1));
  client.say("DEBUG SLEEP 0.1");
  EXPECT_EQ(client.say("LATENCY LATEST"), "[[\"command\" 1700000001 100 300]]");
  EXPECT_EQ(client.say("LATENCY HISTORY command"), "[[1700000000 300] [1700000001 100]]");
  EXPECT_EQ(client.say("LATENCY HISTORY nothing"), "[]");
  EXPECT_TRUE(client.say("LATENCY GRAPH command").starts_with("\"command - high 300 ms"));
  EXPECT_EQ(client.say("LATENCY GRAPH nothing"), "-ERR No samples available for event 'nothing'");
  EXPECT_EQ(client.say("LATENCY RESET nothing command"), "1");
  EXPECT_EQ(client.say("LATENCY RESET"), "0");
}

TEST(LatencyCommand, HistogramCountsCallsUpToEachDoubling) {
  TestNode node({{"enable-debug-command", "yes"}});
  TestClient client = node.connect();
  client.say("PING");
  client.say("DEBUG SLEEP 0.00003");
  client.say("DEBUG SLEEP 0.00001");
  EXPECT_EQ(client.say("LATENCY HISTOGRAM debug nothing get"),
            "[\"debug\" [\"calls\" 2 \"histogram_usec\" [16 1 33 2]]]");
  client.say("CONFIG GET hz");
  client.say("CONFIG RESETSTAT");
  client.say("CONFIG GET hz");
  EXPECT_EQ(client.say("LATENCY HISTOGRAM config"),
            "[\"config|get\" [\"calls\" 1 \"histogram_usec\" [1 1]] "
            "\"config|resetstat\" [\"calls\" 1 \"histogram_usec\" [1 1]]]");
  EXPECT_EQ(client.say("LATENCY HISTOGRAM config|get"),
            "[\"config|get\" [\"calls\" 1 \"histogram_usec\" [1 1]]]");
  EXPECT_EQ(client.say("LATENCY HISTOGRAM config|nothing"), "[]");
}

TEST(MemoryCommand, TellsWhatAKeyTakes) {
  TestNode node;
  TestClient client = node.connect();
  client.say("SET small v");
  client.say("SET big " + Bytes(10000, 'v'));
  EXPECT_GT(std::stoi(client.say("MEMORY USAGE small")), 8);
  EXPECT_GT(std::stoi(client.say("MEMORY USAGE big SAMPLES 0")), 10000);
  EXPECT_EQ(client.say("MEMORY USAGE nothing"), "nil");
  EXPECT_EQ(client.say("MEMORY USAGE small SAMPLES"), "-ERR syntax error");
  EXPECT_EQ(client.say("MEMORY USAGE small SAMPLES -1"), "-ERR syntax error");
  EXPECT_EQ(client.say("MEMORY USAGE small SAMPLES x"),
            "-ERR value is not an integer or out of range");
  EXPECT_EQ(client.say("MEMORY USAGE small NONSENSE 1"), "-ERR syntax error");
}

TEST(MemoryCommand, StatsIsAMapWithADatabaseInIt) {
  TestNode node;
  TestClient client = node.connect();
  client.say("HELLO 3");
  const Bytes empty = client.say_raw("MEMORY STATS\r\n");
  EXPECT_TRUE(empty.starts_with("%27\r\n"));
  client.say("SET k v");
  const Bytes text = client.say("MEMORY STATS");
  EXPECT_TRUE(client.say_raw("MEMORY STATS\r\n").starts_with("%28\r\n"));
  EXPECT_NE(text.find("\"db.0\" {\"overhead.hashtable.main\""), Bytes::npos);
  EXPECT_NE(text.find("\"keys.count\" 1 "), Bytes::npos);
}

TEST(MemoryCommand, HasAdviceAndFigures) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_NE(client.say("MEMORY DOCTOR").find("too little"), Bytes::npos);
  client.say("SET k " + Bytes(6 << 20, 'v'));
  EXPECT_NE(client.say("MEMORY DOCTOR").find("Nothing stands out"), Bytes::npos);
  EXPECT_NE(client.say("MEMORY MALLOC-STATS").find("db0: used"), Bytes::npos);
  EXPECT_EQ(client.say("MEMORY PURGE"), "OK");
}

}  // namespace
}  // namespace replserver

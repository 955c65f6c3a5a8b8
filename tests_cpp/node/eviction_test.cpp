#include "node/eviction.hpp"

#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

// Keys until the node is well over its limit; what the last SET was told.
Bytes fill(TestNode& node, const Bytes& options) {
  TestClient client = node.connect();
  Bytes last;
  for (int i = 0; i < 6000; ++i)
    last = client.say("SET key:" + std::to_string(i) + " " + Bytes(400, 'x') + options);
  return last;
}

TEST(Eviction, RefusesCommandsThatNeedMemoryUnderNoeviction) {
  TestNode node({{"maxmemory", "1mb"}});
  EXPECT_EQ(fill(node, ""), "-OOM command not allowed when used memory > 'maxmemory'.");
  TestClient client = node.connect();
  EXPECT_EQ(client.say("DEL key:0"), "1");  // what frees memory is allowed
  EXPECT_EQ(client.say("PING"), "PONG");
}

TEST(Eviction, KeepsTheNodeBelowItsLimitUnderEveryPolicyOfAllKeys) {
  for (const Bytes policy : {"allkeys-lru", "allkeys-lfu", "allkeys-random"}) {
    SCOPED_TRACE(policy);
    TestNode node({{"maxmemory", "1mb"}, {"maxmemory-policy", policy}});
    EXPECT_EQ(fill(node, ""), "OK");
    EXPECT_LT(std::stoi(node.execute("DBSIZE")), 5000);
    EXPECT_GT(std::stoi(node.execute("DBSIZE")), 100);
  }
}

TEST(Eviction, TakesOnlyKeysWithATimeToLiveUnderVolatilePolicies) {
  for (const Bytes policy : {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"}) {
    SCOPED_TRACE(policy);
    TestNode node({{"maxmemory", "1mb"}, {"maxmemory-policy", policy}});
    node.execute("SET lasting value");
    EXPECT_EQ(fill(node, " EX 1000"), "OK");
    EXPECT_EQ(node.execute("GET lasting"), "\"value\"");
    TestNode stubborn({{"maxmemory", "1mb"}, {"maxmemory-policy", policy}});
    EXPECT_EQ(fill(stubborn, ""), "-OOM command not allowed when used memory > 'maxmemory'.");
  }
}

TEST(Eviction, TellsReplicasWhichKeysWent) {
  TestNode node({{"maxmemory", "1mb"},
                 {"maxmemory-policy", "allkeys-lru"},
                 {"repl-history-from-start", "yes"}});
  const Offset before = node.node.position().offset;
  fill(node, "");
  EXPECT_GT(node.node.position().offset, before + 6000 * 400);
  EXPECT_NE(node.execute("INFO stats").find("evicted_keys:0\r\n"), 0u);
}

}  // namespace
}  // namespace replserver

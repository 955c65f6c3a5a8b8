#include <gtest/gtest.h>

#include "node/harness.hpp"
#include "node/version.hpp"

namespace replserver {
namespace {

TEST(Time, IsSecondsAndMicrosecondsSince1970) {
  TestNode node;
  TestClient client = node.connect();
  node.pass(Duration(1'234'567));
  EXPECT_EQ(client.say("TIME"), "[\"1700000001\" \"234567\"]");
}

TEST(Role, OfAPrimaryIsItsOffsetAndItsReplicas) {
  TestNode node({{"repl-history-from-start", "yes"}});
  TestClient client = node.connect();
  EXPECT_EQ(client.say("ROLE"), "[\"master\" 0 []]");
  client.say("SET k v");
  EXPECT_EQ(client.say("ROLE"), "[\"master\" 50 []]");
}

TEST(Lastsave, IsTheStartUntilSomethingIsSaved) {
  TestNode node;
  TestClient client = node.connect();
  node.pass(seconds(10));
  EXPECT_EQ(client.say("LASTSAVE"), "1700000000");
}

TEST(Lolwut, EndsWithTheVersionOfRedis) {
  TestNode node;
  TestClient client = node.connect();
  const Bytes last = "Redis ver. " + Bytes(kRedisVersion) + "\n\"";
  for (const char* line : {"LOLWUT", "LOLWUT VERSION 5", "LOLWUT 20 3", "LOLWUT VERSION 6 0 -1"}) {
    const Bytes picture = client.say(line);
    EXPECT_TRUE(picture.ends_with(last)) << picture;
  }
  EXPECT_EQ(client.say("LOLWUT VERSION x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(client.say("LOLWUT x"), "-ERR value is not an integer or out of range");
}

TEST(Monitor, ShowsCommandsAfterTheyWereExecuted) {
  TestNode node;
  TestClient watcher = node.connect(), client = node.connect();
  EXPECT_EQ(watcher.say("MONITOR"), "OK");
  client.say("SELECT 3");
  client.say("SET \"a\\x01\" 'b c'");
  EXPECT_EQ(watcher.hear_raw(),
            "+1700000000.000000 [3 127.0.0.1:1000] \"SELECT\" \"3\"\r\n"
            "+1700000000.000000 [3 127.0.0.1:1000] \"SET\" \"a\\x01\" \"b c\"\r\n");
}

TEST(Monitor, ShowsATransactionInTheOrderOfItsCommands) {
  TestNode node;
  TestClient watcher = node.connect(), client = node.connect();
  watcher.say("MONITOR");
  client.say("multi");
  client.say("set k v");
  client.say("exec");
  EXPECT_EQ(watcher.hear_raw(),
            "+1700000000.000000 [0 127.0.0.1:1000] \"multi\"\r\n"
            "+1700000000.000000 [0 127.0.0.1:1000] \"set\" \"k\" \"v\"\r\n"
            "+1700000000.000000 [0 127.0.0.1:1000] \"exec\"\r\n");
}

TEST(Monitor, HidesPasswordsAndAdministration) {
  TestNode node;
  TestClient watcher = node.connect(), client = node.connect();
  watcher.say("MONITOR");
  client.say("AUTH secret");
  client.say("HELLO 3 AUTH default secret SETNAME me");
  client.say("CONFIG SET requirepass secret");
  client.say("GET");  // refused, so not executed
  client.say("NONSENSE");
  EXPECT_EQ(watcher.hear_raw(),
            "+1700000000.000000 [0 127.0.0.1:1000] \"AUTH\" \"(redacted)\"\r\n"
            "+1700000000.000000 [0 127.0.0.1:1000] \"HELLO\" \"3\" \"AUTH\" \"(redacted)\" "
            "\"(redacted)\" \"SETNAME\" \"me\"\r\n");
}

TEST(Monitor, IsRefusedInATransactionAndInProcess) {
  TestNode node;
  TestClient client = node.connect();
  client.say("MULTI");
  client.say("MONITOR");
  EXPECT_EQ(client.say("EXEC"), "[-ERR MONITOR isn't allowed for DENY BLOCKING client]");
  EXPECT_EQ(node.execute("MONITOR"), "-ERR MONITOR isn't allowed for DENY BLOCKING client");
}

TEST(Monitor, EndsWithItsConnection) {
  TestNode node;
  TestClient watcher = node.connect(), client = node.connect();
  watcher.say("MONITOR");
  EXPECT_EQ(watcher.say("MONITOR"), "");
  node.node.closed(watcher.link(), node.at());
  EXPECT_EQ(client.say("PING"), "PONG");
}

TEST(Shutdown, StopsTheNodeWithoutAReply) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("SHUTDOWN NOSAVE NOW FORCE"), "");
  EXPECT_TRUE(node.stopped);
  ASSERT_GE(node.log.size(), 2u);
  EXPECT_EQ(node.log[node.log.size() - 2], "User requested shutdown...");
  EXPECT_TRUE(node.log.back().ends_with("is now ready to exit, bye bye..."));
}

TEST(Shutdown, RefusesWhatContradictsItself) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("SHUTDOWN SAVE NOSAVE"), "-ERR syntax error");
  EXPECT_EQ(client.say("SHUTDOWN ABORT NOW"), "-ERR syntax error");
  EXPECT_EQ(client.say("SHUTDOWN please"), "-ERR syntax error");
  EXPECT_EQ(client.say("SHUTDOWN ABORT"), "-ERR No shutdown in progress.");
  EXPECT_FALSE(node.stopped);
}

}  // namespace
}  // namespace replserver

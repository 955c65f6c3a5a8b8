#include <gtest/gtest.h>

#include "harness.hpp"

namespace replserver {
namespace {

TEST(Subscribe, ConfirmsWithTheNumberOfSubscriptions) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say("SUBSCRIBE a b a"),
            "[\"subscribe\" \"a\" 1]; [\"subscribe\" \"b\" 2]; [\"subscribe\" \"a\" 2]");
  EXPECT_EQ(client.say("PSUBSCRIBE c*"), "[\"psubscribe\" \"c*\" 3]");
  EXPECT_EQ(client.say("SSUBSCRIBE d"), "[\"ssubscribe\" \"d\" 1]") << "shards count apart";
  EXPECT_EQ(client.say("UNSUBSCRIBE b nosuch"),
            "[\"unsubscribe\" \"b\" 2]; [\"unsubscribe\" \"nosuch\" 2]");
}

TEST(Subscribe, WritesArraysInResp2AndPushesInResp3) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say_raw("SUBSCRIBE a\r\n"), "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
  EXPECT_EQ(client.say_raw("UNSUBSCRIBE\r\n"), "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n");
  client.say("HELLO 3");
  EXPECT_EQ(client.say_raw("SUBSCRIBE a\r\n"), ">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n");
}

TEST(Unsubscribe, AnswersWithANullWhenThereIsNothing) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say_raw("UNSUBSCRIBE\r\n"), "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n");
  EXPECT_EQ(client.say("PUNSUBSCRIBE"), "[\"punsubscribe\" nil 0]");
  EXPECT_EQ(client.say("SUNSUBSCRIBE"), "[\"sunsubscribe\" nil 0]");
  client.say("SUBSCRIBE a");
  EXPECT_EQ(client.say("PUNSUBSCRIBE"), "[\"punsubscribe\" nil 1]");
}

TEST(Unsubscribe, EndsAllSubscriptionsOfItsKind) {
  TestNode node;
  TestClient client = node.connect();
  client.say("SUBSCRIBE a b");
  client.say("PSUBSCRIBE p*");
  EXPECT_EQ(client.say("UNSUBSCRIBE"), "[\"unsubscribe\" \"a\" 2]; [\"unsubscribe\" \"b\" 1]");
  EXPECT_EQ(client.say("PUNSUBSCRIBE"), "[\"punsubscribe\" \"p*\" 0]");
  EXPECT_EQ(client.say("GET k"), "nil") << "it is an ordinary client again";
}

TEST(Publish, ReachesSubscribersOfChannelAndPatterns) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect(), speaker = node.connect();
  client.say("SUBSCRIBE news");
  client.say("PSUBSCRIBE n*");
  other.say("HELLO 3");
  other.say("SUBSCRIBE news");
  EXPECT_EQ(speaker.say("PUBLISH news hello"), "3");
  EXPECT_EQ(client.hear(),
            "[\"message\" \"news\" \"hello\"]; [\"pmessage\" \"n*\" \"news\" \"hello\"]");
  EXPECT_EQ(other.hear_raw(), ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
  EXPECT_EQ(speaker.say("PUBLISH other hello"), "0");
  EXPECT_EQ(client.hear(), "");
}

TEST(Publish, SharesALongMessage) {
  TestNode node;
  TestClient first = node.connect(), second = node.connect(), speaker = node.connect();
  first.say("SUBSCRIBE a");
  second.say("SUBSCRIBE a");
  const Bytes message(100000, 'm');
  EXPECT_EQ(speaker.say("PUBLISH a " + message), "2");
  const Bytes expected = "[\"message\" \"a\" \"" + message + "\"]";
  EXPECT_EQ(first.hear(), expected);
  EXPECT_EQ(second.hear(), expected);
}

TEST(Publish, ToOneselfComesAfterTheReply) {
  TestNode node;
  TestClient client = node.connect();
  client.say("HELLO 3");
  client.say("SUBSCRIBE a");
  EXPECT_EQ(client.say("PUBLISH a 1"), "1; [\"message\" \"a\" \"1\"]");
  client.say("MULTI");
  client.say("PUBLISH a 1");
  client.say("PUBLISH a 2");
  EXPECT_EQ(client.say("EXEC"), "[1 1]; [\"message\" \"a\" \"1\"]; [\"message\" \"a\" \"2\"]");
}

TEST(Publish, ToShardsReachesShardSubscribersOnly) {
  TestNode node;
  TestClient client = node.connect(), speaker = node.connect();
  client.say("SUBSCRIBE a");
  client.say("SSUBSCRIBE a");
  EXPECT_EQ(speaker.say("SPUBLISH a m"), "1");
  EXPECT_EQ(client.hear(), "[\"smessage\" \"a\" \"m\"]");
}

TEST(Publish, IsForwardedToReplicas) {
  TestNode node({{"repl-history-from-start", "yes"}});
  TestClient client = node.connect();
  client.say("PUBLISH a m");
  const Offset after_first = node.node.position().offset;
  client.say("publish a m");
  EXPECT_EQ(node.node.position().offset - after_first,
            Offset{sizeof("*3\r\n$7\r\npublish\r\n$1\r\na\r\n$1\r\nm\r\n") - 1});
  EXPECT_EQ(client.say("LASTSAVE"), "1700000000");
}

TEST(Publish, DoesNotReachWhoIsLeaving) {
  TestNode node;
  TestClient client = node.connect(), speaker = node.connect();
  client.say("SUBSCRIBE a");
  node.node.received(client.link(), "QUIT\r\n", node.at());
  node.node.turn(node.at());
  EXPECT_EQ(speaker.say("PUBLISH a m"), "1");
  EXPECT_EQ(client.hear(), "OK");
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(speaker.say("PUBLISH a m"), "0");
}

TEST(PubSubContext, AllowsAResp2ClientLittleElse) {
  TestNode node;
  TestClient client = node.connect();
  client.say("SUBSCRIBE a");
  EXPECT_EQ(
      client.say("GET k"),
      "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET "
      "are allowed in this context");
  EXPECT_EQ(client.say("PING"), "[\"pong\" \"\"]");
  EXPECT_EQ(client.say("PING hi"), "[\"pong\" \"hi\"]");
  EXPECT_EQ(client.say("RESET"), "RESET");
  EXPECT_EQ(client.say("PING"), "PONG");
  client.say("HELLO 3");
  client.say("SUBSCRIBE a");
  EXPECT_EQ(client.say("PING"), "PONG");
}

TEST(PubSubContext, ReachesIntoATransaction) {
  TestNode node;
  TestClient client = node.connect();
  for (const ByteView line : {"MULTI", "SUBSCRIBE a", "PING", "UNSUBSCRIBE", "PING"}) {
    client.say(line);
  }
  EXPECT_EQ(client.say("EXEC"),
            "[[\"subscribe\" \"a\" 1] [\"pong\" \"\"] [\"unsubscribe\" \"a\" 0] PONG]");
}

TEST(PubSubContext, DoesNotExistInProcess) {
  TestNode node;
  EXPECT_EQ(node.execute("SUBSCRIBE a"), "-ERR SUBSCRIBE isn't allowed for a DENY BLOCKING client");
  EXPECT_EQ(node.execute("PUBLISH a m"), "0");
}

TEST(PubsubCommand, TellsWhoListens) {
  TestNode node;
  TestClient first = node.connect(), second = node.connect(), asker = node.connect();
  first.say("SUBSCRIBE abc abd");
  first.say("PSUBSCRIBE a* b*");
  second.say("SUBSCRIBE abc");
  second.say("PSUBSCRIBE a*");
  second.say("SSUBSCRIBE shard");
  EXPECT_EQ(asker.say("PUBSUB CHANNELS"), "[\"abc\" \"abd\"]");
  EXPECT_EQ(asker.say("PUBSUB CHANNELS *d"), "[\"abd\"]");
  EXPECT_EQ(asker.say("PUBSUB NUMSUB abc nosuch"), "[\"abc\" 2 \"nosuch\" 0]");
  EXPECT_EQ(asker.say("PUBSUB NUMSUB"), "[]");
  EXPECT_EQ(asker.say("PUBSUB NUMPAT"), "2") << "patterns, not their subscribers";
  EXPECT_EQ(asker.say("PUBSUB SHARDCHANNELS"), "[\"shard\"]");
  EXPECT_EQ(asker.say("PUBSUB SHARDNUMSUB shard"), "[\"shard\" 1]");
  EXPECT_EQ(
      asker.say("PUBSUB CHANNELS a b"),
      "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.");
  EXPECT_TRUE(asker.say("PUBSUB HELP").starts_with("[PUBSUB <subcommand> "));
}

TEST(KeyspaceEvents, ArePublishedOnBothChannels) {
  TestNode node({{"notify-keyspace-events", "KEA"}});
  TestClient client = node.connect(), writer = node.connect();
  client.say("PSUBSCRIBE __key*");
  writer.say("SELECT 2");
  writer.say("SET k v");
  EXPECT_EQ(client.hear(),
            "[\"pmessage\" \"__key*\" \"__keyspace@2__:k\" \"set\"]; "
            "[\"pmessage\" \"__key*\" \"__keyevent@2__:set\" \"k\"]");
}

TEST(KeyspaceEvents, AreLimitedToWhatTheConfigurationAsksFor) {
  TestNode node({{"notify-keyspace-events", "Eg"}});
  TestClient client = node.connect(), writer = node.connect();
  client.say("PSUBSCRIBE *");
  writer.say("SET k v");
  EXPECT_EQ(client.hear(), "");
  writer.say("DEL k");
  EXPECT_EQ(client.hear(), "[\"pmessage\" \"*\" \"__keyevent@0__:del\" \"k\"]");
}

TEST(KeyspaceEvents, TellOfExpiryByTime) {
  TestNode node({{"notify-keyspace-events", "Ex"}});
  TestClient client = node.connect(), writer = node.connect();
  client.say("SUBSCRIBE __keyevent@0__:expired");
  writer.say("SET k v PX 100");
  node.pass(seconds(2));
  EXPECT_EQ(client.hear(), "[\"message\" \"__keyevent@0__:expired\" \"k\"]");
}

TEST(KeyspaceEvents, FollowTheReplyOfTheirOwnCause) {
  TestNode node({{"notify-keyspace-events", "E$"}});
  TestClient client = node.connect();
  client.say("HELLO 3");
  client.say("SUBSCRIBE __keyevent@0__:set");
  EXPECT_EQ(client.say("SET k v"), "OK; [\"message\" \"__keyevent@0__:set\" \"k\"]");
}

}  // namespace
}  // namespace replserver

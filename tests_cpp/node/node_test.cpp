// Links, batches and outputs: how bytes become commands and replies become bytes.
#include "node/node.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "node/harness.hpp"

namespace replserver {
namespace {

constexpr ByteView kSetAndGet =
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";

TEST(Node, AnswersAPipelineInOrder) {
  TestNode node;
  EXPECT_EQ(node.connect().say_raw(kSetAndGet), "+OK\r\n$5\r\nvalue\r\n");
}

TEST(Node, AnswersTheSameHoweverTheBytesAreCut) {
  const Bytes talk = Bytes(kSetAndGet) + "PING\r\nset q 'a b'\r\n*2\r\n$3\r\nGET\r\n$1\r\nq\r\n";
  const Bytes expected = TestNode().connect().say_raw(talk);
  for (std::size_t cut = 1; cut < talk.size(); ++cut) {
    TestNode node;
    TestClient client = node.connect();
    Bytes reply = client.say_raw(ByteView(talk).substr(0, cut));
    reply += client.say_raw(ByteView(talk).substr(cut));
    EXPECT_EQ(reply, expected) << "cut at " << cut;
  }
}

TEST(Node, AnswersTheSameByteByByte) {
  TestNode node;
  TestClient client = node.connect();
  Bytes reply;
  for (const char byte : kSetAndGet) reply += client.say_raw({&byte, 1});
  EXPECT_EQ(reply, "+OK\r\n$5\r\nvalue\r\n");
}

TEST(Node, ExecutesTheCommandsOfSeveralLinksInOneTurn) {
  TestNode node;
  TestClient one = node.connect(), two = node.connect();
  node.node.received(one.link(), "INCR n\r\nINCR n\r\n", node.at());
  node.node.received(two.link(), "INCR n\r\n", node.at());
  node.node.turn(node.at());
  node.take();
  EXPECT_EQ(one.hear_raw(), ":1\r\n:2\r\n");
  EXPECT_EQ(two.hear_raw(), ":3\r\n");
}

TEST(Node, ReadsMoreCommandsThanOneBatchTakes) {
  TestNode node;
  Bytes talk;
  for (int i = 0; i < 5000; ++i) talk += "INCR n\r\n";
  node.connect().say_raw(talk);
  EXPECT_EQ(node.execute("GET n"), "\"5000\"");
}

// What a batch fetches ahead may be gone, or of another type, when its turn comes.
TEST(Node, AnswersABatchAboutLargeValuesAsItAnswersOneByOne) {
  constexpr ByteView kSmallest =
      "CONFIG SET set-max-intset-entries 0 set-max-listpack-entries 0 hash-max-listpack-entries 0 "
      "zset-max-listpack-entries 0";
  constexpr ByteView kLines[] = {"SADD",    "SREM", "SISMEMBER", "SPOP",   "HSET", "HGET", "HDEL",
                                 "HEXISTS", "ZADD", "ZREM",      "ZSCORE", "DEL",  "SET",  "SCARD"};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random chance(seed);
    TestNode batched, single;
    TestClient one = batched.connect(), other = single.connect();
    EXPECT_EQ(one.say(kSmallest), other.say(kSmallest));
    Bytes talk, expected;
    for (int i = 0; i < 500; ++i) {
      const ByteView name = kLines[chance.below(std::size(kLines))];
      Bytes line = Bytes(name) + " k" + std::to_string(chance.below(3));
      const Bytes element = " " + std::to_string(chance.below(20));
      if (name == "HSET" || name == "ZADD") line += element;
      if (name != "DEL" && name != "SCARD" && name != "SPOP") line += element;
      talk += line + "\r\n";
      expected += other.say_raw(line + "\r\n");
    }
    EXPECT_EQ(one.say_raw(talk), expected);
  }
}

TEST(Node, ExecutesNothingOfALinkBehindItsProtocolError) {
  TestNode node;
  TestClient client = node.connect();
  EXPECT_EQ(client.say_raw("SET k 1\r\n*x\r\nSET k 2\r\n"),
            "+OK\r\n-ERR Protocol error: invalid multibulk length\r\n");
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(node.execute("GET k"), "\"1\"");
}

TEST(Node, GivesClientsThatDidNotAuthenticateTightLimits) {
  TestNode node({{"requirepass", "secret"}});
  TestClient client = node.connect();
  EXPECT_EQ(client.say_raw("*11\r\n"), "-ERR Protocol error: unauthenticated multibulk length\r\n");
  EXPECT_TRUE(client.is_closed());
}

TEST(Node, LiftsThoseLimitsBetweenTwoCommandsOfOnePipeline) {
  TestNode node({{"requirepass", "secret"}});
  Bytes many = "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*13\r\n$4\r\nMSET\r\n";
  for (int i = 0; i < 12; ++i) many += "$1\r\nx\r\n";
  EXPECT_EQ(node.connect().say_raw(many), "+OK\r\n+OK\r\n");
}

TEST(Node, ClosesAClientWhoseQueryIsTooLong) {
  TestNode node({{"client-query-buffer-limit", "1mb"}});
  TestClient client = node.connect();
  client.say_raw("*2\r\n$4\r\nECHO\r\n$100000000\r\n");
  for (int i = 0; i < 20; ++i) client.say_raw(Bytes(100000, 'x'));
  EXPECT_TRUE(client.is_closed());
}

TEST(Node, ClosesAClientThatLeavesTooMuchUnread) {
  TestNode node({{"client-output-buffer-limit", "normal", "100000", "0", "0"}});
  TestClient lazy = node.connect(), other = node.connect();
  other.say("SET big " + Bytes(50000, 'x'));
  for (int i = 0; i < 4; ++i) {
    node.node.received(lazy.link(), "GET big\r\n", node.at());
    node.node.turn(node.at());
    node.take();
  }
  EXPECT_TRUE(lazy.is_closed());
  EXPECT_EQ(other.say("PING"), "PONG");
}

TEST(Node, ClosesAClientThatIsOverItsSoftLimitForTooLong) {
  TestNode node({{"client-output-buffer-limit", "normal", "0", "1000", "10"}});
  TestClient lazy = node.connect();
  node.execute("SET big " + Bytes(5000, 'x'));
  node.node.received(lazy.link(), "GET big\r\n", node.at());
  node.node.turn(node.at());
  node.pass(seconds(9));
  EXPECT_FALSE(lazy.is_closed());
  node.pass(seconds(3));
  EXPECT_TRUE(lazy.is_closed());
}

TEST(Node, ClosesIdleClientsAfterTheirTimeout) {
  TestNode node({{"timeout", "30"}});
  TestClient idle = node.connect(), busy = node.connect();
  node.pass(seconds(20));
  busy.say("PING");
  node.pass(seconds(15));
  EXPECT_TRUE(idle.is_closed());
  EXPECT_FALSE(busy.is_closed());
}

TEST(Node, RefusesMoreClientsThanItMayHave) {
  TestNode node({{"maxclients", "1"}});
  TestClient first = node.connect(), second = node.connect();
  EXPECT_EQ(second.hear_raw(), "-ERR max number of clients reached\r\n");
  EXPECT_TRUE(second.is_closed());
  EXPECT_EQ(first.say("PING"), "PONG");
}

TEST(Node, RefusesStrangersWhileItIsProtected) {
  const Peer stranger{
      .address = "10.0.0.9:1234", .local_address = "10.0.0.1:6379", .is_local = false};
  TestNode open_node({{"protected-mode", "no"}});
  EXPECT_EQ(open_node.connect(stranger).say("PING"), "PONG");
  TestNode guarded({{"requirepass", "secret"}});
  EXPECT_EQ(guarded.connect(stranger).say("AUTH secret"), "OK");
  TestNode node;
  TestClient client = node.connect(stranger);
  EXPECT_TRUE(client.hear_raw().starts_with("-DENIED "));
  EXPECT_TRUE(client.is_closed());
}

TEST(Node, ForgetsWhatAClosedLinkBegan) {
  TestNode node;
  TestClient client = node.connect(), other = node.connect();
  client.say("SUBSCRIBE news");
  client.say_raw("*2\r\n$4\r\nINCR\r\n");  // half a command
  node.node.closed(client.link(), node.at());
  EXPECT_EQ(other.say("PUBLISH news now"), "0");
  node.node.received(client.link(), "INCR n\r\n", node.at());  // too late
  node.node.turn(node.at());
  EXPECT_EQ(other.say("GET n"), "nil");
}

TEST(Node, HoldsPausedCommandsAndThenGoesOn) {
  TestNode node;
  TestClient client = node.connect();
  node.execute("CLIENT PAUSE 1000 WRITE");
  EXPECT_EQ(client.say_raw("GET k\r\nSET k 1\r\nGET k\r\n"), "$-1\r\n");
  node.pass(milliseconds(1100));
  EXPECT_EQ(client.hear_raw(), "+OK\r\n$1\r\n1\r\n");
}

TEST(Node, GivesTheSameOutputsForTheSameInputsAndSeed) {
  const auto story = [] {
    TestNode node({{"repl-history-from-start", "yes"}});
    TestClient client = node.connect();
    Bytes told;
    Random random(7);
    for (int i = 0; i < 500; ++i) {
      told += client.say("SET key:" + std::to_string(random.below(100)) + " " + std::to_string(i) +
                         " PX 500");
      told += client.say("RANDOMKEY") + client.say("SCAN 0");
      node.pass(milliseconds(static_cast<long>(random.below(40))));
    }
    return told + node.node.position().history + std::to_string(node.node.position().offset);
  };
  EXPECT_EQ(story(), story());
}

}  // namespace
}  // namespace replserver

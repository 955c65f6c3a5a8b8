#include "node/waiters.hpp"

#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

TEST(Waiters, AreServedFirstComeFirstServed) {
  TestNode node;
  TestClient one = node.connect(), other = node.connect(), giver = node.connect();
  EXPECT_EQ(one.say("BLPOP k 0"), "");
  EXPECT_EQ(other.say("BRPOP k 0"), "");
  EXPECT_EQ(giver.say("RPUSH k 1 2 3"), "3");
  EXPECT_EQ(one.hear(), "[\"k\" \"1\"]");
  EXPECT_EQ(other.hear(), "[\"k\" \"3\"]");
  EXPECT_EQ(giver.say("LRANGE k 0 -1"), "[\"2\"]");
}

TEST(Waiters, TakeNothingFromWhoFindsSomethingAtOnce) {
  TestNode node;
  TestClient one = node.connect();
  one.say("RPUSH b x");
  EXPECT_EQ(one.say("BLPOP a b 0"), "[\"b\" \"x\"]");
  EXPECT_EQ(one.say("EXISTS b"), "0");
}

TEST(Waiters, HearAfterTheWholeTransaction) {
  TestNode node;
  TestClient one = node.connect(), giver = node.connect();
  one.say("BLPOP k 0");
  giver.say("MULTI");
  giver.say("RPUSH k a");
  giver.say("DEL k");
  giver.say("RPUSH k b c");
  EXPECT_EQ(giver.say("EXEC"), "[1 1 2]");
  EXPECT_EQ(one.hear(), "[\"k\" \"b\"]");
}

TEST(Waiters, DoNotWaitInATransactionNorInProcess) {
  TestNode node;
  TestClient one = node.connect();
  one.say("MULTI");
  one.say("BLPOP k 0");
  one.say("BRPOPLPUSH k l 0");
  EXPECT_EQ(one.say("EXEC"), "[nil nil]");
  EXPECT_EQ(node.execute("BLPOP k 0"), "nil");
}

TEST(Waiters, AreAnsweredInVainWhenTheirTimeIsOver) {
  TestNode node;
  TestClient one = node.connect();
  EXPECT_EQ(one.say("BLPOP k 1.5"), "");
  node.pass(milliseconds(1499));
  EXPECT_EQ(one.hear(), "");
  node.pass(milliseconds(1));
  EXPECT_EQ(one.hear_raw(), "*-1\r\n");
  one.say("BLMOVE k l LEFT RIGHT 0.001");
  node.pass(milliseconds(1));
  EXPECT_EQ(one.hear_raw(), "$-1\r\n");
}

TEST(Waiters, RefuseImpossibleTimeouts) {
  TestNode node;
  TestClient one = node.connect();
  EXPECT_EQ(one.say("BLPOP k -1"), "-ERR timeout is negative");
  EXPECT_EQ(one.say("BLPOP k x"), "-ERR timeout is not a float or out of range");
  EXPECT_EQ(one.say("BLPOP k 1e300"), "-ERR timeout is out of range");
}

TEST(Waiters, KeepTheCommandsBehindUntilTheyAreServed) {
  TestNode node;
  TestClient one = node.connect(), giver = node.connect();
  EXPECT_EQ(one.say_raw("BLPOP k 0\r\nINCR n\r\nINCR n\r\n"), "");
  EXPECT_EQ(giver.say("EXISTS n"), "0");
  giver.say("RPUSH k v");
  EXPECT_EQ(one.hear(), "[\"k\" \"v\"]; 1; 2");
}

TEST(Waiters, StayWhereAnotherTypeAppears) {
  TestNode node;
  TestClient one = node.connect(), giver = node.connect();
  one.say("BLPOP k 0");
  giver.say("SET k x");
  giver.say("DEL k");
  giver.say("SADD k x");
  EXPECT_EQ(one.hear(), "");
  giver.say("DEL k");
  giver.say("RPUSH k v");
  EXPECT_EQ(one.hear(), "[\"k\" \"v\"]");
}

TEST(Waiters, ServeEachOtherAlongAChain) {
  TestNode node;
  TestClient first = node.connect(), second = node.connect(), giver = node.connect();
  first.say("BLMOVE a b LEFT RIGHT 0");
  second.say("BLPOP b 0");
  giver.say("RPUSH a v");
  EXPECT_EQ(first.hear(), "\"v\"");
  EXPECT_EQ(second.hear(), "[\"b\" \"v\"]");
  EXPECT_EQ(giver.say("DBSIZE"), "0");
}

TEST(Waiters, AreWokenByEveryWayInWhichAListAppears) {
  for (const ByteView line :
       {"RENAME from k", "COPY from k", "LMOVE from k LEFT LEFT", "SWAPDB 0 1"}) {
    TestNode node;
    TestClient one = node.connect(), giver = node.connect();
    giver.say("RPUSH from v");
    giver.say("SELECT 1");
    giver.say("RPUSH k v");
    giver.say("SELECT 0");
    one.say("BLPOP k 0");
    giver.say(line);
    EXPECT_EQ(one.hear(), "[\"k\" \"v\"]") << line;
  }
}

TEST(Waiters, AreSetFreeByOthers) {
  TestNode node;
  TestClient one = node.connect(), other = node.connect();
  const Bytes id = one.say("CLIENT ID");
  one.say("BLPOP k 0");
  EXPECT_EQ(other.say("CLIENT UNBLOCK " + id), "1");
  EXPECT_EQ(one.hear_raw(), "*-1\r\n");
  EXPECT_EQ(other.say("CLIENT UNBLOCK " + id), "0");
  one.say("BLPOP k 0");
  EXPECT_EQ(other.say("CLIENT UNBLOCK " + id + " ERROR"), "1");
  EXPECT_EQ(one.hear(), "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
  EXPECT_EQ(one.say("PING"), "PONG");
}

TEST(Waiters, ThatAreKilledTakeNothing) {
  TestNode node;
  TestClient one = node.connect(), other = node.connect();
  const Bytes id = one.say("CLIENT ID");
  one.say("BLPOP k 0");
  EXPECT_EQ(other.say("CLIENT KILL ID " + id), "1");
  EXPECT_EQ(other.say("RPUSH k v"), "1");
  EXPECT_EQ(other.say("LLEN k"), "1");
}

TEST(Waiters, WaitForTheEndOfAPause) {
  TestNode node;
  TestClient one = node.connect(), other = node.connect();
  one.say("BLPOP k 0");
  other.say("MULTI");
  other.say("RPUSH k v");
  other.say("CLIENT PAUSE 100 WRITE");
  other.say("EXEC");
  EXPECT_EQ(one.hear(), "");
  node.pass(milliseconds(101));
  EXPECT_EQ(one.hear(), "[\"k\" \"v\"]");
}

TEST(Waiters, AreCountedOnceAndShown) {
  TestNode node;
  TestClient one = node.connect(), other = node.connect();
  one.say("BLPOP a b 0");
  const Bytes info = other.say("INFO clients");
  EXPECT_NE(info.find("blocked_clients:1"), Bytes::npos);
  EXPECT_NE(info.find("total_blocking_keys:2"), Bytes::npos);
  other.say("RPUSH b v");
  EXPECT_NE(other.say("INFO commandstats").find("cmdstat_blpop:calls=1,"), Bytes::npos);
  EXPECT_NE(other.say("INFO clients").find("total_blocking_keys:0"), Bytes::npos);
}

TEST(Waiters, QueueAClientOnceForAKeyItNamesTwice) {
  Waiters waiters;
  waiters.wait(
      {.client = 1, .db = 0, .wish = {.type = Type::list, .keys = {"a", "a"}}, .deadline = {}});
  EXPECT_EQ(waiters.keys(), 1u);
  waiters.changed(0, "a");
  waiters.changed(0, "a");
  waiters.changed(1, "a");
  EXPECT_EQ(waiters.take_ready().key, "a");
  EXPECT_FALSE(waiters.any_ready());
  EXPECT_EQ(waiters.queue_of(0, "a"), std::vector<std::uint64_t>{1});
  waiters.forget(1);
  EXPECT_EQ(waiters.keys(), 0u);
}

}  // namespace
}  // namespace replserver

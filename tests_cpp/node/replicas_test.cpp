// What a primary believes of its replicas, and what it does not.
#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

class ReplicasTest : public ::testing::Test {
 protected:
  // One that is online and has all.
  TestClient replica() {
    TestClient link = node.connect();
    link.say_raw("PSYNC ? -1\r\n");
    while (link.hear_raw().empty() || node.node.has_idle_work()) {
      node.node.idle(node.at());
      node.take();
    }
    acknowledge(link, node.node.position().offset);
    EXPECT_NE(client.say("INFO replication").find("state=online"), Bytes::npos);
    return link;
  }
  void acknowledge(TestClient& link, Offset offset) {
    link.say_raw("REPLCONF ACK " + std::to_string(offset) + "\r\n");
  }
  // What a link that is alive does for so many seconds.
  void keep_acknowledging(TestClient& link, Offset offset, int times) {
    for (int i = 0; i < times && !link.is_closed(); ++i) {
      node.pass(seconds(1));
      link.hear_raw();
      acknowledge(link, offset);
    }
  }
  bool counts(int wrong) {
    const Bytes field = "replica_wrong_acks:" + std::to_string(wrong);
    return client.say("INFO stats").find(field) != Bytes::npos;
  }

  TestNode node{{Words{"save", ""}, Words{"repl-diskless-sync-delay", "0"}}};
  TestClient client = node.connect();
};

TEST_F(ReplicasTest, AnAcknowledgementOfWhatWasNeverSentEndsTheLink) {
  TestClient link = replica();
  EXPECT_TRUE(counts(0));
  acknowledge(link, node.node.position().offset + 1);
  node.pass(Duration(1));
  EXPECT_TRUE(link.is_closed());
  EXPECT_TRUE(counts(1));
}

TEST_F(ReplicasTest, AnAcknowledgementOfLessThanBeforeEndsTheLink) {
  TestClient link = replica();
  client.say("SET k v");
  link.hear_raw();
  acknowledge(link, node.node.position().offset);
  EXPECT_FALSE(link.is_closed());
  acknowledge(link, node.node.position().offset - 1);
  node.pass(Duration(1));
  EXPECT_TRUE(link.is_closed());
  EXPECT_TRUE(counts(1));
}

TEST_F(ReplicasTest, AcknowledgementsThatStandStillEndTheLinkAfterTheTimeout) {
  TestClient link = replica();
  const Offset has = node.node.position().offset;
  keep_acknowledging(link, has, 5);
  client.say("SET lost on-its-way");
  keep_acknowledging(link, has, 58);
  EXPECT_FALSE(link.is_closed());
  keep_acknowledging(link, has, 5);
  EXPECT_TRUE(link.is_closed());
  EXPECT_TRUE(counts(1));
}

TEST_F(ReplicasTest, ASlowReplicaThatGetsOnIsLeftInPeace) {
  TestClient link = replica();
  for (int i = 0; i < 200; ++i) {
    client.say("SET k v");
    keep_acknowledging(link, node.node.position().offset - 10, 1);
  }
  EXPECT_FALSE(link.is_closed());
  keep_acknowledging(link, node.node.position().offset, 1);
  EXPECT_TRUE(counts(0));
}

}  // namespace
}  // namespace replserver

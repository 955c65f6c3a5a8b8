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
    link.say_raw("REPLCONF capa eof\r\n");
    link.say_raw("PSYNC ? -1\r\n");
    while (link.hear_raw().empty() || node.node.has_idle_work()) idle();
    acknowledge(link, node.node.position().offset);
    EXPECT_NE(client.say("INFO replication").find("state=online"), Bytes::npos);
    return link;
  }
  void idle() {
    node.node.idle(node.at());
    node.take();
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

TEST_F(ReplicasTest, ASnapshotThatGoesToAFileFirstWaitsForTheDisk) {
  for (int i = 0; i < 400; ++i)
    client.say("SET key" + std::to_string(i) + " " + Bytes(100'000, 'x'));
  TestClient link = node.connect();
  link.say_raw("SYNC\r\n");
  for (int i = 0; i < 1000; ++i) idle();
  EXPECT_NE(client.say("INFO persistence").find("snapshots_running:1"), Bytes::npos);
  const auto is_to_be_read = [&] {
    return std::holds_alternative<ReadPart>(node.operations.front().what);
  };
  while (!node.operations.empty() && !is_to_be_read()) {
    EXPECT_EQ(link.hear_raw(), "");  // its size is not known
    node.complete(Bytes());
    for (int i = 0; i < 1000; ++i) idle();
  }
  EXPECT_NE(client.say("INFO persistence").find("snapshots_running:0"), Bytes::npos);
  const Bytes header = link.hear_raw();
  EXPECT_TRUE(header.starts_with("$400")) << header;
  node.complete(Bytes("REDIS"));
  EXPECT_EQ(link.hear_raw(), "REDIS");
}

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

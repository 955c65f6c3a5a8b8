#include "node/replication_status.hpp"

#include "harness.hpp"

namespace replserver {
namespace {

TEST(ReplicationStatus, OfAPrimaryWithoutReplicasIsAPosition) {
  TestNode node;
  const ReplicationStatus status = node.node.replication(node.at());
  EXPECT_EQ(status.position, node.node.position());
  EXPECT_FALSE(status.former || status.primary || status.backlog);
  EXPECT_TRUE(status.replicas.empty());
}

TEST(ReplicationStatus, TellsTheWindowFromWhichOneMayResume) {
  TestNode node({{"repl-history-from-start", "yes"}, {"repl-backlog-size", "20kb"}});
  const std::size_t written = 30'000;
  node.execute("SET k " + Bytes(written, 'x'));
  const ReplicationStatus status = node.node.replication(node.at());
  ASSERT_TRUE(status.backlog);
  EXPECT_GT(status.position.offset, written);
  EXPECT_EQ(status.backlog->end, status.position.offset);
  EXPECT_EQ(status.backlog->size, 20 * 1024u);
  EXPECT_LE(status.backlog->end - status.backlog->first, written);
  EXPECT_GT(status.backlog->first, 0u);
}

TEST(ReplicationStatus, OfAReplicaNamesItsPrimaryAndTheLink) {
  TestNode node;
  node.execute("REPLICAOF somewhere 7000");
  const ReplicationStatus status = node.node.replication(node.at());
  ASSERT_TRUE(status.primary);
  EXPECT_EQ(status.primary->host, "somewhere");
  EXPECT_EQ(status.primary->port, 7000);
  EXPECT_EQ(status.link, "connecting");
}

TEST(ReplicationStatus, OfAPromotedReplicaNamesTheFormerHistory) {
  TestNode node({{"repl-history-from-start", "yes"}});
  const Position before = node.node.position();
  node.execute("REPLICAOF somewhere 7000");
  node.execute("REPLICAOF NO ONE");
  const ReplicationStatus status = node.node.replication(node.at());
  ASSERT_TRUE(status.former);
  EXPECT_EQ(status.former->history, before.history);
  EXPECT_NE(status.position.history, before.history);
}

TEST(ReplicationStatus, TellsTheDatabaseThatTheHistoryHasSelected) {
  TestNode node({{"repl-history-from-start", "yes"}});
  EXPECT_EQ(node.node.replication(node.at()).selected_db, -1);
  node.execute("SET k v");
  EXPECT_EQ(node.node.replication(node.at()).selected_db, 0);
  node.execute("SELECT 3");
  EXPECT_EQ(node.node.replication(node.at()).selected_db, 0);  // a write says it
  node.execute("SET k v");
  EXPECT_EQ(node.node.replication(node.at()).selected_db, 3);
}

TEST(ReplicationWish, HoldsWhenAllThatIsSaidIsSo) {
  TestNode node({{"repl-history-from-start", "yes"}});
  const Offset offset = node.node.position().offset;
  EXPECT_TRUE(node.node.holds({.offset = offset, .is_replica = false}));
  EXPECT_FALSE(node.node.holds({.offset = offset + 1, .is_replica = false}));
  EXPECT_FALSE(node.node.holds({.offset = offset, .is_replica = true}));
  node.execute("SET k v");
  EXPECT_TRUE(node.node.holds({.offset = offset + 1}));
}

TEST(ReplicationWish, ForALinkIsForAReplicaOnly) {
  TestNode node;
  EXPECT_FALSE(node.node.holds({.link = "connecting"}));
  node.execute("REPLICAOF somewhere 7000");
  EXPECT_TRUE(node.node.holds({.link = "connecting"}));
  EXPECT_FALSE(node.node.holds({.link = "connected"}));
}

TEST(ReplicationWish, ForAcknowledgementsNeedsSomebodyToAcknowledge) {
  TestNode node;
  EXPECT_FALSE(node.node.holds({.acknowledged = 0}));
  EXPECT_FALSE(node.node.holds({.replicas = 1}));
  EXPECT_TRUE(node.node.holds({.replicas = 0}));
}

TEST(ReplicationWish, MayEndWithItsHistory) {
  TestNode node;
  const HistoryId history = node.node.position().history;
  EXPECT_FALSE(node.node.holds({.offset = 1'000'000, .unless = history}));
  EXPECT_TRUE(node.node.holds({.offset = 1'000'000, .unless = HistoryId(40, 'a')}));
}

}  // namespace
}  // namespace replserver

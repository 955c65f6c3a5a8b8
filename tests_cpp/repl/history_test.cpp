#include "repl/history.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

constexpr Offset kWholeBacklog = 0;

History written(HistoryId id, Offset bytes) {
  History history(std::move(id));
  history.advance(bytes);
  return history;
}

TEST(History, LetsItsOwnReplicaResumeWithinTheBacklog) {
  const History history = written("A", 200);
  EXPECT_EQ(history.sync_for({"A", 120}, 120), Sync::partial);
  EXPECT_EQ(history.sync_for({"A", 119}, 120), Sync::full);
}

TEST(History, RefusesAReplicaThatIsAhead) {
  const History history = written("A", 200);
  EXPECT_EQ(history.sync_for({"A", 200}, kWholeBacklog), Sync::partial);
  EXPECT_EQ(history.sync_for({"A", 201}, kWholeBacklog), Sync::full);
}

TEST(History, ServesItsFormerNameUpToWhereTheTwoPart) {
  History history = written("A", 50);
  history.continue_as("B");
  history.advance(25);

  EXPECT_EQ(history.sync_for({"A", 50}, kWholeBacklog), Sync::partial);
  EXPECT_EQ(history.sync_for({"A", 51}, kWholeBacklog), Sync::full);  // the old primary wrote on
  EXPECT_EQ(history.sync_for({"B", 75}, kWholeBacklog), Sync::partial);
}

TEST(History, ForgetsItsFormerNameWhenRenamedOrReplaced) {
  History renamed = written("A", 50);
  renamed.continue_as("B");
  renamed.rename("C");
  EXPECT_EQ(renamed.sync_for({"A", 10}, kWholeBacklog), Sync::full);
  EXPECT_EQ(renamed.sync_for({"B", 10}, kWholeBacklog), Sync::full);

  History replaced = written("A", 50);
  replaced.continue_as("B");
  replaced.adopt({"D", 70});
  EXPECT_EQ(replaced.sync_for({"A", 10}, kWholeBacklog), Sync::full);
  EXPECT_EQ(replaced.current(), (Position{"D", 70}));
}

TEST(History, ServesNobodyWithoutAName) {
  EXPECT_EQ(written("A", 50).sync_for({"", 0}, kWholeBacklog), Sync::full);
}

}  // namespace
}  // namespace replserver

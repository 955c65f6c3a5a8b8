#include "node/journal.hpp"

#include "harness.hpp"

namespace replserver {
namespace {

struct Watched {
  explicit Watched(Journal::Limits limits = {},
                   std::initializer_list<Words> directives = {{"repl-history-from-start", "yes"}})
      : node(directives), journal(limits) {
    look();
  }
  void look() { node.node.note_in(journal, {node.at().wall, node.at().wall}); }
  void execute(ByteView line) {
    node.execute(line);
    look();
  }
  const Journal::Entry& last() const { return journal.entries().back(); }

  TestNode node;
  Journal journal;
};

TEST(Journal, BeginsWithWhereTheNodeStands) {
  Watched watched;
  ASSERT_EQ(watched.journal.entries().size(), 1u);
  ASSERT_TRUE(watched.last().standing);
  EXPECT_EQ(watched.last().standing->history, watched.node.node.position().history);
  EXPECT_FALSE(watched.last().standing->primary);
}

TEST(Journal, KeepsTheBytesThatWereWritten) {
  Watched watched;
  const Offset before = watched.node.node.position().offset;
  watched.execute("SET k v");
  EXPECT_EQ(watched.last().begin, before);
  EXPECT_EQ(watched.last().end, watched.node.node.position().offset);
  EXPECT_EQ(watched.last().bytes.size(), watched.last().end - before);
  EXPECT_TRUE(watched.last().bytes.ends_with("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"));
  EXPECT_FALSE(watched.last().standing);
}

TEST(Journal, SaysNothingOfWhatChangesNothing) {
  Watched watched;
  watched.execute("GET k");
  watched.look();
  EXPECT_EQ(watched.journal.entries().size(), 1u);
}

TEST(Journal, TellsEachChangeOfRole) {
  Watched watched;
  const HistoryId first = watched.node.node.position().history;
  watched.execute("REPLICAOF somewhere 7000");
  ASSERT_TRUE(watched.last().standing && watched.last().standing->primary);
  EXPECT_EQ(watched.last().standing->primary->host, "somewhere");
  EXPECT_EQ(watched.last().standing->link, "connecting");
  watched.execute("REPLICAOF NO ONE");
  ASSERT_TRUE(watched.last().standing);
  EXPECT_FALSE(watched.last().standing->primary);
  EXPECT_EQ(watched.last().standing->former, first);
  EXPECT_EQ(watched.last().standing->history, watched.node.node.position().history);
}

TEST(Journal, ForgetsTheOldestEntriesAndCountsThem) {
  Watched watched({.entries = 3, .bytes = 1 << 20});
  for (int i = 0; i < 5; ++i) watched.execute("INCR n");
  ASSERT_EQ(watched.journal.entries().size(), 3u);
  EXPECT_EQ(watched.journal.dropped(), 3u);  // where it stood at first, and two writes
  EXPECT_EQ(watched.journal.entries().front().number, 4u);
}

TEST(Journal, IsBoundedByItsBytesToo) {
  Watched watched({.entries = 100, .bytes = 1000});
  for (int i = 0; i < 10; ++i) watched.execute("SET k " + Bytes(300, 'x'));
  std::size_t kept = 0;
  for (const Journal::Entry& entry : watched.journal.entries()) kept += entry.bytes.size();
  EXPECT_LE(kept, 1000u);
  EXPECT_EQ(watched.journal.entries().size(), 3u);
  watched.execute("SET k " + Bytes(3000, 'x'));
  EXPECT_TRUE(watched.last().bytes.empty());
  EXPECT_GT(watched.last().end, watched.last().begin + 3000);
}

TEST(Journal, HasTheEndOfWhatTheBacklogCouldNotHold) {
  Watched watched({}, {{"repl-history-from-start", "yes"}, {"repl-backlog-size", "16kb"}});
  watched.execute("SET k " + Bytes(300'000, 'x'));
  EXPECT_LT(watched.last().bytes.size(), watched.last().end - watched.last().begin);
  EXPECT_TRUE(watched.last().bytes.ends_with("x\r\n"));
}

TEST(Journal, TellsTheNodesEndAndThenWhereTheNextOneStands) {
  Watched watched;
  watched.journal.ended({watched.node.at().wall, watched.node.at().wall});
  EXPECT_TRUE(watched.last().is_last);
  watched.look();
  EXPECT_TRUE(watched.last().standing);
}

}  // namespace
}  // namespace replserver

#include "harness.hpp"

namespace replserver {
namespace {

// A client of the process itself, asked in words.
struct Inside {
  explicit Inside(TestNode& test) : test(test), link(test.node.accepted_in_process(test.at())) {}

  Bytes ask(std::initializer_list<ByteView> words) {
    test.node.asked(link, std::vector<ByteView>(words), test.at());
    test.take();
    return hear();
  }
  Bytes hear() { return TestClient(test, link).hear(); }
  bool is_busy() const { return test.node.is_busy_with(link); }
  bool is_suspended() const { return test.node.is_suspended(link); }

  TestNode& test;
  LinkId link;
};

TEST(InProcess, HasClientsThatNeitherGreetNorGiveAPassword) {
  TestNode node({{"requirepass", "secret"}, {"bind", "127.0.0.1"}, {"protected-mode", "yes"}});
  Inside inside(node);
  EXPECT_EQ(inside.ask({"SET", "k", "v"}), "OK");
  EXPECT_EQ(inside.ask({"CONFIG", "GET", "hz"}), "{\"hz\" \"10\"}");
  EXPECT_FALSE(inside.is_busy());
}

TEST(InProcess, SaysWhileACommandBlocksThatItIsBusyWithIt) {
  TestNode node;
  Inside inside(node);
  EXPECT_EQ(inside.ask({"BLPOP", "queue", "0"}), "");
  EXPECT_TRUE(inside.is_busy());
  EXPECT_TRUE(inside.is_suspended());
  node.execute("RPUSH queue job");
  EXPECT_FALSE(inside.is_busy());
  EXPECT_EQ(inside.hear(), "[\"queue\" \"job\"]");
}

TEST(InProcess, IsBusyWithWhatWaitsForItsTurn) {
  TestNode node;
  Inside inside(node);
  inside.ask({"BLPOP", "queue", "0"});
  inside.ask({"PING"});
  node.execute("RPUSH queue job");
  EXPECT_EQ(inside.hear(), "[\"queue\" \"job\"]; PONG");
  EXPECT_FALSE(inside.is_busy());
}

TEST(InProcess, ForgetsAClientThatHangsUpWhileItBlocks) {
  TestNode node;
  Inside inside(node);
  inside.ask({"BLPOP", "queue", "0"});
  node.node.closed(inside.link, node.at());
  EXPECT_FALSE(inside.is_busy());
  EXPECT_EQ(node.execute("RPUSH queue job"), "1");
  EXPECT_EQ(node.execute("LLEN queue"), "1");
}

TEST(InProcess, ExecutesApartFromATransactionThatHasBegun) {
  TestNode node;
  node.execute("MULTI");
  node.execute("INCR n");
  const std::vector<ByteView> words = {"DBSIZE"};
  node.node.execute_apart(words, node.at());
  EXPECT_EQ(TestNode::text_of(node.node.executed()), "0");
  EXPECT_EQ(node.execute("INCR n"), "QUEUED");
  EXPECT_EQ(node.execute("EXEC"), "[1 2]");
}

}  // namespace
}  // namespace replserver

// What a full sync brings when it goes by a file: what is asked of the disk, and of the link meanwhile.
#include "node/harness.hpp"

namespace replserver {
namespace {

constexpr std::size_t kMebibyte = 1024 * 1024;

// A replica in the middle of its payload; the primary's part and the disk's are played by hand.
class IntakeByFile : public ::testing::Test {
 protected:
  IntakeByFile() {
    node_.execute("SET old data");
    node_.execute("REPLICAOF 127.0.0.1 7000");
    const LinkId link = node_.dialled.back();
    node_.node.opened(link, {.address = "127.0.0.1:7000", .local_address = "127.0.0.1:5000"},
                      node_.at());
    node_.take();
    primary_.emplace(node_, link);
    primary_->say_raw("+PONG\r\n");
    primary_->say_raw("+OK\r\n+OK\r\n+OK\r\n");
    primary_->say_raw("+FULLRESYNC " + Bytes(40, 'a') + " 100\r\n");
    primary_->say_raw("$" + std::to_string(64 * kMebibyte) + "\r\n");
  }

  bool is_held() const { return node_.node.holds_input(primary_->link()); }
  template <class What>
  const What* asked() const {
    return node_.operations.empty() ? nullptr : std::get_if<What>(&node_.operations.front().what);
  }

  TestNode node_{{Words{"repl-diskless-load", "disabled"}}};
  std::optional<TestClient> primary_;
};

TEST_F(IntakeByFile, WritesBesideTheFileThatIsThere) {
  ASSERT_NE(asked<WritePart>(), nullptr);
  EXPECT_TRUE(asked<WritePart>()->path.starts_with("temp-"));
  EXPECT_EQ(node_.execute("GET old"), R"("data")");
}

TEST_F(IntakeByFile, HoldsItsInputWhileTheDiskIsSlower) {
  for (int i = 0; i < 16; ++i) primary_->say_raw(Bytes(kMebibyte, 'x'));
  EXPECT_FALSE(is_held());
  primary_->say_raw(Bytes(kMebibyte, 'x'));
  EXPECT_TRUE(is_held());
  while (!node_.operations.empty() && is_held()) node_.complete(Bytes());
  EXPECT_FALSE(is_held());
}

TEST_F(IntakeByFile, KeepsItsPrimaryWhileTheDiskIsSlower) {
  for (int i = 0; i < 17; ++i) primary_->say_raw(Bytes(kMebibyte, 'x'));
  node_.pass(seconds(50));
  node_.complete(Bytes());  // the file is made
  node_.complete(Bytes());  // and some of it is written
  node_.pass(seconds(50));
  EXPECT_FALSE(primary_->is_closed());
  node_.pass(seconds(11));  // a minute without anything
  EXPECT_TRUE(primary_->is_closed());
}

TEST_F(IntakeByFile, LeavesNothingBehindWhenItIsGivenUp) {
  node_.execute("REPLICAOF NO ONE");
  ASSERT_NE(asked<WritePart>(), nullptr);
  node_.complete(Bytes());
  ASSERT_NE(asked<RemoveFile>(), nullptr);
  EXPECT_TRUE(asked<RemoveFile>()->path.starts_with("temp-"));
  EXPECT_EQ(node_.execute("GET old"), R"("data")");
}

TEST(ReplicaLinks, GatherSmallWritesIfToldSo) {
  for (const Bytes value : {"yes", "no"}) {
    TestNode node({Words{"repl-disable-tcp-nodelay", value}});
    TestClient replica = node.connect();
    replica.say("PSYNC ? -1");
    const std::vector<LinkId> expected(value == "yes" ? 1 : 0, replica.link());
    EXPECT_EQ(node.gathering, expected) << value;
  }
}

}  // namespace
}  // namespace replserver

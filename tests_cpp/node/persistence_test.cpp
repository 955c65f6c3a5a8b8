#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

// A node with keys to save, and the disk's part played by hand.
class Persisting : public ::testing::Test {
 protected:
  Persisting() {
    for (int i = 0; i < 10; ++i) node_.execute("SET key:" + std::to_string(i) + " value");
  }

  Bytes what(const Operation& operation) {
    if (const auto* part = std::get_if<WritePart>(&operation.what)) {
      return part->pieces.empty() ? "make" : "write";
    }
    if (std::holds_alternative<SyncFile>(operation.what)) return "sync";
    if (const auto* rename = std::get_if<RenameFile>(&operation.what)) return "to " + rename->to;
    if (std::holds_alternative<RemoveFile>(operation.what)) return "remove";
    if (const auto* read = std::get_if<ReadPart>(&operation.what)) return "read " + read->path;
    if (const auto* size = std::get_if<FileSize>(&operation.what)) return "size of " + size->path;
    return "other";
  }

  // Answers what is asked of the disk until nothing more is; all of it succeeds but for the one.
  Words let_disk_work(ByteView fails = {}) {
    Words done;
    for (int idle = 0; idle < 3; ++idle, node_.pass(milliseconds(10))) {
      while (!node_.operations.empty()) {
        idle = 0;
        const Bytes asked = what(node_.operations.front());
        done.push_back(asked);
        if (asked == fails) {
          node_.complete(fail(Error::Kind::io, "No space left on device"));
        } else {
          node_.complete(Bytes());
        }
      }
    }
    return done;
  }

  TestNode node_{{Words{"enable-debug-command", "yes"}}};
  TestClient client_ = node_.connect();
  TestClient other_ = node_.connect();
  const Words kWhole = {"make", "write", "sync", "to dump.rdb"};
};

TEST_F(Persisting, WritesSyncsAndRenames) {
  EXPECT_EQ(client_.say("SAVE"), "");
  EXPECT_EQ(let_disk_work(), kWhole);
  EXPECT_EQ(client_.hear(), "OK");
}

TEST_F(Persisting, RemovesWhatItCouldNotFinish) {
  for (const ByteView step : {"make", "write", "sync", "to dump.rdb"}) {
    EXPECT_EQ(client_.say("SAVE"), "");
    EXPECT_EQ(let_disk_work(step).back(), "remove") << step;
    EXPECT_EQ(client_.hear(), "-ERR") << step;
  }
  EXPECT_EQ(client_.say("SAVE"), "");
  EXPECT_EQ(let_disk_work(), kWhole);
  EXPECT_EQ(client_.hear(), "OK");
}

TEST_F(Persisting, ServesOthersMeanwhileButForAnotherSave) {
  client_.say("SAVE");
  EXPECT_EQ(other_.say("SET k v"), "OK");
  EXPECT_EQ(other_.say("BGSAVE"), "-ERR Background save already in progress");
  EXPECT_EQ(other_.say("SAVE"), "-ERR Background save already in progress");
  let_disk_work();
  EXPECT_EQ(client_.hear(), "OK");
}

TEST_F(Persisting, GoesOnWhenItsClientHasLeft) {
  client_.say("SAVE");
  node_.node.closed(client_.link(), node_.at());
  EXPECT_EQ(let_disk_work(), kWhole);
  EXPECT_EQ(other_.say("LASTSAVE"), std::to_string(unix_seconds(node_.at().wall)));
}

TEST_F(Persisting, HoldsWritesFromTheLastSnapshotOn) {
  EXPECT_EQ(client_.say("SHUTDOWN SAVE"), "");
  EXPECT_EQ(other_.say("SET k v"), "");
  EXPECT_FALSE(node_.stopped);
  let_disk_work();
  EXPECT_TRUE(node_.stopped);
}

TEST_F(Persisting, LetsWritesGoWhenAShutdownFails) {
  client_.say("SHUTDOWN SAVE");
  other_.say("SET k v");
  let_disk_work("sync");
  EXPECT_FALSE(node_.stopped);
  EXPECT_EQ(client_.hear(), "-ERR Errors trying to SHUTDOWN. Check logs.");
  EXPECT_EQ(other_.hear(), "OK");
}

TEST_F(Persisting, StopsASaveForAnEndWithoutOne) {
  client_.say("BGSAVE");
  client_.say("SHUTDOWN NOSAVE");
  EXPECT_TRUE(node_.stopped);
  EXPECT_EQ(what(node_.operations.back()), "remove");
}

TEST_F(Persisting, KeepsThePartsThatAreBeingWritten) {
  client_.say("BGSAVE");
  node_.complete(Bytes());
  node_.pass(milliseconds(10));
  const Operation write = node_.operations.front();
  ASSERT_EQ(what(write), "write");
  client_.say("SHUTDOWN SAVE");  // takes its place
  Bytes written;
  for (const ByteView piece : std::get<WritePart>(write.what).pieces) written += piece;
  EXPECT_TRUE(written.starts_with("REDIS0011"));
  let_disk_work();
  EXPECT_TRUE(node_.stopped);
}

TEST_F(Persisting, LetsNobodyButAShutdownInWhileItReloads) {
  EXPECT_EQ(client_.say("DEBUG RELOAD"), "");
  EXPECT_EQ(other_.say("DEBUG RELOAD"), "");  // the newer save takes the older one's place
  let_disk_work("size of dump.rdb");
  const ByteView failed = "-ERR Error trying to load the RDB dump, check server logs";
  EXPECT_EQ(client_.hear(), failed);
  EXPECT_EQ(other_.hear(), failed);
  EXPECT_EQ(other_.say("SET k v"), "OK");
}

}  // namespace
}  // namespace replserver

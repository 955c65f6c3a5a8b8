#include "sim/disk.hpp"

#include <gtest/gtest.h>

namespace replserver::sim {
namespace {

class Disks : public ::testing::Test {
 protected:
  template <class What>
  Result<Bytes> perform(What what) {
    return disk_.perform(Operation{OperationId{}, std::move(what)}, "./", random_);
  }
  void write(const Bytes& path, std::uint64_t offset, ByteView bytes) {
    ASSERT_TRUE(perform(WritePart{path, offset, {bytes}}));
  }

  Random random_{1};
  Disk disk_;
};

TEST_F(Disks, ReadWhatWasWrittenInParts) {
  ASSERT_TRUE(perform(WritePart{"f", 0, {"one ", "two "}}));
  write("f", 8, "three");
  EXPECT_EQ(*perform(FileSize{"f"}), "13");
  EXPECT_EQ(*perform(ReadPart{"f", 4, 3}), "two");
  EXPECT_EQ(*perform(ReadPart{"f", 8, 100}), "three");
  EXPECT_EQ(*perform(ReadPart{"f", 100, 1}), "");
  EXPECT_EQ(*perform(ReadFile{"f"}), "one two three");
  write("f", 0, "new");
  EXPECT_EQ(*perform(ReadFile{"f"}), "new");
}

TEST_F(Disks, KeepThroughACrashWhatWasSyncedAndRenamed) {
  write("temp", 0, "content");
  ASSERT_TRUE(perform(SyncFile{"temp"}));
  ASSERT_TRUE(perform(RenameFile{"temp", "file"}));
  disk_.crash(random_);
  EXPECT_EQ(disk_.paths(), std::vector<Bytes>{"file"});
  EXPECT_EQ(disk_.content("file"), "content");
}

TEST_F(Disks, MayLoseOrTearWhatWasNotSynced) {
  bool whole = false, lost = false, torn = false;
  for (int round = 0; round < 200; ++round) {
    disk_.put("f", "");
    write("f", 0, "abcdef");
    ASSERT_TRUE(perform(RenameFile{"f", "g"}));  // the name is safe, the content is not
    disk_.crash(random_);
    const Bytes& left = disk_.content("g");
    EXPECT_TRUE(ByteView("abcdef").starts_with(left));
    whole = whole || left.size() == 6;
    lost = lost || left.empty();
    torn = torn || (left.size() > 0 && left.size() < 6);
  }
  EXPECT_TRUE(whole && lost && torn);
}

TEST_F(Disks, FailAsPlanned) {
  disk_.fail_at(disk_.operations() + 1);
  write("f", 0, "x");
  EXPECT_EQ(perform(SyncFile{"f"}).error().text, "Input/output error");
  EXPECT_TRUE(perform(SyncFile{"f"}));
  disk_.limit(3);
  EXPECT_EQ(perform(WritePart{"f", 1, {"more"}}).error().text, "No space left on device");
  disk_.limit(std::nullopt);
  EXPECT_TRUE(perform(WritePart{"f", 1, {"more"}}));
  disk_.fail_by_chance(1.0);
  EXPECT_FALSE(perform(ReadFile{"f"}));
}

TEST_F(Disks, SayThatAFileIsMissing) {
  constexpr ByteView kMissing = "No such file or directory";
  EXPECT_EQ(perform(ReadFile{"f"}).error().text, kMissing);
  EXPECT_EQ(perform(FileSize{"f"}).error().text, kMissing);
  EXPECT_EQ(perform(RemoveFile{"f"}).error().text, kMissing);
  EXPECT_EQ(perform(RenameFile{"f", "g"}).error().text, kMissing);
}

}  // namespace
}  // namespace replserver::sim

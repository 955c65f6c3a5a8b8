#include "net/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace replserver::net {
namespace {

class Files : public ::testing::Test {
 protected:
  Files() {
    char name[] = "/tmp/replserver-files-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~Files() override {
    ::unlink((directory_ + "/file").c_str());
    ::rmdir(directory_.c_str());
  }
  Bytes directory_;
};

TEST_F(Files, AreReadAsTheyWereWritten) {
  const Bytes path = directory_ + "/file";
  const Bytes content = Bytes(300'000, 'x') + Bytes("\0end", 4);
  ASSERT_TRUE(write_file(path, content));
  EXPECT_EQ(*read_file(path), content);
  ASSERT_TRUE(write_file(path, "shorter"));
  EXPECT_EQ(*read_file(path), "shorter");
}

TEST_F(Files, KeepTheirPermissionsWhenReplaced) {
  const Bytes path = directory_ + "/file";
  ASSERT_TRUE(write_file(path, "one"));
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_TRUE(write_file(path, "two"));
  struct stat now {};
  ASSERT_EQ(::stat(path.c_str(), &now), 0);
  EXPECT_EQ(now.st_mode & 0777, 0600u);
}

TEST_F(Files, SayWhyTheyCannotBeHad) {
  EXPECT_EQ(read_file(directory_ + "/none").error().text, "No such file or directory");
  EXPECT_EQ(write_file(directory_ + "/none/file", "x").error().text, "No such file or directory");
  EXPECT_EQ(enter_directory(directory_ + "/none").error().text, "No such file or directory");
}

TEST_F(Files, AreFoundFromADirectory) {
  EXPECT_EQ(path_in("/data", "dump.rdb"), "/data/dump.rdb");
  EXPECT_EQ(path_in("/data", "/tmp/dump.rdb"), "/tmp/dump.rdb");
  EXPECT_TRUE(enter_directory(directory_));
}

}  // namespace
}  // namespace replserver::net

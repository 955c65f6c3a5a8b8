#include "net/file_worker.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace replserver::net {
namespace {

class FileWorkers : public ::testing::Test {
 protected:
  FileWorkers() {
    char name[] = "/tmp/replserver-worker-XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~FileWorkers() override {
    worker_.end();
    for (const char* file : {"/a", "/b"}) ::unlink((directory_ + file).c_str());
    ::rmdir(directory_.c_str());
  }

  template <class What>
  OperationId submit(What what) {
    const auto id = static_cast<OperationId>(++submitted_);
    EXPECT_TRUE(worker_.submit({id, std::move(what)}));
    return id;
  }
  // The outcomes of all that was submitted, in the order in which they came.
  std::vector<std::pair<OperationId, Result<Bytes>>> outcomes() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return outcomes_.size() == submitted_; });
    return outcomes_;
  }

  Bytes directory_;
  std::size_t submitted_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<OperationId, Result<Bytes>>> outcomes_;
  FileWorker worker_{[this](OperationId id, Result<Bytes> outcome) {
    const std::lock_guard lock(mutex_);
    outcomes_.emplace_back(id, std::move(outcome));
    changed_.notify_all();
  }};
};

TEST_F(FileWorkers, DoOneThingAfterTheOther) {
  const Bytes a = directory_ + "/a", b = directory_ + "/b";
  const Bytes big(300'000, 'x');
  submit(WritePart{a, 0, {"head", big}});
  submit(WritePart{a, 4 + big.size(), {"tail"}});
  submit(SyncFile{a});
  submit(RenameFile{a, b});
  submit(FileSize{b});
  submit(ReadPart{b, 0, 4});
  submit(ReadPart{b, 4 + big.size(), 100});
  submit(FileSize{a});
  submit(RemoveFile{b});
  const auto all = outcomes();
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].first, static_cast<OperationId>(i + 1));
    EXPECT_EQ(all[i].second.has_value(), i != 7) << i;
  }
  EXPECT_EQ(*all[4].second, std::to_string(8 + big.size()));
  EXPECT_EQ(*all[5].second, "head");
  EXPECT_EQ(*all[6].second, "tail");
  EXPECT_EQ(all[7].second.error().text, "No such file or directory");
}

TEST_F(FileWorkers, GoOnReadingTheFileTheyBeganWith) {
  const Bytes a = directory_ + "/a", b = directory_ + "/b";
  submit(WriteFile{a, "old content"});
  submit(WriteFile{b, "new content"});
  submit(ReadPart{a, 0, 4});
  submit(RenameFile{b, a});
  submit(ReadPart{a, 4, 7});
  submit(ReadPart{a, 0, 3});
  const auto all = outcomes();
  EXPECT_EQ(*all[4].second, "content");
  EXPECT_EQ(*all[2].second, "old ");
  EXPECT_EQ(*all[5].second, "new");
}

TEST_F(FileWorkers, SayWhyNot) {
  submit(WritePart{directory_ + "/none/a", 0, {"x"}});
  submit(WritePart{directory_ + "/a", 5, {"x"}});
  submit(SyncFile{directory_ + "/a"});
  for (const auto& [id, outcome] : outcomes()) EXPECT_FALSE(outcome);
}

}  // namespace
}  // namespace replserver::net

#include "node/snapshots.hpp"

#include <gtest/gtest.h>

namespace replserver {
namespace {

std::uint64_t meter_reading = 0;
// Each look costs 20 µs: three of them are a slice.
std::uint64_t test_meter() { return meter_reading += 20'000; }

class Counter : public SnapshotSink {
 public:
  void entry(int, const Entry&) override {
    ++entries;
    held += bytes_per_entry;
  }
  std::size_t backlog() const override { return held; }

  std::size_t entries = 0, held = 0, bytes_per_entry = 0;
};

class SnapshotsOfANode : public ::testing::Test {
 protected:
  void fill(int keys) {
    for (int i = 0; i < keys; ++i) {
      const Bytes name = "key:" + std::to_string(i);
      keyspace_.database(0).set_string(keyspace_.make_key(name), "value", Database::Expiry::clear);
    }
  }
  // Until all are over or stopped; how many slices that took.
  int work(Snapshots& snapshots) {
    int slices = 0;
    for (; snapshots.can_go_on(); ++slices) snapshots.work(now_, {.cpu_share = 50});
    return slices;
  }

  Random random_{1};
  Keyspace keyspace_{1, random_};
  Instant now_{Duration(1'000'000)};
};

TEST_F(SnapshotsOfANode, AreWalkedInSlicesUntilTheLastOne) {
  fill(20'000);
  Snapshots snapshots(nullptr);
  Counter sink;
  int more = 0, last = 0;
  const auto id = snapshots.start(keyspace_, {&sink}, [&](Snapshots::Step step) {
    ++(step == Snapshots::Step::more ? more : last);
  });
  ASSERT_TRUE(id);
  EXPECT_EQ(snapshots.find(*id)->total(), 20'000u);
  EXPECT_GT(work(snapshots), 3);
  EXPECT_EQ(sink.entries, 20'000u);
  EXPECT_EQ(last, 1);
  EXPECT_GT(more, 2);
  EXPECT_EQ(snapshots.find(*id), nullptr);
  EXPECT_EQ(snapshots.due(), kNever);
}

TEST_F(SnapshotsOfANode, TakeTheirShareOfTheTimeWhenOthersAreAtWork) {
  fill(20'000);
  Snapshots snapshots(nullptr);
  Counter sink;
  ASSERT_TRUE(snapshots.start(keyspace_, {&sink}, [](Snapshots::Step) {}));
  snapshots.work(now_, {.cpu_share = 50});  // counts as 100 µs
  EXPECT_EQ(snapshots.due(), now_ + Duration(200));
  snapshots.work(now_, {.cpu_share = 10});
  EXPECT_EQ(snapshots.due(), now_ + Duration(1000));
  snapshots.work(now_, {.cpu_share = 100});
  EXPECT_EQ(snapshots.due(), now_ + Duration(100));
}

TEST_F(SnapshotsOfANode, GoLessFarInAShortSlice) {
  fill(2000);
  Snapshots snapshots(test_meter);
  Counter sink;
  ASSERT_TRUE(snapshots.start(keyspace_, {&sink}, [](Snapshots::Step) {}));
  snapshots.work(now_, {.slice = Snapshots::kShortSlice});
  const std::size_t few = sink.entries;
  EXPECT_GT(few, 0u);
  snapshots.work(now_, {.slice = Snapshots::kLongSlice});
  EXPECT_GE(sink.entries, 3 * few);
}

TEST_F(SnapshotsOfANode, CanBeSlowedDownForTests) {
  fill(1000);
  Snapshots snapshots(nullptr);
  Counter sink;
  ASSERT_TRUE(snapshots.start(keyspace_, {&sink}, [](Snapshots::Step) {}));
  snapshots.work(now_, {.cpu_share = 100, .per_key = milliseconds(1)});
  EXPECT_LT(sink.entries, 1000u);
  EXPECT_GE(snapshots.due() - now_, milliseconds(1) * sink.entries);
  EXPECT_FALSE(snapshots.may_hurry());
  EXPECT_TRUE(snapshots.can_go_on());
}

TEST_F(SnapshotsOfANode, EndASliceByTheMeter) {
  fill(20'000);
  meter_reading = 0;
  Snapshots snapshots(test_meter);
  Counter sink;
  ASSERT_TRUE(snapshots.start(keyspace_, {&sink}, [](Snapshots::Step) {}));
  snapshots.work(now_, {.cpu_share = 50});
  EXPECT_GT(sink.entries, 0u);
  EXPECT_LT(sink.entries, 2000u);
  EXPECT_LE(snapshots.nanoseconds(), 120'000u);
}

TEST_F(SnapshotsOfANode, StopWhileTheWindowOfASinkIsFull) {
  fill(20'000);
  Snapshots snapshots(nullptr);
  Counter sink;
  sink.bytes_per_entry = 4096;
  ASSERT_TRUE(snapshots.start(keyspace_, {&sink}, [](Snapshots::Step) {}));
  work(snapshots);
  EXPECT_LT(sink.entries, 20'000u);
  EXPECT_EQ(snapshots.due(), kNever);
  while (snapshots.size() > 0) {
    sink.held = 0;
    snapshots.drained();
    work(snapshots);
  }
  EXPECT_EQ(sink.entries, 20'000u);
}

TEST_F(SnapshotsOfANode, TakeTurns) {
  fill(20'000);
  Snapshots snapshots(nullptr);
  Counter one, two;
  ASSERT_TRUE(snapshots.start(keyspace_, {&one}, [](Snapshots::Step) {}));
  ASSERT_TRUE(snapshots.start(keyspace_, {&two}, [](Snapshots::Step) {}));
  snapshots.work(now_, {.cpu_share = 50});
  snapshots.work(now_, {.cpu_share = 50});
  EXPECT_GT(one.entries, 0u);
  EXPECT_GT(two.entries, 0u);
  work(snapshots);
  EXPECT_EQ(one.entries + two.entries, 40'000u);
}

TEST_F(SnapshotsOfANode, CanBeAbortedByWhoeverIsToldOfTheirProgress) {
  fill(20'000);
  Snapshots snapshots(nullptr);
  Counter sink;
  std::optional<Snapshots::Id> id;
  int told = 0;
  id = snapshots.start(keyspace_, {&sink}, [&](Snapshots::Step) {
    ++told;
    snapshots.abort(*id);
  });
  work(snapshots);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(snapshots.size(), 0u);
  EXPECT_EQ(keyspace_.snapshots(), 0u);
}

}  // namespace
}  // namespace replserver

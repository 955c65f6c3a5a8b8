#include "data/snapshot.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "data/keyspace.hpp"

namespace replserver {
namespace {

using Told = std::map<std::pair<int, Bytes>, Bytes>;

class MapSink : public SnapshotSink {
 public:
  void entry(int database, const Entry& entry) override {
    char scratch[32];
    EXPECT_TRUE(
        told.emplace(std::pair(database, Bytes(entry.key())), Database::string_view(entry, scratch))
            .second);
    waiting += entry.size();
  }
  std::size_t backlog() const override { return waiting; }

  Told told;
  std::size_t waiting = 0;
};

class SnapshotTest : public testing::Test {
 protected:
  SnapshotTest() : random(1), keyspace(4, random) { keyspace.check_door(); }

  void set(int index, const Bytes& name, const Bytes& value) {
    keyspace.database(index).set_string(keyspace.make_key(name), value, std::nullopt);
  }
  void fill(int index, int count) {
    for (int number = 0; number < count; ++number) set(index, std::to_string(number), "old");
  }
  static void finish(Snapshot& snapshot, MapSink& sink) {
    while (snapshot.walk({}) != Snapshot::Pause::finished) sink.waiting = 0;
  }

  Random random;
  Keyspace keyspace;
};

TEST_F(SnapshotTest, OfAnEmptyKeyspaceIsFinishedAtOnce) {
  MapSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  EXPECT_TRUE(snapshot->parts().empty());
  EXPECT_EQ(snapshot->walk({}), Snapshot::Pause::finished);
  EXPECT_TRUE(sink.told.empty());
}

TEST_F(SnapshotTest, KnowsItsPartsAtTheStart) {
  fill(1, 30);
  keyspace.database(3).set_string(keyspace.make_key("key"), "value", 1000);
  MapSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  ASSERT_EQ(snapshot->parts().size(), 2u);
  EXPECT_EQ(snapshot->parts()[0].database, 1);
  EXPECT_EQ(snapshot->parts()[0].size, 30u);
  EXPECT_EQ(snapshot->parts()[1].database, 3);
  EXPECT_EQ(snapshot->parts()[1].expires, 1u);
  EXPECT_EQ(snapshot->total(), 31u);
}

TEST_F(SnapshotTest, TellsTheOldStateOfWhatChangesAhead) {
  fill(0, 2000);
  MapSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  snapshot->walk({.entries = 500});
  for (int number = 0; number < 2000; ++number) set(0, std::to_string(number), "new");
  EXPECT_GT(snapshot->told_early(), 1000u);
  EXPECT_EQ(snapshot->told(), 2000u);
  finish(*snapshot, sink);
  EXPECT_EQ(sink.told.size(), 2000u);
  for (const auto& [key, value] : sink.told) EXPECT_EQ(value, "old");
}

TEST_F(SnapshotTest, DoesNotTellWhatIsBornLater) {
  fill(0, 100);
  MapSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  for (int number = 0; number < 5000; ++number) set(0, "new " + std::to_string(number), "x");
  finish(*snapshot, sink);
  EXPECT_EQ(sink.told.size(), 100u);
}

TEST_F(SnapshotTest, ReadsOnInAFlushedDatabase) {
  fill(0, 3000);
  fill(2, 10);
  MapSink sink;
  auto snapshot = keyspace.start_snapshot({&sink});
  snapshot->walk({.entries = 100});
  keyspace.flush_all(Keyspace::Flush::now);
  fill(0, 50);
  EXPECT_EQ(keyspace.size(), 50u);
  EXPECT_GT(keyspace.retired_memory(), 0u);
  finish(*snapshot, sink);
  EXPECT_EQ(sink.told.size(), 3010u);
  snapshot.reset();
  while (keyspace.maintain(1000)) {
  }
  EXPECT_EQ(keyspace.retired_memory(), 0u);
}

TEST_F(SnapshotTest, NamesDatabasesAsTheyWereBeforeASwap) {
  set(0, "key", "zero");
  set(1, "key", "one");
  MapSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  keyspace.swap(0, 1);
  set(0, "key", "changed");
  finish(*snapshot, sink);
  EXPECT_EQ(sink.told, (Told{{{0, "key"}, "zero"}, {{1, "key"}, "one"}}));
}

TEST_F(SnapshotTest, PausesForTheSlowestSink) {
  fill(0, 3000);
  MapSink fast, slow;
  const auto snapshot = keyspace.start_snapshot({&fast, &slow});
  fast.waiting = 0;
  EXPECT_EQ(snapshot->walk({.entries = 100000, .bytes = 1 << 30, .window = 1000}),
            Snapshot::Pause::window);
  EXPECT_LT(snapshot->told(), 200u);
  fast.waiting = 0;
  EXPECT_EQ(snapshot->walk({.entries = 100000, .bytes = 1 << 30, .window = 1000}),
            Snapshot::Pause::window);
  snapshot->drop_sink(&slow);
  EXPECT_EQ(snapshot->sinks(), 1u);
  while (snapshot->walk({.window = 1000}) != Snapshot::Pause::finished) fast.waiting = 0;
  EXPECT_EQ(fast.told.size(), 3000u);
  EXPECT_LT(slow.told.size(), 200u);
}

TEST_F(SnapshotTest, PausesAfterItsBudgetOfEntriesOrBytes) {
  fill(0, 3000);
  MapSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  EXPECT_EQ(snapshot->walk({.entries = 100}), Snapshot::Pause::budget);
  EXPECT_LT(snapshot->told(), 150u);
  const auto told = snapshot->told();
  EXPECT_EQ(snapshot->walk({.entries = 100000, .bytes = 1000}), Snapshot::Pause::budget);
  EXPECT_LT(snapshot->told() - told, 200u);
}

TEST_F(SnapshotTest, LeavesNothingBehindWhenItIsAborted) {
  fill(0, 1000);
  MapSink sink;
  auto snapshot = keyspace.start_snapshot({&sink});
  snapshot->walk({.entries = 100});
  snapshot.reset();
  EXPECT_EQ(keyspace.snapshots(), 0u);
  const std::size_t told = sink.told.size();
  fill(0, 1000);
  EXPECT_EQ(sink.told.size(), told);
}

TEST_F(SnapshotTest, RunsBesideOthersOfOtherMoments) {
  MapSink first, second;
  fill(0, 500);
  const auto one = keyspace.start_snapshot({&first});
  one->walk({.entries = 50});
  for (int number = 0; number < 250; ++number) set(0, std::to_string(number), "newer");
  const auto two = keyspace.start_snapshot({&second});
  for (int number = 200; number < 500; ++number) set(0, std::to_string(number), "newest");
  finish(*two, second);
  finish(*one, first);
  for (int number = 0; number < 500; ++number) {
    EXPECT_EQ(first.told.at({0, std::to_string(number)}), "old");
    EXPECT_EQ(second.told.at({0, std::to_string(number)}), number < 250 ? "newer" : "old");
  }
}

TEST_F(SnapshotTest, SurvivesTheWrapOfItsGenerations) {
  fill(0, 300);
  for (int round = 0; round < 700; ++round) {
    MapSink sink;
    const auto snapshot = keyspace.start_snapshot({&sink});
    ASSERT_TRUE(snapshot);
    if (round % 3 == 0) set(0, std::to_string(round % 300), "old");
    if (round % 100 != 99) continue;  // most are aborted: nobody has been through the data
    finish(*snapshot, sink);
    ASSERT_EQ(sink.told.size(), 300u) << round;
  }
}

TEST_F(SnapshotTest, RefusesToStartWhileOneIsAsOldAsTheGenerationsGo) {
  fill(0, 10);
  MapSink oldest;
  auto running = keyspace.start_snapshot({&oldest});
  int started = 0;
  while (true) {
    MapSink sink;
    const auto snapshot = keyspace.start_snapshot({&sink});
    if (!snapshot) break;
    finish(*snapshot, sink);
    ASSERT_EQ(sink.told.size(), 10u);
    ++started;
  }
  EXPECT_EQ(started, 254);
  finish(*running, oldest);
  EXPECT_EQ(oldest.told.size(), 10u);
  running.reset();
  EXPECT_TRUE(keyspace.start_snapshot({&oldest}));
}

TEST_F(SnapshotTest, TellsNoEntryOfALaterLifeHoweverLongItRuns) {
  set(0, "key", "old");
  MapSink sink;
  const auto running = keyspace.start_snapshot({&sink});
  keyspace.database(0).erase(keyspace.make_key("key"));
  for (int round = 0; round < 600; ++round) {
    keyspace.start_snapshot({});
    if (round == 200) set(0, "key", "new");
  }
  finish(*running, sink);
  EXPECT_EQ(sink.told, (Told{{{0, "key"}, "old"}}));
}

TEST_F(SnapshotTest, KeepsALongValueAsItWas) {
  set(0, "long", Bytes(100000, 'a'));
  class Holding : public SnapshotSink {
   public:
    void entry(int, const Entry& entry) override { bytes = Database::shared_string(entry); }
    std::size_t backlog() const override { return 0; }
    SharedBytes bytes;
  } sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  keyspace.database(0).append(keyspace.make_key("long"), "b");
  keyspace.database(0).overwrite(keyspace.make_key("long"), 0, "c");
  EXPECT_EQ(sink.bytes.view(), Bytes(100000, 'a'));
}

TEST_F(SnapshotTest, ForbidsMergingWhileItRuns) {
  fill(0, 20000);
  MapSink sink;
  auto snapshot = keyspace.start_snapshot({&sink});
  snapshot->walk({.entries = 1000});
  for (int number = 0; number < 20000; ++number) {
    keyspace.database(0).erase(keyspace.make_key(std::to_string(number)));
  }
  const std::size_t segments = keyspace.database(0).table().segments();
  for (int step = 0; step < 1000; ++step) keyspace.maintain(1000);
  EXPECT_EQ(keyspace.database(0).table().segments(), segments);
  finish(*snapshot, sink);
  EXPECT_EQ(sink.told.size(), 20000u);
  while (keyspace.maintain(1000)) {
  }
  EXPECT_EQ(keyspace.database(0).table().segments(), 0u);
}

// Tells what happens to it: "lend key", "proceed", "let go", "entry key".
class PiecesSink : public SnapshotSink {
 public:
  void entry(int, const Entry& entry) override { note("entry " + Bytes(entry.key())); }
  void lend(int, const Entry& entry) override { note("lend " + Bytes(entry.key())); }
  bool proceed(std::size_t) override {
    note("proceed");
    return pieces == 0 || --pieces == 0;
  }
  void let_go() override {
    note("let go");
    pieces = 0;
  }
  std::size_t backlog() const override { return 0; }

  Bytes heard() { return std::exchange(notes_, ""); }
  int pieces = 3;

 private:
  void note(const Bytes& what) { notes_ += (notes_.empty() ? "" : ", ") + what; }
  Bytes notes_;
};

TEST_F(SnapshotTest, TellsALargeValueInPiecesSliceBySlice) {
  set(0, "large", Bytes(300'000, 'x'));
  PiecesSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  while (snapshot->walk({}) == Snapshot::Pause::budget) {
    EXPECT_TRUE(snapshot->told() == 0 || sink.pieces == 0);
  }
  EXPECT_EQ(sink.heard(), "lend large, proceed, proceed, proceed");
  EXPECT_TRUE(snapshot->finished());
  EXPECT_EQ(snapshot->told(), 1u);
  EXPECT_EQ(keyspace.hurried(), 0u);
}

TEST_F(SnapshotTest, TakesTheRestOfALargeValueBeforeItChanges) {
  set(0, "large", Bytes(300'000, 'x'));
  PiecesSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  while (sink.pieces == 3) snapshot->walk({});
  set(0, "large", "small");
  EXPECT_EQ(sink.heard(), "lend large, proceed, let go");
  set(0, "large", "other");
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  EXPECT_EQ(sink.heard(), "proceed");
  EXPECT_EQ(snapshot->told(), 1u);
  EXPECT_EQ(keyspace.hurried(), 1u);
}

TEST_F(SnapshotTest, TellsOthersBetweenThePiecesOfALargeValue) {
  set(0, "large", Bytes(300'000, 'x'));
  set(1, "other", "old");
  PiecesSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  while (sink.pieces == 3) snapshot->walk({});
  set(1, "other", "new");
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  EXPECT_EQ(sink.heard(), "lend large, proceed, entry other, proceed, proceed");
}

TEST_F(SnapshotTest, TellsALargeValueAtOnceThatChangesAheadOfTheWalk) {
  set(0, "large", Bytes(300'000, 'x'));
  PiecesSink sink;
  sink.pieces = 0;
  const auto snapshot = keyspace.start_snapshot({&sink});
  keyspace.database(0).erase(keyspace.make_key("large"));
  EXPECT_EQ(keyspace.hurried(), 1u);
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  EXPECT_EQ(sink.heard(), "entry large, proceed");
}

TEST_F(SnapshotTest, GoesOnWithALargeValueWhoseDatabaseIsFlushed) {
  set(0, "large", Bytes(300'000, 'x'));
  PiecesSink sink;
  const auto snapshot = keyspace.start_snapshot({&sink});
  while (sink.pieces == 3) snapshot->walk({});
  keyspace.flush_all(Keyspace::Flush::now);
  set(0, "large", "small");
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  EXPECT_EQ(sink.heard(), "lend large, proceed, proceed, proceed");
}

TEST_F(SnapshotTest, TellsEachLargeValueOfOnePlaceAfterTheOther) {
  Keyspace tight({.databases = 1, .shape = {.homes = 2, .stashes = 1}, .large = {.bytes = 5000}},
                 random);
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) {
    tight.database(0).set_string(tight.make_key(name), Bytes(6000, 'x'), std::nullopt);
  }
  PiecesSink sink;
  const auto snapshot = tight.start_snapshot({&sink});
  while (sink.pieces == 3) snapshot->walk({});
  tight.flush(0, Keyspace::Flush::now);
  while (snapshot->walk({}) != Snapshot::Pause::finished) continue;
  EXPECT_EQ(snapshot->told(), 7u);
  EXPECT_EQ(tight.hurried(), 0u);
}

}  // namespace
}  // namespace replserver

#include <algorithm>

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(Changes, AreCommandsAsReplicasReadThem) {
  Bytes out;
  append_command(out, {"SET", "k", ""});
  EXPECT_EQ(out, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
}

TEST(Changes, KeepDeletionsApart) {
  Changes changes;
  changes.record(true);
  changes.add(1, {"SET", "k", "v"});
  changes.add_removed(2, {"DEL", "gone"});
  changes.add_raw(1, "*1\r\n$4\r\nPING\r\n");
  ASSERT_EQ(changes.pieces().size(), 2u);
  ASSERT_EQ(changes.removed().size(), 1u);
  EXPECT_EQ(changes.bytes(changes.removed()[0]), "*2\r\n$3\r\nDEL\r\n$4\r\ngone\r\n");
  EXPECT_EQ(changes.bytes(changes.pieces()[1]), "*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(changes.removed()[0].db, 2);
  changes.clear();
  EXPECT_TRUE(changes.empty());
}

TEST(Changes, ArePassedOverWhenNobodyListens) {
  Changes changes;
  changes.add(0, {"SET", "k", "v"});
  changes.add_removed(0, {"DEL", "k"});
  EXPECT_TRUE(changes.empty());
}

TEST(KeyPositions, FollowTheRange) {
  const auto positions_of = [](ByteView line) {
    const auto words = resp::split_words(line);
    const std::vector<ByteView> args(words->begin(), words->end());
    std::vector<int> positions;
    EXPECT_TRUE(key_positions(Harness::row_of(args), args, positions));
    return positions;
  };
  EXPECT_EQ(positions_of("GET k"), (std::vector<int>{1}));
  EXPECT_EQ(positions_of("MGET a b c"), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(positions_of("MSET a 1 b 2"), (std::vector<int>{1, 3}));
  EXPECT_EQ(positions_of("COPY a b DB 1"), (std::vector<int>{1, 2}));
  EXPECT_EQ(positions_of("OBJECT ENCODING k"), (std::vector<int>{2}));
  EXPECT_EQ(positions_of("DBSIZE"), (std::vector<int>{}));
}

TEST(KeyPositions, CannotBeToldOfACallWithTooFewWords) {
  const ByteView words[] = {"COPY", "a"};
  std::vector<int> positions;
  EXPECT_FALSE(key_positions(Harness::row_of(words), words, positions));
}

TEST(Rows, HaveNamesOfTheirOwn) {
  std::vector<ByteView> names;
  for (const Command* row : Harness::rows()) names.push_back(row->name);
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(Rows, TellTheirKindByOneFlag) {
  for (const Command* row : Harness::rows()) {
    EXPECT_FALSE((row->flags & kWrite) && (row->flags & kReadonly)) << row->name;
    EXPECT_FALSE((row->flags & kDenyOom) && !(row->flags & kWrite)) << row->name;
  }
}

TEST(Context, UsesTheHashOfTheFirstKeyOnlyForThatKey) {
  Harness at;
  at.run("MSET a 1 b 2");
  const Bytes name = "a";
  at.context.prefetched = at.keyspace.make_key(name);
  EXPECT_EQ(at.context.key(name).bytes.data(), name.data());
  EXPECT_EQ(at.context.key("b").hash, at.keyspace.make_key("b").hash);
  EXPECT_EQ(at.context.key(ByteView()).hash, at.keyspace.make_key("").hash);
}

TEST(Context, LetsOurPrimarySeeExpiredKeys) {
  Harness at;
  at.run("SET k v PX 5");
  at.advance(6);
  at.context.is_replica = true;
  EXPECT_EQ(at.context.peek("k"), nullptr);
  at.context.from_primary = true;
  EXPECT_NE(at.context.peek("k"), nullptr);
  EXPECT_EQ(at.run("APPEND k w"), "2");
}

TEST(Context, LetsAWritableReplicaReplaceAnExpiredKey) {
  Harness at;
  at.run("SET k v PX 5");
  at.advance(6);
  at.context.is_replica = true;
  EXPECT_EQ(at.run("APPEND k w"), "1");
  EXPECT_EQ(at.run("TTL k"), "-1");
}

}  // namespace
}  // namespace replserver

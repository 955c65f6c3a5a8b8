#include "node/propagation.hpp"

#include <gtest/gtest.h>

#include "node/harness.hpp"

namespace replserver {
namespace {

// The whole history as words, one command a line.
Bytes told(const Propagation& propagation) {
  const Backlog* const backlog = propagation.backlog();
  Bytes bytes;
  for (Offset at = backlog->first(); at < backlog->end();) {
    const ByteView piece = backlog->read(at);
    bytes += piece;
    at += piece.size();
  }
  return TestNode::text_of(bytes);
}

TEST(Propagation, WritesNothingBeforeItHasABacklog) {
  Propagation propagation("A");
  Changes changes;
  changes.record(propagation.active());
  changes.add(0, {"SET", "k", "v"});
  propagation.write(changes);
  EXPECT_EQ(propagation.position(), (Position{"A", 0}));
}

TEST(Propagation, SelectsADatabaseWhenItChanges) {
  Propagation propagation("A");
  propagation.start(1 << 20);
  Changes changes;
  changes.record(true);
  for (const int db : {0, 0, 3, 0}) {
    changes.add(db, {"INCR", "n"});
    propagation.write(changes);
  }
  EXPECT_EQ(told(propagation),
            "[\"SELECT\" \"0\"]; [\"INCR\" \"n\"]; [\"INCR\" \"n\"]; [\"SELECT\" \"3\"]; "
            "[\"INCR\" \"n\"]; [\"SELECT\" \"0\"]; [\"INCR\" \"n\"]");
}

TEST(Propagation, WrapsSeveralChangesOfOneBatch) {
  Propagation propagation("A");
  propagation.start(1 << 20);
  Changes changes;
  changes.record(true);
  changes.add_removed(0, {"DEL", "old"});
  changes.add(0, {"SET", "a", "1"});
  changes.add(0, {"SET", "b", "2"});
  propagation.write(changes);
  EXPECT_EQ(told(propagation),
            "[\"SELECT\" \"0\"]; [\"DEL\" \"old\"]; [\"MULTI\"]; [\"SET\" \"a\" \"1\"]; "
            "[\"SET\" \"b\" \"2\"]; [\"EXEC\"]");
}

TEST(Propagation, MovesTheOffsetByWhatItWrote) {
  Propagation propagation("A");
  propagation.start(1 << 20);
  Changes changes;
  changes.record(true);
  changes.add(0, {"PING"});
  propagation.write(changes);
  EXPECT_EQ(propagation.position().offset, 23u + 14u);  // SELECT 0, PING
  EXPECT_EQ(propagation.backlog()->end(), 37u);
}

}  // namespace
}  // namespace replserver

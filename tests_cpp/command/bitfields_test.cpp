#include <gtest/gtest.h>

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(Bitfield, TellsReplicasOfAStringThatOnlyGrew) {
  Harness at;
  at.listen();
  EXPECT_EQ(at.run("BITFIELD k OVERFLOW FAIL INCRBY u8 8 -1"), "[nil]");
  EXPECT_EQ(at.run("STRLEN k"), "2");
  EXPECT_EQ(at.changes(), "BITFIELD k OVERFLOW FAIL INCRBY u8 8 -1");
  EXPECT_EQ(at.events(), "new k") << "nothing was set";
  at.run("BITFIELD k OVERFLOW FAIL INCRBY u8 8 -1");
  EXPECT_EQ(at.changes(), "") << "it is as it was";
}

TEST(Bitfield, OverflowsAsIsWished) {
  Harness at;
  EXPECT_EQ(at.run("BITFIELD k SET u4 0 15 INCRBY u4 0 2"), "[0 1]");
  EXPECT_EQ(at.run("BITFIELD k OVERFLOW SAT INCRBY i4 0 100 INCRBY i4 0 -100"), "[7 -8]");
  EXPECT_EQ(at.run("BITFIELD k OVERFLOW FAIL INCRBY i4 0 -1 GET i4 0"), "[nil -8]");
  EXPECT_EQ(at.changes(),
            "BITFIELD k SET u4 0 15 INCRBY u4 0 2; "
            "BITFIELD k OVERFLOW SAT INCRBY i4 0 100 INCRBY i4 0 -100");
}

}  // namespace
}  // namespace replserver

#include <gtest/gtest.h>

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(SortedSetCommands, AddByTheirOptions) {
  Harness at;
  EXPECT_EQ(at.run("ZADD z 1 a 2 b 2 b"), "2");
  EXPECT_EQ(at.run("ZADD z NX 9 a 3 c"), "1");
  EXPECT_EQ(at.run("ZADD z XX CH 9 a 3 d"), "1");
  EXPECT_EQ(at.run("ZADD z GT CH 8 a 4 c"), "1");
  EXPECT_EQ(at.run("ZADD z LT CH 8 a 5 c"), "1");
  EXPECT_EQ(at.run("ZADD z INCR 0.5 a"), "8.5");
  EXPECT_EQ(at.run("ZADD z NX INCR 1 a"), "nil");
  EXPECT_EQ(at.run("ZRANGE z 0 -1 WITHSCORES"), "[[\"b\" 2] [\"c\" 4] [\"a\" 8.5]]");
  EXPECT_EQ(at.run("ZADD z NX XX 1 a"),
            "-ERR XX and NX options at the same time are not compatible");
  EXPECT_EQ(at.run("ZADD z 1 a 2"), "-ERR syntax error");
  EXPECT_EQ(at.run("ZADD z 1 a x b"), "-ERR value is not a valid float");
}

TEST(SortedSetCommands, RefuseASumThatIsNoNumberAndTellNobody) {
  Harness at;
  at.run("ZADD z inf a");
  at.changes();
  EXPECT_EQ(at.run("ZINCRBY z -inf a"), "-ERR resulting score is not a number (NaN)");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("ZSCORE z a"), "inf");
}

TEST(SortedSetCommands, TellTheRankWithTheScore) {
  Harness at;
  at.run("ZADD z 1 a 2 b 3 c");
  EXPECT_EQ(at.run("ZRANK z b"), "1");
  EXPECT_EQ(at.run("ZREVRANK z c WITHSCORE"), "[0 3]");
  EXPECT_EQ(at.run("ZRANK z nobody WITHSCORE"), "nil");
  EXPECT_EQ(at.run("ZRANK z b NOSCORE"), "-ERR syntax error");
  EXPECT_EQ(at.run("ZRANK z b WITHSCORE x"), "-ERR wrong number of arguments for 'zrank' command");
}

TEST(SortedSetCommands, LeaveNoEmptySortedSetBehind) {
  Harness at;
  at.listen();
  for (const ByteView line :
       {"ZREM z a", "ZPOPMIN z", "ZPOPMAX z 5", "ZMPOP 1 z MIN", "ZREMRANGEBYRANK z 0 -1",
        "ZREMRANGEBYSCORE z -inf inf", "ZREMRANGEBYLEX z - +", "ZRANGESTORE z z 5 6",
        "ZDIFFSTORE z 2 z z"}) {
    at.run("ZADD z 1 a");
    at.events();
    at.run(line);
    EXPECT_EQ(at.run("EXISTS z"), "0") << line;
    EXPECT_NE(at.events().find("del z"), Bytes::npos) << line;
  }
}

TEST(SortedSetCommands, TellReplicasWhatAPopTook) {
  Harness at;
  at.run("ZADD z 1 a 2 b 3 c");
  at.changes();
  EXPECT_EQ(at.run("ZMPOP 2 none z MAX COUNT 9"), "[\"z\" [[\"c\" 3] [\"b\" 2] [\"a\" 1]]]");
  EXPECT_EQ(at.changes(), "ZPOPMAX z 3");
}

TEST(SortedSetCommands, CombineSetsToo) {
  Harness at;
  at.run("ZADD z 1 a 2 b");
  at.run("SADD s b c");
  EXPECT_EQ(at.run("ZUNION 2 z s WITHSCORES"), "[[\"a\" 1] [\"c\" 1] [\"b\" 3]]");
  EXPECT_EQ(at.run("ZINTER 2 z s WEIGHTS 2 3 AGGREGATE MAX WITHSCORES"), "[[\"b\" 4]]");
  EXPECT_EQ(at.run("ZINTERSTORE z 2 z z"), "2");
  EXPECT_EQ(at.run("ZRANGE z 0 -1 WITHSCORES"), "[[\"a\" 2] [\"b\" 4]]");
  EXPECT_EQ(at.run("ZINTERCARD 2 z s LIMIT 1"), "1");
  EXPECT_EQ(at.run("ZUNION 0 z"), "-ERR at least 1 input key is needed for 'zunion' command");
}

TEST(SortedSetCommands, RefuseOtherTypes) {
  Harness at;
  at.run("SET z x");
  for (const ByteView line :
       {"ZADD z 1 a", "ZINCRBY z 1 a", "ZREM z a", "ZCARD z", "ZSCORE z a", "ZRANK z a",
        "ZRANGE z 0 1", "ZRANGESTORE d z 0 1", "ZCOUNT z 0 1", "ZPOPMIN z", "ZMPOP 1 z MIN",
        "ZRANDMEMBER z", "ZSCAN z 0", "ZUNION 1 z", "ZREMRANGEBYRANK z 0 1"}) {
    EXPECT_EQ(at.run(line), "-" + Bytes(kWrongType)) << line;
  }
}

TEST(SortedSetAlgebra, TellsAZeroWithItsSignWhereItIsNotKept) {
  Harness at;
  const Bytes large(70, 'x');
  at.run("ZADD z 1 " + large + " -0 a");
  EXPECT_EQ(at.run("ZDIFF 2 z none WITHSCORES"), "[[\"a\" -0] [\"" + large + "\" 1]]");
  at.run("ZREM z " + large);
  EXPECT_EQ(at.run("ZDIFFSTORE small 1 z"), "1");
  EXPECT_EQ(at.run("ZSCORE small a"), "0") << "as an integer in a listpack";
}

}  // namespace
}  // namespace replserver

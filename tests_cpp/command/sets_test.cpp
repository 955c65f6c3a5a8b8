#include <gtest/gtest.h>

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(SetCommands, CountWhatTheyChange) {
  Harness at;
  EXPECT_EQ(at.run("SADD s 1 2 2"), "2");
  EXPECT_EQ(at.changes(), "SADD s 1 2 2");
  EXPECT_EQ(at.run("SADD s 1"), "0");
  EXPECT_EQ(at.run("SREM s 9"), "0");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("SREM s 1 9"), "1");
  EXPECT_EQ(at.run("SCARD s"), "1");
  EXPECT_EQ(at.run("SMISMEMBER s 1 2"), "[0 1]");
}

TEST(SetCommands, RefuseOtherTypes) {
  Harness at;
  at.run("SET s x");
  for (const ByteView line :
       {"SADD s a", "SREM s a", "SCARD s", "SPOP s", "SMOVE s t a", "SINTER s", "SUNIONSTORE d s",
        "SSCAN s 0", "SRANDMEMBER s", "SINTERCARD 1 s"}) {
    EXPECT_EQ(at.run(line), "-" + Bytes(kWrongType)) << line;
  }
}

TEST(SetCommands, TellReplicasWhichMembersWereDrawn) {
  Harness at;
  at.run("SADD s a");
  at.run("SADD t 1 2 3 4 5 6 7 8 9");
  at.changes();
  EXPECT_EQ(at.run("SPOP s"), "\"a\"");
  EXPECT_EQ(at.changes(), "SREM s a");
  at.run("SPOP t 8");
  const Bytes told = at.changes();
  EXPECT_EQ(told.substr(0, 7), "SREM t ");
  EXPECT_EQ(told.size(), 7 + 8 * 2 - 1u);
  at.run("SPOP t 8");
  EXPECT_EQ(at.changes(), "DEL t");
}

TEST(SetCommands, DrawAThousandMembersPerRemoval) {
  Harness at;
  Words add{"SADD", "s"};
  for (int member = 0; member < 5000; ++member) add.push_back("m" + std::to_string(member));
  at.run_words(add);
  at.changes();
  at.run("SPOP s 2500");
  const Bytes told = at.changes();
  EXPECT_EQ(std::count(told.begin(), told.end(), ';'), 2);
  EXPECT_EQ(at.run("SCARD s"), "2500");
}

TEST(SetCommands, NotifyOfEachKeyTheyTouch) {
  Harness at;
  at.listen();
  at.run("SADD s a b");
  EXPECT_EQ(at.events(), "new s, sadd s");
  at.run("SMOVE s t a");
  EXPECT_EQ(at.events(), "srem s, new t, sadd t");
  at.run("SMOVE s t b");
  EXPECT_EQ(at.events(), "srem s, del s, sadd t");
  at.run("SUNIONSTORE u t");
  EXPECT_EQ(at.events(), "new u, sunionstore u");
  at.run("SINTERSTORE u t nothing");
  EXPECT_EQ(at.events(), "keymiss nothing, del u");
  at.run("SPOP t 5");
  EXPECT_EQ(at.events(), "spop t, del t");
}

TEST(SetCommands, StoreIntoOneOfTheirSources) {
  Harness at;
  at.run("SADD a 1 2 3");
  at.run("SADD b 2 3 4");
  EXPECT_EQ(at.run("SINTERSTORE a a b"), "2");
  EXPECT_EQ(at.run("SMEMBERS a"), "[\"2\" \"3\"]");
  EXPECT_EQ(at.run("SUNIONSTORE b a b"), "3");
  EXPECT_EQ(at.run("SDIFFSTORE b b a"), "1");
  EXPECT_EQ(at.run("SMEMBERS b"), "[\"4\"]");
  EXPECT_EQ(at.run("SDIFFSTORE b b b"), "0");
  EXPECT_EQ(at.run("SCARD b"), "0");
}

TEST(SetCommands, IntersectTablesInGroups) {
  Harness at;
  CollectionLimits limits;
  limits.set_max_intset_entries = 0;
  limits.set_max_listpack_entries = 0;
  at.keyspace.set_limits(limits);
  Words one{"SADD", "one"}, other{"SADD", "other"};
  for (int member = 0; member < 1000; ++member) {
    one.push_back(std::to_string(member * 2));
    other.push_back(std::to_string(member * 3));
  }
  at.run_words(one);
  at.run_words(other);
  EXPECT_EQ(at.run("SINTERCARD 2 one other"), "334");
  EXPECT_EQ(at.run("SINTERCARD 2 one other LIMIT 20"), "20");
  EXPECT_EQ(at.run("SINTERSTORE both one other"), "334");
  EXPECT_EQ(at.run("SDIFFSTORE only one other"), "666");
  EXPECT_EQ(at.run("SUNIONSTORE all one other"), "1666");
}

TEST(RandomMembers, AreNotDrawnWithoutEnd) {
  Harness at;
  at.run("SADD s a");
  at.run("ZADD z 1 a");
  at.run("HSET h a 1");
  for (const ByteView command : {"SRANDMEMBER s", "ZRANDMEMBER z", "HRANDFIELD h"}) {
    EXPECT_EQ(at.run(Bytes(command) + " -99999999999"), "-ERR value is out of range") << command;
    EXPECT_EQ(at.run(Bytes(command) + " -2"), R"(["a" "a"])") << command;
  }
}

}  // namespace
}  // namespace replserver

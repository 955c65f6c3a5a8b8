#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(HExpire, SetsDeadlinesAndTellsReplicasTheInstant) {
  Harness at;
  at.run("HSET h a 1 b 2");
  at.changes();
  at.listen();
  EXPECT_EQ(at.run("HEXPIRE h 10 FIELDS 3 a x b"), "[1 -2 1]");
  EXPECT_EQ(at.changes(), "HPEXPIREAT h 1010000 FIELDS 2 a b");
  EXPECT_EQ(at.events(), "hexpire h");
  EXPECT_EQ(at.run("HTTL h FIELDS 3 a x b"), "[10 -2 10]");
  EXPECT_EQ(at.run("HPTTL h FIELDS 1 a"), "[10000]");
  EXPECT_EQ(at.run("HEXPIRETIME h FIELDS 1 a"), "[1010]");
  EXPECT_EQ(at.run("HPEXPIRETIME h FIELDS 1 a"), "[1010000]");
  EXPECT_EQ(at.run("HPEXPIRE h 5 FIELDS 1 a"), "[1]");
  EXPECT_EQ(at.run("HTTL h FIELDS 1 a"), "[1]");  // rounded up
  EXPECT_EQ(at.run("HEXPIREAT h 2000 FIELDS 1 a"), "[1]");
  EXPECT_EQ(at.run("HPEXPIREAT h 2000001 FIELDS 1 b"), "[1]");
  EXPECT_EQ(at.run("HEXPIRETIME h FIELDS 2 a b"), "[2000 2001]");
  EXPECT_EQ(at.run("OBJECT ENCODING h"), "\"hashtable\"");
}

TEST(HExpire, KeepsToItsCondition) {
  Harness at;
  at.run("HSET h a 1 b 2");
  at.run("HEXPIRE h 100 FIELDS 1 a");
  at.changes();
  EXPECT_EQ(at.run("HEXPIRE h 200 NX FIELDS 2 a b"), "[0 1]");
  EXPECT_EQ(at.changes(), "HPEXPIREAT h 1200000 NX FIELDS 1 b");
  EXPECT_EQ(at.run("HEXPIRE h 150 GT FIELDS 2 a b"), "[1 0]");
  EXPECT_EQ(at.run("HEXPIRE h 120 LT FIELDS 2 a b"), "[1 1]");
  at.run("HPERSIST h FIELDS 1 b");
  EXPECT_EQ(at.run("HEXPIRE h 500 XX FIELDS 2 a b"), "[1 0]");
  EXPECT_EQ(at.run("HEXPIRE h 500 GT FIELDS 1 b"), "[0]");
  EXPECT_EQ(at.run("HEXPIRE h 500 LT FIELDS 1 b"), "[1]");
  at.changes();
  EXPECT_EQ(at.run("HEXPIRE h 500 GT FIELDS 2 a b"), "[0 0]");
  EXPECT_EQ(at.changes(), "");
}

TEST(HExpire, DeletesWhatIsPast) {
  Harness at;
  at.run("HSET h a 1 b 2 c 3");
  at.changes();
  at.listen();
  EXPECT_EQ(at.run("HPEXPIREAT h 1000000 FIELDS 3 a a b"), "[2 -2 2]");
  EXPECT_EQ(at.changes(), "HDEL h a; HDEL h b");
  EXPECT_EQ(at.events(), "hdel h");
  EXPECT_EQ(at.run("HEXPIRE h 0 FIELDS 1 c"), "[2]");
  EXPECT_EQ(at.changes(), "HDEL h c");
  EXPECT_EQ(at.events(), "hdel h, del h");
  EXPECT_EQ(at.run("EXISTS h"), "0");
}

TEST(HExpire, RefusesWhatItDoesNotUnderstand) {
  Harness at;
  at.run("HSET h a 1");
  const Bytes misplaced = "-ERR Mandatory argument FIELDS is missing or not at the right position";
  const Bytes mismatch = "-ERR The `numfields` parameter must match the number of arguments";
  EXPECT_EQ(at.run("HEXPIRE h x FIELDS 1 a"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(at.run("HEXPIRE h -1 FIELDS 1 a"), "-ERR invalid expire time, must be >= 0");
  EXPECT_EQ(at.run("HEXPIRE h 9223372036854775807 FIELDS 1 a"),
            "-ERR invalid expire time in 'hexpire' command");
  EXPECT_EQ(at.run("HPEXPIREAT h 70368744177664 FIELDS 1 a"),
            "-ERR invalid expire time in 'hpexpireat' command");
  EXPECT_EQ(at.run("HPEXPIREAT h 70368744177663 FIELDS 1 a"), "[1]");
  EXPECT_EQ(at.run("HEXPIRE h 1 FIELD 1 a"), misplaced);
  EXPECT_EQ(at.run("HEXPIRE h 1 NX GT FIELDS 1 a"), misplaced);
  EXPECT_EQ(at.run("HEXPIRE h 1 FIELDS 0 a"),
            "-ERR Parameter `numFields` should be greater than 0");
  EXPECT_EQ(at.run("HEXPIRE h 1 FIELDS 2 a"), mismatch);
  EXPECT_EQ(at.run("HEXPIRE h 1 FIELDS 1 a b"), mismatch);
  EXPECT_EQ(at.run("HTTL h FIELDS 0 a"), "-ERR Number of fields must be a positive integer");
  EXPECT_EQ(at.run("HTTL h FIELDS 2 a"), mismatch);
  EXPECT_EQ(at.run("HTTL h FIELD 1 a"), misplaced);
  EXPECT_EQ(at.run("HEXPIRE missing 1 FIELDS 2 a b"), "[-2 -2]");
  EXPECT_EQ(at.run("HTTL missing FIELDS 2 a b"), "[-2 -2]");
  EXPECT_EQ(at.run("HPERSIST missing FIELDS 2 a b"), "[-2 -2]");
}

TEST(HPersist, LetsFieldsLast) {
  Harness at;
  at.run("HSET h a 1 b 2");
  at.run("HEXPIRE h 10 FIELDS 1 a");
  at.changes();
  at.listen();
  EXPECT_EQ(at.run("HPERSIST h FIELDS 4 a a b x"), "[1 -1 -1 -2]");
  EXPECT_EQ(at.changes(), "HPERSIST h FIELDS 4 a a b x");
  EXPECT_EQ(at.events(), "hpersist h");
  EXPECT_EQ(at.run("HTTL h FIELDS 1 a"), "[-1]");
  EXPECT_EQ(at.run("HPERSIST h FIELDS 1 a"), "[-1]");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.events(), "");
}

TEST(FieldsThatExpire, LoseTheirTimeToLiveBySetAndKeepItByIncr) {
  Harness at;
  at.run("HSET h a 1 b 2 c 3");
  at.run("HEXPIRE h 10 FIELDS 3 a b c");
  at.run("HSET h a 5");
  at.run("HINCRBY h b 5");
  at.run("HINCRBYFLOAT h c 0.5");
  EXPECT_EQ(at.run("HTTL h FIELDS 3 a b c"), "[-1 10 10]");
}

TEST(FieldsThatExpire, GoWhenTheyAreNamed) {
  Harness at;
  at.run("HSET h a 1 b 2");
  at.run("HPEXPIRE h 5 FIELDS 2 a b");
  at.changes();
  at.advance(5);
  EXPECT_EQ(at.run("HGET h a"), "\"1\"");
  at.advance(1);
  at.listen();
  EXPECT_EQ(at.run("HGETALL h"), "{}");
  EXPECT_EQ(at.run("HLEN h"), "2");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("HGET h a"), "nil");
  EXPECT_EQ(at.changes(), "HDEL h a");
  EXPECT_EQ(at.events(), "hexpired h");
  EXPECT_EQ(at.run("HMGET h b b"), "[nil nil]");
  EXPECT_EQ(at.changes(), "HDEL h b");
  EXPECT_EQ(at.events(), "hexpired h, del h");
  EXPECT_EQ(at.run("EXISTS h"), "0");
  EXPECT_EQ(at.context.stats.expired_fields, 2u);
}

TEST(FieldsThatExpire, AreGoneBeforeTheyAreWritten) {
  Harness at;
  at.run("HSET h n 5 keeps 1");
  at.run("HPEXPIRE h 5 FIELDS 1 n");
  at.changes();
  at.advance(6);
  EXPECT_EQ(at.run("HINCRBY h n 1"), "1");
  EXPECT_EQ(at.changes(), "HDEL h n; HINCRBY h n 1");
  EXPECT_EQ(at.run("HTTL h FIELDS 1 n"), "[-1]");
}

TEST(FieldsThatExpire, AreHiddenByAReplicaAndShownToItsPrimary) {
  Harness at;
  at.run("HSET h a 1 b 2");
  at.run("HPEXPIRE h 5 FIELDS 1 a");
  at.changes();
  at.advance(6);
  at.context.is_replica = true;
  EXPECT_EQ(at.run("HGET h a"), "nil");
  EXPECT_EQ(at.run("HGETALL h"), R"({"b" "2"})");
  EXPECT_EQ(at.run("HKEYS h"), R"(["b"])");
  EXPECT_EQ(at.run("HRANDFIELD h 5"), R"(["b"])");
  EXPECT_EQ(at.run("HSCAN h 0"), R"(["0" ["b" "2"]])");
  EXPECT_EQ(at.run("HTTL h FIELDS 1 a"), "[-2]");
  EXPECT_EQ(at.changes(), "");
  at.context.from_primary = true;
  EXPECT_EQ(at.run("HGET h a"), "\"1\"");
  EXPECT_EQ(at.run("HPEXPIREAT h 1 FIELDS 1 b"), "[1]");  // its primary will say HDEL
  EXPECT_EQ(at.run("HLEN h"), "2");
}

}  // namespace
}  // namespace replserver

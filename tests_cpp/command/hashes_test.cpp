#include <algorithm>
#include <set>

#include "command/harness.hpp"

namespace replserver {
namespace {

TEST(HSet, CountsWhatIsNew) {
  Harness at;
  at.listen();
  EXPECT_EQ(at.run("HSET h a 1 b 2 a 3"), "2");
  EXPECT_EQ(at.changes(), "HSET h a 1 b 2 a 3");
  EXPECT_EQ(at.events(), "new h, hset h");
  EXPECT_EQ(at.run("HSET h b 2 c 4"), "1");
  EXPECT_EQ(at.events(), "hset h");
  EXPECT_EQ(at.run("HMSET h d 5"), "OK");
  EXPECT_EQ(at.run("HGETALL h"), R"({"a" "3" "b" "2" "c" "4" "d" "5"})");
  EXPECT_EQ(at.context.dirty, 6);
}

TEST(HSet, NeedsPairsAndAHash) {
  Harness at;
  at.run("SET s v");
  EXPECT_EQ(at.run("HSET h a 1 b"), "-ERR wrong number of arguments for 'hset' command");
  EXPECT_EQ(at.run("HMSET h a 1 b"), "-ERR wrong number of arguments for 'hmset' command");
  EXPECT_EQ(at.run("HSET s a 1"), "-" + Bytes(kWrongType));
  EXPECT_EQ(at.run("EXISTS h"), "0");
  EXPECT_EQ(at.changes(), "SET s v");
}

TEST(HSetNx, LeavesAFieldThatIsThere) {
  Harness at;
  EXPECT_EQ(at.run("HSETNX h a 1"), "1");
  at.changes();
  EXPECT_EQ(at.run("HSETNX h a 2"), "0");
  EXPECT_EQ(at.changes(), "");
  EXPECT_EQ(at.run("HGET h a"), "\"1\"");
}

TEST(HDel, TakesTheKeyWithTheLastField) {
  Harness at;
  at.run("HSET h a 1 b 2");
  at.listen();
  EXPECT_EQ(at.run("HDEL h x"), "0");
  EXPECT_EQ(at.events(), "");
  EXPECT_EQ(at.run("HDEL h a a x"), "1");
  EXPECT_EQ(at.events(), "hdel h");
  EXPECT_EQ(at.run("HDEL h b"), "1");
  EXPECT_EQ(at.events(), "hdel h, del h");
  EXPECT_EQ(at.run("EXISTS h"), "0");
  EXPECT_EQ(at.run("HDEL h b"), "0");
}

TEST(HIncrBy, AddsToIntegersOnly) {
  Harness at;
  at.listen();
  EXPECT_EQ(at.run("HINCRBY h n 5"), "5");
  EXPECT_EQ(at.events(), "new h, hincrby h");
  EXPECT_EQ(at.run("HINCRBY h n -7"), "-2");
  EXPECT_EQ(at.run("HINCRBY h n 1.5"), "-ERR value is not an integer or out of range");
  at.run("HSET h text x big 9223372036854775807");
  EXPECT_EQ(at.run("HINCRBY h text 1"), "-ERR hash value is not an integer");
  EXPECT_EQ(at.run("HINCRBY h big 1"), "-ERR increment or decrement would overflow");
}

TEST(HIncrByFloat, TellsReplicasTheSum) {
  Harness at;
  EXPECT_EQ(at.run("HINCRBYFLOAT h n 1.5"), "\"1.5\"");
  EXPECT_EQ(at.changes(), "HSET h n 1.5");
  EXPECT_EQ(at.run("HINCRBYFLOAT h n 1e2"), "\"101.5\"");
  EXPECT_EQ(at.run("HINCRBYFLOAT h n inf"), "-ERR value is NaN or Infinity");
  EXPECT_EQ(at.run("HINCRBYFLOAT h n x"), "-ERR value is not a valid float");
  at.run("HSET h text x");
  EXPECT_EQ(at.run("HINCRBYFLOAT h text 1"), "-ERR hash value is not a float");
}

TEST(HGet, ReadsFieldsOfBothEncodings) {
  for (const ByteView value : {"7", "short",
                               "a value that is longer than the sixty-four bytes which "
                               "a packed one may have at most"}) {
    Harness at;
    at.run("HSET h f '" + Bytes(value) + "' g 12");
    EXPECT_EQ(at.run("HGET h f"), '"' + Bytes(value) + '"');
    EXPECT_EQ(at.run("HGET h x"), "nil");
    EXPECT_EQ(at.run("HGET missing f"), "nil");
    EXPECT_EQ(at.run("HMGET h g x f"), "[\"12\" nil \"" + Bytes(value) + "\"]");
    EXPECT_EQ(at.run("HMGET missing g x"), "[nil nil]");
    EXPECT_EQ(at.run("HEXISTS h f"), "1");
    EXPECT_EQ(at.run("HEXISTS h x"), "0");
    EXPECT_EQ(at.run("HSTRLEN h f"), std::to_string(value.size()));
    EXPECT_EQ(at.run("HSTRLEN h x"), "0");
    EXPECT_EQ(at.run("HLEN h"), "2");
  }
}

TEST(HGetAll, IsEmptyForAMissingKey) {
  Harness at;
  EXPECT_EQ(at.run("HGETALL h"), "{}");
  EXPECT_EQ(at.run("HKEYS h"), "[]");
  EXPECT_EQ(at.run("HVALS h"), "[]");
  EXPECT_EQ(at.run("HLEN h"), "0");
  at.run("HSET h a 1 b x");
  EXPECT_EQ(at.run("HKEYS h"), R"(["a" "b"])");
  EXPECT_EQ(at.run("HVALS h"), R"(["1" "x"])");
}

TEST(HRandField, DrawsWithAndWithoutRepetition) {
  Harness at;
  EXPECT_EQ(at.run("HRANDFIELD h"), "nil");
  EXPECT_EQ(at.run("HRANDFIELD h 3"), "[]");
  at.run("HSET h a 1");
  EXPECT_EQ(at.run("HRANDFIELD h"), "\"a\"");
  EXPECT_EQ(at.run("HRANDFIELD h -3"), R"(["a" "a" "a"])");
  EXPECT_EQ(at.run("HRANDFIELD h 3 WITHVALUES"), R"([["a" "1"]])");
  EXPECT_EQ(at.run("HRANDFIELD h 0"), "[]");
  EXPECT_EQ(at.run("HRANDFIELD h -9223372036854775808"),
            "-ERR value is out of range, value must between -9223372036854775807 and "
            "9223372036854775807");
  EXPECT_EQ(at.run("HRANDFIELD h 4611686018427387904 WITHVALUES"), "-ERR value is out of range");
  EXPECT_EQ(at.run("HRANDFIELD h 1 WITHVALUE"), "-ERR syntax error");
}

TEST(HRandField, NamesAsManyAsAreWantedAndNoneTwice) {
  for (const int size : {10, 400, 3000}) {
    Harness at;
    for (int i = 0; i < size; ++i) at.run("HSET h f" + std::to_string(i) + " v");
    for (const int count : {1, size / 10, size / 2, size - 1, size, size + 1}) {
      Bytes reply = at.run("HRANDFIELD h " + std::to_string(count));
      std::set<Bytes> names;
      std::size_t begin = 0;
      while ((begin = reply.find('"', begin)) != Bytes::npos) {
        const std::size_t end = reply.find('"', begin + 1);
        EXPECT_TRUE(names.insert(reply.substr(begin, end - begin)).second);
        begin = end + 1;
      }
      EXPECT_EQ(names.size(), static_cast<std::size_t>(std::min(count, size)));
    }
  }
}

TEST(HScan, TellsFieldsAndValues) {
  Harness at;
  EXPECT_EQ(at.run("HSCAN h 0"), R"(["0" []])");
  at.run("HSET h a 1 b 2 aa 3");
  EXPECT_EQ(at.run("HSCAN h 0 COUNT 1"), R"(["0" ["a" "1" "b" "2" "aa" "3"]])");
  EXPECT_EQ(at.run("HSCAN h 0 MATCH a*"), R"(["0" ["a" "1" "aa" "3"]])");
  EXPECT_EQ(at.run("HSCAN h 0 NOVALUES MATCH a*"), R"(["0" ["a" "aa"]])");
  EXPECT_EQ(at.run("HSCAN h x"), "-ERR invalid cursor");
  EXPECT_EQ(at.run("HSCAN h 0 TYPE hash"), "-ERR syntax error");
  EXPECT_EQ(at.run("HSCAN h 0 COUNT 0"), "-ERR syntax error");
  EXPECT_EQ(at.run("SCAN 0 NOVALUES"), "-ERR syntax error");
}

TEST(HScan, NamesEveryFieldOfALargeHashOnce) {
  Harness at;
  for (int i = 0; i < 2000; ++i) at.run("HSET h f" + std::to_string(i) + " v");
  Bytes cursor = "0";
  std::multiset<Bytes> names;
  do {
    const Bytes reply = at.run("HSCAN h " + cursor + " COUNT 20 NOVALUES");
    std::size_t begin = reply.find('"') + 1;
    std::size_t end = reply.find('"', begin);
    cursor = reply.substr(begin, end - begin);
    while ((begin = reply.find('"', end + 1)) != Bytes::npos) {
      end = reply.find('"', begin + 1);
      names.insert(reply.substr(begin, end - begin));
    }
  } while (cursor != "0");
  EXPECT_EQ(names.size(), 2000u);
  EXPECT_EQ(std::set<Bytes>(names.begin(), names.end()).size(), 2000u);
}

TEST(Hashes, AreRefusedForOtherTypes) {
  Harness at;
  at.run("SET s v");
  for (const ByteView line :
       {"HDEL s f", "HEXISTS s f", "HGET s f", "HGETALL s", "HINCRBY s f 1", "HINCRBYFLOAT s f 1",
        "HKEYS s", "HLEN s", "HMGET s f", "HMSET s f v", "HSETNX s f v", "HSTRLEN s f", "HVALS s",
        "HRANDFIELD s", "HRANDFIELD s 2", "HSCAN s 0", "HTTL s FIELDS 1 f",
        "HEXPIRE s 1 FIELDS 1 f", "HPERSIST s FIELDS 1 f"}) {
    EXPECT_EQ(at.run(line), "-" + Bytes(kWrongType)) << line;
  }
}

}  // namespace
}  // namespace replserver
